"""Blender puts every bone of every rig where the core says, and what is keyed plays as it was retargeted."""

import armatures
import bpy
import numpy as np
import support

FAMILIES = ("mixamo", "unreal_ue5", "vroid", "mmd_japanese", "daz_genesis8", "biped", "auto_rig_pro", "cmu_asf")
MILLIMETRE, DEGREES = 1e-3, 0.1
ARMS = [
    (f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in (("shoulder", "elbow"), ("elbow", "wrist"))
]
LEGS = [(f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in (("hip", "knee"), ("knee", "ankle"))]


def size_of(heads):
    """A person's height, for what a millimetre is on this rig."""
    return float(np.linalg.norm(np.ptp(heads, axis=0))) / 1.7


def assert_where_the_core_says(armature, rig, pose, frames, first=1):
    from reprise_addon.core.retargeting.pose import pose_world

    heads, axes = pose_world(rig, pose)
    for t in frames:
        at, turned = armatures.evaluated(armature, first + t)
        assert np.abs(heads[t] - at).max() < MILLIMETRE * size_of(at), (t, np.abs(heads[t] - at).max(axis=1))
        assert armatures.angle_between(axes[t], turned).max() < DEGREES, t


def test_any_pose_of_any_rig_is_as_the_core_says():
    from reprise_addon.core.quaternion import normalize
    from reprise_addon.core.retargeting.pose import Pose
    from reprise_addon.rig import read_rig

    for seed, family in enumerate(FAMILIES):
        support.fresh_scene()
        armature, _ = armatures.made_rig(family, seed)
        random = np.random.default_rng(seed)
        for bone in armature.data.bones:
            bone.use_inherit_rotation = random.random() > 0.15
            bone.use_local_location = random.random() > 0.15
        count = len(armature.pose.bones)
        rotations = normalize(np.array([1.0, 0, 0, 0]) + random.normal(0.0, 0.3, (1, count, 4)))
        locations = random.normal(0.0, 0.02, (1, count, 3)) * size_of(read_rig(armature).bones.heads)
        for place, bone in enumerate(armature.pose.bones):
            bone.rotation_mode = "QUATERNION"
            bone.rotation_quaternion, bone.location = rotations[0, place], locations[0, place]
            if bone.bone.use_connect:
                locations[0, place] = 0.0
        assert_where_the_core_says(armature, read_rig(armature), Pose(rotations, locations), [0])


def test_what_is_keyed_plays_as_it_was_retargeted_in_every_rotation_mode():
    from reprise_addon.core.resample import resample
    from reprise_addon.core.retargeting.retarget import retarget
    from reprise_addon.core.skeleton import JOINT_NAMES
    from reprise_addon.rig import read_rig
    from reprise_addon.rig_mapping import map_rig
    from reprise_addon.trial_motion import make_trial_motion

    for seed, family in enumerate(FAMILIES):
        support.fresh_scene()
        armature, joints = armatures.made_rig(family, seed)
        before = armature.matrix_world.copy()
        mapped = map_rig(armature)
        assert {joint: match.bone for joint, match in mapped.mapping.matches.items()} == joints
        motion = make_trial_motion()
        keyed = support.key([motion], target=armature, first_frame=1)
        assert (keyed.armature, keyed.unkeyed) == (armature.name, ())
        assert armature.matrix_world == before
        resampled, rig = resample(motion, 24.0), read_rig(armature)
        result = retarget(resampled, rig, mapped.mapping)
        assert_where_the_core_says(armature, rig, result.pose(rig), range(0, resampled.frames, 9))
        for t in range(0, resampled.frames, 9):  # and that is the motion, seen along the figure's own axes
            at, _ = armatures.evaluated(armature, 1 + t)
            place = {bone.name: head for bone, head in zip(armature.pose.bones, at, strict=True)}
            ours = np.array([place[joints[j]] if j in joints else np.zeros(3) for j in JOINT_NAMES])
            pelvis = _figure_axes(armature, joints)
            for limbs, most in ((ARMS, DEGREES), (LEGS, 4.0)):  # legs give way to feet that stand
                limbs = [limb for limb in limbs if set(limb) <= set(joints)]
                found = armatures.directions(ours @ pelvis, JOINT_NAMES, limbs)
                wanted = armatures.directions(resampled.positions[t], JOINT_NAMES, limbs)
                assert np.degrees(np.arccos(np.clip(np.sum(found * wanted, axis=1), -1, 1))).max() < most, (family, t)


def _figure_axes(armature, joints):
    """(3, 3) whose columns are the figure's left, up and front in the world, from its rest pose."""
    from reprise_addon.core.quaternion import to_matrix
    from reprise_addon.core.retargeting.figure import find_figure
    from reprise_addon.core.retargeting.pose import joints_of
    from reprise_addon.core.skeleton import humanml3d_skeleton
    from reprise_addon.rig import read_rig

    rig = read_rig(armature)
    players = {joint: rig.bones.names.index(bone) for joint, bone in joints.items()}
    axes = np.array(armature.matrix_world.to_3x3()) @ to_matrix(
        find_figure(joints_of(rig), players, humanml3d_skeleton()).turn
    )
    return axes / np.linalg.norm(axes, axis=0)


def test_rigify_follows_its_keyed_controls():
    from reprise_addon.core.resample import resample
    from reprise_addon.core.retargeting.pose import pose_armature
    from reprise_addon.core.retargeting.retarget import retarget
    from reprise_addon.core.skeleton import JOINT_NAMES
    from reprise_addon.rig import read_rig
    from reprise_addon.rig_mapping import map_rig
    from reprise_addon.rig_reading import read_motion
    from reprise_addon.trial_motion import make_trial_motion

    scene = support.fresh_scene()
    armature = armatures.rigify(scene)
    mapped = map_rig(armature)
    assert (mapped.mapping.family, mapped.mapping.missing) == ("rigify", ())
    motion = make_trial_motion()
    keyed = support.key([motion], target=armature, first_frame=1)
    assert keyed.unkeyed == ()
    scene.frame_set(20)
    assert [
        armature.pose.bones[f"{limb}_parent.{side}"]["IK_FK"] for limb in ("thigh", "upper_arm") for side in "LR"
    ] == [1] * 4
    resampled, rig = resample(motion, 24.0), read_rig(armature)
    result = retarget(resampled, rig, mapped.mapping)
    assert "torso" in result.locations and "upper_arm_fk.L" in result.bones
    heads, _ = pose_armature(rig, result.pose(rig))
    index = {name: place for place, name in enumerate(rig.bones.names)}
    bones = [mapped.mapping.matches[joint].bone for joint in JOINT_NAMES]
    for t in range(0, resampled.frames, 11):
        at, _ = armatures.evaluated(armature, 1 + t)
        for control in result.bones:
            assert np.linalg.norm(at[index[control]] - heads[t, index[control]]) < MILLIMETRE
        joints = support.evaluated_joints(armature, bones, 1 + t)
        for limbs, most in ((ARMS, DEGREES), (LEGS, 4.0)):
            found = armatures.directions(joints, JOINT_NAMES, limbs)
            wanted = armatures.directions(resampled.positions[t], JOINT_NAMES, limbs)
            assert np.degrees(np.arccos(np.clip(np.sum(found * wanted, axis=1), -1, 1))).max() < most, t
    # And back: what the deforming bones do is the motion, at the legs within what standing feet took.
    read = read_motion(scene, bpy.context.view_layer, armature, 1, resampled.frames)
    errors = dict(zip(JOINT_NAMES, rotation_errors(read, resampled).max(axis=0), strict=True))
    del errors["spine2"]  # Rigify bends the belly in a way of its own between hips and chest
    legs = {joint: errors.pop(joint) for joint in list(errors) if joint.endswith(("hip", "knee", "ankle", "foot"))}
    assert max(errors.values()) < 3.0, errors
    assert max(legs.values()) < 5.0, legs


def test_rigify_led_by_its_goals_stands_as_under_its_fk_controls():
    scene, addon = support.fresh_scene(), support.addon()
    from reprise_addon.rig_mapping import map_rig

    addon.register()
    armature = armatures.rigify(scene)
    limbs = [f"ORG-{bone}.{side}" for bone in ("thigh", "shin", "foot", "toe") for side in "LR"]
    limbs += [f"ORG-{bone}.{side}" for bone in ("upper_arm", "forearm", "hand") for side in "LR"]
    index = [armature.pose.bones.find(bone) for bone in limbs]
    assert map_rig(armature).mapping.family == "rigify"
    motion, stands = hinged(support.motion()), {}
    for led in ("FK", "IK"):
        armature.reprise_rig.limbs = led
        keyed = support.key([motion], target=armature, first_frame=1)
        assert keyed.unkeyed == ()
        stands[led] = [armatures.evaluated(armature, t) for t in range(1, scene.frame_end, 5)]
        switch = float(led == "FK")
        parents = [f"{limb}_parent.{side}" for limb in ("thigh", "upper_arm") for side in "LR"]
        assert [armature.pose.bones[parent]["IK_FK"] for parent in parents] == [switch] * 4
    addon.unregister()
    for (heads, axes), (led_heads, led_axes) in zip(stands["FK"], stands["IK"], strict=True):
        assert np.linalg.norm(heads[index] - led_heads[index], axis=-1).max() < MILLIMETRE
        along = np.sum(axes[index, :, 1] * led_axes[index, :, 1], axis=-1)
        assert np.degrees(np.arccos(np.clip(along, -1.0, 1.0))).max() < 1.0
        ends = [place for place, bone in zip(index, limbs, strict=True) if bone.startswith(("ORG-foot", "ORG-hand"))]
        assert armatures.angle_between(axes[ends], led_axes[ends]).max() < 1.0


def test_a_rigs_motion_is_read_back_within_two_degrees():
    from reprise_addon.core.resample import resample
    from reprise_addon.rig_reading import read_motion
    from reprise_addon.trial_motion import make_trial_motion

    for seed, family in enumerate(("mixamo", "unreal_ue4", "vrm")):
        scene = support.fresh_scene()
        armature, _ = armatures.made_rig(family, seed)
        motion = make_trial_motion()
        support.key([motion], target=armature, first_frame=1)
        resampled = resample(motion, 24.0)
        scene.frame_set(7)
        first = read_motion(scene, bpy.context.view_layer, armature, 1, resampled.frames)
        assert scene.frame_current == 7
        assert first.meta["prompt"] == "Rig Test"
        assert rotation_errors(first, resampled).max() < 4.0  # the legs gave way to standing feet
        support.key([first], target=armature, first_frame=1)
        again = read_motion(scene, bpy.context.view_layer, armature, 1, first.frames)
        assert rotation_errors(again, first).max() < 2.0


def hinged(motion):
    """The motion with knees and elbows that bend about their hinges, as a body's do."""
    from dataclasses import replace

    from reprise_addon.core.quaternion import from_axis_angle
    from reprise_addon.core.skeleton import JOINT_NAMES

    local = motion.local_rotations.astype(float)
    angle = 0.9 + 0.6 * np.sin(np.linspace(0.0, 9.0, motion.frames))
    for joint, axis in (("knee", (1.0, 0.0, 0.0)), ("elbow", (0.0, 1.0, 0.0))):
        for side, sign in (("left", -1.0), ("right", 1.0)):
            turn = np.multiply(axis, sign if joint == "elbow" else 1.0)
            local[:, JOINT_NAMES.index(f"{side}_{joint}")] = from_axis_angle(turn, angle)
    return replace(motion, local_rotations=local.astype(np.float32))


def rotation_errors(motion, other):
    """Degrees (T, J) between the joints' turns in the world, where both rigs have the joint."""
    from reprise_addon.core.kinematics import forward_kinematics

    turns = [
        forward_kinematics(m.parents, m.rest_offsets, m.root_translation, m.local_rotations)[1] for m in (motion, other)
    ]
    cosine = np.abs(np.sum(turns[0] * turns[1], axis=-1))
    return 2.0 * np.degrees(np.arccos(np.clip(cosine, 0.0, 1.0)))
