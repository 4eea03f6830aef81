"""Zip files that depend on nothing but what is in them."""

from __future__ import annotations

import zipfile
from pathlib import Path

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can say
_UNIX, _FILE = 3, 0o100644 << 16


def make_reproducible(path: Path) -> None:
    """Rewrites a zip or wheel whole: members by name, without times, owners and modes, and stored uncompressed.

    Uncompressed because every zlib packs differently, and what is large here (weights, pictures) does not pack anyway.
    The metadata of a wheel comes last, as the wheel format recommends (PEP 427).
    """
    temporary = path.with_name(f".{path.name}.part")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(temporary, "w") as target:
        for name in sorted(source.namelist(), key=lambda name: (".dist-info/" in name, name)):
            if not name.endswith("/"):
                member = zipfile.ZipInfo(name, _EARLIEST)
                member.create_system, member.external_attr = _UNIX, _FILE
                target.writestr(member, source.read(name))
    temporary.replace(path)
