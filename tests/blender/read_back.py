"""Opens what batch.py wrote and prints `REPORT {format: greatest distance of a joint from the Motion, in metres}`.

Arguments: the path of the outputs without suffix, the Motion's .npz, and the formats.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "inside"))
import bpy
import numpy as np
import support

support.addon()
from reprise_addon.actions import curves_of  # noqa: E402
from reprise_addon.core.motion import from_npz  # noqa: E402
from reprise_addon.core.resample import resample  # noqa: E402


def read_blend(path):
    bpy.ops.wm.open_mainfile(filepath=path)


def read_fbx(path):
    support.fresh_scene(24)
    bpy.ops.import_scene.fbx(filepath=path, ignore_leaf_bones=False, automatic_bone_orientation=False)


def read_glb(path):
    support.fresh_scene(24)
    bpy.ops.import_scene.gltf(filepath=path)


def read_bvh(path):
    support.fresh_scene(20)
    bpy.ops.import_anim.bvh(filepath=path, axis_forward="-Z", axis_up="Y", use_fps_scale=False)


def distance(motion, armature, place=(0.0, 0.0, 0.0)):
    """How far a joint is from the motion at most; `place`: where the armature stands, in our axes."""
    fps = bpy.context.scene.render.fps / bpy.context.scene.render.fps_base
    expected = resample(motion, fps)
    first, last = armature.animation_data.action.frame_range
    assert abs((last - first + 1) - expected.frames) < 1.5, (first, last, expected.frames)
    worst = 0.0
    for t in range(0, expected.frames, 5):
        joints = support.evaluated_joints(armature, motion.joint_names, first + t)
        worst = max(worst, float(np.linalg.norm(joints - place - expected.positions[t], axis=-1).max()))
    return worst


def figures():
    return [candidate for candidate in bpy.data.objects if candidate.type == "ARMATURE"]


def tell(found):
    sys.stdout.write(f"\nREPORT {json.dumps(found)}\n")
    sys.stdout.flush()
    os._exit(0)


def main(outputs, npz, *formats):
    (wanted,) = from_npz(Path(npz).read_bytes())
    found = {}
    for name in formats:
        globals()[f"read_{name}"](f"{outputs}.{name}")
        (armature,) = figures()
        found[name] = distance(wanted, armature)
        if name == "blend":
            action = bpy.data.actions[0]
            found["curves"] = len(curves_of(action))
            found["range"] = [bpy.context.scene.frame_start, bpy.context.scene.frame_end]
    tell(found)


if __name__ == "__main__":
    main(*(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]))
