"""Keyed curves, evaluated by Blender, put every joint where the Motion has it, and nobody's work is lost."""

import json

import bpy
import numpy as np
import support

MILLIMETRE = 0.001


def assert_plays(armature, motion, first_frame, fps):
    """To a millimetre: on the motion's own frames where the scene has them, and on the resampled ones."""
    from reprise_addon.core.resample import resample

    exact = 0
    for t in range(0, motion.frames, 3):
        frame = t * fps / motion.fps
        if abs(frame - round(frame)) < 1e-6:
            joints = support.evaluated_joints(armature, motion.joint_names, first_frame + round(frame))
            assert np.abs(joints - motion.positions[t]).max() < MILLIMETRE, (
                t,
                np.abs(joints - motion.positions[t]).max(),
            )
            exact += 1
    resampled = resample(motion, fps)
    for t in range(0, resampled.frames, 7):
        joints = support.evaluated_joints(armature, motion.joint_names, first_frame + t)
        assert np.abs(joints - resampled.positions[t]).max() < MILLIMETRE
    return exact


def check_rate(fps, fps_base=1.0):
    scene = support.fresh_scene(fps, fps_base)
    motion = support.motion()
    keyed = support.key([motion], first_frame=12)
    armature = bpy.data.objects[keyed.armature]
    exact = assert_plays(armature, motion, 12, fps / fps_base)
    assert (scene.render.fps, round(scene.render.fps_base, 6)) == (fps, round(fps_base, 6))
    return keyed, exact


def test_pose_at_24_frames_a_second():
    keyed, exact = check_rate(24)
    assert exact >= 5
    # 80 frames at 20 fps last 79/20 s; the last whole scene frame in them is number 94.
    assert (keyed.first_frame, keyed.last_frame) == (12, 12 + 94)


def test_pose_at_30_frames_a_second():
    assert check_rate(30)[1] >= 13


def test_pose_at_60_frames_a_second():
    assert check_rate(60)[1] >= 27


def test_pose_at_20_frames_a_second():
    assert check_rate(20)[1] >= 27


def test_pose_at_a_television_rate():
    check_rate(30, 1.001)


def test_pose_in_a_scene_in_centimetres():
    scene = support.fresh_scene()
    scene.unit_settings.scale_length = 0.01
    motion = support.motion()
    keyed = support.key([motion])
    armature = bpy.data.objects[keyed.armature]
    assert 100 < armature.dimensions.z < 250
    joints = support.evaluated_joints(armature, motion.joint_names, scene.frame_current)
    assert np.abs(joints - motion.positions[0]).max() < MILLIMETRE


def test_the_new_armature_is_ours_and_stands_on_the_floor():
    support.fresh_scene()
    keyed = support.key([support.motion()])
    armature = bpy.data.objects[keyed.armature]
    from reprise_addon.armature import is_ours
    from reprise_addon.core.skeleton import JOINT_NAMES, PARENTS

    assert is_ours(armature)
    bones = armature.data.bones
    assert [bone.name for bone in bones if bone.parent is None] == ["pelvis"]
    for name, parent in zip(JOINT_NAMES[1:], PARENTS[1:], strict=True):
        assert bones[name].parent.name == JOINT_NAMES[parent]
    assert abs(min(bone.head_local.z for bone in bones)) < 1e-6
    assert bones["head"].head_local.z > 1.3
    assert bones["left_wrist"].head_local.x > 0.4 > -0.4 > bones["right_wrist"].head_local.x
    assert bones["left_foot"].head_local.y < bones["left_ankle"].head_local.y  # toes forward: -Y
    assert (bones["left_knee"].tail_local - bones["left_ankle"].head_local).length < 1e-5
    assert bpy.context.view_layer.objects.active == armature
    assert armature.mode == "OBJECT"


def test_the_selected_armature_is_used_again_and_its_first_action_is_kept():
    support.fresh_scene()
    first = support.motion(seed=1, prompt="first")
    second = support.motion(seed=2, prompt="second")
    armature = bpy.data.objects[support.key([first]).armature]
    old = armature.animation_data.action
    from reprise_addon.actions import curves_of

    before = [tuple(point.co) for curve in curves_of(old) for point in curve.keyframe_points]
    keyed = support.key([second], target=armature)
    assert keyed.armature == armature.name
    assert len(bpy.data.armatures) == 1
    assert armature.animation_data.action.name == "second"
    assert bpy.data.actions["first"].use_fake_user
    after = [tuple(point.co) for curve in curves_of(bpy.data.actions["first"]) for point in curve.keyframe_points]
    assert after == before
    assert_plays(armature, second, 1, 24)


def test_an_action_of_the_users_survives():
    support.fresh_scene()
    armature = bpy.data.objects[support.key([support.motion()]).armature]
    mine = bpy.data.actions.new("mine")
    armature.animation_data.action = mine
    support.key([support.motion(seed=3)], target=armature)
    assert bpy.data.actions["mine"].use_fake_user


def test_the_old_action_plays_again_when_it_is_assigned_again():
    support.fresh_scene()
    first = support.motion(seed=1, prompt="first")
    armature = bpy.data.objects[support.key([first]).armature]
    support.key([support.motion(seed=2, prompt="second")], target=armature)
    from reprise_addon.actions import assign_action

    assign_action(armature, bpy.data.actions["first"])
    assert_plays(armature, first, 1, 24)


def test_each_take_is_an_action_and_the_first_one_plays():
    support.fresh_scene()
    takes = [support.motion(seed=seed, prompt="a person waves") for seed in range(3)]
    keyed = support.key(takes)
    assert keyed.actions == ("a person waves", "a person waves.001", "a person waves.002")
    armature = bpy.data.objects[keyed.armature]
    assert armature.animation_data.action.name == keyed.actions[0]
    assert all(bpy.data.actions[name].use_fake_user for name in keyed.actions)
    assert_plays(armature, takes[0], 1, 24)


def test_an_action_remembers_where_it_is_from():
    support.fresh_scene()
    keyed = support.key([support.motion(prompt="eine Person läuft")])
    meta = json.loads(bpy.data.actions[keyed.actions[0]]["reprise"])
    assert (meta["prompt"], meta["seed"]) == ("eine Person läuft", 0)


def test_a_long_prompt_in_any_script_gives_a_whole_name():
    support.fresh_scene()
    keyed = support.key([support.motion(prompt="歩く" * 60)])
    assert keyed.actions[0] == "歩く" * 9  # 54 of 55 bytes
    assert bpy.data.actions[keyed.actions[0]]


def test_keys_are_on_whole_frames_linear_and_marked_as_generated():
    support.fresh_scene(30)
    keyed = support.key([support.motion(seconds=2.0)], first_frame=5)
    from reprise_addon.actions import curves_of

    curves = curves_of(bpy.data.actions[keyed.actions[0]])
    assert len(curves) == 3 + 22 * 4
    for curve in curves:
        assert [point.co.x for point in curve.keyframe_points] == list(range(5, keyed.last_frame + 1))
        assert {point.interpolation for point in curve.keyframe_points} == {"LINEAR"}
        assert {point.type for point in curve.keyframe_points} == {"GENERATED"}
        assert curve.group is not None and curve.group.name in curve.data_path


def test_the_scenes_end_moves_only_outwards_and_only_when_asked():
    scene = support.fresh_scene()
    scene.frame_end = 250
    assert not support.key([support.motion()]).extended_range
    assert scene.frame_end == 250
    scene.frame_end = 20
    keyed = support.key([support.motion()], extend_range=False)
    assert (scene.frame_end, keyed.extended_range) == (20, False)
    keyed = support.key([support.motion()], extend_range=True)
    assert (scene.frame_end, keyed.extended_range) == (keyed.last_frame, True)
    assert (scene.frame_start, scene.frame_current) == (1, 1)


def test_a_pose_set_by_hand_does_not_leak_into_the_motion():
    support.fresh_scene()
    motion = support.motion()
    armature = bpy.data.objects[support.key([motion]).armature]
    bone = armature.pose.bones["left_elbow"]
    bone.rotation_mode, bone.location, bone.scale = "XYZ", (0.3, 0.0, 0.0), (2.0, 2.0, 2.0)
    support.key([motion], target=armature)
    assert_plays(armature, motion, 1, 24)


def test_a_moved_scaled_armature_carries_the_motion_along():
    support.fresh_scene()
    motion = support.motion()
    armature = bpy.data.objects[support.key([motion]).armature]
    armature.location, armature.scale = (5.0, 0.0, 0.0), (2.0, 2.0, 2.0)
    support.key([motion], target=armature)
    joints = support.evaluated_joints(armature, motion.joint_names, 1)
    assert np.abs(joints - (motion.positions[0] * 2.0 + [5.0, 0.0, 0.0])).max() < 2 * MILLIMETRE


def test_a_person_of_another_size_keeps_the_feet_on_the_floor():
    support.fresh_scene()
    from reprise_addon.core.skeleton import BONE_LENGTHS

    armature = bpy.data.objects[support.key([support.motion()]).armature]
    giant = support.motion(lengths=tuple(1.5 * length for length in BONE_LENGTHS))
    support.key([giant], target=armature)
    joints = support.evaluated_joints(armature, giant.joint_names, 1)
    assert np.abs(joints - giant.positions[0] / 1.5).max() < MILLIMETRE


def test_foreign_armatures_are_left_alone():
    scene = support.fresh_scene()
    data = bpy.data.armatures.new("theirs")
    theirs = bpy.data.objects.new("theirs", data)
    scene.collection.objects.link(theirs)
    keyed = support.key([support.motion()], target=theirs)
    assert keyed.armature != "theirs"
    assert theirs.animation_data is None


def test_an_edited_rest_pose_is_not_ours_any_more():
    support.fresh_scene()
    armature = bpy.data.objects[support.key([support.motion()]).armature]
    from reprise_addon.armature import is_ours

    bpy.ops.object.mode_set(mode="EDIT")
    armature.data.edit_bones["left_wrist"].head.z += 0.2
    bpy.ops.object.mode_set(mode="OBJECT")
    assert not is_ours(armature)


def test_a_motion_of_another_skeleton_or_with_nan_changes_nothing():
    from dataclasses import replace

    support.fresh_scene()
    good = support.motion()
    root = good.root_translation.copy()
    root[3, 1] = np.nan
    from reprise_addon.core.errors import RepriseError

    for bad in (replace(good, joint_names=("hips", *good.joint_names[1:])), replace(good, root_translation=root)):
        assert support.error_of(RepriseError, support.key, [good, bad]).code == "bad_motion"
    assert not bpy.data.actions and not bpy.data.objects


def test_an_armature_in_tweak_mode_is_refused_untouched():
    support.fresh_scene()
    armature = bpy.data.objects[support.key([support.motion()]).armature]
    animation = armature.animation_data
    track = animation.nla_tracks.new()
    strip = track.strips.new("strip", 1, animation.action)
    animation.action = None
    track.select = strip.select = True
    animation.use_tweak_mode = True
    from reprise_addon.core.errors import RepriseError

    actions = len(bpy.data.actions)
    error = support.error_of(RepriseError, support.key, [support.motion()], target=armature)
    assert "tweak mode" in error.message
    assert len(bpy.data.actions) == actions


def test_keying_survives_saving_and_loading():
    import tempfile
    from pathlib import Path

    support.fresh_scene()
    motion = support.motion()
    name = support.key([motion]).armature
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "saved.blend")
        bpy.ops.wm.save_as_mainfile(filepath=path)
        bpy.ops.wm.open_mainfile(filepath=path)
        assert_plays(bpy.data.objects[name], motion, 1, 24)
        from reprise_addon.armature import is_ours

        assert is_ours(bpy.data.objects[name])
        support.fresh_scene()
