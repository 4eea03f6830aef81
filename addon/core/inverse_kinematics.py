"""From joint positions to a skeleton's rotations: positions decide, rotations are solved, bone lengths stay constant.

Positions say where every bone points but not how it is turned about itself. The torso's turn is a least-squares fit to
the bones that leave the pelvis and the chest; a thigh or an upper arm is turned so that its knee or elbow bends as a
hinge; a foot keeps its across axis square to its shin; everything else takes the shortest arc from its parent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from . import quaternion as quat
from .errors import RepriseError
from .skeleton import JOINT_NAMES, PARENTS, Skeleton, humanml3d_skeleton
from .smoothing import smooth_series

_J = {name: index for index, name in enumerate(JOINT_NAMES)}
_TWIST_TIME = 0.1  # seconds over which a fully bent joint averages its twist; a nearly straight one averages longer
_TWIST_PRIOR = 1e-3  # weight of "no twist" against 1 for a well bent joint: decides only when nothing else does
_NO_LENGTH = 1e-6  # metres
_STRAIGHT, _BENT = np.sin(np.radians(5.0)), np.sin(np.radians(35.0))  # sines of the bend: says nothing; says all


@dataclass(frozen=True)
class _Hinge:
    """A bone whose twist its child shows: `axis` is the hinge in the rest pose (about it the child flexes).

    Swings are measured from the rest direction turned about the hinge by `lead` radians (the bone) or `flexion` (its
    child), the middle of where they can go: the shortest arc is singular at the opposite direction, then out of reach.
    """

    axis: tuple[float, float, float]
    lead: float
    flexion: float = np.radians(75.0)


_THIGH = _Hinge((1.0, 0.0, 0.0), np.radians(-45.0))
_HINGES: Mapping[str, _Hinge] = {
    "left_hip": _THIGH,
    "right_hip": _THIGH,
    "left_shoulder": _Hinge((0.0, -1.0, 0.0), np.radians(45.0)),
    "right_shoulder": _Hinge((0.0, 1.0, 0.0), np.radians(45.0)),
}


def solve(positions: ArrayLike, fps: float, skeleton: Skeleton | None = None) -> tuple[quat.Array, quat.Array]:
    """Root translation (T, 3) and sign-continuous local rotations (T, 22, 4) that pose the skeleton as `positions` are.

    `positions` (T, 22, 3): metres, Y up, any bone lengths; only the bones' directions and the pelvis's place are used.
    `fps` scales how long a twist is remembered while a limb is straight. `skeleton` gives the bone lengths and the rest
    pose (a T-pose facing +Z), by default HumanML3D's. Bones of no length point as at rest. Rotations of the ends (head,
    wrists, feet's ends) are the identity. Raises `RepriseError` for another shape, no frames or values not finite.
    """
    joints = _checked(positions)
    offsets = (skeleton or humanml3d_skeleton()).rest_offsets
    turns = np.empty((len(joints), len(PARENTS), 4))
    turns[:, 0] = fit_rotation(offsets[[1, 2, 3]], joints[:, [1, 2, 3]] - joints[:, :1])
    turns[:, 9] = fit_rotation(offsets[[12, 13, 14]], joints[:, [12, 13, 14]] - joints[:, 9:10])

    def aim(guess: quat.Array, joint: str, child: str, lead: quat.Array | None = None) -> quat.Array:
        """The guess (T, 4) after `lead` (4,), turned by the shortest arc so that the bone points as it does.

        A bone of no length points as the guess alone says.
        """
        rest, bone = quat.normalize(offsets[_J[child]]), joints[:, _J[child]] - joints[:, _J[joint]]
        length = np.linalg.norm(bone, axis=-1, keepdims=True)
        target = np.where(length > _NO_LENGTH, bone / np.maximum(length, _NO_LENGTH), quat.rotate(guess, rest))
        start = guess if lead is None else quat.multiply(guess, lead)
        return quat.multiply(quat.between(quat.rotate(start, rest), target), start)

    # The spine shares the twist between pelvis and chest evenly instead of leaving all of it to one joint.
    bend = quat.make_continuous(quat.multiply(quat.conjugate(turns[:, 0]), turns[:, 9]))
    for joint, child, share in (("spine1", "spine2", 1 / 3), ("spine2", "spine3", 2 / 3)):
        turns[:, _J[joint]] = aim(quat.multiply(turns[:, 0], _partial(bend, share)), joint, child)
    turns[:, _J["neck"]] = turns[:, _J["head"]] = aim(turns[:, _J["spine3"]], "neck", "head")
    for side in ("left", "right"):
        collar, shoulder, elbow, wrist = (f"{side}_{name}" for name in ("collar", "shoulder", "elbow", "wrist"))
        hip, knee, ankle, foot = (f"{side}_{name}" for name in ("hip", "knee", "ankle", "foot"))
        turns[:, _J[collar]] = aim(turns[:, _J["spine3"]], collar, shoulder)
        for upper, middle, end, parent in ((shoulder, elbow, wrist, collar), (hip, knee, ankle, "pelvis")):
            hinge = _HINGES[upper]
            rest, rest_child = quat.normalize(offsets[_J[middle]]), quat.normalize(offsets[_J[end]])
            axis = _square(np.array(hinge.axis), rest)
            swing = aim(turns[:, _J[parent]], upper, middle, quat.from_axis_angle(axis, hinge.lead))
            bone = quat.rotate(swing, rest)
            seen = np.cross(bone, quat.normalize(joints[:, _J[end]] - joints[:, _J[middle]]))
            turns[:, _J[upper]] = _twisted(swing, bone, quat.rotate(swing, axis), seen, fps, float(rest_child @ axis))
            flexion = quat.from_axis_angle(_square(axis, rest_child), hinge.flexion)
            turns[:, _J[middle]] = aim(turns[:, _J[upper]], middle, end, flexion)
        turns[:, _J[wrist]] = turns[:, _J[elbow]]
        # A foot hinges about the line that is square to it and to its shin, which keeps it from rolling sideways.
        rest_shin, rest_foot = quat.normalize(offsets[_J[ankle]]), quat.normalize(offsets[_J[foot]])
        swing = aim(turns[:, _J[knee]], ankle, foot)
        bone = quat.rotate(swing, rest_foot)
        across = np.cross(bone, quat.rotate(turns[:, _J[knee]], rest_shin))
        axis = quat.rotate(swing, _square(np.cross(rest_foot, rest_shin), rest_foot))
        turns[:, _J[ankle]] = turns[:, _J[foot]] = _twisted(swing, bone, axis, across, fps)
    local = turns.copy()
    local[:, 1:] = quat.multiply(quat.conjugate(turns[:, list(PARENTS[1:])]), turns[:, 1:])
    return joints[:, 0].copy(), quat.make_continuous(quat.normalize(local))


def fit_rotation(rest: ArrayLike, moved: ArrayLike) -> quat.Array:
    """The rotations (T, 4) that bring directions `rest` (K, 3) nearest to `moved` (T, K, 3) in the least-squares sense.

    Kabsch's method (Kabsch, 1976; Umeyama, 1991, for the reflection): bones of no length do not count.
    """
    targets, sources = quat.normalize(moved), quat.normalize(rest)
    # The tiny identity decides only where the bones leave the rotation open.
    covariance = np.einsum("tki,kj->tij", targets, sources) + 1e-9 * np.eye(3)
    left, _, right = np.linalg.svd(covariance)
    left[..., :, 2] *= np.linalg.det(left @ right)[..., None]
    return quat.from_matrix(left @ right)


def _checked(positions: ArrayLike) -> quat.Array:
    joints = np.asarray(positions, dtype=np.float64)
    if joints.ndim != 3 or joints.shape[1:] != (len(PARENTS), 3) or not len(joints):
        raise RepriseError("bad_positions", f"Joint positions have the shape {joints.shape}, not (frames, 22, 3).")
    if not np.isfinite(joints).all():
        frame = int(np.argmax(~np.isfinite(joints).all(axis=(1, 2))))
        raise RepriseError("bad_positions", f"Joint positions of frame {frame} are not finite.")
    return joints


def _twisted(
    swing: quat.Array, bone: quat.Array, axis: quat.Array, seen: quat.Array, fps: float, aside: float = 0.0
) -> quat.Array:
    """Turns `swing` (T, 4) about its unit `bone` (T, 3) so that the hinge `axis` (T, 3) lies along the `seen` normal.

    `seen` (T, 3) is the cross product of two unit bones, whose length is the sine of the bend; `aside` the part of the
    child's rest direction along the hinge, which shows in `seen` without any twist. The twist is averaged as a unit
    complex number, weighted by how far the bend can be trusted, so that it stays where it was while the limb is
    straight, and turns over several frames, not one, where the limb bends the wrong way.
    """
    turn = np.sum(seen * axis, axis=-1) + 1j * np.sum(seen * np.cross(bone, axis), axis=-1)
    bend = np.sqrt(np.maximum(np.abs(turn) ** 2 - aside**2, 0.0))  # its sine, in the plane square to the hinge
    turn *= bend - 1j * aside  # takes the angle that an untwisted limb shows at this bend
    turn /= np.maximum(np.abs(turn), 1e-12)
    ramp = np.clip((bend - _STRAIGHT) / (_BENT - _STRAIGHT), 0.0, 1.0)
    # Neither knee nor elbow bends backwards: a hinge seen the wrong way round is noise of a nearly straight limb.
    trust = ramp * ramp * (3.0 - 2.0 * ramp) * (1.0 + turn.real) / 2.0
    known = trust + _TWIST_PRIOR
    wanted = (trust * turn + _TWIST_PRIOR) / known
    hold = np.full(len(turn) - 1, (_TWIST_TIME * fps) ** 2)
    mean = smooth_series(np.stack((wanted.real, wanted.imag), axis=-1), known, hold)
    # Where the mean is short, neighbours disagree: there the angle itself is what must not jump.
    agreement = np.minimum(np.sum(mean**2, axis=-1), 1.0)
    angle = np.unwrap(np.arctan2(mean[:, 1], mean[:, 0]))[:, None]
    angle = smooth_series(angle, agreement / (1.05 - agreement) + _TWIST_PRIOR, hold)[:, 0]
    return quat.multiply(quat.from_axis_angle(bone, angle), swing)


def _square(vector: quat.Array, direction: quat.Array) -> quat.Array:
    """The unit part of `vector` (3,) that is perpendicular to unit `direction` (3,)."""
    return quat.normalize(vector - direction * (vector @ direction))


def _partial(rotation: quat.Array, share: float) -> quat.Array:
    """The given share of continuous rotations (T, 4), about their own axes."""
    sine = np.linalg.norm(rotation[:, 1:], axis=-1)
    return quat.from_axis_angle(quat.normalize(rotation[:, 1:]), 2.0 * share * np.arctan2(sine, rotation[:, 0]))
