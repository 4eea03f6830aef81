"""Selections, search by words, by meaning, and by both."""

import numpy as np
import pytest
from library_samples import clip_of

from reprise.library import writing
from reprise.library.search import search
from reprise.library.selection import Selection, clips_with_words, select
from reprise.library.store import Library
from reprise.text import TextFeatures
from reprise_core.errors import RepriseError


class Meaning:
    """Puts texts that share a word's first letters near each other: enough of a meaning to rank by."""

    name, dimension, max_tokens = "meaning", 64, 2

    def encode(self, texts):
        rows = np.full((len(texts), self.dimension), 0.01, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[sum(map(ord, word[:3])) % self.dimension] += 1.0
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return TextFeatures(np.repeat(rows[:, None], 2, 1), np.ones((len(texts), 2), bool), rows)


@pytest.fixture
def library(tmp_path):
    clips = [
        clip_of("walk_01", ("a person walks forward", "someone strolls"), 5, tags=("calm",)),
        clip_of("Sitting-Down", ("the figure takes a chair",), 5, tags=("calm", "Chair"), source="Mocap A"),
        clip_of("jump", ("a person jumps while walking", "a leap"), 5, licence="MIT"),
        clip_of("café 歩く", ("eine Person läuft",), 5),
        clip_of("RunForward02", ("runs",), 5, recording="take_77"),
        clip_of("--help", ("a person waves",), 5),
    ]
    writing.create(tmp_path / "l.sqlite", clips, Meaning())
    with Library.open(tmp_path / "l.sqlite") as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("walk", {"walk_01", "jump"}),
        ("WALKING", {"walk_01", "jump"}),  # inflections, any case
        ("wal", {"walk_01", "jump"}),  # beginnings of words
        ("walk forward", {"walk_01"}),  # every word
        ("walk_01", {"walk_01"}),  # ids
        ("sitting-down", {"Sitting-Down"}),
        ("chair", {"Sitting-Down"}),  # captions and tags
        ("mocap", {"Sitting-Down"}),  # sources
        ("take_77", {"RunForward02"}),  # recordings
        ("cafe", {"café 歩く"}),  # without accents
        ("laufen", set()),
        ("lauft", {"café 歩く"}),
        ("歩く", {"café 歩く"}),
        ("forward02", {"RunForward02"}),  # inside a word, where nothing begins so
        ("--help", {"--help"}),
        ('"); DROP TABLE clips; --', set()),
        ("NEAR(walk AND", set()),
        ("*", set()),
        ("", set()),
    ],
)  # fmt: skip
def test_words(library, text, expected):
    assert set(clips_with_words(library, text)) == expected


def test_the_clip_that_says_it_twice_comes_first(tmp_path, encoder):
    clips = [
        clip_of("a", ("a person runs and then walks a long way to the door",), 5),
        clip_of("b", ("walk, walk",), 5),
    ]
    writing.create(tmp_path / "l.sqlite", clips, encoder)
    with Library.open(tmp_path / "l.sqlite") as library:
        assert clips_with_words(library, "walk") == ["b", "a"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), 6),
        (Selection(ids=("jump", "walk_01")), {"jump", "walk_01"}),
        (Selection(tags=("CALM",)), {"walk_01", "Sitting-Down"}),
        (Selection(tags=("calm", "chair")), {"Sitting-Down"}),
        (Selection(sources=("mocap a", "nowhere")), {"Sitting-Down"}),
        (Selection(licences=("mit",)), {"jump"}),
        (Selection(words="walk", licences=("CC0-1.0",)), {"walk_01"}),
        (Selection(ids=("jump",), tags=("calm",)), set()),
        (Selection(words="nothing like it"), set()),
    ],
)
def test_selections(library, selection, expected):
    found = {clip.id for clip in select(library, selection)}
    assert (len(found) if isinstance(expected, int) else found) == expected
    assert bool(selection) == (selection != Selection())


def test_selecting_what_is_not_there(library):
    with pytest.raises(RepriseError, match="'fly', 'swim'") as error:
        select(library, Selection(ids=("swim", "jump", "fly")))
    assert error.value.code == "no_clip"


def hits(library, text, count=10, *, encoder=None, words=True, among=None):
    return search(library, text, count, encoder, words=words, among=among or Selection())


def test_by_words_only(library):
    found = hits(library, "jump walks")
    assert [(hit.clip.id, hit.rank, hit.similarity) for hit in found] == [("jump", 1, None)]
    assert found[0].caption == "a person jumps while walking"
    assert {hit.clip.id for hit in hits(library, "strolls leaps")} == {"walk_01", "jump"}  # none has both: any


def test_by_meaning_only_ranks_all_by_the_cosine_of_their_nearest_caption(library):
    found = hits(library, "someone strolls", encoder=Meaning(), words=False)
    assert found[0].clip.id == "walk_01"
    assert found[0].similarity == pytest.approx(1.0, abs=1e-5)
    assert found[0].caption == "someone strolls"
    assert [hit.similarity for hit in found] == sorted((hit.similarity for hit in found), reverse=True)
    assert len(found) == 6
    assert all(hit.rank is None for hit in found)


def test_both_rankings_count_and_what_leads_both_comes_first(library):
    found = hits(library, "a person walks forward", encoder=Meaning())
    assert found[0].clip.id == "walk_01"
    assert (found[0].rank, found[0].similarity) == (1, pytest.approx(1.0, abs=1e-5))
    assert len(found) == 6
    exact = hits(library, "RunForward02", encoder=Meaning(), count=1)  # no meaning in a file name
    assert [hit.clip.id for hit in exact] == ["RunForward02"]


def test_count_and_filters_hold_for_both(library):
    calm = Selection(tags=("calm",))
    for encoder, words in ((None, True), (Meaning(), True), (Meaning(), False)):
        found = hits(library, "a person walks", 1, encoder=encoder, words=words, among=calm)
        assert [hit.clip.id for hit in found] == ["walk_01"]


def test_an_empty_library_and_an_encoder_that_is_not_its(tmp_path, library):
    writing.create(tmp_path / "empty", [], Meaning())
    with Library.open(tmp_path / "empty") as empty:
        assert hits(empty, "walk", encoder=Meaning()) == []
    other = Meaning()
    other.name = "other"
    with pytest.raises(RepriseError) as error:
        hits(library, "walk", encoder=other)
    assert error.value.code == "wrong_encoder"
