"""The user works on while jobs run: file, scene, mode, undo, armatures change in the middle, and nothing breaks."""

import tempfile
from pathlib import Path

import armatures
import bpy
import instant
import support
from instant import generate, playing, pump, registered


def start(session, backend, prompt="a person walks", **fields):
    """A job that waits in the middle until `backend.gate` opens."""
    backend.gate.clear()
    panel = bpy.context.scene.reprise
    for name, value in {"prompt": prompt, "seconds": 2.0, **fields}.items():
        setattr(panel, name, value)
    assert bpy.ops.reprise.generate(wait=False) == {"FINISHED"}
    pump(session, lambda: session.current.job.progress is not None)


def finish(session, backend):
    backend.gate.set()
    pump(session)


def test_another_file_in_the_middle_of_a_job_gets_nothing_of_it():
    with registered() as (session, backend), tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "other.blend")
        bpy.ops.wm.save_as_mainfile(filepath=path)
        start(session, backend, count=2)
        bpy.ops.wm.open_mainfile(filepath=path)
        assert not session.current.is_running and session.pump() is None
        backend.gate.set()
        assert not bpy.data.actions and not bpy.data.objects
        assert generate(session).name == "Reprise"
        support.fresh_scene()


def test_another_scene_in_the_middle_leaves_the_motion_where_it_was_meant():
    with registered() as (session, backend):
        first = bpy.context.scene
        start(session, backend)
        other = bpy.data.scenes.new("other")
        bpy.context.window.scene = other
        finish(session, backend)
        assert session.current.error is None
        armature = bpy.data.objects[session.current.keyed.armature]
        assert armature.name in first.objects and armature.name not in other.objects
        assert bpy.context.window.scene == other


def test_another_selection_in_the_middle_changes_no_target():
    with registered() as (session, backend):
        first = generate(session, "first")
        bpy.ops.reprise.accept_take()
        start(session, backend, "second")
        first.select_set(False)
        other, _ = armatures.made_rig("mixamo", 1)
        finish(session, backend)
        assert (playing(first), other.animation_data) == ("second", None)


def test_a_target_deleted_in_the_middle_is_replaced_by_a_new_armature():
    with registered() as (session, backend):
        first = generate(session, "first")
        start(session, backend, "second")
        bpy.data.armatures.remove(first.data)
        finish(session, backend)
        assert session.current.error is None
        assert playing(bpy.data.objects[session.current.keyed.armature]) == "second"
        assert "is gone" in session.current.keyed.unkeyed[0]


def test_a_target_deleted_behind_another_scene_is_replaced_in_its_own():
    """A view layer that nobody looks at keeps an empty place for what was removed."""
    with registered() as (session, backend):
        scene = bpy.context.scene
        first = generate(session, "first")
        start(session, backend, "second")
        bpy.data.objects.remove(first)
        bpy.context.window.scene = bpy.data.scenes.new("other")
        finish(session, backend)
        assert session.current.error is None, session.current.error
        armature = bpy.data.objects[session.current.keyed.armature]
        assert playing(armature) == "second" and armature.name in scene.objects


def test_undo_in_the_middle_of_a_job_and_after_it():
    with registered() as (session, backend):
        armature, _ = armatures.made_rig("mixamo", 2, extras=False)
        name = armature.name
        instant.step("a rig")
        armature.location.x = 5.0
        instant.step("moved")
        start(session, backend)
        bpy.ops.ed.undo()
        assert session.current.is_running
        finish(session, backend)
        armature = bpy.data.objects[name]
        assert session.current.error is None and playing(armature) == "a person walks"
        assert abs(armature.location.x - 5.0) > 1.0
        bpy.ops.ed.undo()
        assert not bpy.data.actions and session.current.kept is None
        bpy.ops.ed.redo()
        assert playing(bpy.data.objects[name]) == "a person walks"


def test_unregistering_in_the_middle_and_again_leaves_nothing_behind():
    for _ in range(2):
        with registered() as (session, backend):
            start(session, backend)
            job = session.current.job
        assert job.state.name == "CANCELLED"
        assert not bpy.app.timers.is_registered(session.pump)
        assert not hasattr(bpy.types.Object, "reprise_take_rig")
        assert not bpy.data.actions


def test_one_button_one_job_and_cancel_forgets_the_rest_of_the_list():
    with registered() as (session, backend):
        panel = bpy.context.scene.reprise
        for prompt in ("first", "second", "third"):
            panel.prompt = prompt
            bpy.ops.reprise.edit_list(action="ADD")
        panel.list_as = "TAKES"
        bpy.ops.reprise.generate_list(wait=False)
        assert not bpy.ops.reprise.generate.poll()
        pump(session, lambda: session.current.done == 1)
        backend.gate.clear()
        assert bpy.ops.reprise.cancel() == {"FINISHED"}
        backend.gate.set()
        assert not session.current.is_running
        assert "third" not in bpy.data.actions and "first" in bpy.data.actions  # what was keyed stays


def test_a_script_waits_for_its_motion_and_gives_what_it_likes():
    with registered() as (session, backend):
        scene = bpy.context.scene
        scene.reprise.seed, scene.reprise.text_strength = 3, 0.5
        scene.frame_set(9)
        done = bpy.ops.reprise.generate(prompt="a person jumps", seconds=2.5, count=2, reference_strength=1.5)
        assert done == {"FINISHED"} and not session.current.is_running
        (request,) = backend.requests
        assert (request.prompt, request.seconds, request.count, request.seed) == ("a person jumps", 2.5, 2, 3)
        assert (request.text_strength, request.references.strength) == (0.5, 1.5)
        armature = bpy.data.objects[session.current.keyed.armature]
        assert playing(armature) == "a person jumps" and not armature.reprise_take_preview
        assert session.current.keyed.first_frame == 9
        assert scene.reprise.prompt == "a person walks forward"  # the panel's own is left alone
        bpy.ops.reprise.generate(solver="ddim", method="momentum", references=5)
        assert (backend.requests[-1].solver, backend.requests[-1].steps) == ("ddim", 50)
        wanted = backend.requests[-1].references
        assert (wanted.method, wanted.k, wanted.strength) == ("momentum", 5, 1.0)
        message = str(support.error_of(RuntimeError, lambda: bpy.ops.reprise.generate(prompt="[refuse]")))
        assert "It is refused." in message and "Ask again." in message


def show_references(scene, prompt, clips, pinned=(), excluded=()):
    """As if Find References had found these clips for the prompt."""
    from reprise_addon.core.contract import Reference
    from reprise_addon.references import current
    from reprise_addon.references.shown import Shown

    found = [Reference(clip, clip, 0.9, 0.1, 0.8, 4.0) for clip in clips]
    shown = Shown().found(prompt, 2.0, 1, found)
    for clip in excluded:
        shown = shown.exclude(clip)
    for clip in pinned:
        shown = shown.toggle_pin(clip)
    current.change(scene, shown)


def test_references_that_are_asked_for_win_over_those_that_are_shown():
    with registered() as (_, backend), tempfile.TemporaryDirectory() as folder:
        scene = bpy.context.scene
        scene.reprise.prompt = "a person walks"
        show_references(scene, "a person walks", ("one", "two"), pinned=["one"], excluded=["two"])
        path = Path(folder) / "prompts.csv"
        path.write_text("prompt,references,method\na person walks,5,\na person walks,,momentum\na person walks,,\n")
        for call in (
            bpy.ops.reprise.generate,
            lambda: bpy.ops.reprise.generate(reference_strength=0.5),
            lambda: bpy.ops.reprise.generate(references=5),
            lambda: bpy.ops.reprise.generate(references=0),
            lambda: bpy.ops.reprise.generate(method="momentum"),
            lambda: bpy.ops.reprise.generate_file(filepath=str(path)),
        ):
            assert call() == {"FINISHED"}
        asked = [request.references for request in backend.requests]
        assert [(each.k, each.pinned, each.method, each.strength) for each in asked] == [
            (0, ("one",), "hybrid", 1.0), (0, ("one",), "hybrid", 0.5), (5, (), "hybrid", 1.0), (0, (), "hybrid", 1.0),
            (2, (), "momentum", 1.0), (5, (), "hybrid", 1.0), (2, (), "momentum", 1.0), (0, ("one",), "hybrid", 1.0),
        ]  # fmt: skip
        assert {each.excluded for each in asked} == {("two",)}  # never means never


def test_a_new_seed_each_time_and_the_engines_own_steps():
    with registered() as (session, backend):
        panel = bpy.context.scene.reprise
        panel.random_seed = True
        for _ in range(3):
            generate(session)
        assert len({request.seed for request in backend.requests}) == 3
        assert panel.seed == backend.requests[-1].seed
        bpy.ops.reprise.generate(engine="remomask", seed=1)
        from reprise_addon.core.contract import DEFAULT_STEPS

        assert [backend.requests[at].steps for at in (0, -1)] == [
            DEFAULT_STEPS["remodiffuse"],
            DEFAULT_STEPS["remomask"],
        ]


def test_a_list_of_prompts_as_one_motion_and_as_takes():
    with registered() as (session, backend):
        panel = bpy.context.scene.reprise
        for prompt, seconds in (("walks", 3.0), ("jumps", 2.0), ("waves", 4.0)):
            panel.prompt, panel.seconds = prompt, seconds
            bpy.ops.reprise.edit_list(action="ADD")
        bpy.ops.reprise.edit_list(action="UP")
        assert [line.prompt for line in panel.segments] == ["walks", "waves", "jumps"]
        bpy.ops.reprise.generate_list()
        (request,) = backend.requests
        assert [(part.prompt, part.seconds) for part in request.segments] == [
            ("walks", 3.0), ("waves", 4.0), ("jumps", 2.0)
        ]  # fmt: skip
        whole = bpy.data.objects[session.current.keyed.armature]
        assert playing(whole) == "walks, then waves, then jumps"  # or nobody could tell it from a walk
        panel.list_as = "TAKES"
        bpy.ops.reprise.generate_list(wait=False)
        pump(session)
        assert [request.prompt for request in backend.requests[1:]] == ["walks", "waves", "jumps"]
        armature = bpy.data.objects[session.current.keyed.armature]
        assert playing(armature) == "walks"  # the first of the new ones is shown, the others join it
        assert bpy.ops.reprise.reject_take() == {"FINISHED"}
        assert [action.name for action in bpy.data.actions] == ["walks, then waves, then jumps"]
        bpy.ops.reprise.edit_list(action="REMOVE")
        bpy.ops.reprise.edit_list(action="CLEAR")
        assert not panel.segments
        assert "list is empty" in str(support.error_of(RuntimeError, lambda: bpy.ops.reprise.generate_list()))


def test_a_file_of_prompts_becomes_named_takes_and_bad_lines_are_told():
    with registered() as (session, backend), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prompts.csv"
        path.write_text(
            "name,prompt,seconds,seed\ngo,walks,2,5\n,jumps,,\nbad,x,1000,\nno,[refuse] this,2,\nend,sits,2,1\n"
        )
        bpy.ops.reprise.generate_file(filepath=str(path), wait=False)
        pump(session)
        assert [(request.prompt, request.seed) for request in backend.requests if "refuse" not in request.prompt] == [
            ("walks", 5), ("jumps", 0), ("sits", 1)
        ]  # fmt: skip
        assert {action.name for action in bpy.data.actions} == {"go", "jumps", "end"}
        assert (session.current.failed, session.current.total) == (1, 4)
        assert session.current.error.message == "It is refused."
        missing = support.error_of(RuntimeError, lambda: bpy.ops.reprise.generate_file(filepath="/nowhere.csv"))
        assert "cannot be read" in str(missing)


def test_the_lines_of_a_file_are_in_the_style_of_the_panel():
    with registered() as (session, backend), tempfile.TemporaryDirectory() as folder:
        bpy.context.scene.reprise.style = "slowly"
        path = Path(folder) / "prompts.csv"
        path.write_text(f"prompt,seconds,then\na person walks,2,sits down:3;stands slowly:2\n{'x' * 495},2,\n")
        bpy.ops.reprise.generate_file(filepath=str(path))
        (request,) = backend.requests  # the other line is too long with the style
        said = [part.prompt for part in request.segments]
        assert said == ["a person walks slowly", "sits down slowly", "stands slowly"]
        armature = bpy.data.objects[session.current.keyed.armature]
        assert playing(armature).startswith("a person walks slowly, then sits down")  # a line without a name


def test_prompts_are_remembered_between_sessions_and_forgotten_when_asked():
    with registered() as (session, _):
        from reprise_addon import history

        generate(session, "first", seconds=3.0)
        generate(session, "second")
        generate(session, "first", seconds=3.0)
        assert [prompt.text for prompt in history.recent()] == ["first", "second"]
        history._recent.clear()
        history.load()
        assert history.recent()[0] == history.Prompt("first", 3.0)
        bpy.ops.reprise.use_prompt(prompt="second", seconds=2.0)
        assert (bpy.context.scene.reprise.prompt, bpy.context.scene.reprise.seconds) == ("second", 2.0)
        bpy.ops.reprise.clear_history()
        history.load()
        assert not history.recent()
        history._path().parent.mkdir(parents=True, exist_ok=True)
        for text in ("{", '{"a": 1}', '[{"prompt": 5}]'):
            history._path().write_text(text)
            history.load()
            assert not history.recent()


def test_frames_and_seconds_are_one_length():
    with registered(30) as _:
        panel = bpy.context.scene.reprise
        panel.seconds = 3.0
        assert panel.frames == 90
        panel.frames = 75
        assert panel.to_request().seconds == 2.5
        panel.frames = 100_000
        assert panel.to_request().seconds == 9.8


def test_the_presets_that_come_along_set_every_field_and_differ():
    with registered() as _:
        panel = bpy.context.scene.reprise
        for kind, neutral in (("prompt", ""), ("style", "Plain"), ("settings", "Default")):
            operator = getattr(bpy.types, f"REPRISE_OT_add_{kind}_preset")
            names = [value.rpartition(".")[2] for value in operator.preset_values]
            unset = {name: getattr(panel, name) for name in names}
            own = support.ROOT / "addon/presets" / operator.preset_subdir
            assert own in [Path(folder) for folder in bpy.utils.preset_paths(operator.preset_subdir)]
            seen = {}
            for path in own.glob("*.py"):
                for name in names:
                    panel.property_unset(name)
                bpy.ops.script.execute_preset(filepath=str(path), menu_idname=operator.preset_menu)
                assert all(panel.is_property_set(name) for name in names), path.name  # nothing is left of another
                seen[path.stem] = {name: getattr(panel, name) for name in names}
                panel.to_request(), panel.to_keying_options()
            assert not neutral or seen.pop(neutral) == unset
            assert len(seen) >= 3 and len({str(values) for values in [unset, *seen.values()]}) == len(seen) + 1
    assert own not in [Path(folder) for folder in bpy.utils.preset_paths("reprise/settings")]


def test_a_style_is_put_behind_every_prompt_of_the_panel_once():
    with registered() as (session, backend):
        panel = bpy.context.scene.reprise
        panel.style = " slowly "
        generate(session, "a person walks")
        from reprise_addon import history

        assert history.recent()[0].text == "a person walks"  # so that it can be had in another style
        generate(session, "a person walks slowly")
        bpy.ops.reprise.edit_list(action="ADD")
        panel.prompt = "a person jumps"
        bpy.ops.reprise.edit_list(action="ADD")
        bpy.ops.reprise.generate_list()
        said = [[part.prompt for part in request.segments] for request in backend.requests]
        walks = ["a person walks slowly"]
        assert said == [walks, walks, [*walks, "a person jumps slowly"]]
        bpy.ops.reprise.generate(prompt="a person runs")  # a script says all that it wants
        assert backend.requests[-1].prompt == "a person runs"
        panel.prompt = " "
        bad = support.error_of(RuntimeError, lambda: bpy.ops.reprise.generate())
        assert "prompt is empty" in str(bad)


def test_presets_keep_settings_and_bring_them_back():
    with registered() as _:
        panel = bpy.context.scene.reprise
        panel.steps, panel.solver, panel.thin, panel.root = 15, "dpm++", True, "IN_PLACE"
        bpy.ops.reprise.add_settings_preset(name="Reprise Test")
        panel.steps, panel.solver, panel.thin, panel.root = 0, "ddim", False, "HIPS"
        folders = [Path(folder) for folder in bpy.utils.preset_paths("reprise/settings")]
        (path,) = [path for folder in folders for path in folder.glob("*.py") if path.stem.lower() == "reprise_test"]
        try:
            bpy.ops.script.execute_preset(filepath=str(path), menu_idname="REPRISE_MT_settings_presets")
            assert (panel.steps, panel.solver, panel.thin, panel.root) == (15, "dpm++", True, "IN_PLACE")
        finally:
            path.unlink()
