"""The motion files that commands take in: what `reprise generate` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reprise_core.errors import RepriseError

if TYPE_CHECKING:
    from reprise_core.motion import Motion

Source = Annotated[Path, typer.Argument(metavar="IN.npz", help="A motion, or several takes, as reprise wrote it.")]


def read_takes(source: Path, take: int | None) -> list[Motion]:
    """The takes in a file, or the one that is wanted.

    Raises `RepriseError` that names the file, or the take that is not in it.
    """
    from reprise_core.motion import from_npz

    try:
        takes = from_npz(source.read_bytes())
    except OSError as error:
        sentence = f"'{source}' cannot be read ({error.strerror})."
        raise RepriseError("bad_file", sentence, "Give an .npz that reprise wrote.") from error
    except RepriseError as error:
        raise RepriseError(error.code, f"'{source}': {error.message}", error.hint) from error
    if take is None:
        return takes
    if not 0 <= take < len(takes):
        held = "1 take, take 0" if len(takes) == 1 else f"{len(takes)} takes, 0 to {len(takes) - 1}"
        raise RepriseError("bad_take", f"'{source}' has no take {take}.", f"It holds {held}.")
    return [takes[take]]
