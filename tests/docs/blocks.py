"""The fenced blocks of README and docs, and how each is tested: the one reader of the pages for every test.

A comment above a block, `<!-- test: HOW: why -->`, says how; a `sh` block without one is run as it stands.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
MARKER = re.compile(r"<!-- test: (run|small|elsewhere): (.+?) -->")
_FENCE = re.compile(r"^\s*```(\S*)$")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    `how`: "run" (word for word), "small" (word for word, with sizes replaced) or "elsewhere" (by another test);
    `why`: what its marker says of that: what is replaced, or the test as PATH::NAME from the project's folder.
    """

    page: str
    line: int
    language: str
    how: str
    why: str
    text: str

    @property
    def commands(self) -> list[list[str]]:
        """Its commands as words, without comments."""
        lines = [shlex.split(line, comments=True) for line in self.text.replace("\\\n", " ").splitlines()]
        return [words for words in lines if words]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def read(page: Path) -> Iterator[Block]:
    """Every fenced block of a page; raises AssertionError where one does not end."""
    lines = page.read_text(encoding="utf-8").splitlines()
    above, begin, language, how, why = "", -1, "", "run", ""
    for number, line in enumerate(lines):
        fence = _FENCE.match(line)
        if fence and begin < 0:
            marker = MARKER.search(above)
            begin, language = number, fence[1]
            how, why = marker.groups() if marker else ("run", "")
        elif fence:
            inside = lines[begin + 1 : number]
            indent = min((len(each) - len(each.lstrip()) for each in inside if each.strip()), default=0)
            yield Block(page.name, begin + 1, language, how, why, "\n".join(each[indent:] for each in inside))
            begin = -1
        if line.strip():
            above = line
    assert begin < 0, f"{page.name}: the block of line {begin + 1} does not end"


BLOCKS = [block for page in PAGES for block in read(page)]
SHELL = [block for block in BLOCKS if block.language == "sh"]


def variables_and_words(command: list[str]) -> tuple[dict[str, str], list[str]]:
    """What a command sets for itself alone, as in `NAME=value program`, and the program with its words."""
    at = next(index for index, word in enumerate(command) if not re.fullmatch(r"[A-Z_]+=\S*", word))
    pairs = (word.partition("=") for word in command[:at])
    return {name: value for name, _, value in pairs}, command[at:]


def elsewhere(test: str, page: str) -> list[Block]:
    """The blocks of a page (its file name) that leave their run to a test, PATH::NAME from the project's folder."""
    return [block for block in SHELL if (block.how, block.why, block.page) == ("elsewhere", test, page)]
