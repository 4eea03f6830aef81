"""What every importer yields: one recording as 22 joint positions, before any of our own processing.

An importer is a module that `formats.FORMATS` names, with

    read(files: ArchiveFiles, member: str, settings: ReadSettings) -> Iterator[RawClip]

which yields the clips of one file (a glTF may hold several), without id and source: who asks knows these. It raises
`RepriseError`, one sentence that names the file, for one that cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .proportions import TorsoMarks


@dataclass(frozen=True)
class Recognised:
    """How a file's skeleton was understood.

    `bone` names the bone of each joint that has one, `how` says of all 22 how their place was found. `metres` is one
    unit, `up` the vertical axis, `lead_in` the number of first frames that are no motion, `frames` those that are.
    """

    rig: str
    bone: Mapping[str, str]
    how: Mapping[str, str]
    metres: float
    up: str
    lead_in: int
    frames: int


@dataclass(frozen=True)
class RawClip:
    """One recording in world space: metres, Y up, left is +X when the figure faces +Z.

    `joints` (T, 22, 3) follow `reprise_core.skeleton.JOINT_NAMES` and keep the source figure's own proportions,
    floor and heading. `fps` is the source's rate. `start` is the time of `joints[0]` in seconds from the start of the
    file: importers that drop lead-in frames (a T-pose) set it, since captions count from the start of the file.
    `rig` names the source skeleton (`cmu_asf`, `cmu_bvh_31`, `cmu_bvh_43`, `reactidle`, `deepmimic`, `uiprmd`,
    `mesh2motion_base`, `mesh2motion_addon`, `kaykit`, or its rig family and a mark of its build): proportions are
    corrected per rig. `figure` tells apart the skeletons of one rig (CMU's subjects); empty where a rig has a single
    one. `rest` (1, 22, 3) is the skeleton's rest pose, `marks` say how to find its torso where the rig is none of
    these. `posed` says that the joints are those of our own skeleton already. `take` names one of several animations in
    a file, `caption` is what the file itself says of it. `recognised` is None for formats without a skeleton.
    """

    id: str
    joints: NDArray[np.float64]
    fps: float
    rig: str
    source: str
    start: float = 0.0
    figure: str = ""
    notes: tuple[str, ...] = ()
    rest: NDArray[np.float64] | None = None
    marks: TorsoMarks | None = None
    posed: bool = False
    take: str = ""
    caption: str = ""
    recognised: Recognised | None = None
