"""The prompts used last, for this user, in every file; and examples that work.

Read once when the add-on is registered, so that menus read memory only; another Blender's additions are kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .core.contract import MAX_SECONDS, MIN_SECONDS
from .core.motion import write_file
from .preferences import user_folder

log = logging.getLogger(__name__)
KEPT = 25
_FILE = "prompts.json"


@dataclass(frozen=True)
class Prompt:
    """A sentence and the seconds that it was given."""

    text: str
    seconds: float


EXAMPLES = (
    Prompt("a person walks forward, then turns around", 6.0),
    Prompt("a person runs forward", 3.0),
    Prompt("a person waves with the left hand", 4.0),
    Prompt("a person jumps", 3.0),
    Prompt("a person sits down on a chair", 4.0),
    Prompt("a person punches with the right fist", 4.0),
    Prompt("a person squats down and stands up again", 4.0),
    Prompt("a person sneaks to the left", 5.0),
)
_recent: list[Prompt] = []


def recent() -> Sequence[Prompt]:
    """The prompts used last, the newest first."""
    return tuple(_recent)


def load() -> None:
    """Reads what earlier sessions left; a file that cannot be read is as good as none."""
    _recent[:] = _read()


def remember(prompts: Sequence[Prompt]) -> None:
    """Puts prompts first, here and on the disk; where that cannot be written, here only."""
    newest = list(dict.fromkeys(prompts))
    texts = {prompt.text for prompt in newest}
    _recent[:] = [*newest, *(prompt for prompt in _read() or _recent if prompt.text not in texts)][:KEPT]
    rows = [{"prompt": prompt.text, "seconds": prompt.seconds} for prompt in _recent]
    try:
        write_file(_path(), (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
    except OSError as error:
        log.warning("The prompts used last cannot be kept: %s", error)


def clear() -> None:
    """Forgets all of them, on the disk as well."""
    _recent.clear()
    try:
        _path().unlink(missing_ok=True)
    except OSError as error:
        log.warning("The prompts used last cannot be forgotten: %s", error)


def _read() -> list[Prompt]:
    try:
        rows = json.loads(_path().read_text(encoding="utf-8"))
        prompts = [Prompt(str(row["prompt"]), float(row["seconds"])) for row in rows]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("The prompts used last cannot be read: %s", error)
        return []
    return [prompt for prompt in prompts if prompt.text.strip() and MIN_SECONDS <= prompt.seconds <= MAX_SECONDS][:KEPT]


def _path() -> Path:
    return user_folder("history") / _FILE
