#!/usr/bin/env python3
"""Builds the package `reprise` as a wheel, weights and starter library in it: `build_wheel.py FOLDER`.

Run it with the project's own Python (`.venv`), which has setuptools. The same commit gives the same bytes.
"""

import sys
from pathlib import Path

from release.wheel import build_wheel
from runner.console import Refusal

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: build_wheel.py FOLDER")
    try:
        print(build_wheel(Path(sys.argv[1])))
    except Refusal as refusal:
        sys.exit(str(refusal))
