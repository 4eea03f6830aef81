"""Which importer reads a file: by the end of its name, and by a mark in its content where names do not tell.

To add a format, write a module with `read` (see `raw_clip`) and a line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath

from reprise_core.errors import RepriseError

from .archives import ArchiveFiles
from .mapping_file import ReadSettings
from .raw_clip import RawClip


@dataclass(frozen=True)
class Format:
    """A kind of motion file: how its names end, a mark that its content holds ("" = the name is enough), its module."""

    name: str
    endings: tuple[str, ...]
    module: str
    mark: bytes = b""

    def read(self, files: ArchiveFiles, member: str, settings: ReadSettings) -> Iterator[RawClip]:
        """The clips of one file; `RepriseError` naming it when it cannot be read."""
        return import_module(f".{self.module}", __package__).read(files, member, settings)


FORMATS = (
    Format("ASF/AMC", (".amc",), "acclaim"),
    Format("BVH", (".bvh",), "biovision"),
    Format("glTF", (".glb", ".gltf"), "gltf"),
    Format("UI-PRMD", ("_positions.txt.gz", "_positions.txt"), "uiprmd"),
    Format("DeepMimic", (".txt",), "deepmimic", mark=b'"Frames"'),
    Format("Reprise", (".npz",), "own_motion", mark=b"local_rotations.npy"),
    Format("AMASS", (".npz",), "amass", mark=b"poses.npy"),
    Format("joints or features", (".npy",), "joint_arrays"),
)

# Files of motion that we do not read, and what to do with them.
_CONVERT = "Open it in Blender and export it as BVH or glTF."
NOT_READ = {
    ".fbx": _CONVERT,
    ".blend": _CONVERT,
    ".dae": _CONVERT,
    ".usd": _CONVERT,
    ".usdc": _CONVERT,
    ".usdz": _CONVERT,
    ".abc": _CONVERT,
    ".vmd": _CONVERT,
    ".bip": "Export it as BVH from 3ds Max.",
    ".c3d": "It holds markers: solve them to a skeleton and export that as BVH.",
    ".trc": "It holds markers: solve them to a skeleton and export that as BVH.",
    ".pkl": "Pickles can run programs: write the motion as BVH, glTF or an npz of AMASS's.",
    ".zip": "It lies inside another archive: unpack that one first.",
    ".rar": "Unpack it first.",
    ".7z": "Unpack it first.",
}
_BESIDE_POSES = ("shape.npz", "_stagei.npz")  # what AMASS keeps in its folders beside the motion
_STATISTICS = ("mean.npy", "std.npy")  # of a data set's features


def format_of(files: ArchiveFiles, member: str) -> Format | None:
    """The format of a file, None when it holds no motion; `RepriseError` when its content is asked and broken."""
    name = member.lower()
    if name.endswith(_STATISTICS):
        return None
    candidates = [form for form in FORMATS if name.endswith(form.endings)]
    if not candidates or not candidates[0].mark:
        return candidates[0] if candidates else None
    data = files.read(member)
    return next((form for form in candidates if form.mark in data), None)


def reason_not_read(member: str) -> str | None:
    """Why a file that may well hold motion is not read, as a sentence; None for files of other kinds."""
    name = member.lower()
    ending = PurePosixPath(name).suffix
    if ending == ".npz" and not name.endswith(_BESIDE_POSES):
        return "It is an npz, but neither Reprise's nor AMASS's."
    return f"{ending[1:].upper()} is not read. {NOT_READ[ending]}" if ending in NOT_READ else None


def check_holds_motion(files: ArchiveFiles, path: object) -> None:
    """`RepriseError` when no file of an archive is a motion."""
    if not any(format_of(files, name) for name in files.names()):
        raise RepriseError(
            "no_motion",
            f"'{path}' holds no motion that can be read.",
            f"Known are {', '.join(form.name for form in FORMATS)} files.",
        )
