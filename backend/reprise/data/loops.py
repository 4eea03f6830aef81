"""Loops that are too short to learn from, repeated with their travel carried on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reprise_core import quaternion as quat

from .raw_clip import RawClip

Array = NDArray[np.float64]

SECONDS = 4.0  # how long repeated loops become

# Loops shorter than about 2 s that end as they began and whose captions stay true when they go on ("walks", "waits").
# Single actions that happen to end as they began (a punch, a nod of greeting, a roll) are not among them.
CYCLIC = frozenset(
    (
        "deepmimic_jog", "deepmimic_run", "deepmimic_walk", "deepmimic_zombie_walk",
        "kaykit_Cheering", "kaykit_Idle_A", "kaykit_Idle_B", "kaykit_Jump_Idle", "kaykit_Melee_2H_Idle",
        "kaykit_Melee_Unarmed_Idle", "kaykit_Push_Ups", "kaykit_Ranged_Bow_Idle", "kaykit_Sit_Ups", "kaykit_Waving",
        "m2m_Angry", "m2m_Crouch_Fwd_Loop", "m2m_Dance_Loop", "m2m_Defend", "m2m_Driving_Loop", "m2m_Fighting_Idle",
        "m2m_Head_Nod", "m2m_Idle_Torch_Loop", "m2m_Jumping_Jacks", "m2m_Kneeling_Tired", "m2m_Pistol_Idle_Loop",
        "m2m_Push_Loop", "m2m_Pushup", "m2m_Shivering", "m2m_Sitting_Idle_Loop", "m2m_Sleeping",
        "m2m_Spell_Simple_Idle_Loop", "m2m_Sword_Idle", "m2m_Tired_Hunched", "m2m_Walk_Formal_Loop",
    )
)  # fmt: skip

_UP = np.array([0.0, 1.0, 0.0])
_LEVEL = np.array([1.0, 0.0, 1.0])


def prolong(clip: RawClip, seconds: float = SECONDS) -> RawClip:
    """A clip of `CYCLIC` repeated to about `seconds`; any other clip as it is. Call it after `travel.give_travel`."""
    return replace(clip, joints=repeat(clip.joints, clip.fps, seconds)) if clip.id in CYCLIC else clip


def repeat(joints: Array, fps: float, seconds: float) -> Array:
    """A loop (T, 22, 3) in metres whose last pose is its first again, as often as it takes to reach `seconds`.

    The last pose of each round is the first of the next, moved on by the round's horizontal travel. What the loop does
    not close by itself (see `seam`) is spread evenly over the round: its turn about the body's axis, so that the way
    goes on straight, then the pose's remainder. A loop that is long enough comes back as it is.
    """
    period = len(joints) - 1
    rounds = int(np.ceil(seconds * fps / period - 1e-9))
    if rounds < 2:
        return joints
    round_, step = _closed(joints)
    moves = np.arange(rounds)[:, None, None, None] * step
    return np.concatenate(((round_[None, :-1] + moves).reshape(-1, *joints.shape[1:]), round_[-1:] + moves[-1]))


def seam(joints: Array) -> tuple[float, float]:
    """How far a loop is from closing: mean joint distance (m) between its last pose and its first after the best level
    move and turn, and that turn in radians about +Y.
    """
    turn, moved = _onto(joints[0], joints[-1])
    return float(np.linalg.norm(moved - joints[-1], axis=-1).mean()), turn


def _closed(joints: Array) -> tuple[Array, Array]:
    """The loop with last pose = first pose + step exactly, and that step (3,), level."""
    ramp = np.linspace(-0.5, 0.5, len(joints))
    root = joints[:, :1]
    turn, _ = _onto(joints[0], joints[-1])
    joints = root + quat.rotate(quat.from_axis_angle(_UP, -turn * ramp)[:, None], joints - root)
    step = (joints[-1] - joints[0]).mean(axis=0) * _LEVEL
    rest = joints[-1] - joints[0] - step
    return joints - ramp[:, None, None] * rest, step


def _onto(first: Array, last: Array) -> tuple[float, Array]:
    """The turn about +Y (radians) of the level move that brings pose `first` nearest to `last`, and the moved pose."""
    a, b = first - first.mean(axis=0), last - last.mean(axis=0)
    turn = float(np.arctan2(np.sum(a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]), np.sum(a[:, [0, 2]] * b[:, [0, 2]])))
    moved = quat.rotate(quat.from_axis_angle(_UP, turn), first)
    return turn, moved + (last.mean(axis=0) - moved.mean(axis=0)) * _LEVEL
