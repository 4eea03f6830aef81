"""From joint positions to a skeleton's rotations: positions decide, rotations are solved, bone lengths stay constant.

Positions say where every bone points but not how it is turned about itself. Pelvis and chest are least-squares fits to
the joints around them; the spine shares the bend between the two; thighs and upper arms are turned so that knees and
elbows bend as hinges, a straight leg's thigh as its foot points; a foot near the ground is turned so that its sole
lies flat, another one square to its shin; everything else takes the shortest arc from its parent, without twist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from . import quaternion as quat
from .checks import checked_positions
from .contacts import ground_heights
from .errors import RepriseError
from .skeleton import JOINT_NAMES, PARENTS, Skeleton, humanml3d_skeleton
from .torso import believed_direction, fit_cluster, noise_of_bones, share_bend
from .twist import Complex, evidence, fade, most_probable

_J = {name: index for index, name in enumerate(JOINT_NAMES)}
_SHORTEST = 1e-6  # metres
_UP = np.array([0.0, 1.0, 0.0])
_BEND_ERROR = 0.06  # sine of the angle by which a recorded knee or elbow strays from its plane
_FOOT_ERROR = 0.45  # the same of a foot that stands for its thigh's twist: ankles turn by some 25 degrees
_SQUARE_ERROR, _FLAT_ERROR = 0.2, 0.1  # of a foot that is square to its shin; whose sole is flat on the ground
_FOLDED = np.radians(120.0)
_TOE_HEIGHT = 0.05, 0.12  # metres of a toe joint above the ground: on it; off it
_ANKLE_ROLL = np.radians(30.0), np.radians(50.0)  # between square to the shin and flat: within reach; out of it


@dataclass(frozen=True)
class _Limb:
    """Upper bone, hinge and end of a limb, and a leg's foot.

    `axis` is the hinge in the rest pose: about it the lower bone flexes. The upper bone's swing is the shortest arc
    from the rest direction turned about the hinge by `lead` radians, the middle of where it can go: the arc is singular
    at the opposite, then out of reach. `middle` is that of its twist.
    """

    parent: str
    upper: str
    hinge: str
    end: str
    axis: tuple[float, float, float]
    lead: float
    middle: float
    foot: str | None = None


def _limbs(side: str, sign: float) -> tuple[_Limb, _Limb]:
    hip, knee, ankle, foot = (f"{side}_{joint}" for joint in ("hip", "knee", "ankle", "foot"))
    collar, shoulder, elbow, wrist = (f"{side}_{joint}" for joint in ("collar", "shoulder", "elbow", "wrist"))
    leg = _Limb("pelvis", hip, knee, ankle, (1.0, 0.0, 0.0), np.radians(-45.0), 0.0, foot)
    arm = _Limb(collar, shoulder, elbow, wrist, (0.0, -sign, 0.0), np.radians(45.0), sign * np.radians(-35.0))
    return leg, arm


_LIMBS = (*_limbs("left", 1.0), *_limbs("right", -1.0))


def solve(positions: ArrayLike, fps: float, skeleton: Skeleton | None = None) -> tuple[quat.Array, quat.Array]:
    """Root translation (T, 3) and sign-continuous local rotations (T, 22, 4) that pose the skeleton as `positions` are.

    `positions` (T, 22, 3), one frame or more: metres, Y up, bones of any lengths, of which only directions are used.
    `fps` scales how long a twist is remembered while a limb is straight. `skeleton` gives the bone lengths and the rest
    pose (a T-pose facing +Z), by default HumanML3D's. On that skeleton's own motion forward kinematics gives the
    positions back; short torso bones of trembling positions follow their neighbours more than what they show. Elbows,
    wrists, knees, head and feet's ends carry no twist of their own; rotations of the ends are the identity. Raises
    `RepriseError`, with frame and joint, for another shape, values not finite and joints that lie on their parent.
    """
    joints = _checked(positions)
    offsets = (skeleton or humanml3d_skeleton()).rest_offsets
    noise = noise_of_bones(joints)
    turns = np.empty((len(joints), len(PARENTS), 4))
    turns[:, _J["pelvis"]], root = fit_cluster(offsets[[1, 2, 3]], joints[:, [0, 1, 2, 3]])
    turns[:, _J["spine3"]], _ = fit_cluster(offsets[[12, 13, 14]], joints[:, [9, 12, 13, 14]])
    for joint, child, share in (("spine1", "spine2", 1 / 3), ("spine2", "spine3", 2 / 3)):
        likely = share_bend(turns[:, _J["pelvis"]], turns[:, _J["spine3"]], share)
        turns[:, _J[joint]] = _aim(likely, offsets, joints, joint, child, noise)
    for joint, child in (("neck", "head"), ("left_collar", "left_shoulder"), ("right_collar", "right_shoulder")):
        turns[:, _J[joint]] = _aim(turns[:, _J["spine3"]], offsets, joints, joint, child, noise)
    turns[:, _J["head"]] = turns[:, _J["neck"]]
    _solve_limbs(turns, offsets, joints, fps, noise)
    _solve_feet(turns, offsets, joints, fps)
    for side in ("left", "right"):
        turns[:, _J[f"{side}_wrist"]] = turns[:, _J[f"{side}_elbow"]]
        turns[:, _J[f"{side}_foot"]] = turns[:, _J[f"{side}_ankle"]]
    local = turns.copy()
    local[:, 1:] = quat.multiply(quat.conjugate(turns[:, list(PARENTS[1:])]), turns[:, 1:])
    return root, quat.make_continuous(quat.normalize(local))


def _checked(positions: ArrayLike) -> quat.Array:
    joints = checked_positions(positions)
    bones = np.linalg.norm(joints[:, 1:] - joints[:, list(PARENTS[1:])], axis=-1)
    if bones.min() < _SHORTEST:
        frame, bone = np.argwhere(bones < _SHORTEST)[0]
        joint, parent = JOINT_NAMES[bone + 1], JOINT_NAMES[PARENTS[bone + 1]]
        raise RepriseError(
            "bad_positions",
            f"Joint {joint} lies on its parent {parent} in frame {frame}: a bone of no length points nowhere.",
            "Give the joint a place between its neighbours.",
        )
    return joints


def _aim(
    start: quat.Array, offsets: quat.Array, joints: quat.Array, joint: str, child: str, noise: float = 0.0
) -> quat.Array:
    """Rotations `start` (T, 4) turned by the shortest arc so that the bone from joint to child points as it does."""
    before = quat.rotate(start, quat.normalize(offsets[_J[child]]))
    bone = joints[:, _J[child]] - joints[:, _J[joint]]
    return quat.multiply(quat.between(before, believed_direction(bone, before, noise)), start)


def _solve_limbs(turns: quat.Array, offsets: quat.Array, joints: quat.Array, fps: float, noise: float) -> None:
    """Fills in thighs, shins, upper arms and forearms, which hang on what `turns` (T, 22, 4) already holds."""
    swings, signs = [], []
    for limb in _LIMBS:
        rest, rest_lower = (quat.normalize(offsets[_J[joint]]) for joint in (limb.hinge, limb.end))
        axis = _square(np.array(limb.axis), rest)
        lead = quat.multiply(turns[:, _J[limb.parent]], quat.from_axis_angle(axis, limb.lead))
        swing = _aim(lead, offsets, joints, limb.upper, limb.hinge)
        upper, lower = (joints[:, _J[b]] - joints[:, _J[a]] for a, b in _pairs(limb))
        bone, hinge = quat.normalize(upper), quat.rotate(swing, axis)
        # What the lower bone shows sideways of the hinge's plane at rest is no twist.
        seen = np.cross(bone, quat.normalize(lower) - quat.rotate(swing, axis * (rest_lower @ axis)))
        shaking = noise * np.sqrt(2.0 / np.mean(upper**2) / 3.0 + 2.0 / np.mean(lower**2) / 3.0)
        sign = evidence(seen, hinge, bone, np.hypot(_BEND_ERROR, shaking), limb.middle)
        if limb.foot:
            sign = sign + _evidence_of_foot(swing, offsets, joints, limb, limb.foot)
        swings.append(swing)
        signs.append(sign)
    twists = most_probable(np.stack(signs, axis=-1), fps)
    for limb, swing, twist in zip(_LIMBS, swings, twists.T, strict=True):
        bone = quat.normalize(joints[:, _J[limb.hinge]] - joints[:, _J[limb.upper]])
        turns[:, _J[limb.upper]] = quat.multiply(quat.from_axis_angle(bone, twist), swing)
        turns[:, _J[limb.hinge]] = _bend(turns[:, _J[limb.upper]], offsets, joints, limb)


def _bend(upper: quat.Array, offsets: quat.Array, joints: quat.Array, limb: _Limb) -> quat.Array:
    """Rotations (T, 4) of a lower bone: the upper's by the shortest arc, which is a hinge's turn and has no twist.

    Since that arc is singular where a limb is folded, flexion beyond `_FOLDED` is taken about the hinge.
    """
    rest = quat.normalize(offsets[_J[limb.end]])
    axis = _square(np.array(limb.axis), rest)
    bone = quat.rotate(quat.conjugate(upper), joints[:, _J[limb.end]] - joints[:, _J[limb.hinge]])
    flexion = np.arctan2(bone @ np.cross(axis, rest), bone @ rest)
    flexion = np.where(flexion < -np.pi / 2.0, flexion + 2.0 * np.pi, flexion)  # folded, not bent far backwards
    folded = np.maximum(flexion - _FOLDED, 0.0)
    return _aim(quat.multiply(upper, quat.from_axis_angle(axis, folded)), offsets, joints, limb.hinge, limb.end)


def _evidence_of_foot(swing: quat.Array, offsets: quat.Array, joints: quat.Array, leg: _Limb, foot: str) -> Complex:
    """Evidence (T,) for a thigh's twist from where its foot points: what a leg shows that is straight."""
    shin = quat.normalize(joints[:, _J[leg.end]] - joints[:, _J[leg.hinge]])
    untwisted = _aim(swing, offsets, joints, leg.hinge, leg.end)
    rest = quat.rotate(untwisted, _square(offsets[_J[foot]], quat.normalize(offsets[_J[leg.end]])))
    return evidence(quat.normalize(joints[:, _J[foot]] - joints[:, _J[leg.end]]), rest, shin, _FOOT_ERROR)


def _solve_feet(turns: quat.Array, offsets: quat.Array, joints: quat.Array, fps: float) -> None:
    """Fills in the ankles: feet roll so that they are square to the shin, near the ground so that the sole is flat."""
    ground, signs, swings = ground_heights(joints, fps), [], []
    for side in ("left", "right"):
        knee, ankle, foot = (_J[f"{side}_{name}"] for name in ("knee", "ankle", "foot"))
        rest, rest_shin = quat.normalize(offsets[foot]), quat.normalize(offsets[ankle])
        swing = _aim(turns[:, knee], offsets, joints, JOINT_NAMES[ankle], JOINT_NAMES[foot])
        bone = quat.normalize(joints[:, foot] - joints[:, ankle])
        shin = quat.rotate(turns[:, knee], rest_shin)
        square = evidence(np.cross(bone, shin), quat.rotate(swing, _across(rest, rest_shin)), bone, _SQUARE_ERROR)
        flat = evidence(np.cross(bone, -_UP), quat.rotate(swing, _across(rest, -_UP)), bone, _FLAT_ERROR)
        # An ankle rolls by some 30 degrees: a foot whose sole cannot reach the ground rests on its side, or hangs.
        reach = fade(np.abs(np.angle(flat * np.conj(square))), *_ANKLE_ROLL)
        low = fade(joints[:, foot, 1] - ground, *_TOE_HEIGHT) * reach
        signs.append((1.0 - low) * square + low * flat)
        swings.append((ankle, bone, swing))
    for (ankle, bone, swing), twist in zip(swings, most_probable(np.stack(signs, axis=-1), fps).T, strict=True):
        turns[:, ankle] = quat.multiply(quat.from_axis_angle(bone, twist), swing)


def _across(foot: quat.Array, down: quat.Array) -> quat.Array:
    """The unit line (3,) square to a foot's bone and to what is down for it."""
    return quat.normalize(np.cross(foot, down))


def _pairs(limb: _Limb) -> tuple[tuple[str, str], tuple[str, str]]:
    return (limb.upper, limb.hinge), (limb.hinge, limb.end)


def _square(vector: quat.Array, direction: quat.Array) -> quat.Array:
    """The unit part of `vector` (3,) that is perpendicular to unit `direction` (3,)."""
    return quat.normalize(vector - direction * (vector @ direction))
