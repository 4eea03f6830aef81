"""What the tests inside Blender share. No pytest here: Debian's Blenders do not have it."""

import importlib.util
import sys
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[3]


def addon():
    """The add-on's package, loaded from the checkout under a name of its own, as Blender would load it."""
    if "reprise_addon" not in sys.modules:
        init = ROOT / "addon/__init__.py"
        spec = importlib.util.spec_from_file_location(
            "reprise_addon", init, submodule_search_locations=[str(init.parent)]
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules["reprise_addon"] = module
        spec.loader.exec_module(module)
    return sys.modules["reprise_addon"]


def error_of(kind, call, *arguments, **options):
    """The error of this kind that the call raises; there must be one."""
    try:
        call(*arguments, **options)
    except kind as error:
        return error
    raise AssertionError(f"{call.__name__} raised nothing")


def fresh_scene(fps=24, fps_base=1.0):
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, fps_base
    return scene


def motion(seconds=4.0, seed=0, prompt="a person walks", fps=20.0, lengths=None):
    """A smooth motion in which every joint turns about an axis of its own and the root wanders and turns."""
    addon()
    from reprise_addon.core.kinematics import forward_kinematics
    from reprise_addon.core.motion import Motion
    from reprise_addon.core.quaternion import from_axis_angle, multiply, normalize
    from reprise_addon.core.skeleton import BONE_LENGTHS, JOINT_NAMES, PARENTS, humanml3d_skeleton

    rng = np.random.default_rng(seed)
    frames = round(seconds * fps)
    time = np.arange(frames)[:, None] / fps
    axes = normalize(rng.normal(size=(22, 3)))
    angles = rng.uniform(0.2, 1.0, 22) * np.sin(2 * np.pi * time * rng.uniform(0.3, 0.8, 22) + rng.uniform(0, 6, 22))
    rotations = from_axis_angle(np.broadcast_to(axes, (frames, 22, 3)), angles)
    heading = from_axis_angle(np.broadcast_to([0.0, 1.0, 0.0], (frames, 3)), 1.5 * time[:, 0])
    rotations[:, 0] = multiply(heading, rotations[:, 0])
    root = np.concatenate((np.sin(time), 0.9 + 0.05 * np.sin(5 * time), time), axis=1)
    skeleton = humanml3d_skeleton(BONE_LENGTHS if lengths is None else lengths)
    positions, _ = forward_kinematics(PARENTS, skeleton.rest_offsets, root, rotations)
    arrays = (skeleton.rest_offsets, root, rotations, positions, np.zeros((frames, 4)))
    meta = {"prompt": prompt, "seconds": seconds, "seed": seed}
    return Motion(fps, JOINT_NAMES, PARENTS, *(array.astype(np.float32) for array in arrays), meta=meta)


def evaluated_joints(armature, names, frame):
    """(J, 3) where Blender's own evaluation puts the joints in the world, in our axes (Y up) and metres."""
    whole = int(np.floor(frame))
    bpy.context.scene.frame_set(whole, subframe=float(frame - whole))
    evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    heads = np.array([evaluated.matrix_world @ evaluated.pose.bones[name].head for name in names])
    heads *= bpy.context.scene.unit_settings.scale_length
    return heads[:, [0, 2, 1]] * [1.0, 1.0, -1.0]  # Blender's (x, y, z) is our (x, z, -y)


def key(takes, target=None, first_frame=None, **options):
    addon()
    from reprise_addon.keying import key_takes

    scene = bpy.context.scene
    first = scene.frame_current if first_frame is None else first_frame
    return key_takes(scene, bpy.context.view_layer, target, takes, first, **options)
