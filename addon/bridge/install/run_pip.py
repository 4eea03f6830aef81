"""Runs pip out of its wheel, and ends when standard input does: `python run_pip.py PIP.whl ARGUMENTS...`

Blender starts this file as a program; if Blender goes, however it goes, its end of the pipe goes too.
"""

import os
import runpy
import sys
import threading


def end_with_stdin() -> None:
    """Blocks until standard input ends, then ends the process."""
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_stdin, daemon=True).start()
    wheel, sys.argv = sys.argv[1], ["pip", *sys.argv[2:]]
    sys.path.insert(0, wheel)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
