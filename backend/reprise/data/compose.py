"""Two short clips one after the other, for prompts such as "a person walks forward, then turns around"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import face_forward

from .dataset import MAX_FRAMES, MotionDataset
from .mirror import mirror_caption
from .transition import BLEND, Cloud, Fit, best_fit, cloud, joined, planted_gap

MAX_DISTANCE = 0.06  # metres: a fit that is worse shows
MAX_SLIDE = 0.025  # metres that a standing foot may be drawn aside during the half second of a blend
_SAMPLE, _CANDIDATES = 400, 24  # second clips drawn for a first one, and those of them that are looked at closely
_TRIES = 8  # how many first clips are tried for a pair, on average
_SHORTEST = 24  # frames that a part keeps at least
_SHARE, _REACH = 0.25, 20  # of a clip, and frames at most, that may be cut off where it is joined
_PLACES = 24  # stretches that are compared at either side
_LINKS = ("{a}, then {b}", "{a} and then {b}", "{a}, and afterwards {b}")
_SUBJECT = re.compile(
    r"(?:(?:a|the) (?:person|human|man|woman|figure|character|martial artist)|someone|somebody|he|she|they) ",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """A segment of a data set, or its mirrored twin."""

    row: int
    mirrored: bool


@dataclass(frozen=True)
class Pair:
    """Two parts and where the one goes over into the other; one caption for the whole."""

    first: Part
    second: Part
    fit: Fit
    frames: int
    caption: str


def find_pairs(
    dataset: MotionDataset,
    rows: Sequence[int],
    count: int,
    seed: int,
    on_progress: Callable[[int], None] = lambda done: None,
) -> Iterator[Pair]:
    """Up to `count` pairs of clips of the given rows that fit together and into 196 frames, drawn from `seed`.

    Fewer where the clips do not fit: a pair whose joints are further apart than `MAX_DISTANCE` is not made.
    """
    random = np.random.default_rng(seed)
    rows = [row for row in rows if _SHORTEST <= dataset.segments[row].frames <= MAX_FRAMES - 2 * _SHORTEST]
    parts = [Part(row, mirrored) for row in rows for mirrored in (False, True)] if count else []
    ends = np.array([_end_poses(_joints(dataset, part)) for part in parts])  # (parts, 2, 66)
    found = 0
    for _ in range(_TRIES * count if len(rows) > 1 else 0):
        if found == count:
            return
        pair = _pair(dataset, parts, ends, random)
        if pair is not None:
            found += 1
            yield pair
            on_progress(found)


def compose(dataset: MotionDataset, pair: Pair) -> NDArray[np.float64]:
    """The joints (frames + 1, 22, 3) of a pair, starting over the origin and facing +Z."""
    first, second = (_joints(dataset, part) for part in (pair.first, pair.second))
    return joined(first, second, pair.fit)


def recordings_of(dataset: MotionDataset, pair: Pair) -> frozenset[str]:
    """Both recordings that a pair comes from."""
    return frozenset(dataset.segments[part.row].recording for part in (pair.first, pair.second))


def join_captions(first: str, second: str, link: str) -> str:
    """One sentence out of two; the second loses its repeated subject ("a person walks" + "a person sits" ...)."""
    first, second = first.strip(" ."), second.strip(" .")
    return link.format(a=first, b=_SUBJECT.sub("", second, count=1) if _SUBJECT.match(second) else second)


def _pair(
    dataset: MotionDataset, parts: Sequence[Part], ends: NDArray[np.float32], random: np.random.Generator
) -> Pair | None:
    chosen = int(random.integers(len(parts)))
    first = parts[chosen]
    drawn = random.integers(0, len(parts), _SAMPLE)
    apart = np.linalg.norm(ends[drawn, 0] - ends[chosen, 1], axis=1)
    start = _joints(dataset, first)
    going = _cloud_at_end(start, random, _cut(dataset, first.row))
    fitting: list[tuple[Part, Fit, int]] = []
    for number in dict.fromkeys(drawn[np.argsort(apart, kind="stable")[:_CANDIDATES]].tolist()):
        second = parts[number]
        if dataset.segments[second.row].recording == dataset.segments[first.row].recording:
            continue
        other = _joints(dataset, second)
        fit = best_fit(going, _cloud_at_start(other, random, _cut(dataset, second.row)))
        frames = MAX_FRAMES + 1 if fit is None else fit.first + len(other) - fit.second - 1
        if fit is None or fit.distance > MAX_DISTANCE or frames > MAX_FRAMES:
            continue
        if planted_gap(start, other, fit) <= MAX_SLIDE:
            fitting.append((second, fit, frames))
    if not fitting:
        return None
    # Any of them, not the best one: what fits best is nearly always more of the same.
    second, fit, frames = fitting[int(random.integers(len(fitting)))]
    return Pair(first, second, fit, frames, _caption(dataset, first, second, random))


def _joints(dataset: MotionDataset, part: Part) -> NDArray[np.float64]:
    return dataset.joints(part.row, part.mirrored).astype(np.float64)


def _end_poses(joints: NDArray[np.float64]) -> NDArray[np.float32]:
    """(2, 66) the first and the last pose, each over the origin and facing +Z: a rough look at what fits."""
    ends = (joints[:2], joints[:-3:-1])  # two poses each, since one has no place in a clip
    return np.stack([face_forward(two)[0].reshape(-1) for two in ends]).astype(np.float32)


def _cut(dataset: MotionDataset, row: int) -> int:
    """How many frames of a segment may go at the join: what it is captioned for must remain to be seen.

    Of one activity that lasts, all but the shortest part may.
    """
    frames = dataset.segments[row].frames
    return frames - _SHORTEST if dataset.slack(row) else min(_REACH, int(_SHARE * frames))


def _cloud_at_end(joints: NDArray[np.float64], random: np.random.Generator, cut: int) -> Cloud:
    last = len(joints) - BLEND
    return cloud(joints, _places(max(last - cut, _SHORTEST - BLEND), last, random))


def _cloud_at_start(joints: NDArray[np.float64], random: np.random.Generator, cut: int) -> Cloud:
    return cloud(joints, _places(0, cut, random))


def _places(low: int, high: int, random: np.random.Generator) -> NDArray[np.intp]:
    every = np.arange(low, high + 1)
    return every if len(every) <= _PLACES else np.sort(random.choice(every, _PLACES, replace=False))


def _caption(dataset: MotionDataset, first: Part, second: Part, random: np.random.Generator) -> str:
    """One caption of each, where there is one with a subject, so that the sentence holds together."""
    first_caption, second_caption = (_one_caption(dataset, part, random) for part in (first, second))
    return join_captions(first_caption, second_caption, str(random.choice(_LINKS)))


def _one_caption(dataset: MotionDataset, part: Part, random: np.random.Generator) -> str:
    captions = dataset.segments[part.row].captions
    complete = [caption for caption in captions if _SUBJECT.match(caption)]
    caption = str(random.choice(complete or captions))
    return mirror_caption(caption) if part.mirrored else caption
