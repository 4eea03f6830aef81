"""A list of prompts as a CSV file: a header, and a line each. Only the column `prompt` is required.

Further columns say what `Request` and `References` say: seconds, seed, then ("sits down:4; stands up:3"), engine,
solver, steps, text_strength, references (how many), reference_strength, method; and `name`, for a file's name. Others
are left alone.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .contract import Request, Segment
from .errors import RepriseError

_MAX_NAME = 80
_WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One line of the file: a name that is safe and unique as a file name, and a request, or why there is none.

    Where the line gives no name (`is_named`), it is made of the prompt.
    """

    name: str
    prompt: str
    request: Request | None
    error: RepriseError | None
    is_named: bool = False

    def wanted(self) -> Request:
        """The request; raises the `RepriseError` of a line that has none."""
        if self.request is None:
            raise self.error or RepriseError("bad_row", "The line is empty.")
        return self.request


def read_prompts(path: Path, like: Request | None = None) -> list[Row]:
    """Reads the whole file (UTF-8, with or without a byte order mark); what a line does not say is as in `like`.

    A bad line becomes a row with an error. Raises `RepriseError` when the file cannot be read, has no column `prompt`,
    or no line below the header.
    """
    like = like or Request("any")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise RepriseError("bad_prompts", f"The prompts file '{path}' cannot be read: {reason}.") from error
    except UnicodeDecodeError as error:
        sentence = f"The prompts file '{path}' is not UTF-8 (byte {error.start})."
        raise RepriseError("bad_prompts", sentence, "Save it as CSV in UTF-8.") from error
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
        reader.fieldnames = [column.strip().lower() for column in reader.fieldnames or ()]
        if "prompt" not in reader.fieldnames:
            columns = ", ".join(f"'{column}'" for column in reader.fieldnames) or "none"
            raise RepriseError(
                "bad_prompts",
                f"The prompts file '{path}' has no column 'prompt' (its columns: {columns}).",
                "Its first line must be a header such as: name,prompt,seconds,seed",
            )
        lines = list(reader)
    except csv.Error as error:
        raise RepriseError("bad_prompts", f"The prompts file '{path}' is no CSV: {error}.") from error
    if not lines:
        raise RepriseError("bad_prompts", f"The prompts file '{path}' has a header but no prompts.")
    taken: set[str] = set()
    return [_row(line, number, taken, like) for number, line in enumerate(lines, 1)]


def read_requests(path: Path) -> list[Request]:
    """The requests of a file in which every line must be right; raises `RepriseError` naming the first that is not."""
    requests = []
    for number, row in enumerate(read_prompts(path), 1):
        try:
            requests.append(row.wanted())
        except RepriseError as error:
            raise RepriseError(error.code, f"Prompt {number} of '{path}': {error.message}", error.hint) from error
    return requests


def safe_name(text: str) -> str:
    """`text` as a file name for every system: letters, digits, `_`, `-` and `.`; empty when nothing of it remains."""
    name = re.sub(r"[^\w.-]+", "_", text.strip()).strip("._")
    while len(name.encode("utf-8")) > _MAX_NAME:
        name = name[:-1]
    name = name.strip("._")
    return f"_{name}" if _WINDOWS_DEVICES.fullmatch(name) else name


def _row(line: dict[str | None, str | list[str] | None], number: int, taken: set[str], like: Request) -> Row:
    cells = {key: (value or "").strip() for key, value in line.items() if key and not isinstance(value, list)}
    prompt = cells.get("prompt", "")
    given = safe_name(cells.get("name", ""))
    name = _unique(given or safe_name(prompt) or f"row{number}", taken)
    try:
        if None in line:
            raise RepriseError(
                "bad_row", "The line has more fields than the header.", "Put a prompt with commas in quotes."
            )
        return Row(name, prompt, _request(prompt, cells, like), None, bool(given))
    except RepriseError as error:
        return Row(name, prompt, None, error, bool(given))


def _request(prompt: str, cells: Mapping[str, str], like: Request) -> Request:
    given = {column: read(column, cells[column]) for column, read in _READERS.items() if cells.get(column)}
    wanted = {name: given.pop(column) for column, name in _OF_REFERENCES.items() if column in given}
    sampler = given.get("engine", like.engine), given.get("solver", like.solver)
    if sampler != (like.engine, like.solver):
        given.setdefault("steps", 0)  # those that this engine and solver are made for
    try:
        return replace(like, prompt=prompt, references=replace(like.references, **wanted), **given)
    except RepriseError as error:
        if error.code != "bad_k":
            raise
        raise RepriseError("bad_references", f"references {error.message.removeprefix('k ')}", error.hint) from error


def _unique(name: str, taken: set[str]) -> str:
    """`name`, or with a number behind it: no two may differ in upper and lower case only."""
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}_{number}"
    taken.add(candidate.casefold())
    return candidate


def _number(column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise RepriseError(f"bad_{column}", f"{column} is '{text}', which is no number.") from error


def _whole_number(column: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise RepriseError(f"bad_{column}", f"{column} is '{text}', which is no whole number.") from error


def _word(column: str, text: str) -> str:
    del column
    return text.lower()


def _segments(column: str, text: str) -> tuple[Segment, ...]:
    del column
    return tuple(Segment.from_text(part) for part in text.split(";") if part.strip())


_READERS: dict[str, Callable[[str, str], Any]] = {
    "seconds": _number,
    "seed": _whole_number,
    "then": _segments,
    "engine": _word,
    "solver": _word,
    "steps": _whole_number,
    "text_strength": _number,
    "references": _whole_number,
    "reference_strength": _number,
    "method": _word,
}
_OF_REFERENCES = {"references": "k", "reference_strength": "strength", "method": "method"}
