"""Generates, keys and exports the rows of a prompts file one after another. Imports bpy."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reprise_addon.bridge.backend_process import BackendProcess
from reprise_addon.bridge.job import Job
from reprise_addon.core.contract import Request
from reprise_addon.core.errors import RepriseError
from reprise_addon.core.motion import Motion, from_npz, write_file
from reprise_addon.core.prompt_list import Row, read_prompts
from reprise_addon.preferences import log_folder

from .backend import find as backend_command
from .export import FORMATS, export
from .scenes import Rig, check_rig, key_in_scene


@dataclass
class Outcome:
    """A row of the summary. `seconds` is the motion's length, `generation_s` how long it took to make; `unkeyed`
    says what of the rig could not be keyed.
    """

    name: str
    prompt: str
    status: str = "failed"
    seconds: float | None = None
    seed: int | None = None
    error: str | None = None
    files: list[str] = field(default_factory=list)
    generation_s: float | None = None
    unkeyed: list[str] = field(default_factory=list)


def run(arguments: argparse.Namespace) -> int:
    """Checks everything that can be checked, then makes row after row; 0 when all are done, 1 when some failed.

    Raises `RepriseError` before the first row when the input is bad or there is no backend.
    """
    formats = _formats(arguments.formats)
    rows = read_prompts(arguments.prompts, Request("any", engine=arguments.engine))
    out = _folder(arguments.out)
    rig = check_rig(arguments.rig, arguments.armature) if arguments.rig else None
    backend = BackendProcess(log_folder(), backend_command)
    try:
        backend.ensure_ready()
        return _run_rows(rows, formats, out, rig, backend)
    finally:
        backend.stop()


def _run_rows(rows: Sequence[Row], formats: Sequence[str], out: Path, rig: Rig | None, backend: BackendProcess) -> int:
    outcomes: list[Outcome] = []
    for number, row in enumerate(rows, 1):
        outcome = Outcome(row.name, row.prompt)
        started = time.monotonic()
        try:
            _make(row, formats, out, rig, backend, outcome)
        except Exception as error:  # a row that fails must not take the others with it
            text = str(error) if isinstance(error, RepriseError) else f"{type(error).__name__}: {error}"
            outcome.error = " ".join(text.split())
            if isinstance(error, RepriseError) and error.code.startswith("backend_") and backend.log:
                outcome.error += f" The log: {backend.log}"
        outcomes.append(outcome)
        _write_summary(out, outcomes)
        _say(
            f"[{number}/{len(rows)}] {row.name}: {outcome.status} in {time.monotonic() - started:.1f} s: "
            f"{outcome.error or ', '.join(outcome.files)}"
        )
    failed = sum(outcome.status != "done" for outcome in outcomes)
    _say(f"{len(outcomes) - failed} done, {failed} failed: {out / 'summary.json'}")
    return 1 if failed else 0


def _make(
    row: Row, formats: Sequence[str], out: Path, rig: Rig | None, backend: BackendProcess, outcome: Outcome
) -> None:
    """Makes one row; tells `outcome` as it goes, so that a late failure keeps what was written."""
    if row.request is None:
        raise row.error or RepriseError("bad_row", "The line holds no request.")
    outcome.seconds, outcome.seed = sum(part.seconds for part in row.request.segments), row.request.seed
    started = time.monotonic()
    motion = _generate(row.request, backend)
    outcome.generation_s = round(time.monotonic() - started, 3)
    outcome.unkeyed = list(key_in_scene(motion, rig))
    errors = []
    for file_format in formats:
        path = out / f"{row.name}.{file_format}"
        try:
            export(motion, path, file_format)
            outcome.files.append(path.name)
        except RepriseError as error:
            errors.append(str(error))
    if errors:
        raise RepriseError("export_failed", " ".join(errors))
    outcome.status = "done"


def _generate(request: Request, backend: BackendProcess) -> Motion:
    job = Job(backend, request)
    job.start()
    try:
        return from_npz(job.wait())[0]
    finally:
        job.cancel()  # does something only when the wait was interrupted


def _formats(text: str) -> list[str]:
    formats = list(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    unknown = [part for part in formats if part not in FORMATS]
    if unknown or not formats:
        wrong = f"'{unknown[0]}'" if unknown else "An empty list"
        raise RepriseError("bad_formats", f"{wrong} is no format.", f"Known are: {', '.join(FORMATS)}.")
    return formats


def _folder(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RepriseError("bad_out", f"The folder '{out}' cannot be made: {error.strerror or error}.") from error
    return out.resolve()


def _write_summary(out: Path, outcomes: Sequence[Outcome]) -> None:
    text = json.dumps([vars(outcome) for outcome in outcomes], indent=2, ensure_ascii=False)
    write_file(out / "summary.json", (text + "\n").encode("utf-8"))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
