"""Clips of an archive of BVH files (CMU's two conversions, ReActIdle); the rig is recognised by its joint names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from reprise_core.errors import RepriseError

from .bvh import parse_bvh
from .joint_maps import CMU_BVH_31, REACTIDLE, find_rig, map_joints
from .pack import InventoryRow, open_archive
from .raw_clip import RawClip


def read_clips(archive: Path, inventory: Mapping[str, InventoryRow]) -> Iterator[RawClip]:
    """Every BVH that the inventory lists, at the inventory's rate (headers lie) and without lead-in frames.

    Raises `RepriseError` for a broken file or an unknown skeleton.
    """
    with open_archive(archive) as files:
        for member in (name for name in files.names() if name in inventory and name.lower().endswith(".bvh")):
            row = inventory[member]
            data = files.read(member)
            rig = find_rig((animation := parse_bvh(data, member)).joint_names)
            if rig is None:
                raise RepriseError(
                    "unknown_rig", f"'{member}' in '{archive}' has an unknown skeleton.", "Add a joint map for it."
                )
            if rig is REACTIDLE:
                animation = parse_bvh(data, member, add_root_offset=True)
            joints = map_joints(animation, rig)[rig.skip_frames :]
            figure = PurePosixPath(member).parent.name if rig is CMU_BVH_31 else ""
            yield RawClip(row.clip_id, joints, row.fps, rig.name, row.source, rig.skip_frames / row.fps, figure)
