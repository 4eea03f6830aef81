"""One figure out of many: our own poses come through unchanged, other builds lose their build, not their movement."""

import numpy as np
import pytest

from reprise.data.proportions import fit_figures, pose_target
from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import BONE_LENGTHS, JOINT_NAMES, PARENTS, humanml3d_skeleton

J = {name: index for index, name in enumerate(JOINT_NAMES)}
SKELETON = humanml3d_skeleton()


def walker(frames=120):
    """(T, 22, 3) our own figure with swinging arms and legs, walking on a curve, its torso leaning as one piece."""
    time = np.arange(frames) / 20.0
    swing = 0.5 * np.sin(2.0 * np.pi * time)
    local = np.zeros((frames, 22, 4))
    local[..., 0] = 1.0
    turn = quat.from_axis_angle((0.0, 1.0, 0.0), 0.3 * time)
    local[:, 0] = quat.multiply(turn, quat.from_axis_angle((1.0, 0.0, 0.0), 0.1 * np.sin(time)))
    for side, sign in (("left", 1.0), ("right", -1.0)):
        local[:, J[f"{side}_hip"]] = quat.from_axis_angle((1.0, 0.0, 0.0), sign * swing)
        local[:, J[f"{side}_knee"]] = quat.from_axis_angle((1.0, 0.0, 0.0), 0.3 + 0.2 * sign * swing)
        hanging = quat.from_axis_angle((0.0, 0.0, 1.0), np.full(frames, -1.3 * sign))
        forward = quat.from_axis_angle((1.0, 0.0, 0.0), -sign * swing)
        local[:, J[f"{side}_shoulder"]] = quat.multiply(forward, hanging)
    root = np.stack((np.sin(0.3 * time), np.full(frames, 0.93), 1.2 * time), axis=-1)
    return forward_kinematics(PARENTS, SKELETON.rest_offsets, root, local)[0]


def posed(joints, rig="uiprmd", figure=""):
    return pose_target(joints, fit_figures([(rig, figure, joints)])[rig, figure])


def bone_lengths(joints):
    return np.linalg.norm(joints[:, 1:] - joints[:, list(PARENTS[1:])], axis=-1)


def test_our_own_figure_comes_through_unchanged():
    """To 6 mm: our hip bones differ by 7 mm, which tilts the line across the hips of this figure, but of no other."""
    joints = walker()
    np.testing.assert_allclose(posed(joints), joints, atol=6e-3)


def test_a_larger_figure_gives_the_same_with_its_path_scaled():
    joints = walker()
    np.testing.assert_allclose(posed(1.7 * joints), posed(joints), atol=1e-9)


@pytest.mark.parametrize("rig", ["cmu_asf", "cmu_bvh_43", "kaykit", "a rig of tomorrow"])
def test_every_rig_gets_our_bone_lengths(rig):
    joints = walker() * (1.1, 0.9, 1.0)
    lengths = bone_lengths(posed(joints, rig))
    np.testing.assert_allclose(lengths, np.broadcast_to(BONE_LENGTHS[1:], lengths.shape), atol=1e-9)


def test_shoulders_far_inside_come_out_at_their_place():
    """The 43-joint rig's build does not reach the result: shoulders halfway in, one third lower."""
    joints = walker()
    narrow = joints.copy()
    for side in ("left", "right"):
        shoulder, spine = joints[:, J[f"{side}_shoulder"]], joints[:, J["spine3"]]
        moved = spine + 0.5 * (shoulder - spine)
        for name in ("shoulder", "elbow", "wrist"):
            narrow[:, J[f"{side}_{name}"]] += moved - shoulder
        narrow[:, J[f"{side}_collar"]] = spine + 0.6 * (moved - spine)
    np.testing.assert_allclose(posed(narrow)[:, 12:], posed(joints)[:, 12:], atol=2e-3)


def test_a_bone_of_no_length_makes_no_holes():
    joints = walker()
    joints[:, J["spine3"]] = joints[:, J["spine2"]]
    joints[:, J["left_wrist"]] = joints[:, J["left_elbow"]]
    joints[:, J["left_foot"]] = joints[:, J["left_ankle"]]
    result = posed(joints, "cmu_bvh_31", "06")
    assert np.isfinite(result).all()
    np.testing.assert_allclose(bone_lengths(result)[0], BONE_LENGTHS[1:], atol=1e-9)


def test_a_bow_bends_the_torso_by_its_angle():
    """A figure that bows by 60 degrees at the waist has its line from hips to neck where the recording has it."""
    joints = walker(200)
    bow = quat.from_axis_angle((1.0, 0.0, 0.0), np.radians(np.linspace(0.0, 60.0, 40)))
    upper = [
        index
        for name, index in J.items()
        if not any(part in name for part in ("pelvis", "hip", "knee", "ankle", "foot"))
    ]
    upright = np.tile(SKELETON.rest_positions(), (40, 1, 1))
    pivot = upright[:, J["spine1"]][:, None]
    upright[:, upper] = pivot + quat.rotate(bow[:, None], upright[:, upper] - pivot)
    figures = fit_figures([("uiprmd", "", joints)])
    result = pose_target(upright, figures["uiprmd", ""])

    def line(figure):
        return quat.normalize(figure[:, J["neck"]] - (figure[:, J["left_hip"]] + figure[:, J["right_hip"]]) / 2.0)

    angles = np.degrees(np.arccos(np.clip(np.sum(line(result) * line(upright), axis=-1), -1.0, 1.0)))
    assert angles.max() < 0.5


def test_feet_get_our_pitch_when_they_stand():
    """A flat-footed rig (ankle to toe level) stands as our figure does: toes below the ankle by our rest direction."""
    joints = np.tile(SKELETON.rest_positions(), (60, 1, 1))
    for side in ("left", "right"):
        joints[:, J[f"{side}_foot"]] = joints[:, J[f"{side}_ankle"]] + (0.0, 0.0, 0.14)
    result = posed(joints)
    foot = quat.normalize(result[:, J["left_foot"]] - result[:, J["left_ankle"]])
    expected = -SKELETON.rest_offsets[J["left_foot"], 1] / BONE_LENGTHS[J["left_foot"]]
    np.testing.assert_allclose(-foot[:, 1], expected, atol=0.01)
