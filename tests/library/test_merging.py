from dataclasses import replace

import pytest
from library_samples import FakeEncoder, clip_of, content_of, files_beside

from reprise.library import connections, encoding, merging, writing
from reprise.library.store import Library
from reprise.library.verify import find_damage
from reprise_core.errors import RepriseError


def made(path, clips, encoder=None):
    writing.create(path, clips, encoder or FakeEncoder())
    return path


def merged(path, other):
    with Library.open(other) as opened:
        report = merging.merge(path, opened)
    with Library.open(path) as library:
        assert find_damage(library) == ()
    return report


@pytest.fixture
def path(tmp_path, clips):
    return made(tmp_path / "library.sqlite", clips)


def test_merging_parts_gives_the_whole(tmp_path, clips):
    whole = made(tmp_path / "whole", clips)
    first, second = made(tmp_path / "first", clips[:2]), made(tmp_path / "second", clips[1:])
    report = merged(first, second)
    assert (report.added, report.present, report.renamed) == (1, 1, ())
    assert content_of(first) == content_of(whole)
    assert files_beside(first) == ["first"]


def test_another_motion_of_a_taken_id_gets_the_next_free_one_and_once_only(tmp_path, path):
    windows = [clip_of("walk", ("a person strides",), 9), clip_of("walk-2", ("a person limps",), 9, recording="walk")]
    other = made(tmp_path / "other", windows)
    before = content_of(other)
    report = merged(path, other)
    assert (report.added, report.renamed) == (2, (("walk", "walk-3"),))
    with Library.open(path) as library, Library.open(other) as opened:
        clips = {clip.id: clip for clip in library.clips()}
        for theirs in ("walk", "walk-2"):
            ours = dict(report.renamed).get(theirs, theirs)
            assert (library.motion(ours) == opened.motion(theirs)).all()
            assert clips[ours].captions == opened.captions(theirs)
        assert clips["walk"].captions == ("a person walks", "someone walks forward")
        assert clips["walk-3"].recording != "walk"  # which is another recording here
    assert content_of(other) == before
    again = merged(path, other)
    assert (again.added, again.present) == (0, 2)


def test_only_features_of_common_encoders_come_along(tmp_path, path):
    other = made(tmp_path / "other", [clip_of("swim", ("a person swims",))], FakeEncoder("other", 5))
    encoding.encode(other, FakeEncoder())
    merged(path, other)
    with Library.open(path) as library:
        assert list(library.encoders) == ["fake"]
        assert "a person swims" in library.index("fake").texts
    lone = made(tmp_path / "lone", [clip_of("fly", ("a person flies",))], FakeEncoder("other", 5))
    merged(path, lone)
    with Library.open(path) as library, pytest.raises(RepriseError, match="4 of 5") as error:
        library.index("fake")
    assert "reprise library encode" in error.value.hint
    assert encoding.encode(path, FakeEncoder()) == 1


def test_labels_and_pictures_come_along(tmp_path, path):
    clip = replace(clip_of("swim", ("a person swims",)), tags=("water",), source="pool", licence="MIT", split="test")
    other = made(tmp_path / "other", [clip])
    merged(path, other)
    with Library.open(path) as library, Library.open(other) as opened:
        assert next(row for row in library.clips() if row.id == "swim") == opened.clips()[0]
        assert library.thumbnail("swim") == opened.thumbnail("swim")


def test_damage_does_not_spread_and_nothing_is_half_merged(tmp_path, path):
    other = made(tmp_path / "other", [clip_of("fly"), clip_of("swim")])
    with connections.to_change(other) as connection, connections.transaction(connection):
        connection.execute("UPDATE motion SET joints = X'00' WHERE clip = 2")
    before = content_of(path)
    with Library.open(other) as opened, pytest.raises(RepriseError, match="motion of 'swim'"):
        merging.merge(path, opened)
    assert content_of(path) == before


def test_not_into_itself(path):
    with Library.open(path) as library, pytest.raises(RepriseError, match="into itself"):
        merging.merge(path, library)
