"""References: found from the scripted backend, listed, steered, drawn where they belong, and gone without trace."""

import dataclasses
import time
from pathlib import Path

import armatures
import bpy
import numpy as np
import support
from test_generate import REPRISE_PYTHON, pump_to_the_end, registered


def shown():
    from reprise_addon.references import current

    return current.shown_of(bpy.context.scene)


def ids(prompt=None):
    return [row.reference.id for row in shown().visible(prompt or bpy.context.scene.reprise.prompt)]


def find():
    """In background mode the operator waits; a bpy wheel with a window would not, so the errands are pumped."""
    from reprise_addon import errands
    from reprise_addon.references import current

    bpy.ops.reprise.find_references()
    deadline = time.monotonic() + 60
    while current.current.is_looking and time.monotonic() < deadline:
        errands.pump()
        time.sleep(0.02)
    assert current.current.error is None, current.current.error


def wanted():
    from reprise_addon.references import current

    scene = bpy.context.scene
    return current.built_on(scene, scene.reprise.to_request()).references


def test_what_is_shown_is_what_a_generation_is_built_on():
    with registered("a person walks") as session:
        scene = bpy.context.scene
        scene.reprise.references, scene.reprise.reference_strength = 4, 0.7
        assert (wanted().k, wanted().pinned, wanted().strength) == (4, (), 0.7)
        find()
        assert ids() == ["clip0", "clip1", "clip2", "clip3"]
        bpy.ops.reprise.move_reference(clip="clip2", down=False)
        bpy.ops.reprise.exclude_reference(clip="clip0")
        assert ids() == ["clip2", "clip1", "clip3"]
        assert (wanted().k, wanted().pinned, wanted().excluded) == (0, ("clip2", "clip1", "clip3"), ("clip0",))
        assert wanted().strength == 0.7
        # Another prompt: what was found for the old one is neither shown nor used, unless it is pinned.
        bpy.ops.reprise.pin_reference(clip="clip3")
        scene.reprise.prompt = "a person jumps"
        assert ids() == ["clip3"]
        assert (wanted().k, wanted().pinned) == (0, ("clip3",))
        scene.reprise.prompt = "a person walks"
        assert ids() == ["clip2", "clip1", "clip3"]
        scene.reprise.prompt, scene.reprise.style = "a person", "walks"  # found for the whole sentence
        assert ids(scene.reprise.sentence) == ["clip2", "clip1", "clip3"]
        assert wanted().pinned == ("clip2", "clip1", "clip3")
        scene.reprise.prompt, scene.reprise.style = "a person walks", ""
        bpy.ops.reprise.clear_references()
        assert (wanted().k, wanted().pinned, wanted().excluded) == (4, (), ("clip0",))
        bpy.ops.reprise.admit_references()
        assert wanted().excluded == ()
        find()
        bpy.ops.reprise.exclude_reference(clip="clip0")
        bpy.ops.reprise.generate()
        if session.current.job is not None:  # in background mode it has waited
            pump_to_the_end(session)
        from reprise_addon import takes

        built_on = takes.request_of(bpy.data.actions[0]).references
        assert (built_on.k, built_on.pinned, built_on.excluded) == (0, ("clip1", "clip2", "clip3"), ("clip0",))


def test_moving_beyond_the_ends_and_among_hidden_rows_changes_nothing_else():
    support.addon()
    from reprise_addon.core.contract import Reference
    from reprise_addon.references.shown import Shown

    rows = [Reference(name, name, 0.9, 0.1, 0.8, 4.0) for name in "abcd"]
    shown = Shown().found("walk", 4.0, 1, rows).toggle_pin("a").toggle_pin("c")
    order = lambda value: "".join(row.reference.id for row in value.rows)  # noqa: E731
    assert order(shown.move("a", -1, "walk")) == "abcd"
    assert order(shown.move("d", 1, "walk")) == "abcd"
    assert order(shown.move("a", 1, "walk")) == "bacd"
    assert order(shown.move("a", 1, "run")) == "cbad"  # only a and c are visible
    assert order(shown.move("b", 1, "run")) == "abcd"
    assert order(shown.found("run", 4.0, 1, rows[:2])) == "ab"
    assert shown.wanted(4, "hybrid").pinned == ("a", "c")


def context_of_viewport(**fields):
    """What a draw handler sees, as far as ghosts need it; wheels and background mode have no viewport."""
    from types import SimpleNamespace

    space = SimpleNamespace(overlay=SimpleNamespace(show_overlays=fields.pop("overlays", True)), local_view=None)
    context = bpy.context
    given = {"scene": context.scene, "view_layer": context.view_layer, "space_data": space, **fields}
    return SimpleNamespace(**given)


def test_ghosts_stand_beside_the_character_where_the_clip_is_at_this_frame():
    with registered("a person walks"):
        from reprise_addon.references import current, overlay

        scene = bpy.context.scene
        scene.render.fps, scene.render.fps_base = 25, 1.0
        scene.reprise.references = 3
        scene.frame_set(11)
        find()
        offset = 1.2  # the preferences' default
        for frame in (11, 18, 60, 500):  # the clips last 4 seconds, and go round
            scene.frame_set(frame)
            ghosts = overlay.ghosts_of(context_of_viewport())
            assert [ghost.row.reference.id for ghost in ghosts] == ["clip0", "clip1", "clip2"]
            for ghost, side in zip(ghosts, (1.0, -1.0, 2.0), strict=True):
                motion = current.current.motions[ghost.row.reference.id]
                place = ((frame - 11) / 25 % motion.seconds) * motion.fps
                low = int(place)
                high = min(low + 1, motion.frames - 1)
                ours = motion.positions[low] + (place - low) * (motion.positions[high] - motion.positions[low])
                x, y, z = (ours + np.array([side * offset, 0.0, 0.0])).T
                assert np.abs(ghost.joints - np.stack((x, -z, y), axis=-1)).max() < 1e-4
                assert ghost.size == 1.0
        assert overlay.ghosts_of(context_of_viewport(overlays=False)) == []
        scene.reprise.prompt = "something else"
        assert overlay.ghosts_of(context_of_viewport()) == []


def test_a_clip_itself_becomes_a_take_and_ghosts_stand_where_it_plays_on_a_turned_and_scaled_character():
    with registered("a person walks") as session:
        from reprise_addon import previews, rig_mapping, takes
        from reprise_addon.core.resample import resample
        from reprise_addon.references import current, overlay

        scene = bpy.context.scene
        scene.reprise.references = 1
        scene.frame_set(1)
        find()
        assert bpy.ops.reprise.use_reference(clip="clip0") == {"FINISHED"}
        armature = bpy.context.view_layer.objects.active
        (action,) = takes.takes_of(armature)
        assert action.name == "a person walks (0)" and session.current.keyed.first_frame == 1
        assert previews.is_previewing(armature)
        told = str(support.error_of(RuntimeError, lambda: bpy.ops.reprise.recreate_take()))
        assert "is a clip of the library itself" in told  # what would be generated is another motion
        motion = current.current.motions["clip0"]
        for t in (0, 20, 40):
            joints = support.evaluated_joints(armature, motion.joint_names, 1 + t * 24 / 20)
            assert np.abs(joints - motion.positions[t]).max() < 0.001
        assert "not there" in str(support.error_of(RuntimeError, lambda: bpy.ops.reprise.use_reference(clip="nothing")))
        armature.location, armature.scale = (3.0, -2.0, 0.5), (0.5, 0.5, 0.5)
        armature.rotation_euler = (0.0, 0.0, 0.8)
        bpy.context.view_layer.update()
        motion = resample(motion, 24.0)
        with choices(offset=0.0):
            for frame in (1, 25, 49):
                joints = support.evaluated_joints(armature, motion.joint_names, frame)
                (ghost,) = overlay.ghosts_of(context_of_viewport())
                assert np.abs(ghost.joints[:, [0, 2, 1]] * [1.0, 1.0, -1.0] - joints).max() < 0.01
                assert abs(ghost.size - 0.5) < 1e-3
        # Any mapped rig, here tumbled and of other units: the bones play within its own proportions.
        for seed in (0, 1):
            rig, bones = armatures.made_rig("mixamo", seed)
            rig_mapping.map_rig(rig)
            scene.frame_set(1)
            bpy.ops.reprise.use_reference(clip="clip0")
            assert bpy.context.view_layer.objects.active == rig
            with choices(offset=0.0):
                for frame in (1, 25, 49):
                    heads, _ = armatures.evaluated(rig, frame)
                    at = {bone.name: head for bone, head in zip(rig.pose.bones, heads, strict=True)}
                    (ghost,) = overlay.ghosts_of(context_of_viewport())
                    for joint in ("left_hip", "right_hip", "left_ankle", "right_ankle"):
                        there = ghost.joints[motion.joint_names.index(joint)]
                        assert np.linalg.norm(at[bones[joint]] - there) < 0.15 * ghost.size, (seed, frame, joint)


class choices:  # noqa: N801
    """Other preferences about ghosts, while the block lasts."""

    def __init__(self, **fields):
        self.fields = fields

    def __enter__(self):
        from reprise_addon.references import current, overlay

        self.real, self.modules = overlay.preferences, (current, overlay)
        ghosts = dataclasses.replace(self.real().ghosts, **self.fields)
        wanted = dataclasses.replace(self.real(), ghosts=ghosts)
        for module in self.modules:
            module.preferences = lambda: wanted

    def __exit__(self, *_):
        for module in self.modules:
            module.preferences = self.real


def test_mannequins_are_closed_round_the_bones_and_quick():
    support.addon()
    from reprise_addon.core.skeleton import PARENTS
    from reprise_addon.references.figures import mannequins, pose_at

    motion = support.motion()
    poses = np.stack([pose_at(motion, second) for second in (0.0, 0.5, 1.0, 3.99)])
    vertices, colours, triangles = mannequins(poses, [1.0] * 4, [(0.2, 0.4, 1.0, 0.5)] * 4)
    assert len(vertices) == len(colours) and triangles.max() == len(vertices) - 1
    assert np.isfinite(vertices).all() and (colours[:, 3] == 0.5).all() and colours[:, :3].max() <= 1.0
    # Each joint lies inside: on the axis of a capsule, so at a limb's radius from the nearest vertex.
    first = vertices[: len(vertices) // 4]
    for joint, parent in enumerate(PARENTS):
        for place in (poses[0, joint], 0.5 * (poses[0, joint] + poses[0, max(parent, 0)])):
            assert np.linalg.norm(first - place, axis=1).min() < 0.25
    # Faces outwards: the volume of every capsule is positive, hence their sum.
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    volumes = np.einsum("ij,ij->i", a, np.cross(b, c)).reshape(len(poses) * 24, -1).sum(axis=1) / 6.0
    assert volumes.min() > 1e-5
    assert 0.03 < volumes[:24].sum() < 0.15  # a person has 0.07 cubic metres; capsules overlap
    best = min(_seconds(lambda: mannequins(poses, [1.0] * 4, [(0.2, 0.4, 1.0, 0.5)] * 4)) for _ in range(20))
    assert best < 0.005, f"{1000 * best:.1f} ms"


def _seconds(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def test_a_clip_goes_round():
    support.addon()
    from reprise_addon.references.figures import pose_at

    motion = support.motion(seconds=2.0)
    for second in (0.0, 0.33, 1.7):
        assert np.allclose(pose_at(motion, second), pose_at(motion, second + 6.0), atol=1e-5)
        assert np.allclose(pose_at(motion, second), pose_at(motion, second - 2.0), atol=1e-5)
    assert np.allclose(pose_at(motion, 0.5), motion.positions[10], atol=1e-6)


def test_undo_turns_the_list_back_and_neither_another_file_nor_the_same_nor_the_addon_gone_leaves_any():
    with registered("a person walks"):
        from reprise_addon.references import current, overlay

        if bpy.app.background:  # the undo stack is made only with a user; from here on it works as in a window
            bpy.ops.ed.undo_push(message="before")
        find()
        bpy.ops.ed.undo_push(message="Find References")
        found = ids()
        bpy.ops.reprise.exclude_reference(clip="clip0")
        bpy.ops.ed.undo_push(message="Exclude")
        assert ids() == found[1:]
        bpy.ops.ed.undo()
        assert ids() == found
        bpy.ops.ed.undo()
        assert ids() == [] and overlay.ghosts_of(context_of_viewport()) == []
        bpy.ops.ed.redo()
        assert ids() == found
        path = str(Path(bpy.app.tempdir) / "references.blend")
        bpy.ops.wm.save_as_mainfile(filepath=path)
        bpy.ops.wm.open_mainfile(filepath=path)
        scene = bpy.context.scene
        assert (scene.reprise.prompt, ids(), wanted().pinned) == ("a person walks", [], ())
        assert not current.current.lists and not current.current.motions and not current.current.is_looking
        find()
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        assert ids("a person walks") == [] and len(bpy.data.objects) == 0
        addon = support.addon()
        from reprise_addon import errands

        assert len(overlay._handles) == 2
        addon.unregister()
        try:
            assert overlay._handles == [] and overlay._drawn.batch is None
            assert not hasattr(bpy.types.Scene, "reprise_references")
            for timer in (current.look_at_prompt, errands.pump):
                assert not bpy.app.timers.is_registered(timer)
            assert current._on_load not in bpy.app.handlers.load_pre
        finally:
            addon.register()


def test_typing_asks_once_after_a_pause_where_it_is_wanted_and_a_failure_is_a_sentence():
    with registered("a person walks"):
        from reprise_addon import errands
        from reprise_addon.references import current

        def look(until=lambda: False, seconds=10.0):
            """As the window does it, until something holds, for so long at most."""
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and not until():
                current.look_at_prompt()
                errands.pump()
                time.sleep(0.05)

        scene = bpy.context.scene
        find()  # starts the backend
        scene.reprise.prompt = "a person runs"
        look(seconds=1.2)
        assert ids() == []
        with choices(find_while_typing=True):
            look(until=ids)
            assert ids() and shown().prompt == "a person runs"
            key = scene.reprise_references.key
            look(seconds=1.2)
            assert scene.reprise_references.key == key, "it asked again"
            scene.reprise.method = "momentum"
            look(until=lambda: scene.reprise_references.key != key and not current.current.is_looking)
            assert scene.reprise_references.key != key, "another way of recalling is another question"
            scene.reprise.prompt = "a person [fail]s"
            look(until=lambda: current.current.error and not current.current.is_looking)
            assert current.current.error.code == "internal" and not current.current.is_looking
            assert ids() == []


if not REPRISE_PYTHON:  # nothing to talk to
    for _name in [name for name in globals() if name.startswith("test_")]:
        del globals()[_name]
