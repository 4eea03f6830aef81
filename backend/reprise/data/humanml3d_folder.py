"""A HumanML3D folder as published: where its files lie, which clips in it are whole, and its splits.

new_joint_vecs/NAME.npy   (T - 1, 263) features        texts/NAME.txt       captions
new_joints/NAME.npy       (T - 1, 22, 3) joints        train.txt, val.txt, test.txt, train_val.txt, all.txt
Mean.npy, Std.npy         (263,)                       the same under MNAME for each mirrored twin
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise.features.humanml3d import FEATURES, decode, encode
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file
from reprise_core.skeleton import JOINT_NAMES

from .humanml3d_index import IndexRow
from .mirror import mirror_joints
from .pack import SPLITS
from .splits import seeded_split

VECTORS, JOINTS, TEXTS, MEAN, STD = "new_joint_vecs", "new_joints", "texts", "Mean.npy", "Std.npy"
MANIFEST = "humanml3d.json"


def twins(name: str) -> tuple[str, str]:
    """A clip's name and that of its mirrored twin."""
    return name, f"M{name}"


def claim(out: Path, index: Path) -> None:
    """Makes `out` the folder of this index, or goes on in it.

    Raises `RepriseError` for a folder that holds anything else, such as a published copy or another index's clips.
    """
    stamp = {"format": "HumanML3D", "index_sha256": hashlib.sha256(index.read_bytes()).hexdigest()}
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        try:
            found = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = {}
        if found.get("format") != stamp["format"]:
            raise RepriseError("bad_out", f"'{out}' exists and was not begun by this command.", "Choose a new folder.")
        if found != stamp:
            raise RepriseError(
                "bad_out", f"'{out}' was begun with another index than '{index}'.", "Choose a new folder."
            )
    for folder in (VECTORS, JOINTS, TEXTS):
        (out / folder).mkdir(parents=True, exist_ok=True)
        for torn in (out / folder).glob(".*.part"):  # of a run that was killed
            torn.unlink(missing_ok=True)
    write_file(out / MANIFEST, (json.dumps(stamp, indent=2) + "\n").encode())


def write_clip(out: Path, name: str, joints: NDArray[np.floating]) -> None:
    """Encodes joints (T, 22, 3) and their mirror image as published, and writes features and joints of both."""
    for twin, pose in zip(twins(name), (joints, mirror_joints(joints)), strict=True):
        features = encode(pose)
        write_file(out / JOINTS / f"{twin}.npy", npy(decode(features)))
        write_file(out / VECTORS / f"{twin}.npy", npy(features))


def is_whole(out: Path, name: str) -> bool:
    """Whether all four arrays of a clip are there, of one length, the right width and as long as they say."""
    shapes = [
        shape[0] if (shape := _shape(out / folder / f"{twin}.npy")) and shape[1:] == width else None
        for twin in twins(name)
        for folder, width in ((VECTORS, (FEATURES,)), (JOINTS, (len(JOINT_NAMES), 3)))
    ]
    return None not in shapes and len(set(shapes)) == 1


def npy(array: NDArray[np.floating]) -> bytes:
    """The bytes of an .npy file, float32."""
    buffer = io.BytesIO()
    np.save(buffer, array.astype(np.float32), allow_pickle=False)
    return buffer.getvalue()


def given_splits(places: Iterable[Path]) -> dict[str, list[str]] | None:
    """The names in train.txt, val.txt and test.txt of the first place that has all three; None without one."""
    for place in places:
        lists = {split: place / f"{split}.txt" for split in SPLITS}
        if all(path.is_file() for path in lists.values()):
            return {split: path.read_text(encoding="utf-8-sig").split() for split, path in lists.items()}
    return None


def seeded_splits(rows: Sequence[IndexRow]) -> dict[str, list[str]]:
    """80% of the recordings for training, 5% for validation, 15% for tests, as published, but by recording.

    All clips of one recording and their twins share a split, which the recording's own path decides.
    """
    splits: dict[str, list[str]] = {split: [] for split in SPLITS}
    for row in rows:
        splits[seeded_split(row.source)] += twins(row.name)
    return splits


def write_splits(out: Path, splits: Mapping[str, Sequence[str]], there: set[str]) -> dict[str, int]:
    """Writes the lists with the names that are `there`, and how many these are; train_val and all as published."""
    kept = {split: [name for name in names if name in there] for split, names in splits.items()}
    lists = kept | {
        "train_val": kept["train"] + kept["val"],
        "all": [name for names in kept.values() for name in names],
    }
    for name, names in lists.items():
        write_file(out / f"{name}.txt", "".join(f"{clip}\n" for clip in names).encode())
    return {split: len(names) for split, names in kept.items()}


def _shape(path: Path) -> tuple[int, ...] | None:
    """The shape of a float32 .npy whose size is what its head says; None for any other file."""
    try:
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
            size = file.tell() + int(np.prod(shape)) * dtype.itemsize
        sound = dtype == np.float32 and not fortran and size == path.stat().st_size
    except (OSError, ValueError):
        return None
    return shape if sound else None
