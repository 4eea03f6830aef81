"""Adding: what was put in stays in, however it ends; adding again goes on; the rest goes on where one clip is bad."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from library_samples import FakeEncoder, clip_of, content_of, files_beside

from reprise.data.imported import Unreadable
from reprise.library import adding, batches, rows, thumbnail, writing
from reprise.library.store import Library
from reprise.library.verify import find_damage
from reprise_core.errors import RepriseError

THOUSAND = 1000
WORKER = """
import sys
sys.path.insert(0, sys.argv[1])
from library_samples import FakeEncoder, clip_of, joints_of
from reprise.library import adding, thumbnail
from reprise_core.errors import RepriseError
thumbnail.draw = lambda joints, image=thumbnail.draw(joints_of(2)): image  # drawing is not what this is about
clips = (clip_of(f"clip{i:04}", (f"caption {i}",), 2) for i in range(int(sys.argv[3])))
try:
    report = adding.add(sys.argv[2], clips, [FakeEncoder()], lambda report: print(report.added, flush=True))
    print(report)
except RepriseError as error:
    sys.exit(f"{error.code}: {error}")
"""


@pytest.fixture
def path(tmp_path, clips, encoder):
    path = tmp_path / "library.sqlite"
    writing.create(path, clips, encoder)
    return path


@pytest.fixture
def empty(tmp_path, encoder):
    path = tmp_path / "empty.sqlite"
    writing.create(path, [], encoder)
    return path


def worker(path, count=THOUSAND, **options):
    command = [sys.executable, "-c", WORKER, os.fspath(Path(__file__).parent), os.fspath(path), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_added_clips_are_as_if_they_had_been_there_from_the_start(tmp_path, path, clips, encoder):
    more = [clip_of("swim", ("a person swims", "a person walks"), tags=("water", "slow, calm"))]
    assert str(adding.add(path, more, [encoder])) == "added 1, already there 0, left out 0"
    writing.create(tmp_path / "whole", [*clips, *more], encoder)
    assert content_of(path) == content_of(tmp_path / "whole")
    with Library.open(path) as library:
        assert next(clip.tags for clip in library.clips() if clip.id == "swim") == ("calm", "slow", "water")
    assert files_beside(path) == [path.name]


def test_adding_again_adds_nothing_and_keeps_edited_captions(path, clips, encoder):
    before = content_of(path)
    again = [replace(clip, captions=("something else",)) for clip in clips]
    report = adding.add(path, again, [encoder])
    assert (report.added, report.present, report.left_out) == (0, 3, ())
    assert content_of(path) == before


def test_a_motion_packed_by_another_zlib_is_the_same(path, clips, encoder, monkeypatch):
    monkeypatch.setattr(
        rows.joint_codec.zlib, "compress", lambda data, level, own=rows.joint_codec.zlib.compress: own(data, 1)
    )
    assert adding.add(path, clips, [encoder]).present == 3


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (clip_of("walk", frames=12), "another motion of this id"),
        (clip_of("new0", frames=12), "another motion of this id"),
        (clip_of("swim", ()), "empty caption or none"),
        (clip_of("swim", ("a person swims", "  ")), "empty caption or none"),
        (clip_of(""), "no id"),
        (clip_of("sw\udce4m"), "no Unicode"),
        (clip_of("swim", ("caf\udce9",)), "no Unicode"),
        (replace(clip_of("swim"), joints=np.zeros((1, 22, 3), np.float32)), "(1, 22, 3)"),
        (replace(clip_of("swim"), joints=np.zeros((5, 21, 3), np.float32)), "(5, 21, 3)"),
        (replace(clip_of("swim"), joints=np.full((5, 22, 3), np.inf, np.float32)), "not finite"),
        (Unreadable("broken.zip", "it is no zip archive"), "no zip archive"),
    ],
)  # fmt: skip
def test_what_is_not_fit_is_named_and_the_rest_goes_on(path, encoder, wrong, reason):
    report = adding.add(path, [clip_of("new0"), wrong, clip_of("new1")], [encoder])
    (left_out,) = report.left_out
    assert (report.added, reason in left_out.reason) == (2, True)
    left_out.name.encode()  # can be printed
    with Library.open(path) as library:
        assert find_damage(library) == ()
        assert [clip.id for clip in library.clips()] == ["jump", "new0", "new1", "walk", "walk-mirrored"]


def test_any_unicode_and_any_dash_in_ids_and_captions(path, encoder):
    names = [
        "--help",
        "-",
        "ходьба",
        "歩く 🚶",
        "a/b\\c",
        "cafe\u0301",
        "café",
        " padded ",
        "x'; DROP TABLE clips; --",
        "NUL",
    ]
    assert adding.add(path, [clip_of(name, (f"says {name}",), 5) for name in names], [encoder]).added == len(names)
    with Library.open(path) as library:
        assert {clip.id for clip in library.clips()} >= set(names)
        assert find_damage(library) == ()
        for name in names:
            assert library.captions(name) == (f"says {name}".strip(),)


def test_features_of_every_encoder_of_the_library(path):
    both = [FakeEncoder(), FakeEncoder("other", 5)]
    with pytest.raises(RepriseError, match="other"), Library.open(path) as library:
        library.index("other")
    adding.add(path, [clip_of("swim", ("a person swims",))], both[:1])
    with Library.open(path) as library:
        assert len(library.index("fake")) == 4


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_at_random_moments_it_opens_verifies_and_goes_on(tmp_path, empty, encoder, monkeypatch):
    chance, seen, kills = random.Random(4), 0, 0
    while True:
        process = worker(empty)
        for line in process.stdout:
            if kills < 4 and not line.startswith("added"):
                time.sleep(chance.uniform(0.0, 0.06))  # somewhere within the next batches
                process.kill()
                kills += 1
                break
        rest, errors = process.communicate(timeout=120)
        with Library.open(empty) as library:
            assert find_damage(library) == ()
            now = library.info().clips
        assert now >= seen
        seen = now
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, errors
    assert kills == 4
    assert (line or rest).startswith("added")
    image = thumbnail.draw(clip_of("any").joints)
    monkeypatch.setattr(thumbnail, "draw", lambda joints: image)
    whole = tmp_path / "whole.sqlite"
    writing.create(whole, (clip_of(f"clip{i:04}", (f"caption {i}",), 2) for i in range(THOUSAND)), encoder)
    assert content_of(empty) == content_of(whole)
    assert files_beside(empty) == [empty.name]


@pytest.mark.skipif(os.name != "posix", reason="resource limits")
def test_a_full_disk_is_one_sentence_and_nothing_is_lost(empty):
    limit = 400_000  # bytes a file may have; the library of all clips has more

    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = worker(empty, preexec_fn=small)
    out, complaint = process.communicate(timeout=120)
    assert process.returncode == 1
    assert complaint.startswith("cannot_write: ")
    assert "goes on where it stopped" in complaint
    reported = int(out.split()[-1])
    with Library.open(empty) as library:
        assert find_damage(library) == ()
        assert library.info().clips == reported > 0
    out, _ = worker(empty).communicate(timeout=120)
    assert out.splitlines()[-1] == f"added {THOUSAND - reported}, already there {reported}, left out 0"


def test_two_processes_read_while_one_writes(empty):
    program = """
import sys
from reprise.library.store import Library
from reprise.library.verify import find_damage
counts = set()
while 300 not in counts:
    with Library.open(sys.argv[1]) as library, library.snapshot():
        clips = library.clips()
        assert len(library.index("fake")) == len(clips)
        assert clips == [] or library.motion(clips[-1].id).shape == (3, 22, 3)
        counts.add(len(clips))
print(*sorted(counts))
"""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    readers = [subprocess.Popen([sys.executable, "-c", program, os.fspath(empty)], **pipes) for _ in range(2)]
    writer = worker(empty, 300)
    _, errors = writer.communicate(timeout=120)
    assert writer.returncode == 0, errors
    whole_batches = {*range(0, 300, batches.COUNT), 300}
    for reader in readers:
        out, errors = reader.communicate(timeout=120)
        assert reader.returncode == 0, errors
        assert set(map(int, out.split())) <= whole_batches
    assert files_beside(empty) == [empty.name]


def test_two_processes_that_write_take_turns(empty):
    """Both add the same clips: each is there once, and each process counts what it did."""
    writers = [worker(empty, 150) for _ in range(2)]
    said = [writer.communicate(timeout=120) for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], [errors for _, errors in said]
    answers = [out.splitlines()[-1].replace(",", "").split() for out, _ in said]
    assert sum(int(answer[1]) for answer in answers) == 150
    assert sum(int(answer[4]) for answer in answers) == 150
    with Library.open(empty) as library:
        assert library.info().clips == 150
        assert find_damage(library) == ()
    assert files_beside(empty) == [empty.name]


def test_slow_clips_are_committed_in_time(monkeypatch, empty, encoder):
    monkeypatch.setattr(batches, "SECONDS", 0.0)
    counts = []
    adding.add(empty, (clip_of(f"clip{i}", frames=3) for i in range(3)), [encoder], lambda r: counts.append(r.added))
    assert counts == [1, 2, 3]
