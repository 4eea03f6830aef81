"""Clips of BVH files of any skeleton."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from .archives import ArchiveFiles
from .bvh import parse_bvh
from .figure_reading import read_figure
from .joint_maps import BVH_RIGS, CMU_BVH_31, REACTIDLE, find_rig
from .mapping_file import ReadSettings
from .raw_clip import RawClip


def read(files: ArchiveFiles, member: str, settings: ReadSettings) -> Iterator[RawClip]:
    """The clip of a BVH; `RepriseError` for a broken file and for one without a figure that can be recognised."""
    data = files.read(member)
    animation = parse_bvh(data, member)
    rig = find_rig(animation.joint_names, BVH_RIGS)
    if rig is REACTIDLE:
        animation = parse_bvh(data, member, add_root_offset=True)
    figure = PurePosixPath(member).parent.name if rig is CMU_BVH_31 else ""
    yield read_figure(animation, member, settings, BVH_RIGS, figure)
