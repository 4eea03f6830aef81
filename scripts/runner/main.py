"""The commands of `scripts/run.py`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .checks import run_checks
from .console import Refusal
from .demo import run_demo
from .suite import run_suite


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns the exit code: 0 fine, 1 something failed, 2 it could not be done."""
    parser = argparse.ArgumentParser(prog="run.py", description="Sets up what it needs, and runs it.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="generate two motions: out/demo/ gets .npz, .bvh, a picture each, and demo.blend")
    test = commands.add_parser("test", help="run every test, in every Blender that is to be had")
    test.add_argument("--only", action="append", default=[], metavar="PART", help="main, bpy-4.2, ..., or blender")
    test.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    check = commands.add_parser("check", help="formatting, lint and types")
    check.add_argument("paths", nargs="*", help="what to check, from the project's folder on (everything)")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "demo":
            return run_demo()
        return run_checks(chosen.paths) if chosen.command == "check" else run_suite(chosen.only, chosen.pytest)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
