"""What we write as BVH, Blender's own importer reads back: every joint within a millimetre, at every rate."""

import tempfile
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import support

MILLIMETRE = 1e-3


def read_back(motion):
    """Imports the motion's BVH into a fresh scene, one frame of the file on each frame from 1; the armature."""
    from reprise_addon.core.bvh import to_bvh

    support.fresh_scene()
    if "bvh" not in dir(bpy.ops.import_anim):
        import addon_utils

        addon_utils.enable("io_anim_bvh")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "motion.bvh"
        path.write_text(to_bvh(motion), encoding="ascii", newline="\n")
        result = bpy.ops.import_anim.bvh(
            filepath=str(path), axis_forward="-Z", axis_up="Y", frame_start=1, rotate_mode="NATIVE",
            update_scene_fps=True,
        )  # fmt: skip
    assert result == {"FINISHED"}
    return bpy.context.object


def assert_read_back(motion, world, every):
    armature = read_back(motion)
    scene = bpy.context.scene
    assert tuple(armature.animation_data.action.frame_range) == (1.0, motion.frames)
    assert abs(scene.render.fps / scene.render.fps_base - motion.fps) < 0.01 * motion.fps
    for frame in [*range(0, motion.frames, every), motion.frames - 1]:
        joints = support.evaluated_joints(armature, motion.joint_names, frame + 1)
        assert np.abs(joints - world.positions[frame]).max() < MILLIMETRE, frame


def test_every_rate_is_read_back():
    motion = support.motion()
    from reprise_addon.core.resample import resample

    for fps in (20.0, 24.0, 29.97, 60.0):
        resampled = resample(motion, fps)
        assert_read_back(resampled, resampled, every=13)


def test_a_minute_is_read_back():
    motion = support.motion(seconds=60.0, fps=30.0)
    assert_read_back(motion, motion, every=171)


def test_travel_that_was_taken_out_is_read_back_with_and_without_its_root_joint():
    motion = support.motion(seed=3)
    from reprise_addon.core.root_motion import in_place, to_root_track

    still = in_place(motion)
    assert_read_back(still, still, every=13)
    assert_read_back(to_root_track(motion), motion, every=13)


def test_a_turning_root_track_is_read_back():
    motion = support.motion(seed=4)
    from reprise_addon.core.root_motion import to_root_track, to_world

    tracked = to_root_track(replace(motion, cycle=np.array([0.5, 2.0, 1.1])))
    assert_read_back(tracked, to_world(tracked), every=13)
