"""Walks and runs that go on: the cycle of a short recording, repeated with its travel.

A capture volume is a few steps long. Who has seen only runs of a second does not know how a run of five goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import FPS
from reprise_core.cleanup import to_motion
from reprise_core.cycle_cut import best_cut
from reprise_core.errors import RepriseError
from reprise_core.looping import loop, repeat
from reprise_core.motion import Motion
from reprise_core.root_motion import to_world

from .dataset import MotionDataset, mirrored_twin
from .mirror import mirror_caption

SECONDS = (4.0, 8.0)  # how long they become
_LONGEST = 4.0  # seconds: longer clips go on for long enough
_MISMATCH = 0.08  # metres: a seam that is worse shows
_SLOWEST = 0.5  # metres a second over the ground
_SAME_PACE = 0.8  # of the clip's speed that its cycle must keep, or it is another part of what is captioned
_STRAIGHT = 0.01  # radians a round
_GAIT = re.compile(r"\b(walk|stroll|strid|run|jog|sprint|march|skip|sneak|limp|tiptoe|stagger)\w*", re.IGNORECASE)
# What a longer clip would no longer show, or show too often.
_ENDS = re.compile(
    r"\b(then|stop\w*|halts?|ends?|standstill|start\w*|begin\w*|sudden\w*|once|twice|times|few|several|some|short|"
    r"steps?|paces|\d+|two|three|four|five|six|over|under\w*|onto|into|up|down|out|past|between|across|around|back|"
    r"towards?|corner|and|while|after|before|until|jump\w*|leap\w*|turn\w*|degree|diagonal\w*)\b",
    re.IGNORECASE,
)
_CURVE = re.compile(r"\b(curv|bend|arc|circl|loop|drift)\w*", re.IGNORECASE)


@dataclass(frozen=True)
class Gait:
    """A segment's cycle that goes on for about `seconds`: joints (T, 22, 3) in metres, and what is true of it."""

    row: int
    seconds: float
    joints: NDArray[np.float32]
    captions: tuple[str, ...]


def gaits(dataset: MotionDataset, rows: Sequence[int]) -> Iterator[Gait]:
    """What of the given rows goes on, each in every length of `SECONDS` and each with its mirrored twin."""
    for row in rows:
        captions = tuple(filter(goes_on, dataset.segments[row].captions))
        if not captions or dataset.segments[row].frames > _LONGEST * FPS:
            continue
        cycle = gait_cycle(dataset.joints(row), FPS)
        if cycle is None:
            continue
        captions = tuple(caption for caption in captions if bool(_CURVE.search(caption)) == _turns(cycle))
        for seconds in SECONDS if captions else ():
            joints = prolonged(cycle, seconds)
            yield Gait(row, seconds, joints, captions)
            yield Gait(row, seconds, mirrored_twin(joints), tuple(map(mirror_caption, captions)))


def goes_on(caption: str) -> bool:
    """Whether a caption speaks of nothing but a gait, which stays true of a longer one."""
    return bool(_GAIT.search(caption)) and not _ENDS.search(caption)


def gait_cycle(joints: NDArray[np.floating], fps: float) -> Motion | None:
    """The cycle of joints (T, 22, 3) in metres; None where they have none, or none that is a gait's."""
    motion = to_motion(joints, fps, foot_lock=False)
    cut = best_cut(motion)
    if cut is None or cut.mismatch > _MISMATCH:
        return None
    try:
        cycle = loop(motion)
    except RepriseError:
        return None
    whole, going = _pace(motion.positions, fps), float(np.linalg.norm(_round(cycle)[:2])) * fps / cycle.frames
    return cycle if whole >= _SLOWEST and going >= _SAME_PACE * whole else None


def prolonged(cycle: Motion, seconds: float) -> NDArray[np.float32]:
    """The joints (T, 22, 3) of a cycle repeated for about `seconds`."""
    return to_world(repeat(cycle, max(1, round(seconds / cycle.seconds)))).positions


def _round(cycle: Motion) -> NDArray[np.floating]:
    """How a round moves the figure: x, z and heading."""
    assert cycle.cycle is not None  # noqa: S101 -- what `loop` returns is one
    return cycle.cycle


def _turns(cycle: Motion) -> bool:
    return abs(_round(cycle)[2]) > _STRAIGHT


def _pace(positions: NDArray[np.floating], fps: float) -> float:
    """Metres a second from where joints begin to where they end."""
    return float(np.linalg.norm((positions[-1] - positions[0])[0, [0, 2]])) * fps / (len(positions) - 1)
