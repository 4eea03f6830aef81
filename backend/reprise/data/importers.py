"""Which importer reads an archive, by what the archive contains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

from reprise_core.errors import RepriseError

from .pack import InventoryRow, open_archive
from .raw_clip import RawClip

ReadClips = Callable[[Path, Mapping[str, InventoryRow]], Iterator[RawClip]]

# (what a member's path ends with, module); the first match wins.
_IMPORTERS = (
    (".amc", "acclaim_archive"),
    (".bvh", "bvh_archive"),
    (".glb", "glb"),
    ("humanoid3d_skeleton.txt", "deepmimic"),
    ("_positions.txt.gz", "uiprmd"),
)


def importer_for(archive: Path) -> ReadClips:
    """The `read_clips` function for a zip archive or unpacked folder; `RepriseError` when it holds no known motion."""
    with open_archive(archive) as files:
        names = files.names()
    for ending, module in _IMPORTERS:
        if any(name.lower().endswith(ending) for name in names):
            return import_module(f".{module}", __package__).read_clips
    raise RepriseError(
        "no_motion",
        f"'{archive}' holds no motion that can be read.",
        "Known are ASF/AMC, BVH, GLB, DeepMimic and UI-PRMD archives.",
    )
