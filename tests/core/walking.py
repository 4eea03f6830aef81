"""A figure that walks on feet that stand exactly, and what may be done to any motion: mirror it, place it elsewhere."""

from dataclasses import replace

import numpy as np
from poses import JOINT, SKELETON, identity, positions_of

from reprise_core import quaternion as quat
from reprise_core.leg_reach import reach_ankles
from reprise_core.motion import Motion
from reprise_core.root_motion import moved
from reprise_core.skeleton import CONTACT_JOINTS, MIRROR

_STANCE = 0.62  # of a stride that a foot stands
_ANKLES = [JOINT["left_ankle"], JOINT["right_ankle"]]


def walk(frames=100, fps=20.0, speed=0.9, stride=1.1, turn=0.0, sway=0.02):
    """Walks along +Z, or with `turn` radians a second on a circle; arms swing against the legs; feet stand exactly."""
    time = np.arange(frames) / fps
    phase = time / stride
    local = identity(frames)
    for side, half in (("left", 0.0), ("right", 0.5)):
        swing = 0.4 * np.sin(2 * np.pi * (phase + half))
        local[:, JOINT[f"{side}_shoulder"]] = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), swing)
    rest = SKELETON.rest_positions()
    height = -rest[_ANKLES, 1].min() - 0.08 + 0.08  # ankles 8 cm up, knees a little bent
    way = speed * time
    root = np.stack((sway * np.sin(2 * np.pi * phase), np.full(frames, height), way), axis=-1)
    ankles, contacts = np.zeros((frames, 2, 3)), np.zeros((frames, 4))
    for side, half in enumerate((0.0, 0.5)):
        step, share = np.divmod(phase + half, 1.0)
        lifted = np.clip((share - _STANCE) / (1.0 - _STANCE), 0.0, 1.0)
        ahead = lifted * lifted * (3.0 - 2.0 * lifted)
        ankles[:, side] = rest[_ANKLES[side]]
        ankles[:, side, 1] = 0.08 + 0.1 * np.sin(np.pi * lifted) ** 2
        ankles[:, side, 2] += speed * stride * (step + ahead - half + _STANCE / 2.0)
        contacts[:, 2 * side : 2 * side + 2] = (share < _STANCE)[:, None]
    if turn:
        up = np.array([0.0, 1.0, 0.0])
        local[:, 0] = quat.from_axis_angle(up, turn * time)
        for side, ankle in enumerate(_ANKLES):  # a foot turns only in the air
            local[:, ankle] = quat.from_axis_angle(up, turn / speed * ankles[:, side, 2] - turn * time)
        root, ankles = _bent(root, turn / speed), _bent(ankles, turn / speed)
    local = reach_ankles(SKELETON.parents, SKELETON.rest_offsets, root, local, ankles)
    positions = positions_of(root, local)
    arrays = (SKELETON.rest_offsets, root, local, positions, contacts)
    return Motion(fps, SKELETON.joint_names, SKELETON.parents, *(a.astype(np.float32) for a in arrays))


def stepping(motion):
    """Metres a second (K,) at which feet in contact go over the ground between two frames that are both in contact."""
    feet = motion.positions[:, CONTACT_JOINTS].astype(float)
    speed = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1) * motion.fps
    down = motion.foot_contact > 0.5
    return speed[down[1:] & down[:-1]]


def mirrored(motion):
    """Reflected in the plane x = 0, left joints becoming right ones."""
    flip, order = np.array([-1.0, 1.0, 1.0], np.float32), list(MIRROR)
    planar = np.array([-1.0, 1.0, -1.0])
    return replace(
        motion,
        rest_offsets=motion.rest_offsets[order] * flip,
        root_translation=motion.root_translation * flip,
        local_rotations=motion.local_rotations[:, order] * np.array([1, 1, -1, -1], np.float32),
        positions=motion.positions[:, order] * flip,
        foot_contact=motion.foot_contact[:, [2, 3, 0, 1]],
        root_track=None if motion.root_track is None else motion.root_track * planar,
        cycle=None if motion.cycle is None else motion.cycle * planar,
    )


def placed(motion, placement):
    """The same motion begun elsewhere, facing elsewhere."""
    return moved(motion, placement)


def assert_same(one, other, atol=1e-4):
    """That two motions look the same: places, turns whatever their sign, contacts."""
    assert one.frames == other.frames and one.fps == other.fps
    np.testing.assert_allclose(one.positions, other.positions, atol=atol)
    agree = np.abs(np.sum(one.local_rotations * other.local_rotations, axis=-1))
    np.testing.assert_allclose(agree, 1.0, atol=atol)
    np.testing.assert_array_equal(one.foot_contact, other.foot_contact)


def _bent(points, curvature):
    """The plane bent so that the line x = 0 becomes a circle of that curvature, headings turning to +X."""
    angle = points[..., 2] * curvature
    radius = 1.0 / curvature
    out = radius - points[..., 0]
    return np.stack((radius - out * np.cos(angle), points[..., 1], out * np.sin(angle)), axis=-1)
