"""Retrieval by motion: Equation 4 with the cosine of sentence and motion, and all the rules of retrieval."""

import math

import numpy as np
import pytest

from reprise.library.index import Index
from reprise.library.motion_index import motion_index, retrieve_by_motion
from reprise_core.contract import References

RANDOM = np.random.default_rng(3)


def unit(*shape):
    values = RANDOM.normal(size=shape)
    return (values / np.linalg.norm(values, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def captions():
    return Index(
        ids=("a", "b", "c", "d", "e"),
        recordings=("r1", "r1", "r2", "r3", "r4"),
        frames=np.array([40, 40, 60, 90, 120]),
        texts=("walks", "strides", "runs", "jumps"),
        features=unit(4, 6),
        caption_texts=np.array([0, 1, 0, 1, 2, 3, 3]),
        starts=np.array([0, 2, 4, 5, 6, 7]),
        sources=("s", "s", "t", "t", "t"),
        licences=("l",) * 5,
        tags=((),) * 5,
    )


@pytest.fixture(scope="module")
def motions(captions):
    return motion_index(captions, unit(5, 7))


def test_it_is_equation_4_with_the_motions_cosine(captions, motions):
    prompt, sentence, frames = unit(7), unit(6), 50
    found = retrieve_by_motion(motions, prompt, captions, sentence, frames, References(k=8, repeats=True))
    assert {reference.id for reference in found} == set(captions.ids)
    assert [reference.score for reference in found] == sorted((r.score for r in found), reverse=True)
    for reference in found:
        row = captions.ids.index(reference.id)
        length = abs(captions.frames[row] - frames) / max(captions.frames[row], frames)
        assert reference.semantic == pytest.approx(float(motions.features[row] @ prompt), abs=1e-6)
        assert reference.length == pytest.approx(length)
        assert reference.score == pytest.approx(reference.semantic * math.exp(-0.1 * length))
        own = captions.caption_texts[captions.starts[row] : captions.starts[row + 1]]
        nearest = max(own, key=lambda text: captions.features[text] @ sentence)
        assert reference.caption == captions.texts[nearest]


def test_captions_do_not_count_and_motions_do(captions, motions):
    prompt, other = motions.features[3], unit(6)
    for sentence in (other, -other):
        best = retrieve_by_motion(motions, prompt, captions, sentence, 90, References(k=1))
        assert [reference.id for reference in best] == ["d"]
        assert best[0].semantic == pytest.approx(1.0)


def test_pins_exclusions_filters_and_recordings_count_as_ever(captions, motions):
    def ids(**wanted):
        found = retrieve_by_motion(motions, motions.features[0], captions, unit(6), 40, References(**wanted))
        return [reference.id for reference in found]

    assert ids(k=1) == ["a"]
    assert not {"a", "b"} <= set(ids(k=4))
    assert ids(k=2, pinned=("e",))[0] == "e"
    assert "b" not in ids(k=5, pinned=("a",))
    assert "a" not in ids(k=5, excluded=("a",))
    assert set(ids(k=5, sources=("t",))) == {"c", "d", "e"}
