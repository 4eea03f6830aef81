"""How a motion is keyed: fewer keys within their error, in place, on a root bone, as a cycle; fast; no other bone."""

import time

import armatures
import bpy
import numpy as np
import support
from instant import generate, registered


def options(**chosen):
    support.addon()
    from reprise_addon.keying_options import KeyingOptions

    return KeyingOptions(**chosen)


def curves(keyed):
    from reprise_addon.actions import curves_of

    return curves_of(bpy.data.actions[keyed.actions[0]])


def walking(seconds=5.0):
    """A figure that goes straight ahead at 1 m/s with swinging legs, the same every second."""
    from dataclasses import replace

    from reprise_addon.core.kinematics import forward_kinematics
    from reprise_addon.core.quaternion import from_axis_angle
    from reprise_addon.core.skeleton import JOINT_NAMES, PARENTS

    still = support.motion(seconds)
    time = np.arange(still.frames) / still.fps
    rotations = np.tile([1.0, 0.0, 0.0, 0.0], (still.frames, 22, 1))
    for side, phase in (("left", 0.0), ("right", np.pi)):
        swing = 0.4 * np.sin(2 * np.pi * time + phase)
        rotations[:, JOINT_NAMES.index(f"{side}_hip")] = from_axis_angle(np.array([1.0, 0.0, 0.0]), swing)
    root = np.stack((np.zeros_like(time), np.full_like(time, 0.95), time), axis=1)
    positions, _ = forward_kinematics(PARENTS, still.rest_offsets, root, rotations)
    arrays = {"root_translation": root, "local_rotations": rotations, "positions": positions}
    return replace(still, **{name: array.astype(np.float32) for name, array in arrays.items()})


def test_sixty_bones_on_250_frames_are_keyed_in_a_blink():
    scene = support.fresh_scene()
    support.addon()
    from reprise_addon.actions import curves_of, new_action
    from reprise_addon.key_writer import KeyWriter

    owner = bpy.data.objects.new("owner", bpy.data.armatures.new("owner"))
    scene.collection.objects.link(owner)
    values = np.random.default_rng(0).normal(size=(60, 250, 4))
    times = []
    for _ in range(5):
        action, new_curve = new_action("fast", owner)
        began = time.thread_time()
        writer = KeyWriter(new_curve, 1, options(), 1.0)
        for bone in range(60):
            writer.add(f"bone {bone}", "rotation_quaternion", values[bone])
        writer.write()
        times.append(time.thread_time() - began)
        assert sum(len(curve.keyframe_points) for curve in curves_of(action)) == 60 * 250 * 4
        bpy.data.actions.remove(action)
    print(f"\n60 bones x 250 frames: {1000 * min(times):.0f} ms")  # noqa: T201 - the figure of the report
    assert min(times) < 0.05


def test_thinned_keys_play_within_their_error_in_every_rotation_mode():
    support.fresh_scene()
    armature, _ = armatures.made_rig("mixamo", 3, extras=False)
    motion = support.motion()
    whole = support.key([motion], target=armature, first_frame=1)
    frames = range(whole.first_frame, whole.last_frame + 1)

    def played():
        matrices = []
        for frame in frames:
            bpy.context.scene.frame_set(frame)
            matrices.append([np.array(bone.matrix_basis) for bone in armature.pose.bones])
        return np.array(matrices)

    exact = played()
    thinned = support.key(
        [motion], target=armature, first_frame=1, options=options(thin_degrees=2.0, thin_millimetres=10.0)
    )
    rotations = [curve for curve in curves(thinned) if "rotation" in curve.data_path]
    assert sum(len(c.keyframe_points) for c in rotations) < 0.5 * len(rotations) * len(frames)
    assert {point.interpolation for curve in rotations for point in curve.keyframe_points} == {"BEZIER"}
    assert {point.type for curve in rotations for point in curve.keyframe_points} == {"GENERATED"}
    near = played()
    assert armatures.angle_between(near[..., :3, :3], exact[..., :3, :3]).max() < 2.05
    metre = np.median(armature.matrix_world.to_scale())
    assert np.linalg.norm(near[..., :3, 3] - exact[..., :3, 3], axis=-1).max() * metre < 0.0101
    for path in {curve.data_path for curve in rotations}:  # the numbers of a rotation have their keys together
        keys = {tuple(p.co.x for p in c.keyframe_points) for c in rotations if c.data_path == path}
        assert len(keys) == 1


def test_in_place_the_hips_stay_and_on_a_root_bone_it_alone_travels():
    support.fresh_scene()
    armature, joints = armatures.made_rig("unreal_ue4", 7)
    root, pelvis = "root", joints["pelvis"]
    motion = walking()

    def ways():
        """How far root and pelvis come over 3 s, in figures of the rig's size."""
        at = [armatures.evaluated(armature, frame)[0] for frame in (1, 73)]
        names = [bone.name for bone in armature.pose.bones]
        size = np.ptp(at[0], axis=0).max()
        return [np.linalg.norm(at[1][names.index(bone)] - at[0][names.index(bone)]) / size for bone in (root, pelvis)]

    support.key([motion], target=armature, first_frame=1)
    root_way, pelvis_way = ways()
    assert root_way < 0.01 and pelvis_way > 1.0
    support.key([motion], target=armature, first_frame=1, options=options(root="in_place"))
    assert max(ways()) < 0.1  # it sways
    keyed = support.key([motion], target=armature, first_frame=1, options=options(root="root_bone"))
    on_root, with_it = ways()
    assert abs(on_root - pelvis_way) < 0.1 and abs(with_it - pelvis_way) < 0.1
    assert not keyed.unkeyed


def test_without_a_root_bone_the_travel_stays_with_the_hips_and_that_is_said():
    support.fresh_scene()
    motion = support.motion()
    keyed = support.key([motion], options=options(root="root_bone"))
    assert "No bone carries the whole figure" in keyed.unkeyed[0]
    joints = support.evaluated_joints(bpy.data.objects[keyed.armature], motion.joint_names, 1 + 60 * 24 / 20)
    assert np.abs(joints - motion.positions[60]).max() < 0.001


def test_a_cycle_is_cut_where_there_is_one_and_told_where_there_is_none():
    support.fresh_scene()
    keyed = support.key([walking()], options=options(loop=True))
    assert not keyed.unkeyed and keyed.last_frame < 118
    keyed = support.key([support.motion(seconds=2.0)], options=options(loop=True))
    assert keyed.unkeyed[0].startswith("It was not made a cycle")
    assert keyed.last_frame == 1 + 46


def test_keys_begin_where_the_panel_says_and_the_scenes_rate_stays():
    with registered(30) as (session, _):
        scene = bpy.context.scene
        scene.frame_start = 50
        scene.frame_set(120)
        generate(session)
        assert session.current.keyed.first_frame == 120
        scene.reprise.start_at = "SCENE"
        generate(session)
        assert session.current.keyed.first_frame == 50
        assert scene.render.fps == 30 and scene.frame_current == 120


def test_parents_and_drivers_on_other_bones_stay_and_the_motion_goes_with_the_parent():
    scene = support.fresh_scene()
    motion = support.motion()
    armature = bpy.data.objects[support.key([motion]).armature]
    parent = bpy.data.objects.new("parent", None)
    scene.collection.objects.link(parent)
    armature.parent = parent
    parent.location, parent.rotation_euler, parent.scale = (1.0, 2.0, 0.0), (0.0, 0.0, np.pi / 2), (2.0, 2.0, 2.0)
    bpy.ops.object.mode_set(mode="EDIT")
    prop = armature.data.edit_bones.new("prop")
    prop.head, prop.tail = (1.0, 0.0, 0.0), (1.0, 0.0, 1.0)
    bpy.ops.object.mode_set(mode="OBJECT")
    driver = armature.pose.bones["prop"].driver_add("location", 0).driver
    driver.expression = "0.25"
    support.key([motion], target=armature)  # by its shape: with a bone more it is not ours any more
    assert armature.parent == parent and len(armature.animation_data.drivers) == 1
    joints = support.evaluated_joints(armature, motion.joint_names, 1 + 60 * 24 / 20)
    wanted = motion.positions[60] * 2.0  # turned by a quarter about our upright: (x, y, z) -> (z, y, -x)
    wanted = wanted[:, [2, 1, 0]] * [1.0, 1.0, -1.0] + [1.0, 0.0, -2.0]
    assert np.abs(joints - wanted).max() < 0.03
    bpy.context.view_layer.update()
    assert abs(armature.pose.bones["prop"].location.x - 0.25) < 1e-6


def test_feet_are_held_on_the_rigs_own_legs_only_if_wanted():
    from dataclasses import replace

    support.fresh_scene()
    armature, joints = armatures.made_rig("mixamo", 5, extras=False)
    standing = replace(walking(2.0), foot_contact=np.ones((40, 4), dtype=np.float32))
    ways = []
    for lock in (True, False):
        support.key([standing], target=armature, first_frame=1, options=options(lock_feet=lock))
        place = [bone.name for bone in armature.pose.bones].index(joints["left_foot"])
        at = np.array([armatures.evaluated(armature, frame)[0] for frame in range(1, 40)])
        ways.append(np.linalg.norm(np.diff(at[:, place], axis=0), axis=-1).sum())
    assert ways[0] != ways[1]
