"""Every sentence that the add-on knows for a backend that failed has a row on the page of troubleshooting."""

from __future__ import annotations

import re
from pathlib import Path

from reprise_addon.bridge import failures
from reprise_addon.bridge.install import pip_failures

from reprise_core.rigs import problems

PAGE = Path(__file__).resolve().parents[2] / "docs/troubleshooting.md"
RIGS = PAGE.with_name("rigs.md")


def quoted(page: Path) -> list[list[str]]:
    """What the page quotes in italics, each as the pieces between its dots."""
    return [
        [piece.strip(" .") for piece in quote.split("...") if piece.strip(" .")]
        for quote in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", page.read_text(encoding="utf-8"))
    ]


def is_quoted(sentence: str, quotes: list[list[str]]) -> bool:
    return any(all(piece in sentence for piece in pieces) and len(" ".join(pieces)) > 7 for pieces in quotes)


def test_every_known_failure_is_on_the_page() -> None:
    known = {cause.sentence for cause in failures.CAUSES} | {cause[2] for cause in pip_failures._CAUSES}
    assert sorted(sentence for sentence in known if not is_quoted(sentence, quoted(PAGE))) == []


def test_what_is_quoted_of_rigs_is_what_is_said_of_them() -> None:
    source = Path(problems.__file__).read_text(encoding="utf-8")
    rows = [row for row in RIGS.read_text(encoding="utf-8").splitlines() if row.startswith("| *")]
    assert len(rows) >= 5
    for row in rows:
        (quote,) = re.findall(r"^\| \*([^*]+)\*", row)
        assert all(piece.strip() in source for piece in quote.split("...")), quote
