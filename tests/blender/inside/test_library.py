"""Motion from Blender into the library of the scripted backend: an Action, a range of it, files and folders."""

import contextlib
import io
import tempfile
import time
from pathlib import Path

import bpy
import numpy as np
import support
from test_generate import REPRISE_PYTHON, registered


def wait():
    from reprise_addon import adding, errands

    deadline = time.monotonic() + 60
    while adding.current.is_running and time.monotonic() < deadline:
        errands.pump()
        time.sleep(0.02)
    assert not adding.current.is_running
    return adding.current


class sent:  # noqa: N801
    """What the add-on sends, as (name, data, captions, tags, licence), while the block lasts."""

    def __enter__(self):
        from reprise_addon.bridge.client import Client

        self.real, calls = Client.add_clips, []

        def add_clips(client, *arguments):
            calls.append(arguments)
            return self.real(client, *arguments)

        Client.add_clips = add_clips
        return calls

    def __exit__(self, *_):
        from reprise_addon.bridge.client import Client

        Client.add_clips = self.real


def test_an_action_goes_in_as_the_motion_that_it_is():
    with registered(), sent() as calls:
        from reprise_addon.core.motion import from_npz

        motion = support.motion(seconds=3.0, prompt="a person wriggles", fps=24.0)
        support.key([motion], first_frame=10)
        armature = bpy.context.view_layer.objects.active
        bpy.ops.reprise.add_action_to_library(captions="a person wriggles; wild", tags="mine", licence="our own")
        state = wait()
        assert (state.added, state.skipped, state.error) == (1, [], None)
        assert state.summary() == "Added 1 clip."
        ((name, data, captions, tags, licence),) = calls
        assert (name, captions, tags) == (f"{armature.animation_data.action.name.replace(' ', '_')}.npz",
                                          "a person wriggles\nwild", "mine")  # fmt: skip
        assert licence == "our own"
        (read,) = from_npz(data)
        assert (read.frames, read.fps) == (motion.frames, 24.0)
        assert np.abs(read.positions - motion.positions).max() < 0.02
        bpy.ops.reprise.add_action_to_library(captions="part", span="CUSTOM", first=20, last=43)
        wait()
        (part,) = from_npz(calls[1][1])
        assert part.frames == 24
        assert np.abs(part.positions - motion.positions[10:34]).max() < 0.02
        scene = bpy.context.scene
        scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 15, 30
        bpy.ops.reprise.add_action_to_library(captions="part", span="SCENE")
        wait()
        assert from_npz(calls[2][1])[0].frames == 16


def test_a_range_of_one_frame_is_refused_in_a_sentence():
    with registered():
        from reprise_addon import adding

        support.key([support.motion()])
        call = lambda: bpy.ops.reprise.add_action_to_library(span="CUSTOM", first=5, last=5)  # noqa: E731
        assert "no motion" in str(support.error_of(RuntimeError, call))
        assert adding.current.error.code == "bad_range"


def test_a_folder_goes_in_file_by_file_and_what_is_no_motion_is_told():
    with registered(), sent() as calls, tempfile.TemporaryDirectory() as name:
        import zipfile

        folder = Path(name)
        (folder / "walks").mkdir()
        (folder / "walks/slow.bvh").write_text("HIERARCHY")
        (folder / "walks/slow.txt").write_text("a person walks slowly")
        (folder / "a.amc").write_text("amc")
        (folder / "a.asf").write_text("asf")
        (folder / "bad.zip").write_bytes(b"[bad]")
        (folder / "notes.docx").write_text("no motion")
        (folder / "large.zip").write_bytes(b"0" * (16 * 2**20 + 1))
        (folder / ".hidden.bvh").write_text("hidden")
        bpy.ops.reprise.add_files_to_library(directory=name, tags="studio")
        state = wait()
        assert (state.total, state.done, state.added, state.fraction) == (4, 4, 2, 1.0)
        assert len(state.skipped) == 2 and "16" in " ".join(state.skipped) and "holds no motion" in state.skipped[0]
        members = {
            call[0]: sorted(zipfile.ZipFile(io.BytesIO(call[1])).namelist()) for call in calls if call[1][:2] == b"PK"
        }
        assert members == {"a.amc.zip": ["a.amc", "a.asf"], "slow.bvh.zip": ["walks/slow.bvh", "walks/slow.txt"]}
        assert {call[3] for call in calls} == {"studio"}
        bpy.ops.reprise.add_files_to_library(directory=name, files=[{"name": "a.amc"}, {"name": "gone.bvh"}])
        state = wait()
        assert (state.added, len(state.skipped)) == (1, 1)
        assert "gone.bvh" in state.skipped[0]


def test_an_empty_folder_and_a_locked_library_are_sentences():
    with registered(), tempfile.TemporaryDirectory() as name:
        from reprise_addon import adding

        call = lambda: bpy.ops.reprise.add_files_to_library(directory=name)  # noqa: E731
        assert "no motion file" in str(support.error_of(RuntimeError, call))
        for number in range(3):
            (Path(name) / f"{number}.zip").write_bytes(b"[busy]")
        with contextlib.suppress(RuntimeError):  # in background mode, where it waits
            call()
        state = wait()
        assert adding.current.error.code == "library_busy"
        assert state.done == 0, "it went on although each would meet the same"


def test_a_clip_that_was_added_can_be_removed_again():
    with registered("a person walks"):
        from reprise_addon import errands
        from reprise_addon.references import current
        from test_references import find, ids

        find()
        with contextlib.suppress(RuntimeError):
            bpy.ops.reprise.remove_clip(clip="clip0")  # not ours: the sentence of the backend
        deadline = time.monotonic() + 20
        while current.current.error is None and time.monotonic() < deadline:
            errands.pump()
            time.sleep(0.02)
        assert current.current.error.code == "not_own"
        assert "clip0" in ids(), "it is still there, and shown"


if not REPRISE_PYTHON:  # nothing to talk to
    for _name in [name for name in globals() if name.startswith("test_")]:
        del globals()[_name]
