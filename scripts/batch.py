"""Motions for a list of prompts, without a window.

blender -b -P scripts/batch.py -- --prompts FILE.csv --out DIR [--rig FILE.blend --armature NAME] [--formats blend,bvh]
python scripts/batch.py --prompts FILE.csv --out DIR ...              in a Python that has the bpy wheel

FILE.csv has a header with a column prompt; name, seconds, seed, then, engine, solver, steps, text_strength, references,
reference_strength and method may be there, too. Writes DIR/NAME.FORMAT and DIR/summary.json, a list with a row a
prompt. Exit code: 0 all done, 1 some row failed, 2 nothing was begun because of bad input; the reason is one line on
standard error.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
ADDON = HERE.parent / "addon" / "__init__.py"


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, where argparse would print the whole usage as well."""
        raise SystemExit(_complain(f"{message} (--help tells more)"))


def main() -> int:
    """Returns the exit code; says why on standard error when it is not 0."""
    arguments = _parse(_own_arguments())
    try:
        _load_addon()
    except ImportError as error:
        return _complain(f"This needs Blender, or a Python that has the bpy wheel ({error}).")
    from batching.run import run
    from reprise_addon.core.errors import RepriseError

    try:
        return run(arguments)
    except RepriseError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        _complain("Interrupted; what was finished is in the summary.")
        return 130


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = _Arguments(
        prog="batch.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--prompts", type=Path, required=True, metavar="FILE.csv")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--engine", default="remodiffuse", help="of lines that name none: remodiffuse or remomask")
    parser.add_argument("--formats", default="blend", help="of blend, bvh, fbx, glb, separated by commas")
    parser.add_argument("--rig", type=Path, metavar="FILE.blend", help="a file with a rig to key instead of a new one")
    parser.add_argument("--armature", default="", metavar="NAME", help="which armature of the rig's file")
    parsed = parser.parse_args(arguments)
    if parsed.armature and not parsed.rig:
        parser.error("--armature needs --rig")
    return parsed


def _own_arguments() -> list[str]:
    """What is meant for us: everything under plain Python, what follows `--` under Blender."""
    if "--" in sys.argv:
        return sys.argv[sys.argv.index("--") + 1 :]
    return sys.argv[1:] if Path(sys.argv[0]).resolve() == Path(__file__).resolve() else []


def _load_addon() -> None:
    """Makes the add-on importable as `reprise_addon`, from this checkout and without registering it."""
    import bpy  # noqa: F401 - fails here, before anything else, where it is missing

    sys.path.insert(0, str(HERE))
    spec = importlib.util.spec_from_file_location(
        "reprise_addon", ADDON, submodule_search_locations=[str(ADDON.parent)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"the add-on is not at '{ADDON.parent}'")
    module = importlib.util.module_from_spec(spec)
    sys.modules["reprise_addon"] = module
    spec.loader.exec_module(module)


def _complain(sentence: str) -> int:
    sys.stderr.write(f"batch: {' '.join(sentence.split())}\n")
    return 2


def _leave(code: int) -> NoReturn:
    """Ends the process with `code`, whatever runs it."""
    sys.stdout.flush()
    sys.stderr.flush()
    if "bpy" in sys.modules and sys.modules["bpy"].app.binary_path:  # empty in a wheel
        sys.exit(code)
    os._exit(code)  # some bpy wheels hang at the interpreter's end


if __name__ == "__main__":
    try:
        exit_code = main()
    except SystemExit as finished:  # argparse: a mistake, or --help
        exit_code = finished.code if isinstance(finished.code, int) else 0
    except Exception as error:
        _complain(f"Unexpected: {type(error).__name__}: {error}")
        exit_code = 1
    _leave(exit_code)
