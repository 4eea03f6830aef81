"""Seamless cycles: the best cut in a clip, blended over its seam, and repeated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from . import ground
from . import quaternion as quat
from .cycle_cut import Cut, best_cut, round_step
from .errors import RepriseError
from .kinematics import forward_kinematics
from .leg_reach import reach_ankles
from .motion import Motion
from .root_motion import moved, to_world
from .skeleton import CONTACT_JOINTS
from .smoothing import smooth_series

Array = NDArray[np.floating]

_LARGEST_MISMATCH = 0.15  # metres: what a blend can hide
_BLEND = 0.5  # seconds on either side of the seam, if the cycle is long enough
_FADE = 0.12  # seconds over which a foot's correction fades in and out
_PIN = 1e6  # weight of standing as before against 1 for staying where the blend puts a foot


def loop(motion: Motion) -> Motion:
    """The best cycle in a motion, its seam blended, with its travel: frame T would be frame 0 again, moved by `cycle`.

    It begins where and as the motion begins to face. Pose and velocity differences at the seam fade out over half a
    second on either side (inertialization: Bollo, "Inertialization", GDC 2018, with cubic Hermite offsets, half of them
    before the seam); feet in contact move over the ground as they did, and legs follow. Raises `RepriseError` when no
    part of the motion comes back to where it began.
    """
    motion = to_world(motion)
    cut = best_cut(motion)
    if cut is None:
        sentence = f"The motion lasts {motion.seconds:.1f} s, too short to find a cycle in it."
        raise RepriseError("no_cycle", sentence, "Make it longer.")
    if cut.mismatch > _LARGEST_MISMATCH:
        sentence = (
            f"No part of the motion comes back to where it began: the best pair of frames, {cut.begin} and {cut.end}, "
            f"still differs by {100.0 * cut.mismatch:.0f} cm."
        )
        raise RepriseError("no_cycle", sentence, "Try another seed, or a motion that repeats, such as walking.")
    step = round_step(motion, cut)
    root, rotations = _blended(motion, cut, step)
    rotations = _standing(motion, cut, step, root, rotations)
    clip = slice(cut.begin, cut.end)
    cycle = moved(
        replace(
            motion,
            root_translation=root.astype(np.float32),
            local_rotations=quat.make_continuous(rotations).astype(np.float32),
            positions=motion.positions[clip],
            foot_contact=motion.foot_contact[clip],
            cycle=step,
        ),
        (0.0, 0.0, 0.0),
    )
    home = ground.compose(_placement(motion), ground.inverse(_placement(cycle)))
    step = ground.compose(ground.compose(home, step), ground.inverse(home))
    return replace(moved(cycle, home), cycle=step)


def repeat(motion: Motion, rounds: int) -> Motion:
    """A cycle `rounds` times in a row, which is a cycle as well. Raises `RepriseError` for a motion that is none."""
    if motion.cycle is None:
        raise RepriseError("no_cycle", "The motion is no cycle, so that it cannot be repeated.", "Make it loop first.")
    if rounds < 1:
        raise RepriseError("bad_rounds", f"A cycle cannot be repeated {rounds} times.", "Give 1 or more.")
    places = np.repeat(ground.power(motion.cycle, np.arange(rounds)), motion.frames, axis=0)
    order = np.tile(np.arange(motion.frames), rounds)
    track = motion.root_track
    tiled = replace(
        motion,
        root_translation=motion.root_translation[order],
        local_rotations=quat.make_continuous(motion.local_rotations[order]),
        positions=motion.positions[order],
        foot_contact=motion.foot_contact[order],
        root_track=None if track is None else ground.compose(places, track[order]),
        cycle=ground.power(motion.cycle, rounds),
    )
    return tiled if track is not None else moved(tiled, places)


def _placement(motion: Motion) -> Array:
    """Where (3,) the figure begins: its pelvis's place on the ground and its heading."""
    x, _, z = motion.root_translation[0].astype(np.float64)
    return np.array([x, z, ground.heading_of(motion.positions[0])])


def _blended(motion: Motion, cut: Cut, step: Array) -> tuple[Array, Array]:
    """Root (T, 3) and rotations (T, J, 4) of the cut whose frame T is frame 0 moved by `step`, velocities included."""
    root, rotations = motion.root_translation.astype(np.float64), motion.local_rotations.astype(np.float64)
    joint = motion.parents.index(-1)
    ahead = ground.move_points(step, root)
    velocity = np.gradient(root, axis=0)
    turn = np.array([0.0, 0.0, step[2]])
    gap = ahead[cut.begin] - root[cut.end]
    speed_gap = ground.move_points(turn, velocity[cut.begin]) - velocity[cut.end]
    first = rotations[cut.begin].copy()
    first[joint] = ground.move_rotations(step, first[joint])
    turn_gap = quat.to_rotation_vector(quat.multiply(quat.conjugate(rotations[cut.end]), first))
    spin_gap = _spin(rotations, cut.begin) - _spin(rotations, cut.end)
    frame, frames = np.arange(cut.end - cut.begin), cut.end - cut.begin
    half = min(round(_BLEND * motion.fps), frames // 2)
    rise, fall = (np.maximum(1.0 - away / half, 0.0) for away in (frames - frame, frame))
    # Cubic Hermite offsets: half of each gap before the seam, and half of it, the other way, after it.
    place = (rise**2 * (3.0 - 2.0 * rise) - fall**2 * (3.0 - 2.0 * fall)) / 2.0
    pace = half * (rise**3 - rise**2 + fall**3 - fall**2) / 2.0
    offset = place[:, None] * gap + pace[:, None] * speed_gap
    offset = np.where(frame[:, None] < half, ground.move_points(-turn, offset), offset)
    bend = place[:, None, None] * turn_gap + pace[:, None, None] * spin_gap
    clip = slice(cut.begin, cut.end)
    return root[clip] + offset, np.asarray(quat.multiply(rotations[clip], quat.from_rotation_vector(bend)))


def _spin(rotations: Array, frame: int) -> Array:
    """Turns (J, 3) a frame at a frame of rotations (T, J, 4), in the joints' own axes."""
    before, after = max(frame - 1, 0), min(frame + 1, len(rotations) - 1)
    turn = quat.multiply(quat.conjugate(rotations[before]), rotations[after])
    return np.asarray(quat.to_rotation_vector(turn)) / (after - before)


def _standing(motion: Motion, cut: Cut, step: Array, root: Array, rotations: Array) -> Array:
    """The rotations (T, 22, 4) of a blended cycle with legs that let feet in contact stand as they do in the clip.

    A foot on ankle and toe turns from frame to frame as in the clip, and then the joint that stands, the toe before the
    ankle, takes the clip's steps, those over the seam included. Between contacts both corrections fade.
    """
    frames, offsets = cut.end - cut.begin, motion.rest_offsets.astype(np.float64)
    clip = slice(cut.begin, cut.end + 1)
    source = motion.local_rotations[clip].astype(np.float64)
    places, turns = forward_kinematics(
        motion.parents, offsets, motion.root_translation[clip].astype(np.float64), source
    )
    wanted_steps = np.diff(places, axis=0)
    wanted_turns = quat.multiply(turns[1:], quat.conjugate(turns[:-1]))
    down = motion.foot_contact[clip] > 0.5
    stands = down[1:] & down[:-1]

    _, turns = forward_kinematics(motion.parents, offsets, root, rotations)
    turns = np.concatenate((turns, ground.move_rotations(step, turns[:1])))
    lack = quat.multiply(wanted_turns, quat.multiply(turns[:-1], quat.conjugate(turns[1:])))
    for ankle, foot in ((0, 1), (2, 3)):
        joint = CONTACT_JOINTS[ankle]
        flat = stands[:, ankle] & stands[:, foot]
        bend = _held(quat.to_rotation_vector(lack[:, joint]), flat, step, motion.fps)
        foot_turn = quat.multiply(quat.from_rotation_vector(bend), turns[:-1, joint])
        rotations[:, joint] = quat.multiply(quat.conjugate(turns[:-1, motion.parents[joint]]), foot_turn)

    places, _ = forward_kinematics(motion.parents, offsets, root, rotations)
    lack = wanted_steps - np.diff(np.concatenate((places, ground.move_points(step, places[:1]))), axis=0)
    ankles = places[:, CONTACT_JOINTS[::2]]
    for side, (ankle, foot) in enumerate(((0, 1), (2, 3))):
        joint = np.where(stands[:, foot], CONTACT_JOINTS[foot], CONTACT_JOINTS[ankle])
        down_now = stands[:, ankle] | stands[:, foot]
        ankles[:, side] += _held(lack[np.arange(frames), joint], down_now, step, motion.fps)
    return reach_ankles(motion.parents, offsets, root, rotations, ankles)


def _held(lack: Array, holds: NDArray[np.bool_], step: Array, fps: float) -> Array:
    """The least smooth correction (T, 3) of a cycle that changes by `lack` (T, 3) to the next frame where it `holds`.

    Of three rounds the middle one is taken, which knows its neighbours; vectors turn with the rounds.
    """
    if holds.all():
        lack = lack - lack.mean(axis=0)  # what never lets go has nowhere else to make up for what does not close
    turns = np.repeat(ground.power(step, np.arange(3)) * np.array([0.0, 0.0, 1.0]), len(lack), axis=0)
    changes = ground.move_points(turns, np.tile(lack * holds[:, None], (3, 1)))
    drift = np.concatenate((np.zeros((1, 3)), np.cumsum(changes, axis=0)[:-1]))
    hold = _PIN * np.tile(holds, 3)[:-1]
    held = smooth_series(-drift, np.ones(len(drift)), hold, curvature=(_FADE * fps) ** 4) + drift
    return np.asarray(ground.move_points(-turns, held))[len(lack) : 2 * len(lack)]
