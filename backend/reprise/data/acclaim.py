"""Clips of Acclaim files: an AMC holds the angles, the ASF that belongs to it the skeleton."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from reprise_core.errors import RepriseError

from .archives import ArchiveFiles
from .asf_amc import parse_amc, parse_asf
from .figure_reading import read_figure
from .joint_maps import CMU_ASF
from .mapping_file import ReadSettings
from .raw_clip import RawClip

_FPS = 120.0


def read(files: ArchiveFiles, member: str, settings: ReadSettings) -> Iterator[RawClip]:
    """The clip of an AMC at the given rate, else at 120 fps, as nearly all are; an AMC does not state its own."""
    data = files.read(member)
    asf = find_asf(files.names(), member, data)
    animation = parse_amc(data, parse_asf(files.read(asf), asf), member)
    if settings.fps is None:
        said = f"An AMC does not state its rate; {_FPS:g} frames a second are assumed."
        animation = replace(animation, fps=_FPS, notes=(said,))
    yield read_figure(animation, member, settings, (CMU_ASF,), PurePosixPath(asf).parent.name)


def find_asf(names: list[str], member: str, data: bytes) -> str:
    """The ASF of an AMC: of its name or the start of it, named in its first lines, or the only one near.

    Looks in the AMC's folder, then in those above; `RepriseError` when there is none or one cannot tell which.
    """
    path = PurePosixPath(member)
    named = re.search(rb"OML:ASF\s+(.+?)\s*$", data[:2000], re.MULTILINE | re.IGNORECASE)
    said = re.split(r"[\\/]", named[1].decode("latin-1"))[-1].lower() if named else ""
    for folder in path.parents:
        here = [name for name in names if PurePosixPath(name).parent == folder and name.lower().endswith(".asf")]
        stems = {PurePosixPath(name).stem.lower(): name for name in here}
        same = [stem for stem in stems if path.stem.lower() == stem or path.stem.lower().startswith(f"{stem}_")]
        if same:
            return stems[max(same, key=len)]
        if told := [name for name in here if PurePosixPath(name).name.lower() == said]:
            return told[0]
        if len(here) == 1:
            return here[0]
        if here:
            raise RepriseError(
                "no_skeleton",
                f"'{member}' lies beside {len(here)} ASF skeletons, and none has its name.",
                "Give it a folder with its own ASF.",
            )
    raise RepriseError("no_skeleton", f"There is no ASF skeleton beside '{member}'.", "Put it into the same folder.")
