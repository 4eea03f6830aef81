"""HumanML3D's recordings: where they lie in AMASS's folders, and their joints at 20 fps as published.

Source: the processing published with Guo et al. (CVPR 2022). Twenty frames a second come from taking every n-th frame
with n = floor(rate / 20), so that 250 Hz becomes 20.8 and 59 Hz 29.5, which the data set calls 20.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import FPS
from reprise.features.npy_file import numbers_of
from reprise_core.errors import RepriseError
from reprise_core.skeleton import JOINT_NAMES

from .amass_file import AmassRecording, parse_amass, y_up
from .body_model import load_body_model
from .body_model_files import choose_body_model
from .humanml3d_index import IndexRow

Array = NDArray[np.float64]

LEAD_IN = {
    "Eyes_Japan_Dataset": 3.0, "MPI_HDM05": 3.0, "TotalCapture": 1.0, "MPI_Limits": 1.0, "Transitions_mocap": 0.5,
}  # fmt: skip
"""Seconds at the start of each recording that are a calibration pose; the index counts from after them."""

RENAMED = {
    "BioMotionLab_NTroje": "BMLrub", "DFaust_67": "DFaust", "MPI_HDM05": "HDM05", "MPI_Limits": "PosePrior",
    "MPI_mosh": "MoSh", "SSM_synced": "SSM", "TCD_handMocap": "TCDHands", "Transitions_mocap": "Transitions",
}  # fmt: skip
"""What AMASS calls those of its parts today that the published index calls otherwise."""
_PUBLISHED = {now: once for once, now in RENAMED.items()}

_ENDINGS = ("_poses.npz", "_stageii.npz", ".npz")  # _stageii: its newer releases
_JOINTS = ".npy"  # HumanAct12's; AMASS's, which the published processing leaves in pose_data, are mirrored
_SHAPES = 10  # of SMPL-H's 16 shape parameters, as published


def find_recording(row: IndexRow, places: Sequence[Path]) -> Path | None:
    """The file of a row's recording below one of the places; newer releases write other names, and no blanks."""
    inside = PurePosixPath(*PurePosixPath(row.source).parts[1:]).as_posix().removesuffix("_poses")
    subsets = names_of_subset(row.subset)
    names = dict.fromkeys(inside.replace(" ", blank) for blank in " _-")
    endings = _ENDINGS
    if row.whole:
        names, endings = dict.fromkeys((inside, PurePosixPath(inside).name)), (_JOINTS,)
    return next(
        (
            path
            for place in places
            for subset in subsets
            for name in names
            for ending in endings
            if (path := place / subset / (name + ending)).is_file()
        ),
        None,
    )


def names_of_subset(subset: str) -> tuple[str, ...]:
    """The folder names that a part of AMASS has or had, the given one first."""
    return tuple(dict.fromkeys((subset, RENAMED.get(subset, subset), _PUBLISHED.get(subset, subset))))


def read_recording(path: Path, body_models: Path) -> Array:
    """(T, 22, 3) joints of a recording at "20 fps", Y up, metres; an .npy holds them already, as HumanAct12's do.

    Raises `RepriseError` naming the file when it is broken, and when there is no body model for it.
    """
    if path.suffix == _JOINTS:
        return _read_joints(path)
    try:
        recording = parse_amass(path.read_bytes(), path.name)
    except OSError as error:
        raise RepriseError("bad_source", f"'{path.name}' cannot be read ({error.strerror}).") from error
    step = int(recording.fps / FPS)
    if step < 1:
        raise RepriseError("bad_amass", f"'{path.name}' has {recording.fps:g} frames a second, fewer than {FPS:g}.")
    model = load_body_model(choose_body_model(body_models, recording.kind, (_published_gender(recording),)))
    betas = recording.betas[:_SHAPES] if recording.kind == "smplh" else recording.betas
    return y_up(model.posed_joints(recording.poses[::step], recording.translation[::step], betas))


def cut(joints: Array, row: IndexRow) -> Array:
    """The row's frames of its recording; `RepriseError` when fewer than two are left."""
    lead = 0 if row.whole else int(max(LEAD_IN.get(name, 0.0) for name in names_of_subset(row.subset)) * FPS)
    counted = joints[lead:]
    clip = counted if row.whole else counted[row.start : row.end]
    if len(clip) < 2:
        raise RepriseError(
            "bad_index",
            f"Frames {row.start} to {row.end} of '{row.source}' are {len(clip)}, and a clip needs two.",
            f"The recording has {len(counted)} frames at {FPS:g} fps{' after its lead-in' if lead else ''}.",
        )
    return clip


def _published_gender(recording: AmassRecording) -> str:
    """Everybody who is not male is posed as female; SMPL-X, which came later, as the recording says."""
    if recording.kind == "smplx":
        return recording.gender
    return "male" if recording.gender == "male" else "female"


def _read_joints(path: Path) -> Array:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RepriseError("bad_source", f"'{path.name}' cannot be read ({error.strerror}).") from error
    joints = numbers_of(data, path.name)
    if joints.ndim != 3 or joints.shape[1] < len(JOINT_NAMES) or joints.shape[2] != 3:
        said = f"'{path.name}' holds an array of the shape {joints.shape}."
        raise RepriseError("bad_source", said, f"It must be (frames, {len(JOINT_NAMES)} or more, 3).")
    joints = joints[:, : len(JOINT_NAMES)]
    if not np.isfinite(joints).all():
        raise RepriseError("bad_source", f"'{path.name}' holds values that are not finite.")
    return joints
