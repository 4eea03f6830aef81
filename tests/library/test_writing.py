import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from library_samples import FakeEncoder, clip_of

from reprise.library import writing
from reprise.library.store import Library
from reprise_core.errors import RepriseError


def code_of(action, *arguments, **options):
    with pytest.raises(RepriseError) as error:
        action(*arguments, **options)
    return error.value.code


@pytest.fixture
def path(tmp_path, clips, encoder):
    path = tmp_path / "library.sqlite"
    writing.create(path, clips, encoder)
    return path


def test_the_same_clips_make_the_same_file(tmp_path, clips, encoder):
    for name in ("a", "b"):
        writing.create(tmp_path / name, clips, encoder)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_creating_makes_folders_and_leaves_nothing_else(tmp_path, clips, encoder):
    counts = []
    writing.create(tmp_path / "new" / "library.sqlite", iter(clips), encoder, counts.append)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["library.sqlite"]
    assert counts == [3]


def test_a_file_that_is_there_is_replaced_only_on_request(path, encoder):
    before = path.read_bytes()
    assert code_of(writing.create, path, [clip_of("one")], encoder) == "file_exists"
    assert path.read_bytes() == before
    writing.create(path, [clip_of("one")], encoder, overwrite=True)
    with Library.open(path) as library:
        assert [clip.id for clip in library.clips()] == ["one"]


@pytest.mark.parametrize(
    "wrong",
    [
        clip_of("walk"),
        clip_of("swim", ()),
        clip_of("swim", ("a person swims", "  ")),
        clip_of(""),
        replace(clip_of("swim"), joints=np.zeros((5, 21, 3), np.float32)),
        replace(clip_of("swim"), joints=np.full((5, 22, 3), np.inf, np.float32)),
    ],
    ids=["id given twice", "no caption", "empty caption", "no id", "21 joints", "not finite"],
)
def test_a_clip_that_is_not_fit_leaves_everything_as_it_was(tmp_path, path, clips, encoder, wrong):
    before = path.read_bytes()
    assert code_of(writing.create, tmp_path / "new.sqlite", [*clips, wrong], encoder) == "bad_clip"
    assert code_of(writing.add, path, [clip_of("fine"), wrong], encoder) == "bad_clip"
    assert [file.name for file in tmp_path.iterdir()] == ["library.sqlite"]
    assert path.read_bytes() == before


def test_no_clips(tmp_path, encoder):
    assert code_of(writing.create, tmp_path / "new.sqlite", [], encoder) == "no_clips"
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made(tmp_path, clips, encoder):
    (tmp_path / "file").write_text("in the way")
    assert code_of(writing.create, tmp_path / "file" / "library.sqlite", clips, encoder) == "cannot_write"


def test_an_interrupt_leaves_no_file(tmp_path, clips, encoder):
    def interrupted():
        yield clips[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writing.create(tmp_path / "library.sqlite", interrupted(), encoder)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_kill_in_the_middle_leaves_no_library_or_the_old_one(tmp_path, path, encoder):
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from reprise.library import writing
from library_samples import FakeEncoder, clip_of
def clips():
    for i in range(500):
        if i == 400:
            os.kill(os.getpid(), signal.SIGKILL)
        yield clip_of(f"new{{i}}", (f"caption {{i}}",))
action = getattr(writing, sys.argv[1])
action(Path(sys.argv[2]), clips(), FakeEncoder())
"""
    new = tmp_path / "new.sqlite"
    for action, target in (("create", new), ("add", path)):
        done = subprocess.run([sys.executable, "-c", program, action, os.fspath(target)], timeout=120, check=False)
        assert done.returncode == -signal.SIGKILL
    assert not new.exists()
    writing.add(path, [clip_of("later")], encoder)  # a writer rolls back what the killed one left
    with Library.open(path) as library:
        library.verify()
        assert library.info().clips == 4


def test_adding_and_removing(path, encoder):
    assert writing.add(path, [clip_of("swim", ("a person swims",))], encoder) == 1
    writing.remove(path, ["walk", "jump"])
    with Library.open(path) as library:
        library.verify()
        assert [clip.id for clip in library.clips()] == ["swim", "walk-mirrored"]
        assert set(library.index("fake").texts) == {"a person swims", "a person walks"}
    before = path.read_bytes()
    assert code_of(writing.remove, path, ["swim", "fly"]) == "no_clip"
    assert path.read_bytes() == before


def test_a_library_may_become_empty(path, clips):
    writing.remove(path, [clip.id for clip in clips])
    with Library.open(path) as library:
        library.verify()
        assert len(library.index("fake")) == 0


def test_features_of_two_encoders_are_never_mixed(path):
    assert code_of(writing.add, path, [clip_of("swim")], FakeEncoder("other")) == "wrong_encoder"


def test_changing_what_is_no_library(tmp_path, encoder):
    text = tmp_path / "a.txt"
    text.write_text("hello " * 500)
    assert code_of(writing.add, text, [clip_of("swim")], encoder) == "bad_library"
    assert code_of(writing.remove, text, ["swim"]) == "bad_library"
    assert code_of(writing.encode, tmp_path / "missing", encoder) == "no_library"
    assert text.read_text() == "hello " * 500
