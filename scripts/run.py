"""Sets up what it needs and runs it: `python3 scripts/run.py demo`, `... test` or `... check`. Safe to run again.

Python 3.11 only: it is what the Blender modules (bpy wheels) are built for, and one version is one lock file. Another
Python hands over to a python3.11 that it finds. This file must stay readable to old Pythons, so that they can say so.
"""

import os
import shutil
import subprocess
import sys

REQUIRED = (3, 11)


def hand_over_to_required_python() -> None:
    """Runs this script again with Python 3.11 when this Python is another one; says so when there is none."""
    if sys.version_info[:2] == REQUIRED:
        return
    found = shutil.which(f"python{REQUIRED[0]}.{REQUIRED[1]}")
    if found and not os.environ.get("REPRISE_HANDED_OVER"):
        environment = dict(os.environ, REPRISE_HANDED_OVER="1")
        sys.exit(subprocess.call([found, __file__, *sys.argv[1:]], env=environment))
    sys.stderr.write(
        f"This is Python {sys.version_info[0]}.{sys.version_info[1]}, and Reprise needs Python 3.11 "
        "(Blender's modules are built for it): install it and run `python3.11 scripts/run.py` again.\n"
    )
    sys.exit(2)


if __name__ == "__main__":
    hand_over_to_required_python()
    from runner.main import main

    sys.exit(main(sys.argv[1:]))
