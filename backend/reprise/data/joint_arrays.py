"""HumanML3D's and KIT-ML's arrays: joints or features of one clip in an .npy.

KIT-ML's 21 joints are the Master Motor Map's; 22 of ours are made of them. Its published processing takes the map's
left for the right of a figure that faces +Z (see `reprise.features.representation`), and so do we: the geometry agrees.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from reprise.features.codec import decode
from reprise.features.npy_file import numbers_of
from reprise.features.representation import HUMANML3D, KIT_ML, Representation
from reprise_core.errors import RepriseError
from reprise_core.skeleton import JOINT_NAMES

from .archives import ArchiveFiles
from .joint_maps import Place, place_of
from .mapping_file import ReadSettings
from .raw_clip import RawClip
from .units import guess_unit, leg_length

_SPINE: dict[str, Place] = {
    "pelvis": "root", "spine1": "BP", "spine2": ("BP", "BT", 0.5), "spine3": "BT", "neck": "BLN", "head": "BUN",
}  # fmt: skip
_LIMBS = {"hip": "H", "knee": "K", "ankle": "A", "foot": "Mrot", "shoulder": "S", "elbow": "E", "wrist": "W"}


def _kit_places() -> dict[str, Place]:
    """Our joints on the Master Motor Map, whose sides are swapped as above."""
    places = dict(_SPINE)
    for side, other in (("left", "R"), ("right", "L")):
        places |= {f"{side}_{joint}": other + bone for joint, bone in _LIMBS.items()}
        places[f"{side}_collar"] = ("BLN", other + "S", 0.35)
    return places


KIT_PLACES = _kit_places()


def read(files: ArchiveFiles, member: str, settings: ReadSettings) -> Iterator[RawClip]:
    """The clip of an array of (T, 22 or 21, 3) joints or (T, 263 or 251) features; `RepriseError` for any other."""
    array = numbers_of(files.read(member), member)
    if not np.isfinite(array).all():
        raise RepriseError("bad_array", f"'{member}' holds values that are not numbers.", "Leave it out.")
    for representation in (HUMANML3D, KIT_ML):
        if array.shape[1:] == (representation.features,):
            yield _clip(np.asarray(decode(array, representation), dtype=np.float64), representation, settings)
            return
        if array.shape[1:] == (representation.joints, 3):
            yield _clip(array, representation, settings)
            return
    raise RepriseError(
        "bad_array",
        f"'{member}' holds an array of shape {array.shape}.",
        "It must be (frames, 22, 3) joints or (frames, 263) features, or KIT-ML's 21 and 251.",
    )


def _clip(joints: NDArray[np.float64], representation: Representation, settings: ReadSettings) -> RawClip:
    fps = settings.fps or representation.fps
    if representation is HUMANML3D:
        return RawClip("", joints, fps, HUMANML3D.name, "", posed=True)
    at = {name: joints[:, index] for index, name in enumerate(KIT_ML.joint_names)}
    ours = np.stack([place_of(at, KIT_PLACES[name]) for name in JOINT_NAMES], axis=1)
    unit = guess_unit(max(leg_length(ours), 1e-9))
    notes = (
        f"KIT-ML's 21 joints at {fps:g} fps are made 22 at 20 fps: spine2 and the collars are estimated.",
        f"One unit is taken as {unit.metres:.6g} m ({unit.why}).",
    )
    return RawClip("", ours * unit.metres, fps, KIT_ML.name, "", notes=notes)
