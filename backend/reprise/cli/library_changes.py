"""`reprise library add`, `remove`, `merge` and `caption`: what changes a library."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from reprise_core.errors import RepriseError

from . import options
from .console import note, print_json, progress_bar
from .library_options import Caption, File, Ids, MappingFile, SourceLicence, TagThem, Words, selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reprise.data.imported import ImportedClip, Unreadable
    from reprise.library.adding import AddReport
    from reprise.text import TextEncoder

_BAD = 2


def add(
    library: File,
    sources: Annotated[
        list[Path], typer.Argument(help="Motion files, folders and zip archives, or folders of `library export`.")
    ],
    mapping: MappingFile = None,
    caption: Caption = "",
    tags: TagThem = "",
    licence: SourceLicence = "",
    body_model: options.BodyModel = None,
    as_json: options.Json = False,
) -> None:
    """Put motion into a library; run again, it goes on where it stopped.

    What cannot be read, or has the id of another motion, is named and left out, and the exit code is 2.
    """
    with progress_bar() as on_stage:
        on_stage("loading", 0, 1)
        from reprise.library import adding
        from reprise.library.sources import Labels, clips_of

        encoders = _encoders_of(library)
        report, notes, unnamed = adding.AddReport(), Counter[str](), 0

        def on_report(now: AddReport) -> None:
            nonlocal report
            _complain(now.left_out[len(report.left_out) :])
            report = now
            done = now.added + now.present + len(now.left_out)
            on_stage("clips", done, done)

        def on_imported(clip: ImportedClip) -> None:
            nonlocal unnamed
            notes.update(clip.notes)
            unnamed += not (clip.captioned or caption)

        try:
            labels = Labels(caption.strip(), (tags,), licence.strip())
            clips = clips_of(sources, labels, mapping, on_stage, on_imported, body_model)
            adding.add(library, clips, encoders, on_report)
        except BaseException:
            note(f"{report} before it stopped")
            raise
    for what, count in notes.items():
        note(f"{count} {'clip' if count == 1 else 'clips'}: {what}")
    if unnamed:
        edit = "reprise library caption"
        note(f"{unnamed} of the clips had no caption and got one made of their names; `{edit}` gives them better ones.")
    counts = {"added": report.added, "present": report.present, "captions_from_names": unnamed, "notes": dict(notes)}
    _finish(str(report), {**counts, "left_out": _listed(report.left_out)}, as_json, bad=bool(report.left_out))


def remove(
    library: File,
    ids: Ids = None,
    tags: options.Tags = None,
    sources: options.Sources = None,
    licences: options.Licences = None,
    query: Words = "",
    vacuum: Annotated[
        bool, typer.Option("--vacuum", help="Give the room back to the disk; also without clips.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Remove clips: those named, or all that fit what is given (`list` and `search` show which these are)."""
    from reprise.library import writing
    from reprise.library.selection import select
    from reprise.library.store import Library

    wanted = selection(tags, sources, licences, ids, query)
    if not wanted and not vacuum:
        raise RepriseError(
            "bad_usage", "It is not said which clips to remove.", "Name ids, --tag, --source or --query."
        )
    removed: list[str] = []
    if wanted:
        with Library.open(library) as opened:
            removed = [clip.id for clip in select(opened, wanted)]
        writing.remove(library, removed)
    if vacuum:
        writing.compact(library)
    _finish(f"removed {len(removed)}", {"removed": removed, "bytes": library.stat().st_size}, as_json)


def merge(
    library: File,
    others: Annotated[list[Path], typer.Argument(help="The libraries to put into the first one.")],
    as_json: options.Json = False,
) -> None:
    """Put other libraries into one: clips that are there are passed over, others of a taken id get a new one."""
    from reprise.library import encoding, merging
    from reprise.library.store import Library

    answers = []
    with progress_bar() as on_stage:
        for other in others:
            with Library.open(other) as opened:
                report = merging.merge(library, opened, lambda done, total: on_stage("clips", done, total))
            for theirs, ours in report.renamed:
                note(f"{other}: '{theirs}' is '{ours}' now, since another motion has its id")
            renamed = [{"id": theirs, "new_id": ours} for theirs, ours in report.renamed]
            answers.append((other, report, {"added": report.added, "present": report.present, "renamed": renamed}))
        for encoder in _encoders_of(library):
            encoding.encode(library, encoder, lambda done, total: on_stage("captions", done, total))
    merged = [{"library": str(other), **row} for other, _, row in answers]
    _finish("\n".join(f"{other}: {report}" for other, report, _ in answers), {"merged": merged}, as_json)


def caption(
    library: File,
    table: Annotated[Path, typer.Argument(metavar="CSV", help="A table with the columns id and caption.")],
    mode: Annotated[
        Literal["replace", "add", "remove"],
        typer.Option(help="Give the clips these captions and no other, add them, or take them away."),
    ] = "replace",
    as_json: options.Json = False,
) -> None:
    """Edit captions from a CSV, a row for each caption; only new sentences are encoded.

    `reprise library export` writes such a table of all captions.
    """
    from reprise.library import captioning

    captions = captioning.read_table(table)
    report = captioning.edit(library, captions, mode, _encoders_of(library))
    _complain(report.left_out)
    counts = {"changed": report.changed, "same": report.same, "encoded": report.encoded}
    _finish(str(report), {**counts, "left_out": _listed(report.left_out)}, as_json, bad=bool(report.left_out))


def _encoders_of(library: Path) -> list[TextEncoder]:
    """The library's text encoders, as far as they are on this machine; says which are not."""
    from reprise import text
    from reprise.library import connections
    from reprise.library.store import Library

    with Library.open(library) as opened:
        names = list(opened.encoders)
    encoders = []
    for name in names:
        try:
            encoders.append(text.load(name))
        except RepriseError as error:
            later = connections.command("reprise", "library", "encode", library, "--encoder", name)
            note(f"New captions get no features of {name}: {error.message} Later: {later}")
    return encoders


def _complain(left_out: Sequence[Unreadable]) -> None:
    for what in left_out:
        note(f"left out: {what.name}: {what.reason}")


def _listed(left_out: Sequence[Unreadable]) -> list[dict[str, str]]:
    return [{"name": what.name, "reason": what.reason} for what in left_out]


def _finish(summary: str, answer: dict[str, object], as_json: bool, *, bad: bool = False) -> None:
    if as_json:
        print_json(answer)
    else:
        typer.echo(summary)
    if bad:
        raise typer.Exit(_BAD)
