#!/usr/bin/env python3
"""Builds the Blender extension: `.venv/bin/python scripts/build_extension.py [--out dist] [--blender PROGRAM]`.

Writes `reprise-VERSION.zip` (for "Install from Disk") and `index.json`, with which the folder is an extension
repository on any web server. Validated and built with Blender's own tool; the same commit gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from release import extension
from release.extension_tool import find_tool
from runner.console import Refusal, say
from runner.environment import ROOT


def main() -> int:
    """Returns the exit code: 0 built, 2 it could not be done, with the reason on standard error."""
    parser = argparse.ArgumentParser(description="Builds the Blender extension and the index of its repository.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="the folder to write to (dist)")
    parser.add_argument("--blender", type=Path, help="the Blender to build with, 4.2 or newer; found if not given")
    chosen = parser.parse_args()
    try:
        tool = find_tool(chosen.blender)
        say(f"Building with {tool.name}")
        with tempfile.TemporaryDirectory() as name:
            path = extension.build(extension.stage(Path(name) / "reprise"), chosen.out, tool)
        index = extension.write_index(path, tool)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    content = path.read_bytes()
    say(f"{path}  {len(content) / 1e6:.1f} MB  sha256 {hashlib.sha256(content).hexdigest()}")
    say(f"{index}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
