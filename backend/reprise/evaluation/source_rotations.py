"""The rotations that BVH and ASF/AMC recordings carry themselves, beside the positions that a data set made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from reprise.data.archives import ArchiveFiles, open_archive
from reprise.data.asf_amc import parse_amc, parse_asf
from reprise.data.bvh import parse_bvh
from reprise.data.dataset import MotionDataset, Segment
from reprise.data.joint_maps import BVH_RIGS, CMU_ASF, CMU_BVH_31, REACTIDLE, Rig, find_rig, map_joints
from reprise.data.pack import (
    INVENTORY,
    InventoryRow,
    read_captions,
    read_inventory,
    rows_of_archive,
)
from reprise.data.skeleton_animation import SkeletonAnimation
from reprise.features.humanml3d import FPS
from reprise_core import quaternion as quat
from reprise_core.errors import RepriseError
from reprise_core.skeleton import JOINT_NAMES

Array = quat.Array

_SIDES = ("left", "right")
_LIMBS = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))  # keep their directions
_STARTS, _ENDS = ([JOINT_NAMES.index(f"{side}_{bone[end]}") for side in _SIDES for bone in _LIMBS] for end in (0, 1))
_FAITHFUL = np.cos(np.radians(10.0))

# Which source joint turns the bone that leaves each of our joints. An Acclaim bone's start carries its rotation.
_TURNED_BY: Mapping[str, Mapping[str, str]] = {
    "cmu_asf": {
        "pelvis": "root", "spine1": "upperback:start", "spine2": "thorax:start", "spine3": "thorax:start",
        "neck": "upperneck:start",
    }
    | {
        f"{side}_{joint}": f"{side[0]}{bone}:start"
        for side in _SIDES
        for joint, bone in (
            ("hip", "femur"), ("knee", "tibia"), ("ankle", "foot"), ("collar", "clavicle"), ("shoulder", "humerus"),
            ("elbow", "radius"),
        )
    },
    "cmu_bvh_31": {"pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine1", "neck": "Neck1"}
    | {
        f"{side}_{joint}": side.capitalize() + bone
        for side in _SIDES
        for joint, bone in (
            ("hip", "UpLeg"), ("knee", "Leg"), ("ankle", "Foot"), ("collar", "Shoulder"), ("shoulder", "Arm"),
            ("elbow", "ForeArm"),
        )
    },
    "cmu_bvh_43": {"pelvis": "hip", "spine1": "abdomen", "spine2": "chest", "spine3": "chest", "neck": "neck"}
    | {
        f"{side}_{joint}": side[0] + bone
        for side in _SIDES
        for joint, bone in (
            ("hip", "Thigh"), ("knee", "Shin"), ("ankle", "Foot"), ("collar", "Collar"), ("shoulder", "Shldr"),
            ("elbow", "ForeArm"),
        )
    },
}  # fmt: skip
_CHEST_SHARE = 0.3  # of the way from mid-spine to neck
COMPARED = tuple(name for name in JOINT_NAMES if name in _TURNED_BY["cmu_asf"])  # joints, in our order


@dataclass(frozen=True)
class SourceClip:
    """A data set's segment as it was recorded, at the frames of its poses.

    `rotations` (T, len(COMPARED), 4) are the source bones' world rotations, turned about +Y into the segment's heading;
    `joints` (T, 22, 3) the recorded joints with the source figure's own bones, in metres, turned likewise. `faithful`
    (T,) marks frames whose limbs point in the data set as they do in the recording: the others were repaired. `index`
    is the segment's place in the data set; `rig` the kind of source skeleton.
    """

    index: int
    rig: str
    rotations: Array
    joints: Array
    faithful: NDArray[np.bool_]


def source_clips(dataset: MotionDataset, archives: Sequence[Path], split: str) -> Iterator[SourceClip]:
    """The segments of a split that come from BVH or ASF/AMC archives (zip files or folders, beside their inventory).

    Other archives are passed over. Raises `RepriseError` for an archive that is missing or broken.
    """
    segments: dict[str, list[tuple[int, Segment]]] = {}
    for index, segment in enumerate(dataset.segments):
        if segment.split == split:
            segments.setdefault(segment.clip, []).append((index, segment))
    for archive in map(Path, archives):
        rows = rows_of_archive(read_inventory(archive.parent / INVENTORY), archive)
        captions = read_captions(archive.parent).segments
        with open_archive(archive) as files:
            for member, row in rows.items():
                if row.clip_id not in segments or not member.lower().endswith((".amc", ".bvh")):
                    continue
                read = _read(files, member)
                if read is None:
                    continue
                rig, animation = read
                for index, segment in segments[row.clip_id]:
                    window = captions[row.clip_id][int(segment.id.rsplit("-", 1)[1])]
                    yield _cut(dataset.joints(index), index, rig, animation, row, window.start)


def _read(files: ArchiveFiles, member: str) -> tuple[Rig, SkeletonAnimation] | None:
    """A member's rig and animation, None for a rig whose rotations are not compared."""
    data = files.read(member)
    if member.lower().endswith(".amc"):
        folder = str(PurePosixPath(member).parent)
        skeletons = [name for name in files.names() if name.lower().endswith(".asf") and name.startswith(folder + "/")]
        if not skeletons:
            raise RepriseError("no_skeleton", f"There is no ASF skeleton beside '{member}'.")
        return CMU_ASF, parse_amc(data, parse_asf(files.read(skeletons[0]), skeletons[0]), member)
    animation = parse_bvh(data, member)
    rig = find_rig(animation.joint_names, BVH_RIGS)
    return None if rig is None or rig is REACTIDLE else (rig, animation)


def _cut(
    posed: NDArray[np.floating], index: int, rig: Rig, animation: SkeletonAnimation, row: InventoryRow, start: float
) -> SourceClip:
    """The frames of a window that the data set's poses (T, 22, 3) were made of, turned as those are."""
    lead_in = rig.skip_frames / row.fps
    first = max(0, round((start - lead_in) * FPS))
    times = (first + np.arange(len(posed))) / FPS
    frames = np.minimum(rig.skip_frames + np.round(times * row.fps).astype(int), animation.frames - 1)
    chosen = SkeletonAnimation(
        animation.joint_names,
        animation.parents,
        animation.offsets,
        animation.local_rotations[frames],
        animation.root_positions[frames],
    )
    joints = map_joints(chosen, rig)
    if rig is CMU_BVH_31:  # its chest joint lies on its mid-spine
        spine2, spine3, neck = (JOINT_NAMES.index(name) for name in ("spine2", "spine3", "neck"))
        joints[:, spine3] += _CHEST_SHARE * (joints[:, neck] - joints[:, spine2])
    limbs, own = _directions(posed), _directions(joints)
    # The one turn about +Y that brings the recording's limbs onto the posed ones, in the least-squares sense.
    cross = np.sum(own[..., 2] * limbs[..., 0] - own[..., 0] * limbs[..., 2])
    angle = np.arctan2(cross, np.sum(own[..., [0, 2]] * limbs[..., [0, 2]]))
    heading = quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), angle)
    faithful = np.sum(quat.rotate(heading, own) * limbs, axis=-1).min(axis=-1) > _FAITHFUL
    turned = _world_rotations(chosen, [_TURNED_BY[rig.name][name] for name in COMPARED])
    return SourceClip(
        index, rig.name, quat.multiply(heading, turned), quat.rotate(heading, joints), np.asarray(faithful, dtype=bool)
    )


def _directions(joints: NDArray[np.floating]) -> Array:
    """Unit directions (T, 8, 3) of upper arms, forearms, thighs and shins."""
    return quat.normalize(joints[:, _ENDS] - joints[:, _STARTS]).astype(np.float64)


def _world_rotations(animation: SkeletonAnimation, names: Sequence[str]) -> Array:
    """World rotations (T, len(names), 4) of the named joints."""
    turns: list[Array] = []
    for joint, parent in enumerate(animation.parents):
        local = animation.local_rotations[:, joint]
        turns.append(local if parent < 0 else quat.multiply(turns[parent], local))
    return np.stack([turns[animation.joint_names.index(name)] for name in names], axis=1)
