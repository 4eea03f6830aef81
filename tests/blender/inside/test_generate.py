"""The panel's way from prompt to keys, without a window: the session against a server process, pumped by hand.

The process is whatever REPRISE_PYTHON starts; words in [brackets] tell the scripted engine what to do.
"""

import os
import time

import bpy
import support


class registered:  # noqa: N801
    """A fresh scene with the add-on registered and `prompt` typed."""

    def __init__(self, prompt="a person walks forward", **fields):
        self.fields = {"prompt": prompt, "seconds": 2.0, **fields}

    def __enter__(self):
        self.scene = support.fresh_scene()
        self.addon = support.addon()
        self.addon.register()
        for name, value in self.fields.items():
            setattr(self.scene.reprise, name, value)
        return self.addon.session

    def __exit__(self, *_):
        self.addon.unregister()
        os.environ.update(REPRISE_PYTHON=REPRISE_PYTHON)


REPRISE_PYTHON = os.environ.get("REPRISE_PYTHON", "")


def pump_until(session, condition, within=60.0):
    deadline = time.monotonic() + within
    while not condition() and time.monotonic() < deadline:
        session.pump()
        time.sleep(0.02)
    assert condition(), (session.current.error, session.current.job and session.current.job.state)


def pump_to_the_end(session):
    pump_until(session, lambda: not session.current.is_running)


def is_sampling(session):
    job = session.current.job
    return lambda: job.progress is not None and job.progress.stage == "sampling"


def is_unchanged():
    return not bpy.data.objects and not bpy.data.actions and bpy.context.scene.frame_end == 250


def test_a_prompt_becomes_keys_that_play_the_motion():
    with registered("a person waves", seconds=2.0, seed=5) as session:
        bpy.context.scene.frame_set(7)
        bpy.ops.reprise.generate(wait=False)
        bpy.context.scene.frame_set(100)  # scrubbing meanwhile moves nothing
        job = session.current.job
        pump_to_the_end(session)
        assert session.current.error is None
        keyed = session.current.keyed
        assert keyed.first_frame == 7
        from reprise_addon.core.motion import from_npz

        (motion,) = from_npz(job.result)
        assert motion.seconds == 2.0 and motion.meta["seed"] == 5
        armature = bpy.data.objects[keyed.armature]
        for t in (0, 10, 20, 30):
            joints = support.evaluated_joints(armature, motion.joint_names, 7 + t * 24 / 20)
            assert abs(joints - motion.positions[t]).max() < 0.001


def test_a_second_prompt_goes_onto_the_selected_armature():
    with registered("a person waves") as session:
        bpy.ops.reprise.generate(wait=False)
        pump_to_the_end(session)
        first = session.current.keyed
        bpy.context.scene.reprise.prompt = "a person jumps"
        bpy.ops.reprise.generate(wait=False)
        pump_to_the_end(session)
        assert session.current.keyed.armature == first.armature
        assert len(bpy.data.armatures) == 1
        assert {action.name for action in bpy.data.actions} == {"a person waves", "a person jumps"}


def test_cancel_leaves_the_scene_and_the_next_prompt_gets_its_own_motion():
    with registered("[deaf] first") as session:
        bpy.ops.reprise.generate(wait=False)
        pump_until(session, is_sampling(session))
        bpy.ops.reprise.cancel()
        assert not session.current.is_running
        assert is_unchanged()
        bpy.context.scene.reprise.prompt = "second"
        bpy.ops.reprise.generate(wait=False)
        pump_to_the_end(session)
        assert [action.name for action in bpy.data.actions] == ["second"]


def test_a_backend_that_dies_is_one_sentence_and_the_next_prompt_works():
    with registered("[crash]") as session:
        bpy.ops.reprise.generate(wait=False)
        pump_to_the_end(session)
        assert "exit code 3" in session.current.error.message
        assert session.current.backend_state.name == "FAILED"
        assert is_unchanged()
        bpy.context.scene.reprise.prompt = "again"
        bpy.ops.reprise.generate(wait=False)
        pump_to_the_end(session)
        assert session.current.error is None and session.current.keyed


def test_the_backends_refusal_is_shown():
    with registered("[mistake]") as session:
        bpy.ops.reprise.generate(wait=False)
        pump_to_the_end(session)
        assert (session.current.error.message, session.current.error.hint) == (
            "The library is empty.",
            "Add clips to it.",
        )
        assert is_unchanged()


def test_a_missing_backend_is_one_sentence():
    with registered() as session:
        os.environ["REPRISE_PYTHON"] = "/nowhere/python"
        bpy.ops.reprise.generate(wait=False)
        pump_to_the_end(session)
        assert "/nowhere/python" in session.current.error.message
        assert session.current.backend_state.name == "NOT_INSTALLED"
        assert is_unchanged()


def test_a_renamed_target_is_found_and_a_deleted_one_is_replaced():
    with registered() as session:
        bpy.ops.reprise.generate(wait=False)
        pump_to_the_end(session)
        armature = bpy.data.objects[session.current.keyed.armature]
        bpy.ops.reprise.generate(wait=False)
        armature.name = "renamed"
        pump_to_the_end(session)
        assert session.current.keyed.armature == "renamed"
        bpy.ops.reprise.generate(wait=False)
        bpy.data.armatures.remove(armature.data)
        pump_to_the_end(session)
        assert session.current.error is None
        assert bpy.data.objects[session.current.keyed.armature]


def test_another_file_cancels_the_job():
    with registered() as session:
        bpy.ops.reprise.generate(wait=False)
        pump_until(session, is_sampling(session))
        job = session.current.job
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        assert job.state.name == "CANCELLED"
        assert not session.current.is_running
        assert job.join(10)
        assert session.pump() is None
        assert is_unchanged()


def test_a_deleted_scene_is_one_sentence():
    with registered() as session:
        other = bpy.data.scenes.new("other")
        doomed = bpy.context.scene
        bpy.ops.reprise.generate(wait=False)
        if bpy.context.window:
            bpy.context.window.scene = other
        bpy.data.scenes.remove(doomed)
        pump_to_the_end(session)
        assert session.current.error.code == "scene_gone"
        assert not bpy.data.actions


def test_unregistering_mid_job_ends_the_backend_process():
    with registered() as session:
        bpy.ops.reprise.generate(wait=False)
        pump_until(session, is_sampling(session))
        pid = session.current.backend.pid
        job = session.current.job
        session.detach()
        try:
            os.kill(pid, 0)
            raise AssertionError("the backend is still there")
        except ProcessLookupError:
            pass
        assert job.state.name == "CANCELLED"
        assert not bpy.app.timers.is_registered(session.pump)
        session.attach()


def test_edit_mode_holds_the_motion_back_until_it_is_left():
    if bpy.context.window is None:
        return  # without a window nobody edits
    with registered() as session:
        mesh = bpy.data.objects.new("mesh", bpy.data.meshes.new("mesh"))
        bpy.context.scene.collection.objects.link(mesh)
        bpy.context.view_layer.objects.active = mesh
        bpy.ops.reprise.generate(wait=False)
        bpy.ops.object.mode_set(mode="EDIT")
        pump_until(session, lambda: session.current.waits_for)
        assert "Edit Mode" in session.current.waits_for
        assert not bpy.data.actions
        bpy.ops.object.mode_set(mode="OBJECT")
        pump_to_the_end(session)
        assert session.current.keyed


def test_diagnostics_tell_everything_but_the_token():
    with registered() as session:
        bpy.ops.reprise.generate(wait=False)
        pump_to_the_end(session)
        from reprise_addon.report import diagnostics

        text = diagnostics()
        assert bpy.app.version_string in text
        assert session.current.backend._client._token not in text


if not REPRISE_PYTHON:  # nothing to talk to
    for _name in [name for name in globals() if name.startswith("test_")]:
        del globals()[_name]
