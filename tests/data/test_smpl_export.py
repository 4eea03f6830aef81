"""Motion as SMPL pose parameters: posed by smplx, a body has its joints where the motion has them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_bodies import made_body, whole_smplx, write_body

from reprise.data.amass_file import parse_amass
from reprise.data.body_model import BodyModel, load_body_model
from reprise.data.body_model_files import JOINTS_OF_KIND, BodyModelFile
from reprise.data.smpl_export import smpl_parameters, to_amass_npz
from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.kinematics import forward_kinematics
from reprise_core.motion import Motion
from reprise_core.root_motion import to_root_track
from reprise_core.skeleton import JOINT_NAMES, PARENTS, humanml3d_skeleton

BONES = [(joint, parent) for joint, parent in enumerate(PARENTS) if parent >= 0]
LEGS = [JOINT_NAMES.index(f"{side}_{end}") for side in ("left", "right") for end in ("knee", "ankle")]


def made_motion(seed: int = 0, frames: int = 12, fps: float = 20.0, wild: float = 0.8) -> Motion:
    random = np.random.default_rng(seed)
    skeleton = humanml3d_skeleton()
    time = np.arange(frames)[:, None] / 20
    rotations = quat.from_rotation_vector(random.normal(scale=wild, size=(1, 22, 3)) * np.sin(time[..., None] + 1))
    root = np.concatenate((time, 1 + 0.1 * np.sin(time), 0.5 * time**2), axis=1)
    positions, _ = forward_kinematics(PARENTS, skeleton.rest_offsets, root, rotations)
    arrays = (skeleton.rest_offsets, root, rotations, positions, np.zeros((frames, 4)))
    return Motion(fps, JOINT_NAMES, PARENTS, *(array.astype(np.float32) for array in arrays))


def body_model(tmp_path, kind: str = "smpl", **changes) -> tuple[BodyModel, object]:
    body = made_body(kind, **changes)
    return load_body_model(BodyModelFile(write_body(tmp_path / "body.npz", body), kind, "female")), body


def directions(joints: np.ndarray) -> np.ndarray:
    return np.stack([quat.normalize(joints[:, joint] - joints[:, parent]) for joint, parent in BONES], axis=1)


def degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(a - b, axis=-1) / 2, 0, 1)))


@pytest.mark.parametrize("kind", ["smpl", "smplh"])
def test_a_body_of_our_bones_has_its_joints_where_the_motion_has_them(tmp_path, kind):
    motion = made_motion()
    model, body = body_model(tmp_path, kind)
    rest = quat.normalize(np.diff(body.rest[[5, 8]], axis=0)) @ quat.normalize(humanml3d_skeleton().rest_offsets[8])
    assert rest < 0.99  # the body does rest otherwise than we do
    pose = smpl_parameters(motion, model)
    poses = np.concatenate((pose.global_orient, pose.body_pose, np.zeros((12, 0 if kind == "smpl" else 90))), axis=1)
    posed = whole_smplx(body, poses, pose.transl, pose.betas)
    assert np.linalg.norm(posed - motion.positions, axis=-1).max() < 1e-3


def test_other_bone_lengths_change_no_bones_direction(tmp_path):
    motion = made_motion(seed=2)
    model, body = body_model(tmp_path, stretch=0.4)
    pose = smpl_parameters(motion, model)
    posed = whole_smplx(body, np.concatenate((pose.global_orient, pose.body_pose), 1), pose.transl, pose.betas)
    assert degrees(directions(posed), directions(motion.positions)).max() < 0.1
    lengths = [
        np.linalg.norm(rest[LEGS] - rest[[PARENTS[leg] for leg in LEGS]], axis=-1).sum()
        for rest in (body.rest, motion.positions[0])
    ]
    scale = lengths[0] / lengths[1]
    travel = posed[:, 0] - posed[:1, 0]
    np.testing.assert_allclose(travel, scale * (motion.positions[:, 0] - motion.positions[:1, 0]), atol=1e-3)
    assert posed[..., 1].min() == pytest.approx(scale * motion.positions[..., 1].min(), abs=1e-3)


def test_a_pelvis_and_chest_built_otherwise_bend_no_limb(tmp_path):
    motion, body = made_motion(seed=3), made_body(seed=3)
    apart = np.zeros((22, 3))
    apart[[1, 2]] = [[0.03, 0.01, 0.0], [-0.03, 0.01, 0.02]]
    apart[[4, 7, 10]], apart[[5, 8, 11]] = apart[1], apart[2]
    body.arrays["v_template"][: 22 * 4] += np.repeat(apart, 4, axis=0)
    model = load_body_model(BodyModelFile(write_body(tmp_path / "b.npz", body), "smpl", "male"))
    pose = smpl_parameters(motion, model)
    posed = whole_smplx(body, np.concatenate((pose.global_orient, pose.body_pose), 1), pose.transl, pose.betas)
    off = degrees(directions(posed), directions(motion.positions)).max(axis=0)
    three = [index for index, (_, parent) in enumerate(BONES) if parent in (0, 9)]
    assert np.delete(off, three).max() < 0.1
    assert 0.1 < off[three].max() < 25.0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000))
def test_twist_goes_over(seed):
    """A body that rests as we do gets our own rotations, twist and all."""
    motion, skeleton = made_motion(seed, frames=3, wild=0.5), humanml3d_skeleton()
    model = BodyModel(
        "ours", "smplh", "male", skeleton.rest_positions() + np.array([0.1, -0.2, 0.3]), np.zeros((22, 3, 10))
    )
    pose = smpl_parameters(motion, model)
    vectors = np.concatenate((pose.global_orient, pose.body_pose), axis=1).reshape(3, 22, 3)
    np.testing.assert_allclose(vectors, quat.to_rotation_vector(motion.local_rotations), atol=1e-5)


@pytest.mark.parametrize(("kind", "body_pose"), [("smpl", 69), ("smplh", 63), ("smplx", 63)])
def test_the_file_is_what_the_add_ons_read(tmp_path, kind, body_pose):
    motion = made_motion(frames=21)
    model, _ = body_model(tmp_path, kind)
    data = to_amass_npz(motion, model)
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = dict(file)
    assert (arrays["poses"].shape, arrays["trans"].shape) == ((121, 3 * JOINTS_OF_KIND[kind]), (121, 3))
    assert (str(arrays["gender"]), int(arrays["mocap_framerate"]), int(arrays["mocap_frame_rate"])) == (
        "female",
        120,
        120,
    )
    assert arrays["betas"].shape == (10,)
    assert arrays["body_pose"].shape == (121, body_pose)
    np.testing.assert_array_equal(arrays["poses"][:, :3], arrays["global_orient"])
    np.testing.assert_array_equal(arrays["poses"][:, 3 : 3 + body_pose], arrays["body_pose"])
    np.testing.assert_array_equal(arrays["trans"], arrays["transl"])
    assert not arrays["poses"][:, 66:].any()
    joints = model.posed_joints(arrays["poses"], arrays["trans"])
    blender = motion.positions[..., [0, 2, 1]] * [1, -1, 1]  # (x, y, z) with Y up is (x, -z, y) in Blender
    np.testing.assert_allclose(joints[::6], blender, atol=1e-3)


def test_what_is_written_reads_as_amass(tmp_path):
    recording = parse_amass(to_amass_npz(made_motion(fps=60.0), body_model(tmp_path, "smplx")[0]), "mine.smplx.npz")
    assert (recording.kind, recording.gender, recording.fps) == ("smplx", "female", 60.0)


def test_travel_in_a_root_track_is_written_too(tmp_path):
    motion, model = made_motion(wild=0.2), body_model(tmp_path)[0]
    there = smpl_parameters(motion, model).transl
    np.testing.assert_allclose(smpl_parameters(to_root_track(motion), model).transl, there, atol=1e-5)


def test_other_skeletons_are_refused(tmp_path):
    motion = made_motion()
    other = Motion(
        20.0,
        ("hip",),
        (-1,),
        motion.rest_offsets[:1],
        motion.root_translation,
        motion.local_rotations[:, :1],
        motion.positions[:, :1],
        motion.foot_contact,
    )
    with pytest.raises(RepriseError, match="22 joints of HumanML3D, not these 1"):
        smpl_parameters(other, body_model(tmp_path)[0])
