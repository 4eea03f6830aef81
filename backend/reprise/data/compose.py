"""Two short clips one after the other, for prompts such as "a person walks forward, then turns around"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.features import humanml3d
from reprise_core import quaternion as quat

from .dataset import MotionDataset
from .mirror import mirror_caption

MAX_FRAMES = 196
BLEND = 8  # frames of cross-fade between the clips: 0.4 s
CANDIDATES = 24  # how many second clips are looked at for one whose start fits the end of the first
_LINKS = ("{a}, then {b}", "{a} and then {b}", "{a}, and afterwards {b}")


@dataclass(frozen=True)
class ComposedPair:
    """`features` (T, 263) raw, one caption for the whole, and both recordings that it comes from."""

    features: NDArray[np.float32]
    captions: tuple[str, ...]
    recordings: frozenset[str]


def compose_pairs(
    dataset: MotionDataset, rows: Sequence[int], count: int, seed: int, on_progress: Callable[[int], None]
) -> Iterator[ComposedPair]:
    """`count` pairs of clips of the given rows that together fit into 196 frames, drawn from `seed`."""
    random = np.random.default_rng(seed)
    short = [row for row in rows if 24 <= dataset.segments[row].frames <= MAX_FRAMES - 40]
    for done in range(count if len(short) > 1 else 0):
        mirrored = bool(random.integers(2))
        first = int(random.choice(short))
        room = MAX_FRAMES + 1 - dataset.segments[first].frames
        options = [row for row in random.choice(short, CANDIDATES) if dataset.segments[row].frames + 1 <= room]
        if not options:
            continue
        start = dataset.joints(first, mirrored)
        seconds = [dataset.joints(int(row), mirrored) for row in options]
        best = int(np.argmin([_mismatch(start, second) for second in seconds]))
        captions = [
            mirror_caption(caption) if mirrored else caption
            for caption in (random.choice(dataset.segments[row].captions) for row in (first, int(options[best])))
        ]
        yield ComposedPair(
            humanml3d.encode_normalized(append(start, seconds[best])),
            (join_captions(captions[0], captions[1], str(random.choice(_LINKS))),),
            frozenset((dataset.segments[first].recording, dataset.segments[int(options[best])].recording)),
        )
        on_progress(done + 1)


def append(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.floating]:
    """(A, 22, 3) then (B, 22, 3): the second goes on where and facing as the first ended -> (A + B, 22, 3).

    The last pose of the first fades into the second over 0.4 s; bone lengths are made exact again.
    """
    facing_first, facing_second = humanml3d.facing(first[-1:])[0], humanml3d.facing(second[:1])[0]
    moved = quat.rotate(quat.between(facing_second, facing_first), second)
    step = (first[-1, 0] - first[-2, 0]) * np.array([1.0, 0.0, 1.0])
    moved = moved - (moved[0, 0] - first[-1, 0] - step) * np.array([1.0, 0.0, 1.0])
    blend = min(BLEND, len(moved))
    fade = 0.5 - 0.5 * np.cos(np.pi * (np.arange(blend) + 1) / (blend + 1))
    held = first[-1] + (moved[:blend, :1] - first[-1, 0]) * np.array([1.0, 0.0, 1.0])
    moved[:blend] = held + (moved[:blend] - held) * fade[:, None, None]
    joined = np.concatenate((first, moved))
    return humanml3d.face_forward(humanml3d.retarget(joined))


def join_captions(first: str, second: str, link: str) -> str:
    """One sentence out of two; the second loses its repeated subject ("a person walks" + "a person sits" ...)."""
    first, second = first.rstrip(" ."), second.rstrip(" .")
    for subject in ("a person ", "the person ", "someone ", "a human ", "a man ", "a figure "):
        if second.lower().startswith(subject):
            second = second[len(subject) :]
            break
    return link.format(a=first, b=second)


def _mismatch(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Mean joint distance (m) between the end of the first and the start of the second, seen from their own facing."""

    def seen(pose: NDArray[np.floating]) -> NDArray[np.floating]:
        pose = pose[None] - pose[0] * np.array([1.0, 0.0, 1.0])
        return quat.rotate(quat.between(humanml3d.facing(pose)[0], np.array([0.0, 0.0, 1.0])), pose)[0]

    return float(np.linalg.norm(seen(first[-1]) - seen(second[0]), axis=-1).mean())
