"""A Motion as pose parameters of an SMPL body, and as the npz that the SMPL add-ons for Blender read.

Notation: joint j of the Motion has the world rotation R_j, and its bone to child c the rest offset o_c. The body at
rest has the offset b_c = J_c - J_parent instead, which points elsewhere: our skeleton rests in its own T-pose. With
A_j the rotation that turns b_c onto the direction of o_c, the body's world rotation

    S_j = R_j A_j   gives   S_j b_c = |b_c| R_j o_c / |o_c| :

every bone of the body points as the Motion's does, and twist goes over unchanged. A_j is the shortest arc for joints
with one child, the least-squares rotation (Kabsch, 1976) for pelvis and chest with three, which is exact where the two
skeletons are built alike there, and its parent's for ends. Local rotations are S_parent^-1 S_j; none between ours is
none between the body's.

The pelvis follows the Motion's, its path scaled by the length of the legs, and the whole clip is lifted or lowered so
that its lowest joint is as high as the Motion's, equally scaled. With equal bones both do nothing. SMPL's `transl` is
added after posing about the pelvis joint, which does not rest at the origin: transl = pelvis - J_0.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from reprise_core import quaternion as quat
from reprise_core.blender_axes import to_z_up
from reprise_core.contract import MODEL_FPS
from reprise_core.errors import RepriseError
from reprise_core.kinematics import forward_kinematics
from reprise_core.motion import Motion
from reprise_core.resample import resample
from reprise_core.root_motion import to_world
from reprise_core.skeleton import JOINT_NAMES, PARENTS
from reprise_core.torso import fit_rotation

from .body_model import BodyModel
from .body_model_files import JOINTS_OF_KIND

Array = quat.Array

FPS = 120  # AMASS's most common rate, for motion at the models' own: add-ons refuse files slower than the scene's rate
_BETAS = 10
_BODY_ROTATIONS = {"smpl": 23, "smplh": 21, "smplx": 21}  # in `body_pose`; SMPL counts its two hands
_LEG = [JOINT_NAMES.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")]
_TO_Z_UP = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.pi / 2.0)


@dataclass(frozen=True)
class SmplParameters:
    """What `smplx` takes: rotation vectors in radians, metres; Y up, facing +Z at rest.

    `global_orient` (T, 3), `body_pose` (T, 63), or (T, 69) for SMPL, whose hands are left at rest, `transl` (T, 3),
    `betas` (10,).
    """

    kind: str
    gender: str
    fps: float
    global_orient: Array
    body_pose: Array
    transl: Array
    betas: Array


def smpl_parameters(motion: Motion, model: BodyModel) -> SmplParameters:
    """The Motion's pose parameters for a body model of average shape (betas 0), frame by frame.

    Raises `RepriseError` for a Motion of other joints than our 22.
    """
    if motion.joint_names != JOINT_NAMES:
        raise RepriseError(
            "bad_motion",
            f"SMPL bodies have the 22 joints of HumanML3D, not these {len(motion.joint_names)}.",
            "Use a motion that reprise wrote.",
        )
    motion = to_world(motion)
    rest, offsets = model.rest_joints(), motion.rest_offsets.astype(np.float64)
    root, local = motion.root_translation.astype(np.float64), motion.local_rotations.astype(np.float64)
    joints, turns = forward_kinematics(PARENTS, offsets, root, quat.normalize(local))
    turns = quat.multiply(turns, _alignments(rest, offsets))
    local = turns.copy()
    local[:, 1:] = quat.multiply(quat.conjugate(turns[:, list(PARENTS[1:])]), turns[:, 1:])
    vectors = quat.to_rotation_vector(local).reshape(len(local), -1)
    scale = _leg_length(_offsets(rest)) / _leg_length(offsets)
    pelvis = root * scale
    body = model.posed_joints(vectors, pelvis - rest[0])
    pelvis[:, 1] += scale * joints[..., 1].min() - body[..., 1].min()
    pose = np.zeros((len(vectors), 3 * _BODY_ROTATIONS[model.kind]))
    pose[:, : vectors.shape[1] - 3] = vectors[:, 3:]
    return SmplParameters(
        kind=model.kind,
        gender=model.gender,
        fps=motion.fps,
        global_orient=vectors[:, :3],
        body_pose=pose,
        transl=pelvis - rest[0],
        betas=np.zeros(_BETAS),
    )


def to_amass_npz(motion: Motion, model: BodyModel) -> bytes:
    """The Motion as an AMASS file with Z up, facing -Y at rest as Blender's figures do.

    One at the models' 20 fps is resampled to 120, of which every sixth frame is its own; another rate was chosen by
    somebody and stays.
    `poses`, `trans`, `betas`, `gender` and `mocap_framerate` (also as `mocap_frame_rate`, its name in SMPL-X files) are
    AMASS's; `global_orient`, `body_pose` and `transl` are the same numbers under smplx's names. Fingers and face rest.
    """
    pose = smpl_parameters(resample(motion, FPS) if motion.fps == MODEL_FPS else motion, model)
    pelvis = model.rest_joints()[0]
    orient = quat.multiply(_TO_Z_UP, quat.from_rotation_vector(pose.global_orient))
    global_orient = quat.to_rotation_vector(orient)
    transl = to_z_up(pose.transl + pelvis) - pelvis
    poses = np.zeros((len(transl), 3 * JOINTS_OF_KIND[pose.kind]))
    poses[:, :3] = global_orient
    poses[:, 3 : 3 + pose.body_pose.shape[1]] = pose.body_pose
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        poses=poses.astype(np.float32),
        trans=transl.astype(np.float32),
        betas=pose.betas.astype(np.float32),
        gender=np.array(pose.gender),
        mocap_framerate=np.array(pose.fps),
        mocap_frame_rate=np.array(pose.fps),
        surface_model_type=np.array(pose.kind),
        global_orient=global_orient.astype(np.float32),
        body_pose=pose.body_pose.astype(np.float32),
        transl=transl.astype(np.float32),
    )
    return buffer.getvalue()


def _alignments(rest: Array, offsets: Array) -> Array:
    """(22, 4) the A_j above, for joints at rest `rest` (22, 3) and our rest offsets (22, 3)."""
    theirs, ours = quat.normalize(_offsets(rest)), quat.normalize(offsets)
    result = np.zeros((len(PARENTS), 4))
    for joint, parent in enumerate(PARENTS):
        children = [child for child, above in enumerate(PARENTS) if above == joint]
        if not children:
            result[joint] = result[parent]
        elif len(children) == 1:
            result[joint] = quat.between(theirs[children[0]], ours[children[0]])
        else:
            result[joint] = fit_rotation(theirs[children], ours[children][None])[0]
    return result


def _offsets(rest: Array) -> Array:
    """(22, 3) each joint's place relative to its parent's; the pelvis's own."""
    offsets = rest.copy()
    offsets[1:] -= rest[list(PARENTS[1:])]
    return offsets


def _leg_length(offsets: Array) -> float:
    return float(np.linalg.norm(offsets[_LEG], axis=-1).sum())
