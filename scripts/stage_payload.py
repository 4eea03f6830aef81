#!/usr/bin/env python3
"""Fills a folder with what the extension carries for installing the backend: `stage_payload.py addon/payload`.

`build_extension.py` does this by itself; a checkout needs it only to try the installation from the checkout. Run it
with the project's own Python (`.venv`), which has setuptools.
"""

import argparse
import sys
from pathlib import Path

from release.payload import stage_payload
from runner.console import Refusal

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fills a folder with what the extension carries for the backend.")
    parser.add_argument("folder", type=Path, help="the folder to fill")
    try:
        stage_payload(parser.parse_args().folder)
    except Refusal as refusal:
        sys.exit(str(refusal))
