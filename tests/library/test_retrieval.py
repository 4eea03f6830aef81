import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.library import retrieval
from reprise.library.store import ClipInfo
from reprise_core.errors import RepriseError

DIMENSION = 6


def info(name, frames, captions, recording=None):
    return ClipInfo(name, recording or name, frames, frames / 20, "test", "CC0-1.0", "train", tuple(captions))


def unit(seed):
    row = np.random.default_rng(seed).normal(size=DIMENSION)
    return (row / np.linalg.norm(row)).astype(np.float32)


def build(clips):
    texts = sorted({caption for clip in clips for caption in clip.captions})
    features = np.array([unit(sum(map(ord, text))) for text in texts]).reshape(len(texts), DIMENSION)
    return retrieval.build_index(clips, texts, features)


def direct(prompt, frames, features, clip_frames):
    """Equation 4 in plain Python, for one caption."""
    dot = sum(float(a) * float(b) for a, b in zip(prompt, features, strict=True))
    norms = math.sqrt(sum(float(a) ** 2 for a in prompt)) * math.sqrt(sum(float(b) ** 2 for b in features))
    return dot / norms * math.exp(-0.1 * abs(clip_frames - frames) / max(clip_frames, frames))


collections = st.lists(
    st.tuples(st.integers(1, 400), st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=1, max_size=4)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(collections, st.integers(0, 1000), st.integers(1, 400), st.floats(0.1, 10))
def test_equation_4_against_a_direct_computation(content, seed, frames, scale):
    clips = [info(f"clip{i:02}", length, captions) for i, (length, captions) in enumerate(content)]
    index, prompt = build(clips), unit(seed) * np.float32(scale)
    found = retrieval.retrieve(index, prompt, frames, len(clips))
    expected = {
        clip.id: max(
            direct(prompt, frames, index.features[index.texts.index(caption)], clip.frames) for caption in clip.captions
        )
        for clip in clips
    }
    assert len(found) == len(clips)
    assert {reference.id for reference in found} == set(expected)
    assert [reference.score for reference in found] == sorted((r.score for r in found), reverse=True)
    for reference in found:
        clip = clips[int(reference.id[4:])]
        assert reference.score == pytest.approx(expected[clip.id], abs=1e-6)
        assert reference.score == pytest.approx(reference.semantic * math.exp(-0.1 * reference.length), abs=1e-12)
        assert reference.length == pytest.approx(abs(clip.frames - frames) / max(clip.frames, frames))
        assert reference.seconds == clip.frames / 20
        feature = index.features[index.texts.index(reference.caption)]
        assert reference.caption in clip.captions
        assert direct(prompt, clip.frames, feature, clip.frames) == pytest.approx(reference.semantic, abs=1e-6)


def test_equal_length_and_sentence_score_one():
    index = build([info("a", 60, ["walk"])])
    (found,) = retrieval.retrieve(index, index.features[0], 60, 2)
    assert found.score == pytest.approx(1.0, abs=1e-6)
    assert found.length == 0.0


def test_the_length_decides_between_equal_captions():
    index = build([info("a", 40, ["walk"]), info("b", 100, ["walk"]), info("c", 55, ["walk"])])
    found = retrieval.retrieve(index, index.features[0], 60, 3)
    assert [reference.id for reference in found] == ["c", "a", "b"]


def test_equal_scores_come_by_id_however_many_there_are():
    """Also where the features of equal captions would round differently from row to row."""
    names = [f"clip{i:03}" for i in np.random.default_rng(0).permutation(300)]
    index = build([info(name, 60, ["walk"]) for name in names])
    found = retrieval.retrieve(index, unit(3), 60, 300)
    assert [reference.id for reference in found] == sorted(names)


def test_pinned_first_in_their_order_then_by_score():
    clips = [info(name, 60, [name]) for name in "abcdef"]
    index = build(clips)
    ranked = [reference.id for reference in retrieval.retrieve(index, unit(5), 60, 6)]
    last, first = ranked[-1], ranked[0]
    found = retrieval.retrieve(index, unit(5), 60, 4, pinned=[last, first, last])
    assert [reference.id for reference in found] == [last, first, ranked[1], ranked[2]]
    assert [r.id for r in retrieval.retrieve(index, unit(5), 60, 1, pinned=[last, first])] == [last, first]
    assert retrieval.retrieve(index, unit(5), 60, 0) == []


def test_excluded_clips_and_recordings_never_come():
    clips = [info("a", 60, ["walk"], "r1"), info("a-mirrored", 60, ["walk"], "r1"), info("b", 60, ["walk"], "r2")]
    index = build(clips)
    own = index.features[0]
    assert [r.id for r in retrieval.retrieve(index, own, 60, 3, excluded={"a"})] == ["a-mirrored", "b"]
    assert [r.id for r in retrieval.retrieve(index, own, 60, 3, exclude_recordings={"r1"})] == ["b"]


def test_pinning_what_is_not_there_or_is_excluded():
    index = build([info("a", 60, ["walk"])])
    with pytest.raises(RepriseError, match="no clip 'z'") as error:
        retrieval.retrieve(index, unit(0), 60, 2, pinned=["z"])
    assert error.value.code == "no_clip"
    with pytest.raises(RepriseError, match="both pinned and excluded"):
        retrieval.retrieve(index, unit(0), 60, 2, pinned=["a"], excluded=["a"])


def test_an_empty_index_has_no_references():
    index = build([])
    assert retrieval.retrieve(index, unit(0), 60, 2) == []
    assert retrieval.top_references(index, unit(0)[None], [60], [set()], 2).tolist() == [[-1, -1]]


@settings(max_examples=50, deadline=None)
@given(collections, st.integers(0, 1000), st.integers(1, 5))
def test_training_references_are_those_of_single_queries(content, seed, k):
    clips = [info(f"clip{i:02}", length, caps, f"r{i % 4}") for i, (length, caps) in enumerate(content)]
    index = build(clips)
    generator = np.random.default_rng(seed)
    queries = np.array([unit(s) for s in generator.integers(0, 1000, 7)])
    frames = generator.integers(1, 400, 7)
    recordings = [{f"r{r}" for r in generator.integers(0, 6, generator.integers(0, 3))} for _ in range(7)]
    rows = retrieval.top_references(index, queries, frames, recordings, k)
    assert rows.shape == (7, k)
    for query, length, own, found in zip(queries, frames, recordings, rows, strict=True):
        single = retrieval.retrieve(index, query, int(length), k, exclude_recordings=own)
        assert [index.ids[row] for row in found if row >= 0] == [reference.id for reference in single]
        assert not {index.recordings[row] for row in found if row >= 0} & own
