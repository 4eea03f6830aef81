"""One file into another, or a folder of files into a folder: written whole, and a bad one never stops the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import typer

from reprise_core.errors import RepriseError

from .console import note, progress_bar
from .outputs import check_writable

_BAD_INPUT = 2
T = TypeVar("T")


def convert(source: Path, out: Path, suffix: str, done: str, to_bytes: Callable[[Path], bytes]) -> None:
    """Writes `to_bytes(source)` to `out`; for a folder, that of each .npy file in it to the same name under `out`.

    `suffix` is the new files', `done` the verb of the summary. In a folder every file that fails leaves one sentence on
    standard error, and the command ends with exit code 2 after the last. Every error names its file.
    """
    from reprise_core.motion import write_file

    if not source.is_dir():
        if out.exists() and out.samefile(source):
            raise RepriseError("bad_out", f"{out} is the file that is read.", "Choose another name.")
        check_writable(out)
        write_file(out, named(source, to_bytes))
        return
    files = sorted(source.rglob("*.npy"))
    _check_folders(source, out, files)
    complaints: list[str] = []
    with progress_bar() as on_stage:
        for number, path in enumerate(files):
            try:
                write_file((out / path.relative_to(source)).with_suffix(suffix), named(path, to_bytes))
            except RepriseError as error:
                complaints.append(" ".join(str(error).split()))
            on_stage(done, number + 1, len(files))
    for complaint in complaints:  # not before: the bar would be in the way
        note(complaint)
    count = f"{len(files)} file" + "s" * (len(files) > 1)
    if complaints:
        note(f"{len(files) - len(complaints)} of {count} {done} into {out}; {len(complaints)} could not be.")
        raise typer.Exit(_BAD_INPUT)
    typer.echo(f"{count} {done} into {out}.")


def named(path: Path, read: Callable[[Path], T]) -> T:
    """`read(path)`, whose `RepriseError` then begins with the file's path."""
    try:
        return read(path)
    except RepriseError as error:
        raise RepriseError(error.code, f"{path}: {error.message}", error.hint) from error


def _check_folders(source: Path, out: Path, files: list[Path]) -> None:
    if not files:
        raise RepriseError("no_files", f"The folder {source} holds no .npy file.", "Name another folder.")
    if out.exists() and not out.is_dir():
        raise RepriseError("bad_out", f"{out} is a file.", "Several files need a folder to go to.")
    if out.resolve().is_relative_to(source.resolve()):
        raise RepriseError("bad_out", f"{out} lies in {source}.", "Choose a folder outside the one that is read.")
    check_writable(out / files[0].relative_to(source))
