"""The files that motion is written to: tried before anything is generated, written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reprise_core.errors import RepriseError

if TYPE_CHECKING:
    from reprise.data.body_model import BodyModel
    from reprise_core.motion import Motion

_Render = Callable[["Motion"], bytes]


@dataclass(frozen=True)
class Output:
    """One file to write, which take goes into it, and as what."""

    path: Path
    take: int
    render: _Render


def plan(paths: Sequence[Path], count: int, body_models: Path | None = None) -> list[Output]:
    """The files for `count` takes: each path itself, or for several takes NAME_0, NAME_1, ... beside it.

    `body_models` is the user's SMPL model, or a folder of them, for the SMPL endings. Raises `RepriseError` for an
    ending that is not known, for an SMPL ending without its model, for the same file twice, and for a place that cannot
    be written to. Leaves no trace.
    """
    renders = [(path, _renderer(path, body_models)) for path in paths]
    outputs = [Output(_of_take(path, take, count), take, how) for path, how in renders for take in range(count)]
    for output in outputs:
        check_writable(output.path)
    if len({output.path.resolve() for output in outputs}) < len(outputs):
        raise RepriseError("bad_out", "Two outputs have the same name.", "Give each --out a name of its own.")
    return outputs


def write(outputs: Sequence[Output], takes: Sequence[Motion]) -> None:
    """Renders all files before it writes the first one, so that a failure leaves none half done."""
    from reprise_core.motion import write_file

    rendered = [(output.path, output.render(takes[output.take])) for output in outputs]
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
    ending = path.name[-len(_ending(path)) :]
    return path if count == 1 else path.with_name(f"{path.name.removesuffix(ending)}_{take}{ending}")


def _ending(path: Path) -> str:
    """The longest of the known endings that the file's name has."""
    fitting = [ending for ending in (*_RENDER, *_SMPL) if path.name.lower().endswith(ending)]
    if not fitting:
        known = ", ".join((*_RENDER, *_SMPL))
        raise RepriseError("bad_out", f"'{path}' has no known extension.", f"Use one of: {known}.")
    return max(fitting, key=len)


def _renderer(path: Path, body_models: Path | None) -> _Render:
    ending = _ending(path)
    if ending in _RENDER:
        return _RENDER[ending]
    from reprise.data.body_model import load_body_model
    from reprise.data.body_model_files import EXAMPLES, GENDERS, KINDS, choose_body_model

    kind = _SMPL[ending]
    if body_models is None:
        raise RepriseError(
            "no_body_model",
            f"'{path}' needs an {KINDS[kind]} body model, which you have to bring.",
            f"Give --body-model the model's file, or a folder with it, such as {EXAMPLES[kind]}.",
        )
    return partial(_smpl, model=load_body_model(choose_body_model(body_models, kind, GENDERS)))


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


def _smpl(motion: Motion, model: BodyModel) -> bytes:
    from reprise.data.smpl_export import to_amass_npz

    return to_amass_npz(motion, model)


_RENDER: dict[str, _Render] = {".npz": _npz, ".bvh": _bvh, ".png": _png, ".mp4": _mp4}
_SMPL = {".smpl.npz": "smpl", ".smplh.npz": "smplh", ".smplx.npz": "smplx"}
