"""`reprise render`: a motion as a contact sheet or a film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprise_core.errors import RepriseError

from . import options
from .console import print_json, progress_bar
from .outputs import check_writable
from .takes import Source, read_takes

if TYPE_CHECKING:
    from reprise_core.motion import Motion

_SHEET, _FILM = ".png", ".mp4"


def render(
    source: Source,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A contact sheet (.png) or a film (.mp4).")],
    take: Annotated[int | None, typer.Option(help="Only this take; all of them side by side if not given.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second of a film; 30 if not given.")] = None,
    size: Annotated[str | None, typer.Option(help="Pixels of a film; 1280x720 if not given.")] = None,
    as_json: options.Json = False,
) -> None:
    """Draw a motion: its poses on one picture, or a film of it, with the feet that are on the ground marked."""
    ending = out.suffix.lower()
    if ending not in (_SHEET, _FILM):
        raise RepriseError("bad_out", f"'{out}' has no known extension.", f"Use one of: {_SHEET}, {_FILM}.")
    if ending == _SHEET and (fps is not None or size is not None):
        raise RepriseError("bad_options", f"--fps and --size are for films, and '{out}' is a contact sheet.")
    width, height = _size(size) if size is not None else (None, None)
    if ending == _FILM:
        from reprise.rendering import film

        fps = film.FPS if fps is None else fps
        width, height = width or film.WIDTH, height or film.HEIGHT
        film.check_format(fps, width, height)
    check_writable(out)
    takes = read_takes(source, take)
    from reprise_core.motion import write_file

    write_file(out, _sheet(takes) if ending == _SHEET else _film(takes, fps or 0.0, width or 0, height or 0))
    if as_json:
        print_json({"output": str(out), "takes": len(takes), "seconds": max(each.seconds for each in takes)})
    else:
        typer.echo(str(out))


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise RepriseError("bad_size", f"'{text}' is no size.", "Give width x height in pixels, such as 1280x720.")
    return int(width), int(height)


def _sheet(takes: list[Motion]) -> bytes:
    from reprise.rendering import contact_sheet

    if len(takes) == 1:
        return contact_sheet.render(takes[0])
    return contact_sheet.sheets([(f"{each.meta.get('prompt', '')} · take {i}", each) for i, each in enumerate(takes)])


def _film(takes: list[Motion], fps: float, width: int, height: int) -> bytes:
    from reprise.rendering.film import film

    with progress_bar() as on_stage:
        return film(takes, fps, width, height, lambda frame, frames: on_stage("rendering", frame, frames))
