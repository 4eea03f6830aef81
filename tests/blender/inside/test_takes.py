"""Takes: looked at, kept, rejected, made again, put on the time line; nobody's work is lost, and each is one undo."""

import json
import tempfile
from pathlib import Path

import armatures
import bpy
import instant
import numpy as np
import paper
import support
from instant import generate, playing, registered

HEADS = ("pelvis", "left_wrist", "right_foot", "head")


def heads(armature, frame):
    """Where some joints of our armature are, in metres."""
    return support.evaluated_joints(armature, HEADS, frame)


def mine(armature):
    """The user's own animation: an Action that scales the head and raises the pelvis."""
    action = bpy.data.actions.new("mine")
    armature.animation_data_create().action = action
    armature.pose.bones["head"].scale = (1.5, 1.5, 1.5)
    armature.pose.bones["head"].keyframe_insert("scale", frame=1)
    armature.pose.bones["pelvis"].location = (0.0, 0.0, 2.0)
    armature.pose.bones["pelvis"].keyframe_insert("location", frame=1)
    return action


def an_armature():
    """Ours, with the user's own Action playing."""
    keyed = support.key([support.motion()])
    armature = bpy.data.objects[keyed.armature]
    bpy.data.actions.remove(bpy.data.actions[keyed.actions[0]])
    armature.reprise_take_rig = ""
    mine(armature)
    bpy.context.scene.frame_set(1)
    return armature


def state(armature_name):
    """All that a user could lose, as values."""
    armature = bpy.data.objects[armature_name]
    bpy.context.view_layer.update()
    pose = {bone.name: np.round(np.array(bone.matrix_basis), 4).tolist() for bone in armature.pose.bones}
    curves = {action.name: action.use_fake_user for action in bpy.data.actions}
    return playing(armature), pose, curves, bpy.context.scene.frame_end, armature.reprise_take_preview != ""


def test_a_generation_is_a_preview_and_accept_keeps_it_and_the_users_own_action():
    with registered() as (session, _):
        armature = an_armature()
        generate(session, "a person waves", count=3)
        assert playing(armature) == "a person waves"
        assert armature.reprise_take_preview and armature.reprise_take_before.name == "mine"
        assert bpy.ops.reprise.accept_take() == {"FINISHED"}
        assert not armature.reprise_take_preview and armature.reprise_take_before is None
        assert playing(armature) == "a person waves"
        assert bpy.data.actions["mine"].use_fake_user
        assert len(bpy.data.actions) == 4
        assert not bpy.ops.reprise.accept_take.poll()


def test_reject_brings_back_action_pose_and_range_as_they_were():
    with registered() as (session, _):
        armature = an_armature()
        scene = bpy.context.scene
        scene.frame_end = 20
        before = state(armature.name)
        generate(session, count=2)
        scene.frame_set(30)
        assert tuple(armature.pose.bones["head"].scale) == (1.0, 1.0, 1.0)
        assert bpy.ops.reprise.reject_take() == {"FINISHED"}
        scene.frame_set(1)
        after = state(armature.name)
        assert after[0] == "mine" and after[3] == 20
        assert after[1] == before[1]
        assert set(after[2]) == {"mine"}


def test_reject_takes_an_armature_that_was_made_for_it_and_leads_back_over_several_previews():
    with registered() as (session, _):
        generate(session)
        assert bpy.ops.reprise.reject_take() == {"FINISHED"}
        assert not bpy.data.objects and not bpy.data.actions and not bpy.data.armatures
        armature = an_armature()
        generate(session, "first")
        generate(session, "second")
        assert bpy.ops.reprise.reject_take() == {"FINISHED"}
        assert playing(armature) == "mine"
        assert {action.name for action in bpy.data.actions} == {"mine", "first"}


def test_reject_brings_rigify_back_as_it_was_however_its_limbs_were_led():
    """Also where they were led otherwise at first: goals, switches and stretching are all as before."""
    with registered() as (session, _):
        scene = bpy.context.scene
        armature = armatures.rigify(scene)
        armature.pose.bones["hand_ik.L"].location = (0.1, 0.0, 0.2)
        before = rigify_state(armature)
        for again in (lambda: generate(session), bpy.ops.reprise.rekey_take):
            armature.reprise_rig.limbs = "FK"
            generate(session)
            armature.reprise_rig.limbs = "IK"
            again()
            scene.frame_set(20)
            assert armature.pose.bones["thigh_parent.L"]["IK_FK"] == 0.0 and rigify_state(armature) != before
            assert bpy.ops.reprise.reject_take() == {"FINISHED"}
            scene.frame_set(1)
            after = rigify_state(armature)
            assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}


def rigify_state(armature):
    """What keys may change, by bone."""
    return {
        bone.name: (
            np.round(np.array(bone.matrix_basis), 4).tolist(),
            round(bone.ik_stretch, 4),
            {name: value for name, value in bone.items() if isinstance(value, (int, float))},
        )
        for bone in armature.pose.bones
    }


def test_reject_in_pose_mode_leaves_it_and_takes_the_armature_away():
    with registered() as (session, _):
        armature = generate(session)
        bpy.context.view_layer.objects.active = armature
        bpy.ops.object.mode_set(mode="POSE")
        assert bpy.ops.reprise.reject_take() == {"FINISHED"}
        assert not bpy.data.objects and bpy.context.mode == "OBJECT"


def test_accept_and_reject_are_one_undo_step_each_and_redo_brings_them_again():
    for operator in ("accept_take", "reject_take"):
        with registered() as (session, _):
            name = an_armature().name
            instant.step("begin")
            begin = state(name)
            generate(session, "a person waves", count=2)
            preview = state(name)
            assert getattr(bpy.ops.reprise, operator)() == {"FINISHED"}
            instant.step(operator)
            decided = state(name)
            assert decided != preview
            bpy.ops.ed.undo()
            assert state(name) == preview, operator
            bpy.ops.ed.undo()
            assert state(name) == begin, operator
            bpy.ops.ed.redo()
            bpy.ops.ed.redo()
            assert state(name) == decided, operator


def test_choosing_in_the_list_shows_a_take_at_once_and_it_plays_as_generated():
    with registered() as (session, _):
        armature = generate(session, "a person waves", count=3, seed=5)
        from reprise_addon.takes import takes_of

        takes = takes_of(armature)
        assert [take.name for take in takes] == ["a person waves", "a person waves.001", "a person waves.002"]
        for place in (2, 0, 1):
            armature.reprise_take_index = bpy.data.actions.find(takes[place].name)
            assert playing(armature) == takes[place].name
            motion = support.motion(2.0, 5 + place, "a person waves")
            places = support.evaluated_joints(armature, motion.joint_names, 1 + 30 * 24 / 20)
            assert np.abs(places - motion.positions[30]).max() < 0.001
        bpy.ops.reprise.next_take()
        assert playing(armature) == takes[2].name
        bpy.ops.reprise.next_take(backwards=True)
        bpy.ops.reprise.next_take(backwards=True)
        assert playing(armature) == takes[0].name


def test_a_take_knows_its_recipe_and_survives_saving_and_loading():
    with registered() as (session, backend), tempfile.TemporaryDirectory() as folder:
        name = generate(session, "a person waves", count=2, seed=7, steps=12, text_strength=0.7).name
        path = str(Path(folder) / "takes.blend")
        bpy.ops.wm.save_as_mainfile(filepath=path)
        bpy.ops.wm.open_mainfile(filepath=path)
        bpy.context.view_layer.update()
        armature = bpy.data.objects[name]
        from reprise_addon import takes

        assert [take.name for take in takes.takes_of(armature)] == ["a person waves", "a person waves.001"]
        second = bpy.data.actions["a person waves.001"]
        from reprise_addon.ops.library import caption_of

        assert caption_of(second) == "a person waves"  # a number at the end would mislead retrieval
        record = takes.record_of(second)
        assert (record["prompt"], record["seed"], record["request"]["steps"]) == ("a person waves", 8, 12)
        assert set(record["versions"]) == {"addon", "blender", "contract"}
        assert np.array_equal(takes.motion_of(second).positions, support.motion(2.0, 8).positions)

        # The preview is still one, and the second take is made again as it was: alone, from its own seed.
        assert armature.reprise_take_preview
        assert bpy.ops.reprise.recreate_take(take=second.name, wait=False) == {"FINISHED"}
        instant.pump(session)
        made = backend.requests[-1]
        assert (made.seed, made.count, made.text_strength, made.steps) == (8, 1, 0.7, 12)
        again = bpy.data.actions[session.current.keyed.actions[0]]
        assert again != second and np.array_equal(takes.motion_of(again).positions, takes.motion_of(second).positions)
        assert bpy.ops.reprise.retry_take(take=second.name, wait=False) == {"FINISHED"}
        instant.pump(session)
        assert backend.requests[-1].seed != 8 and backend.requests[-1].text_strength == 0.7
        support.fresh_scene()


def test_takes_of_two_armatures_are_kept_apart_and_a_duplicate_shares_them():
    with registered() as (session, _):
        first = generate(session, "first")
        first.select_set(False)
        bpy.context.view_layer.objects.active = None
        second = generate(session, "second")
        from reprise_addon.takes import takes_of

        assert first != second
        assert [take.name for take in takes_of(first)] == ["first"]
        assert [take.name for take in takes_of(second)] == ["second"]
        first.name = "renamed"
        copy = first.copy()
        bpy.context.scene.collection.objects.link(copy)
        assert [take.name for take in takes_of(copy)] == ["first"]
        support.error_of(RuntimeError, lambda: bpy.ops.reprise.show_take(take="first"))  # `second` is selected


def test_the_buttons_decide_about_the_take_and_the_armature_that_they_name():
    with registered() as (session, _):
        first = generate(session, "first", count=2)
        first.select_set(False)
        bpy.context.view_layer.objects.active = None
        second = generate(session, "second", count=1)
        for operator in (bpy.ops.reprise.accept_take, bpy.ops.reprise.reject_take):
            told = str(support.error_of(RuntimeError, lambda: operator(take="first")))  # noqa: B023
            assert "no take 'first'" in told and second.reprise_take_preview and first.reprise_take_preview
        said = paper.draw(support.addon().REPRISE_PT_generate)[0].said
        assert f"Preview on '{second.name}': 'second', take 1 of 1" in " ".join(said)
        second.select_set(False)
        bpy.context.view_layer.objects.active = first
        first.select_set(True)
        said = " ".join(paper.draw(support.addon().REPRISE_PT_generate)[0].said)
        assert f"Preview on '{first.name}': 'first', take 1 of 2" in said
        assert f"Select '{second.name}' to accept or reject it." in said  # what was keyed last is on the other one
        assert bpy.ops.reprise.accept_take(take="first.001") == {"FINISHED"}
        assert (playing(first), first.reprise_take_preview) == ("first.001", "")
        assert second.reprise_take_preview


def test_a_pushed_take_plays_as_a_strip_and_a_stashed_one_is_muted():
    with registered() as (session, _):
        armature = generate(session, "a person waves", count=2)
        at = heads(armature, 20)
        assert bpy.ops.reprise.push_take() == {"FINISHED"}
        assert playing(armature) == "" and not armature.reprise_take_preview
        assert np.abs(heads(armature, 20) - at).max() < 1e-4
        (track,) = armature.animation_data.nla_tracks
        assert (track.strips[0].frame_start, track.mute) == (1.0, False)
        assert bpy.ops.reprise.stash_take(take="a person waves.001") == {"FINISHED"}
        assert armature.animation_data.nla_tracks[-1].mute
        assert np.abs(heads(armature, 20) - at).max() < 1e-4


def check_append(armature, take, frame=30, bones=slice(None)):
    """Up to the playhead as before; at it the same pose; then the take, from the same spot and heading."""
    scene = bpy.context.scene
    before = {each: armatures.evaluated(armature, each)[0] for each in (1, 15, frame - 1, frame)}
    own = {action.name for action in bpy.data.actions}
    size = np.ptp(before[1], axis=0).max()
    scene.frame_set(frame)
    assert bpy.ops.reprise.append_take(take=take) == {"FINISHED"}
    assert {action.name for action in bpy.data.actions} - own == {playing(armature)}
    for each in (1, 15, frame - 1):
        assert np.abs(armatures.evaluated(armature, each)[0] - before[each]).max() < 1e-4 * size, each
    seam = armatures.evaluated(armature, frame)[0]
    return np.abs(seam - before[frame])[bones].max() / size


def test_a_take_appended_at_the_playhead_goes_on_from_the_pose_there():
    with registered() as (session, _):
        armature = generate(session, "first", seed=1)
        generate(session, "second", seed=2, seconds=4.0)
        bpy.ops.reprise.show_take(take="first")
        assert check_append(armature, "second") < 1e-3
        assert playing(armature) == "first, then second"
        # Turned and moved as a whole, the appended part is the take itself: distances between joints are its own.
        motion = support.motion(4.0, 2)
        places = support.evaluated_joints(armature, motion.joint_names, 30 + 60 * 24 / 20)
        for pair in ((0, 20), (7, 15)):
            ours, theirs = (np.linalg.norm(each[pair[0]] - each[pair[1]]) for each in (places, motion.positions[60]))
            assert abs(ours - theirs) < 0.001
        assert "no take" in str(support.error_of(RuntimeError, lambda: bpy.ops.reprise.append_take(take="third")))
        told = str(support.error_of(RuntimeError, lambda: bpy.ops.reprise.recreate_take()))
        assert "one request" in told


def test_appending_works_on_a_rig_in_all_rotation_modes():
    with registered() as (session, _):
        armature, _ = armatures.made_rig("mixamo", 3, extras=False)
        generate(session, "first", seed=1)
        generate(session, "second", seed=2)
        bpy.ops.reprise.show_take(take="first")
        assert check_append(armature, "second") < 0.02  # through our skeleton and back


def test_appending_after_travel_on_a_root_bone_goes_on_from_where_it_led():
    with registered() as (session, _):
        armature, joints = armatures.made_rig("unreal_ue4", 7, extras=False)
        generate(session, "second", seed=2)
        bpy.context.scene.frame_set(1)
        generate(session, "first", seed=1, root="ROOT_BONE")
        body = [place for place, bone in enumerate(armature.pose.bones) if bone.name in joints.values()]
        assert check_append(armature, "second", bones=body) < 0.02


def test_a_take_is_keyed_anew_in_place_without_generating():
    with registered() as (session, backend):
        armature = generate(session, "a person walks", seconds=4.0)
        bpy.context.scene.reprise.root = "IN_PLACE"
        assert bpy.ops.reprise.rekey_take() == {"FINISHED"}
        assert len(backend.requests) == 1 and playing(armature) == "a person walks.001"
        first, last = (heads(armature, frame)[0] for frame in (1, 95))
        assert np.abs(first[[0, 2]] - last[[0, 2]]).max() < 1e-3
        bpy.ops.reprise.reject_take()
        assert not bpy.data.actions


def test_deleting_the_take_that_plays_shows_another_and_the_last_ends_the_preview():
    with registered() as (session, _):
        armature = generate(session, "a person waves", count=2)
        bpy.ops.reprise.delete_take()
        assert playing(armature) == "a person waves.001"
        bpy.ops.reprise.delete_take()
        assert (playing(armature), armature.reprise_take_preview, len(bpy.data.actions)) == ("", "", 0)


def test_a_preview_on_a_library_override_is_accepted_rejected_and_saved():
    with registered() as (session, _), tempfile.TemporaryDirectory() as folder:
        armature, _ = armatures.made_rig("mixamo", 8, extras=False)
        collection = bpy.data.collections.new("Character")
        bpy.context.scene.collection.children.link(collection)
        collection.objects.link(armature)
        library, scene_file = str(Path(folder) / "library.blend"), str(Path(folder) / "scene.blend")
        bpy.ops.wm.save_as_mainfile(filepath=library)
        scene = support.fresh_scene()
        with bpy.data.libraries.load(library, link=True) as (_, wanted):
            wanted.collections = ["Character"]
        scene.collection.children.link(bpy.data.collections["Character"])
        bpy.data.collections["Character"].override_hierarchy_create(
            scene, bpy.context.view_layer, do_fully_editable=True
        )
        (own,) = [candidate for candidate in scene.objects if candidate.override_library]
        bpy.context.view_layer.objects.active = own
        own.select_set(True)
        assert generate(session, "first") == own
        bpy.ops.reprise.accept_take()
        generate(session, "second")
        bpy.ops.wm.save_as_mainfile(filepath=scene_file)
        bpy.ops.wm.open_mainfile(filepath=scene_file)
        (own,) = [candidate for candidate in bpy.context.scene.objects if candidate.override_library]
        bpy.context.view_layer.objects.active = own
        own.select_set(True)
        from reprise_addon.takes import takes_of

        assert [take.name for take in takes_of(own)] == ["first", "second"]
        assert playing(own) == "second"
        assert bpy.ops.reprise.reject_take() == {"FINISHED"}
        assert (playing(own), [take.name for take in takes_of(own)]) == ("first", ["first"])
        support.fresh_scene()


def test_an_action_of_another_hand_is_no_take_and_a_damaged_record_is_none():
    with registered() as (session, _):
        armature = generate(session, "a person waves")
        from reprise_addon import takes

        action = bpy.data.actions["a person waves"]
        for text in ("{", "[1]", "5"):
            action[takes.META] = text
            assert takes.record_of(action) == {}
        action[takes.META] = json.dumps({"request": {"prompt": "x", "seconds": 1000}})
        told = str(support.error_of(RuntimeError, lambda: bpy.ops.reprise.recreate_take()))
        assert "seconds is 1000" in told
        action[takes.MOTION] = b"no motion"
        support.error_of(RuntimeError, lambda: bpy.ops.reprise.append_take())
        assert not takes.belongs(mine(armature), armature)
