#!/usr/bin/env python3
"""Builds the package `reprise` as a wheel, weights and starter library in it: `build_wheel.py FOLDER`.

Run it with the project's own Python (`.venv`), which has setuptools. The same commit gives the same bytes.
"""

import argparse
import sys
from pathlib import Path

from release.wheel import build_wheel
from runner.console import Refusal

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Builds the package as a wheel, weights and starter library in it.")
    parser.add_argument("folder", type=Path, help="the folder to write to")
    try:
        print(build_wheel(parser.parse_args().folder))
    except Refusal as refusal:
        sys.exit(str(refusal))
