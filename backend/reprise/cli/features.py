"""`reprise features`: between joint positions and the features of HumanML3D or KIT-ML, a file or a whole folder."""

from __future__ import annotations

import io
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprise_core.errors import RepriseError

from .conversion import convert, named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from reprise.features.representation import Representation

app = typer.Typer(help="Convert between joints and the features of HumanML3D or KIT-ML.")


class Format(StrEnum):
    """The representations by the names that the command line knows."""

    HUMANML3D = "humanml3d"
    KIT_ML = "kit-ml"


_FormatOption = Annotated[
    Format | None, typer.Option("--format", help="Insist on one; by default the number of joints or features tells.")
]


@app.command()
def encode(
    joints: Annotated[
        Path,
        typer.Argument(
            help=".npy of (T, 22, 3) joints in metres at 20 fps, or of KIT-ML's (T, 21, 3) at 12.5 fps; Y up. "
            "Or a folder of such files."
        ),
    ],
    out: Annotated[Path, typer.Argument(help=".npy for the (T-1, 263) or (T-1, 251) features, or a folder.")],
    as_format: _FormatOption = None,
    skeleton: Annotated[
        Path | None,
        typer.Option(
            help=".npy of joints whose first frame gives the bones that every clip gets; by default HumanML3D's own, "
            "and for KIT-ML each clip's."
        ),
    ] = None,
) -> None:
    """Joints to features."""
    from reprise.features.bones import check_bones
    from reprise.features.codec import encode as to_features
    from reprise.features.normalization import bone_lengths_of

    target = None if skeleton is None else named(skeleton, lambda path: bone_lengths_of(*_joints_of(path, as_format)))

    def features_of(path: Path) -> bytes:
        clip, representation = _joints_of(path, as_format)
        features = to_features(clip, representation, target)
        check_bones(clip, representation)
        return _npy(features)

    convert(joints, out, ".npy", "encoded", features_of)


@app.command()
def decode(
    features: Annotated[Path, typer.Argument(help=".npy of (T, 263) or (T, 251) features, or a folder of such files.")],
    out: Annotated[
        Path,
        typer.Argument(
            help=".npz for positions, rotations, root_translation and foot_contact (KIT-ML: no rotations), or a folder."
        ),
    ],
    as_format: _FormatOption = None,
) -> None:
    """Features to joints, rotations and foot contacts."""
    convert(features, out, ".npz", "decoded", lambda path: _motion_of(path, as_format))


def _joints_of(path: Path, as_format: Format | None) -> tuple[NDArray[np.float64], Representation]:
    from reprise.features.representation import of_joint_count

    array = _read_npy(path)
    if array.ndim != 3:
        raise RepriseError("bad_joints", f"The joints have the shape {array.shape}.", "It must be (frames, joints, 3).")
    return array, _representation(as_format) or of_joint_count(array.shape[1])


def _motion_of(path: Path, as_format: Format | None) -> bytes:
    from reprise.features.codec import decode as to_joints
    from reprise.features.representation import HUMANML3D, of_feature_count
    from reprise_core.cleanup import to_motion

    features = _read_npy(path)
    if features.ndim != 2:
        raise RepriseError("bad_features", f"The features have the shape {features.shape}.", "It must be (frames, F).")
    representation = _representation(as_format) or of_feature_count(features.shape[1])
    joints = to_joints(features, representation)
    if representation is HUMANML3D:
        motion = to_motion(joints, representation.fps, foot_lock=False)
        return _npz(
            positions=motion.positions,
            rotations=motion.local_rotations,
            root_translation=motion.root_translation,
            foot_contact=motion.foot_contact,
        )
    contacts = features[:, representation.contacts].astype("f4")  # nothing of ours solves 21 joints
    return _npz(positions=joints, root_translation=joints[:, 0], foot_contact=contacts)


def _representation(as_format: Format | None) -> Representation | None:
    from reprise.features.representation import REPRESENTATIONS

    return next((known for known in REPRESENTATIONS if known.name.lower() == as_format), None)


def _read_npy(path: Path) -> NDArray[np.float64]:
    from reprise.features.npy_file import numbers_of

    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise RepriseError("no_file", "There is no such file.", "Check the path.") from error
    except OSError as error:
        raise RepriseError("no_file", f"It cannot be read ({error.strerror}).") from error
    return numbers_of(data)


def _npy(array: NDArray[np.float32]) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _npz(**arrays: NDArray[np.float32]) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()
