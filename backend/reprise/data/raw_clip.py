"""What every importer yields: one recording as 22 joint positions, before any of our own processing.

An importer is a module with

    read_clips(archive: Path, inventory: Mapping[str, InventoryRow]) -> Iterator[RawClip]

where `archive` is a zip file or an unpacked folder (open it with `pack.open_archive`, which reads both) and
`inventory` maps a member's path inside the archive to its row (`pack.read_inventory`). Members without a row are left
out; an importer yields a clip for every row whose member it can read, and raises `RepriseError` for a broken one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RawClip:
    """One recording in world space: metres, Y up, left is +X when the figure faces +Z.

    `joints` (T, 22, 3) follow `reprise_core.skeleton.JOINT_NAMES` and keep the source figure's own proportions,
    floor and heading. `fps` is the source's rate. `start` is the time of `joints[0]` in seconds from the start of the
    file: importers that drop lead-in frames (a T-pose) set it, since captions count from the start of the file.
    `rig` names the source skeleton (`cmu_asf`, `cmu_bvh_31`, `cmu_bvh_43`, `reactidle`, `deepmimic`, `uiprmd`,
    `mesh2motion_base`, `mesh2motion_addon`, `kaykit`): proportions are corrected per rig. `source` is the inventory's.
    `figure` tells apart the skeletons of one rig (CMU's subjects); empty where a rig has a single one.
    """

    id: str
    joints: NDArray[np.float64]
    fps: float
    rig: str
    source: str
    start: float = 0.0
    figure: str = ""
