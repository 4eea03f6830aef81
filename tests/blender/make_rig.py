"""Saves a .blend with an armature of a known family, and one that nobody could map. Argument: the file."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "inside"))
import bpy
import support

support.addon()
support.fresh_scene()
import armatures  # noqa: E402

armature, _ = armatures.made_rig("mixamo", 1)
armature.name = "Character"
armatures.quadruped().name = "Animal"
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1])
sys.stdout.write("\nREPORT {}\n")
sys.stdout.flush()
os._exit(0)
