"""A rig in the user's hands: found, corrected, saved, keyed without harm, and told about when it cannot be."""

import json
import tempfile
from pathlib import Path

import armatures
import bpy
import numpy as np
import paper
import support


class registered:  # noqa: N801
    """A fresh scene with the add-on registered, and presets in a folder of their own."""

    def __enter__(self):
        scene = support.fresh_scene()
        self.addon = support.addon()
        from reprise_addon import rig_presets

        self.presets, self.before = rig_presets, rig_presets._folder
        self.folder = tempfile.TemporaryDirectory()
        rig_presets._folder = lambda: Path(self.folder.name)
        self.addon.register()
        return scene

    def __exit__(self, *_):
        self.addon.unregister()
        self.presets._folder = self.before
        self.folder.cleanup()


def mapped(armature):
    from reprise_addon.rig_mapping import known_rig

    bpy.context.view_layer.update()
    return known_rig(armature)


def test_a_rig_is_known_when_it_becomes_active_and_again_after_it_was_edited():
    with registered():
        armature, joints = armatures.made_rig("mixamo", 1, extras=False)
        rig = mapped(armature)
        assert (rig.mapping.family, rig.is_usable) == ("mixamo", True)
        assert armature.reprise_rig.left_hip == joints["left_hip"]
        bpy.ops.object.mode_set(mode="EDIT")
        for name in ("LeftArm", "LeftForeArm"):
            (bone,) = [bone for bone in armature.data.edit_bones if bone.name.endswith(name)]
            armature.data.edit_bones.remove(bone)
        bpy.ops.object.mode_set(mode="OBJECT")
        rig = mapped(armature)
        assert not rig.is_usable
        assert any("left arm" in problem for problem in rig.mapping.problems)
        assert mapped(armatures.quadruped()).mapping.confidence == 0.0


def test_a_mesh_stands_for_the_armature_that_deforms_it():
    with registered():
        armature, _ = armatures.made_rig("vroid", 0)
        mesh = bpy.data.objects.new("body", bpy.data.meshes.new("body"))
        bpy.context.scene.collection.objects.link(mesh)
        mesh.modifiers.new("Armature", "ARMATURE").object = armature
        armature.select_set(False)
        mesh.select_set(True)
        bpy.context.view_layer.objects.active = mesh
        assert mapped(armature).mapping.family == "vroid"
        assert bpy.ops.reprise.rig_test() == {"FINISHED"}
        assert armature.animation_data.action.name == "Rig Test"


def test_bones_are_chosen_by_hand_mirrored_and_reset():
    with registered():
        armature, joints = armatures.made_rig("mixamo", 2, extras=False)
        settings, automatic = armature.reprise_rig, mapped(armature).mapping
        toe = next(bone.name for bone in armature.data.bones if bone.name.endswith("LeftToe_End"))
        settings.left_foot = toe
        assert mapped(armature).overrides == {"left_foot": toe}
        assert bpy.ops.reprise.rig_mirror() == {"FINISHED"}
        assert settings.right_foot == toe.replace("Left", "Right")
        settings.left_ankle = toe  # taken from the foot, which goes back to what was found
        assert (settings.left_ankle, settings.left_foot) == (toe, joints["left_foot"])
        settings.left_collar = ""
        assert "left_collar" in mapped(armature).mapping.missing
        settings.left_hip = "nobody"  # no such bone: as if nothing was typed
        assert settings.left_hip == joints["left_hip"]
        assert bpy.ops.reprise.rig_reset() == {"FINISHED"}
        assert mapped(armature).mapping == automatic


def test_a_saved_mapping_is_used_for_every_rig_with_these_bones_until_it_is_forgotten():
    with registered():
        first, joints = armatures.made_rig("unreal_ue4", 3, extras=False)
        mapped(first)
        first.reprise_rig.left_foot = ""
        assert bpy.ops.reprise.rig_save() == {"FINISHED"}
        assert (mapped(first).preset, first.reprise_rig.overrides) == (True, "")
        second, _ = armatures.made_rig("unreal_ue4", 3, extras=False)
        assert second.reprise_rig.left_foot == "" or mapped(second) is None
        assert mapped(second).preset and mapped(second).mapping.missing == ("left_foot",)
        other, _ = armatures.made_rig("mixamo", 3)
        assert not mapped(other).saved
        other.select_set(False)
        second.select_set(True)
        bpy.context.view_layer.objects.active = second
        assert bpy.ops.reprise.rig_reset() == {"FINISHED"}  # this object's own choice wins
        assert second.reprise_rig.left_foot == joints["left_foot"] and mapped(second).saved
        assert bpy.ops.reprise.rig_forget() == {"FINISHED"}
        assert not mapped(second).saved


def test_a_broken_preset_is_passed_over():
    with registered():
        armature, _ = armatures.made_rig("mixamo", 4)
        from reprise_addon import rig_mapping, rig_presets

        names = [bone.name for bone in armature.data.bones]
        for text in ("{", json.dumps({"kind": "other"}), json.dumps([1]), json.dumps({"kind": "reprise rig mapping"})):
            rig_presets.preset_path(names).write_text(text)
            rig_mapping.forget(armature)
            assert not rig_mapping.map_rig(armature).saved
        joints = {"left_hip": "gone", "tail": names[0], "neck": None}
        rig_presets.save_preset("rig", names, joints)  # made by hand: what makes no sense is left out
        rig_mapping.forget(armature)
        assert rig_mapping.map_rig(armature).overrides == {"neck": None}


def test_what_was_there_stays_as_it_was():
    support.fresh_scene()
    armature, joints = armatures.made_rig("mixamo", 5)
    mine = bpy.data.actions.new("mine")
    armature.animation_data_create().action = mine
    root = armature.pose.bones[joints["pelvis"]]
    finger = next((bone for bone in armature.pose.bones if bone.name.startswith("x")), None)
    if finger:
        finger.scale = (2.0, 2.0, 2.0)
    rest = [np.array(bone.matrix_local) for bone in armature.data.bones]
    modes = [bone.rotation_mode for bone in armature.pose.bones]
    keyed = support.key([support.motion(), support.motion(seed=1)], target=armature, first_frame=10)
    assert (keyed.first_frame, len(keyed.actions)) == (10, 2)
    assert bpy.data.actions["mine"].use_fake_user
    assert len(bpy.data.armatures) == 1
    assert modes == [bone.rotation_mode for bone in armature.pose.bones]
    assert all(np.array_equal(a, bone.matrix_local) for a, bone in zip(rest, armature.data.bones, strict=True))
    assert finger is None or tuple(finger.scale) == (2.0, 2.0, 2.0)
    assert tuple(root.scale) == (1.0, 1.0, 1.0)


def test_what_cannot_be_keyed_is_told_and_left_alone():
    support.fresh_scene()
    armature, joints = armatures.made_rig("mixamo", 6)
    bones = armature.pose.bones
    constraint = bones[joints["left_wrist"]].constraints.new("COPY_ROTATION")
    constraint.target, constraint.subtarget = armature, joints["pelvis"]
    off = bones[joints["right_wrist"]].constraints.new("COPY_ROTATION")
    off.target, off.subtarget, off.mute = armature, joints["pelvis"], True
    bones[joints["right_elbow"]].constraints.new("LIMIT_ROTATION")
    bones[joints["head"]].rotation_mode = "XYZ"
    bones[joints["head"]].driver_add("rotation_euler", 0)
    bones[joints["neck"]].lock_rotation = (True, True, True)
    keyed = support.key([support.motion()], target=armature)
    told = " ".join(keyed.unkeyed)
    for joint, why in (("left_wrist", "Copy Rotation"), ("head", "is driven"), ("neck", "locked")):
        assert f'"{joints[joint]}"' in told and why in told, told
    from reprise_addon.actions import curves_of

    paths = {curve.data_path for curve in curves_of(bpy.data.actions[keyed.actions[0]])}
    for joint in ("left_wrist", "head", "neck"):
        assert not any(f'"{joints[joint]}"' in path for path in paths)
    for joint in ("right_wrist", "right_elbow"):
        assert any(f'"{joints[joint]}"' in path for path in paths)
    assert len(keyed.unkeyed) == 3


def test_twist_helpers_that_the_rig_feeds_are_neither_keyed_nor_told():
    """As mmd_tools feeds MMD's graded twist bones, by constraints that grant them a part of another bone's turn."""
    support.fresh_scene()
    armature, _ = armatures.made_rig("mmd_japanese", 6)
    bones = armature.pose.bones
    fed, locked, free = ("左腕捩1", "左手捩2", "右手捩3"), "右腕捩2", ("左腕捩2", "右腕捩1", "左手捩1", "右手捩2")
    for name, whole in zip(fed[:2], ("左腕捩", "左手捩"), strict=True):
        constraint = bones[name].constraints.new("TRANSFORM")
        constraint.target, constraint.subtarget = armature, whole
    bones[fed[2]].rotation_mode = "XYZ"
    bones[fed[2]].driver_add("rotation_euler", 1)
    bones[locked].lock_rotation = (True, True, True)
    keyed = support.key([support.motion()], target=armature)
    assert keyed.unkeyed == (f'The bone "{locked}" has its rotation locked, so its rotation is not keyed.',)
    from reprise_addon.actions import curves_of

    paths = {curve.data_path for curve in curves_of(bpy.data.actions[keyed.actions[0]])}
    for name in (*fed, locked):
        assert not any(f'"{name}"' in path for path in paths)
    for name in free:
        assert any(f'"{name}"' in path for path in paths)


def test_a_rig_of_which_nothing_can_be_keyed_is_one_sentence_and_changes_nothing():
    support.fresh_scene()
    armature, _ = armatures.made_rig("mixamo", 6)
    for bone in armature.pose.bones:
        bone.lock_rotation = (True, True, True)
    from reprise_addon.core.errors import RepriseError

    error = support.error_of(RepriseError, support.key, [support.motion()], target=armature)
    assert (error.code, len(bpy.data.actions), len(bpy.data.armatures)) == ("nothing_to_key", 0, 1)


def test_legs_in_an_ik_chain_are_told_with_the_constraints_name():
    support.fresh_scene()
    armature, joints = armatures.made_rig("vrm", 1)
    goal = bpy.data.objects.new("goal", None)
    bpy.context.scene.collection.objects.link(goal)
    ik = armature.pose.bones[joints["left_knee"]].constraints.new("IK")
    ik.target, ik.chain_count, ik.name = goal, 2, "Leg IK"
    told = support.key([support.motion()], target=armature).unkeyed
    assert len(told) == 2 and all("Leg IK" in sentence for sentence in told)


def test_a_pose_set_by_hand_does_not_leak_but_a_root_keeps_its_place():
    support.fresh_scene()
    armature, joints = armatures.made_rig("unreal_ue4", 7)
    motion = support.motion()
    support.key([motion], target=armature, first_frame=1)
    plain, _ = armatures.evaluated(armature, 5)
    elbow = armature.pose.bones[joints["left_elbow"]]
    elbow.location, elbow.scale = (0.3, 0.1, 0.0), (2.0, 1.0, 2.0)
    support.key([motion], target=armature, first_frame=1)
    again, _ = armatures.evaluated(armature, 5)
    assert np.abs(again - plain).max() < 1e-5 * np.abs(plain).max()
    armature.pose.bones["root"].location = (1.0, 0.0, 0.0)
    support.key([motion], target=armature, first_frame=1)
    moved, _ = armatures.evaluated(armature, 5)
    assert np.abs(moved - plain).max() > 1e-3 * np.abs(plain).max()


def test_a_rig_that_cannot_be_mapped_gets_nothing_and_a_new_armature_is_announced():
    with registered() as scene:
        animal = armatures.quadruped()
        bpy.context.view_layer.update()
        target = support.addon().target
        assert target.find_target(bpy.context) is None
        assert target.find_refused(bpy.context) == animal
        error = support.error_of(RuntimeError, lambda: bpy.ops.reprise.rig_test())
        assert "two legs" in str(error) and "Choose the bones" in str(error)
        said = " ".join(" ".join(paper.draw(support.addon().REPRISE_PT_rig)[0].said).split())
        assert "cannot be mapped" in said and "Choose the bones of legs, arms and pelvis." in said
        keyed = support.key([support.motion()], target=animal)
        assert keyed.armature != animal.name and animal.animation_data is None
        assert scene.objects[keyed.armature]


def test_a_linked_rig_is_refused_and_its_override_keyed_with_its_own_choices():
    with registered(), tempfile.TemporaryDirectory() as folder:
        armature, joints = armatures.made_rig("mixamo", 8, extras=False)
        collection = bpy.data.collections.new("Character")
        bpy.context.scene.collection.children.link(collection)
        collection.objects.link(armature)
        library, scene_file = str(Path(folder) / "library.blend"), str(Path(folder) / "scene.blend")
        bpy.ops.wm.save_as_mainfile(filepath=library)
        scene = support.fresh_scene()
        with bpy.data.libraries.load(library, link=True) as (_, wanted):
            wanted.collections = ["Character"]
        scene.collection.children.link(bpy.data.collections["Character"])
        from reprise_addon.rig_mapping import map_rig

        linked = bpy.data.collections["Character"].objects[0]
        assert "library override" in map_rig(linked).blocked and not map_rig(linked).is_usable
        bpy.data.collections["Character"].override_hierarchy_create(
            scene, bpy.context.view_layer, do_fully_editable=True
        )
        (own,) = [candidate for candidate in scene.objects if candidate.override_library]
        bpy.context.view_layer.objects.active = own
        own.select_set(True)
        toe = next(bone.name for bone in own.data.bones if bone.name.endswith("LeftToe_End"))
        own.reprise_rig.left_foot = toe
        assert support.key([support.motion()], target=own).armature == own.name
        bpy.ops.wm.save_as_mainfile(filepath=scene_file)
        bpy.ops.wm.open_mainfile(filepath=scene_file)
        (own,) = [candidate for candidate in bpy.context.scene.objects if candidate.override_library]
        assert map_rig(own).overrides == {"left_foot": toe}
        assert joints["left_ankle"] in {match.bone for match in map_rig(own).mapping.matches.values()}
        support.fresh_scene()


def test_a_motion_is_exported():
    with registered() as scene, tempfile.TemporaryDirectory() as folder:
        armatures.made_rig("smpl", 9)
        bpy.ops.reprise.rig_test()
        scene.frame_start, scene.frame_end = 3, 50
        path = Path(folder) / "walk"
        assert bpy.ops.reprise.rig_export(filepath=str(path)) == {"FINISHED"}
        from reprise_addon.core.motion import from_npz

        (motion,) = from_npz(path.with_suffix(".npz").read_bytes())
        assert (motion.frames, motion.fps) == (48, 24.0)
        scene.frame_end = 3
        assert "no motion" in str(
            support.error_of(RuntimeError, lambda: bpy.ops.reprise.rig_export(filepath=str(path)))
        )
