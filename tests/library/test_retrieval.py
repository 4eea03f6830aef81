import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.library import equation4, retrieval, sketch
from reprise_core.contract import References
from reprise_core.errors import RepriseError

DIMENSION = 6


@dataclass(frozen=True)
class Clip:
    """What an index takes from a library's ClipInfo."""

    id: str
    recording: str
    frames: int
    captions: tuple[str, ...]
    source: str = "test"
    licence: str = "CC0-1.0"
    tags: tuple[str, ...] = ()


def info(name, frames, captions, recording=None, **labels):
    return Clip(name, recording or name, frames, tuple(captions), **labels)


def retrieve(index, sentence, frames, k, **wanted):
    return retrieval.retrieve(index, sentence, frames, References(k=k, **wanted))


def ids(references):
    return [reference.id for reference in references]


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
    found = retrieve(index, prompt, frames, len(clips))
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
    (found,) = retrieve(index, index.features[0], 60, 2)
    assert found.score == pytest.approx(1.0, abs=1e-6)
    assert found.length == 0.0


def test_the_length_decides_between_equal_captions():
    index = build([info("a", 40, ["walk"]), info("b", 100, ["walk"]), info("c", 55, ["walk"])])
    assert ids(retrieve(index, index.features[0], 60, 3)) == ["c", "a", "b"]
    assert ids(retrieve(index, index.features[0], 60, 3, length_decay=0.0)) == ["a", "b", "c"]


def test_a_far_length_helps_a_clip_that_says_the_opposite():
    """The factor shrinks a negative cosine too: the definition has it so, and a bound must not forget it."""
    index = build([info("near", 60, ["walk"]), info("far", 190, ["walk"])])
    found = retrieve(index, -index.features[0], 60, 2)
    assert ids(found) == ["far", "near"]
    assert found[1].score == pytest.approx(-1.0, abs=1e-6)


def test_equal_scores_come_by_id_however_many_there_are():
    """Also where the features of equal captions would round differently from row to row."""
    names = [f"clip{i:03}" for i in np.random.default_rng(0).permutation(300)]
    index = build([info(name, 60, ["walk"]) for name in names])
    assert ids(retrieve(index, unit(3), 60, 300)) == sorted(names)
    assert ids(retrieve(index, unit(3), 60, 2)) == sorted(names)[:2]


def test_pinned_first_in_their_order_then_by_score():
    clips = [info(name, 60, [name]) for name in "abcdef"]
    index = build(clips)
    ranked = ids(retrieve(index, unit(5), 60, 6))
    last, first = ranked[-1], ranked[0]
    assert ids(retrieve(index, unit(5), 60, 4, pinned=(last, first, last))) == [last, first, ranked[1], ranked[2]]
    assert ids(retrieve(index, unit(5), 60, 1, pinned=(last, first))) == [last, first]
    assert retrieve(index, unit(5), 60, 0) == []


def test_one_clip_of_a_recording_unless_asked_otherwise():
    clips = [info(f"{name}{twin}", 60, ["walk"], name) for name in "abc" for twin in ("", "-mirrored")]
    index = build(clips)
    assert ids(retrieve(index, index.features[0], 60, 4)) == ["a", "b", "c"]
    assert ids(retrieve(index, index.features[0], 60, 3, repeats=True)) == ["a", "a-mirrored", "b"]
    assert ids(retrieve(index, index.features[0], 60, 3, pinned=("b-mirrored",))) == ["b-mirrored", "a", "c"]
    both = ("b-mirrored", "b")
    assert ids(retrieve(index, index.features[0], 60, 3, pinned=both)) == ["b-mirrored", "b", "a"]


def test_a_recording_of_very_many_clips_does_not_hide_the_others():
    clips = [info(f"a{i:04}", 60, ["walk"], "a") for i in range(2000)] + [info("z", 60, ["walks"], "z")]
    index = build(clips)
    assert ids(retrieve(index, unit(sum(map(ord, "walk"))), 60, 2)) == ["a0000", "z"]


def test_filters_narrow_what_is_picked_but_not_what_is_pinned():
    clips = [
        info("a", 60, ["walk"], source="CMU", licence="free", tags=("slow", "calm")),
        info("b", 60, ["walk"], source="mine", licence="MIT", tags=("slow",)),
        info("c", 60, ["walk"], source="mine", licence="CC0-1.0"),
    ]
    index = build(clips)

    def found(**wanted):
        return ids(retrieve(index, unit(0), 60, 3, **wanted))

    assert found(tags=("slow",)) == ["a", "b"]
    assert found(tags=("slow", "calm")) == ["a"]
    assert found(sources=("Mine",)) == ["b", "c"]
    assert found(licences=("MIT", "cc0-1.0")) == ["b", "c"]
    assert found(licences=("MIT", "CC0-1.0"), tags=("slow",)) == ["b"]
    assert found(licences=("MIT",), pinned=("a",)) == ["a", "b"]
    assert found(excluded=("a", "not there")) == ["b", "c"]
    assert found(tags=("calm",), excluded=("a",)) == []


@pytest.mark.parametrize("filters", [{"tags": ("fast",)}, {"sources": ("CMU ",)}, {"licences": ("GPL",)}])
def test_a_filter_that_no_clip_can_pass_is_named(filters):
    index = build([info("a", 60, ["walk"], tags=("slow",))])
    with pytest.raises(RepriseError, match=next(iter(filters.values()))[0]) as error:
        retrieve(index, unit(0), 60, 2, **filters)
    assert error.value.code == "bad_filter"
    assert any(there in error.value.hint for there in ("slow", "test", "CC0-1.0"))


def test_pinning_what_is_not_there_or_is_excluded():
    index = build([info("a", 60, ["walk"])])
    with pytest.raises(RepriseError, match="no clip 'z'") as error:
        retrieve(index, unit(0), 60, 2, pinned=("z",))
    assert error.value.code == "no_clip"
    with pytest.raises(RepriseError, match="both pinned and excluded"):
        retrieve(index, unit(0), 60, 2, pinned=("a",), excluded=("a",))


def test_an_empty_index_has_no_references():
    index = build([])
    assert retrieve(index, unit(0), 60, 2) == []
    assert retrieval.top_references(index, unit(0)[None], [60], [set()], 2).tolist() == [[-1, -1]]


words = st.sampled_from("abcdefgh")
labels = st.sampled_from(("x", "y", "z"))
clip_values = st.tuples(
    st.integers(1, 9).map(lambda n: 20 * n), st.lists(words, min_size=1, max_size=3), st.integers(0, 6), labels, labels,
    st.lists(labels, max_size=2, unique=True),
)  # fmt: skip
wishes = st.fixed_dictionaries(
    {
        "k": st.integers(0, 6),
        "pinned": st.lists(st.integers(0, 5), max_size=3).map(tuple),
        "excluded": st.lists(st.integers(6, 30), max_size=3).map(tuple),
        "tags": st.lists(labels, max_size=1).map(tuple),
        "sources": st.lists(labels, max_size=2).map(tuple),
        "licences": st.lists(labels, max_size=2).map(tuple),
        "length_decay": st.sampled_from((0.0, 0.1, 1.0, 30.0, 1000.0)),
        "repeats": st.booleans(),
    }
)


def by_definition(clips, features, sentence, frames, wanted):
    """Every clip scored in turn, then taken one by one: what retrieval must give, as slowly as can be."""
    chosen = [next(clip for clip in clips if clip.id == name) for name in dict.fromkeys(wanted.pinned)]
    prompt = sentence.astype(np.float64) / np.linalg.norm(sentence.astype(np.float64))

    def score(clip):
        cosine = max(float((features[caption].astype(np.float64) * prompt).sum()) for caption in clip.captions)
        gap = abs(clip.frames - frames) / max(clip.frames, frames)
        return cosine * float(np.exp(-wanted.length_decay * gap))

    for clip in sorted(clips, key=lambda clip: (-score(clip), clip.id)):
        unwanted = (
            clip.id in wanted.excluded
            or not set(wanted.tags) <= set(clip.tags)
            or (wanted.sources and clip.source not in wanted.sources)
            or (wanted.licences and clip.licence not in wanted.licences)
        )
        known = clip in chosen or (not wanted.repeats and clip.recording in {other.recording for other in chosen})
        if len(chosen) < wanted.k and not unwanted and not known:
            chosen.append(clip)
    return [clip.id for clip in chosen]


@settings(max_examples=150, deadline=None)
@given(st.lists(clip_values, min_size=8, max_size=120), wishes, st.integers(0, 50), st.integers(1, 200), st.booleans())
def test_what_is_found_is_what_a_loop_over_all_clips_finds(values, wish, seed, frames, sketched):
    """Any lambda, filters, pins, repetitions, equal captions and equal scores; cosines of either sign."""
    clips = [
        info(f"clip{i:03}", length, captions, f"r{recording}", source=source, licence=licence, tags=tuple(tags))
        for i, (length, captions, recording, source, licence, tags) in enumerate(values)
    ]
    wish |= {"pinned": tuple(f"clip{i:03}" for i in wish["pinned"])}
    wish |= {"excluded": tuple(f"clip{i:03}" for i in wish["excluded"])}
    there = {"tags": {t for c in clips for t in c.tags}, "sources": {c.source for c in clips}}
    there["licences"] = {c.licence for c in clips}
    wish |= {name: tuple(value for value in wish[name] if value in known) for name, known in there.items()}
    wanted = References(**wish)
    with pytest.MonkeyPatch.context() as patch:
        if sketched:
            patch.setattr(sketch, "_WORTHWHILE", 0)
        patch.setattr("reprise.library.ranking._FIRST", 3)
        index, prompt = build(clips), unit(seed)
        features = dict(zip(index.texts, index.features, strict=True))
        assert ids(retrieval.retrieve(index, prompt, frames, wanted)) == by_definition(
            clips, features, prompt, frames, wanted
        )


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 40), st.integers(1, 60), st.floats(0.0, 2.0))
def test_a_bound_is_never_below_the_cosine(seed, dimension, count, spread):
    """Features on a line included, whose tails are nothing but rounding."""
    random = np.random.default_rng(seed)
    features = equation4.unit(random.normal(size=dimension) + spread * random.normal(size=(count, dimension)))
    features = features.astype(np.float32)
    queries = equation4.unit(np.concatenate((features[:3].astype(np.float64), random.normal(size=(3, dimension)))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sketch, "_WORTHWHILE", 0)
        bounds = sketch.sketch(features).bounds(queries)
    assert (bounds >= queries @ features.astype(np.float64).T).all()


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
        others = tuple(clip.id for clip in clips if clip.recording in own)
        single = retrieve(index, query, int(length), k, excluded=others)
        assert [index.ids[row] for row in found if row >= 0] == ids(single)
