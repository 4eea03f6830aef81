"""Runs the tests in `inside/` without pytest, in a bpy wheel or a Blender, and prints one line `REPORT {json}`.

python run_in_blender.py [FILTER]          blender -b --factory-startup -P run_in_blender.py -- [FILTER]
"""

import faulthandler
import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path

INSIDE = Path(__file__).resolve().parent / "inside"


def main():
    arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    wanted = arguments[0] if arguments else ""
    import bpy

    faulthandler.enable()  # a fault in native code says which test it ended, and where
    sys.path.insert(0, str(INSIDE))
    tests = {}
    for path in sorted(INSIDE.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        tests |= {f"{path.stem}.{name}": test for name, test in vars(module).items() if name.startswith("test_")}
    # Rigify goes last: once it has made a rig, Blender 4.3 itself crashes when a scene that no window shows is updated,
    # also in other files and without this add-on (it uses what is left of a dependency graph that it has freed).
    names = sorted((name for name in tests if wanted in name), key=lambda name: ("rigify" in name, name))
    results = {name: run(tests[name]) for name in names}
    sys.stdout.write(f"\nREPORT {json.dumps({'blender': bpy.app.version_string, 'results': results})}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # some bpy wheels hang at the interpreter's end


def run(test):
    started = time.perf_counter()
    try:
        test()
        outcome = "passed"
    except BaseException:
        outcome = traceback.format_exc()
    return {"outcome": outcome, "seconds": round(time.perf_counter() - started, 3)}


if __name__ == "__main__":
    main()
