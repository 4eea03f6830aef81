"""The files that `reprise generate` leaves: tried before anything is generated, written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reprise_core.errors import RepriseError

if TYPE_CHECKING:
    from reprise_core.motion import Motion


@dataclass(frozen=True)
class Output:
    """One file to write, and which take goes into it."""

    path: Path
    take: int


def plan(paths: Sequence[Path], count: int) -> list[Output]:
    """The files for `count` takes: each path itself, or for several takes NAME_0, NAME_1, ... beside it.

    Raises `RepriseError` for an extension that is not `.npz`, `.bvh`, `.png` or `.mp4`, for the same file twice, and
    for a place that cannot be written to. Leaves no trace.
    """
    outputs = [Output(_of_take(path, take, count), take) for path in paths for take in range(count)]
    for output in outputs:
        _check(output.path)
    if len({output.path.resolve() for output in outputs}) < len(outputs):
        raise RepriseError("bad_out", "Two outputs have the same name.", "Give each --out a name of its own.")
    return outputs


def write(outputs: Sequence[Output], takes: Sequence[Motion]) -> None:
    """Renders all files before it writes the first one, so that a failure leaves none half done."""
    from reprise_core.motion import write_file

    rendered = [(output.path, _RENDER[output.path.suffix.lower()](takes[output.take])) for output in outputs]
    for path, data in rendered:
        write_file(path, data)


def check_writable(path: Path) -> None:
    """Raises `bad_out` when a file cannot be made at `path`, missing folders included; leaves no trace."""
    if path.is_dir():
        raise RepriseError("bad_out", f"{path} is a folder.", "Give --out the name of a file.")
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):  # the only test that knows of rights, quotas and read-only disks
            pass
    except OSError as error:
        raise RepriseError(
            "bad_out", f"{path} cannot be written ({error.strerror} in {folder}).", "Choose another place."
        ) from error


def _of_take(path: Path, take: int, count: int) -> Path:
    return path if count == 1 else path.with_name(f"{path.stem}_{take}{path.suffix}")


def _check(path: Path) -> None:
    if path.suffix.lower() not in _RENDER:
        raise RepriseError("bad_out", f"'{path}' has no known extension.", f"Use one of: {', '.join(_RENDER)}.")
    check_writable(path)


def _npz(motion: Motion) -> bytes:
    from reprise_core.motion import to_npz

    return to_npz([motion])


def _bvh(motion: Motion) -> bytes:
    from reprise_core.bvh import to_bvh

    return to_bvh(motion).encode("ascii")


def _png(motion: Motion) -> bytes:
    from reprise.rendering.contact_sheet import render

    return render(motion)


def _mp4(motion: Motion) -> bytes:
    from reprise.rendering.film import film

    return film([motion])


_RENDER: dict[str, Callable[[Motion], bytes]] = {".npz": _npz, ".bvh": _bvh, ".png": _png, ".mp4": _mp4}
