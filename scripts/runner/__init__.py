"""What `scripts/run.py` does: environments from lock files, the demo, the checks, the tests. Standard library only.

What the add-on knows of installing (which build of torch, what pip's errors mean) is used from there: the folder of the
add-on becomes the package `reprise_addon` without its `__init__`, which needs Blender.
"""

import sys
import types
from pathlib import Path

if "reprise_addon" not in sys.modules:
    addon = types.ModuleType("reprise_addon")
    addon.__path__ = [str(Path(__file__).resolve().parents[2] / "addon")]
    sys.modules["reprise_addon"] = addon
