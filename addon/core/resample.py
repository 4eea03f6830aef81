"""A Motion at another frame rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import ground
from . import quaternion as quat
from .contacts import runs
from .errors import RepriseError
from .interpolation import interpolate_rotations, interpolate_vectors
from .kinematics import forward_kinematics
from .leg_reach import reach_ankles
from .motion import Motion
from .skeleton import CONTACT_JOINTS, JOINT_NAMES

Array = NDArray[np.floating]

_FASTEST = 1000.0
_NTSC = 1000.0 / 1001.0  # television's rates are this share of a whole number
_LEGS = [[JOINT_NAMES.index(f"{side}_{name}") for name in ("hip", "ankle", "foot")] for side in ("left", "right")]
_LEVEL = [0, 2]
_LYING = 0.3  # of a leg's length: one that reaches less far down does not stand on its foot
_AS_WRITTEN = 0.005  # frames a second: "29.97" and "23.98" stand for 30000/1001 and 24000/1001


def frame_rate(fps: float) -> float:
    """The rate that is meant by `fps`: 30000/1001 for 29.97, and so on for 23.976, 23.98, 59.94 and 119.88.

    Raises `RepriseError` for a rate that is not above 0, or above 1000.
    """
    if not 0.0 < fps <= _FASTEST:
        sentence = f"A frame rate of {fps!r} is not possible."
        raise RepriseError("bad_fps", sentence, f"It must be above 0 and at most {_FASTEST:g}.")
    exact = np.round(fps / _NTSC) * _NTSC
    return float(exact) if abs(fps - exact) < _AS_WRITTEN else float(fps)


def resample(motion: Motion, fps: float) -> Motion:
    """The motion at `frame_rate(fps)`: times 0, 1/fps, ... up to its last pose, exact where they are its own.

    Rotations and the root's path go through every key with a continuous velocity (`interpolation.py`); positions are
    forward kinematics of these. Contacts are the frames that lie within contacts, and feet in contact move over the
    ground between keys as they do at keys. A cycle keeps a whole number of frames, for which its length changes by up
    to half a frame. Raises `RepriseError` for a rate that `frame_rate` refuses.
    """
    fps = frame_rate(fps)
    if fps == motion.fps or motion.frames < 2:
        return replace(motion, fps=fps)
    times = _times(motion, fps)
    offsets = motion.rest_offsets.astype(np.float64)
    root_keys, rotation_keys, track = _with_neighbours(motion)
    root, rotations = interpolate_vectors(root_keys, times + 1.0), interpolate_rotations(rotation_keys, times + 1.0)
    if motion.joint_names == JOINT_NAMES:
        feet = forward_kinematics(motion.parents, offsets, root_keys, rotation_keys)[0][:, CONTACT_JOINTS][..., _LEVEL]
        down = motion.foot_contact[(np.arange(len(feet)) - 1) % motion.frames] > 0.5
        rotations = _standing(motion, root, rotations, interpolate_vectors(feet, times + 1.0), down, times + 1.0)
    positions, _ = forward_kinematics(motion.parents, offsets, root, rotations)
    return replace(
        motion,
        fps=fps,
        root_translation=root.astype(np.float32),
        local_rotations=quat.make_continuous(rotations).astype(np.float32),
        positions=positions.astype(np.float32),
        foot_contact=_contacts(motion, len(times), float(times[1]) if len(times) > 1 else 1.0),
        root_track=None if track is None else interpolate_vectors(track, times + 1.0),
    )


def _times(motion: Motion, fps: float) -> Array:
    """The new frames' times (N,) in frames of the motion."""
    if motion.cycle is not None:
        count = max(1, round(motion.frames * fps / motion.fps))
        times = np.arange(count) * (motion.frames / count)
    else:
        count = int(np.floor((motion.frames - 1) * fps / motion.fps + 1e-6)) + 1
        times = np.minimum(np.arange(count) * (motion.fps / fps), motion.frames - 1)
    nearest = np.round(times)
    return np.where(np.abs(times - nearest) < 1e-6, nearest, times)


def _with_neighbours(motion: Motion) -> tuple[Array, Array, Array | None]:
    """Root (T+3, 3), rotations (T+3, J, 4) and root track, with one frame more before and two behind.

    Those of the rounds before and after in a cycle; otherwise what goes on as it was.
    """
    root, rotations = motion.root_translation.astype(np.float64), motion.local_rotations.astype(np.float64)
    track = motion.root_track
    if motion.cycle is None:
        frames = np.array([[1, 0], [-2, -1], [-2, -1]])  # a frame and the end that it is reflected in
        near, end = rotations[frames[:, 0]], rotations[frames[:, 1]]
        mirrored = quat.multiply(end, quat.multiply(quat.conjugate(near), end))
        before, behind = mirrored[:1], mirrored[1:]
        return (
            _reflected(root),
            np.concatenate((before, rotations, behind)),
            None if track is None else _reflected(track),
        )
    order = np.concatenate(([-1], np.arange(motion.frames), [0, 1]))
    root, rotations = root[order], rotations[order]
    places = np.zeros((len(order), 3))
    places[0], places[-2:] = ground.inverse(motion.cycle), motion.cycle
    if track is not None:
        return root, rotations, ground.compose(places, np.asarray(track)[order])
    joint = motion.parents.index(-1)
    rotations[:, joint] = ground.move_rotations(places, rotations[:, joint])
    return ground.move_points(places, root), rotations, None


def _standing(
    motion: Motion, root: Array, rotations: Array, feet: Array, down: NDArray[np.bool_], times: Array
) -> Array:
    """Rotations (N, 22, 4) with legs turned so that feet in contact go over the ground as `feet` (N, 4, 2; x, z) do.

    Interpolated rotations agree with interpolated `feet` at the keys; between two keys the end of the chain wanders off
    by millimetres, which shows as sliding where it should stand. `down` (K, 4) says which keys are contacts, `times`
    (N,) are in these keys; a correction is whole between two contacts, and fades towards a key that is none. It turns
    the foot about the upright and the leg about the hip, and leaves the knee alone: a millimetre costs a straight leg
    five degrees there.
    """
    offsets = motion.rest_offsets.astype(np.float64)
    places, turns = forward_kinematics(motion.parents, offsets, root, rotations)
    before = np.minimum(times.astype(np.int64), len(down) - 2)
    share = (times - before)[:, None]
    ease = share * share * (3.0 - 2.0 * share)
    weight = (1.0 - ease) * down[before] + ease * down[before + 1]
    ankles = np.empty((len(root), 2, 3))
    for side, (hip, ankle, foot) in enumerate(_LEGS):
        on_ankle, on_foot = weight[:, 2 * side], weight[:, 2 * side + 1]
        sole, wanted = places[:, foot] - places[:, ankle], feet[:, 2 * side + 1] - feet[:, 2 * side]
        turn = np.zeros((len(root), 3))
        turn[:, 2] = on_ankle * on_foot * _angle(sole[:, _LEVEL], wanted)
        foot_turn = ground.move_rotations(turn, turns[:, ankle])
        rotations[:, ankle] = quat.multiply(quat.conjugate(turns[:, motion.parents[ankle]]), foot_turn)
        toe = places[:, ankle] + ground.move_points(turn, sole)
        to_ankle = feet[:, 2 * side] - places[:, ankle][:, _LEVEL]
        to_foot = feet[:, 2 * side + 1] - toe[:, _LEVEL]  # a toe that stands rules over the ankle
        shift = on_foot[:, None] * to_foot + ((1.0 - on_foot) * on_ankle)[:, None] * to_ankle
        leg = places[:, ankle] - places[:, hip]
        length = np.linalg.norm(leg, axis=-1)
        upright = np.clip((np.abs(leg[:, 1]) / length - _LYING) / _LYING, 0.0, 1.0)
        level = leg[:, _LEVEL] + upright[:, None] * shift
        drop = np.sign(leg[:, 1]) * np.sqrt(np.maximum(length**2 - np.sum(level**2, axis=-1), 0.0))
        ankles[:, side] = places[:, hip] + np.stack((level[:, 0], drop, level[:, 1]), axis=-1)
    return reach_ankles(motion.parents, offsets, root, rotations, ankles)


def _angle(source: Array, target: Array) -> Array:
    """Radians (N,) about +Y from one level direction (N, 2; x and z) to another."""
    turn = (target[:, 1] + 1j * target[:, 0]) * (source[:, 1] - 1j * source[:, 0])
    return np.angle(turn)


def _reflected(path: ArrayLike) -> Array:
    """A path (T, D) with one point more before and two behind, straight on."""
    path = np.asarray(path, dtype=np.float64)
    step = path[-1] - path[-2]
    return np.concatenate(([2.0 * path[0] - path[1]], path, [path[-1] + step, path[-1] + 2.0 * step]))


def _contacts(motion: Motion, count: int, step: float) -> NDArray[np.float32]:
    """Contacts (count, 4) of 0 or 1 at frames that are `step` old frames apart."""
    down = motion.foot_contact > 0.5
    rounds = 1 if motion.cycle is None else 3  # a contact may go on over the seam
    result = np.zeros((rounds * count, down.shape[1]), dtype=np.float32)
    for foot in range(down.shape[1]):
        for begin, end in runs(np.tile(down[:, foot], rounds)):
            first, last = int(np.ceil(begin / step - 1e-6)), int(np.floor((end - 1) / step + 1e-6))
            if first > last:  # it falls between two frames
                first = last = round((begin + end - 1) / 2.0 / step)
            result[first : last + 1, foot] = 1.0
    return result[(rounds // 2) * count :][:count]
