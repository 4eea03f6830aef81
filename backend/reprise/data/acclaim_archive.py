"""Clips of an archive of ASF skeletons and AMC motions (CMU): every AMC belongs to the ASF in its own folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from reprise_core.errors import RepriseError

from .asf_amc import AsfSkeleton, parse_amc, parse_asf
from .joint_maps import CMU_ASF, map_joints
from .pack import InventoryRow, open_archive
from .raw_clip import RawClip


def read_clips(archive: Path, inventory: Mapping[str, InventoryRow]) -> Iterator[RawClip]:
    """Every AMC that the inventory lists, at the inventory's rate; `RepriseError` for a broken or missing file."""
    with open_archive(archive) as files:
        names = files.names()
        asf_by_folder = {str(PurePosixPath(name).parent): name for name in names if name.lower().endswith(".asf")}
        skeletons: dict[str, AsfSkeleton] = {}
        for member in (name for name in names if name in inventory and name.lower().endswith(".amc")):
            folder = str(PurePosixPath(member).parent)
            if folder not in asf_by_folder:
                raise RepriseError("no_skeleton", f"'{archive}' has no ASF skeleton beside '{member}'.")
            if folder not in skeletons:
                skeletons[folder] = parse_asf(files.read(asf_by_folder[folder]), asf_by_folder[folder])
            row = inventory[member]
            joints = map_joints(parse_amc(files.read(member), skeletons[folder], member), CMU_ASF)
            yield RawClip(row.clip_id, joints, row.fps, CMU_ASF.name, row.source, figure=PurePosixPath(folder).name)
