"""Links and anchors of README and docs lead somewhere; every page and picture is on the way."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlparse

import make_figures
import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = sorted((ROOT / "docs").glob("*.md"))
PAGES = (*sorted(ROOT.glob("*.md")), *SITE, *sorted((ROOT / "backend/reprise/assets").glob("*.md")))
_CODE = re.compile(r"^\s*```.*?^\s*```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
MOST_BYTES = 4_000_000  # of films: they are part of the repository


def prose(page: Path) -> str:
    return _CODE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The headings as the site names them (Python-Markdown's `slugify`)."""
    lines = re.sub(r"^\s*```.*?^\s*```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", lines, re.MULTILINE)
    plain = [re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower() for heading in headings]
    return {re.sub(r"[-\s]+", "-", heading) for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for match in _LINK.finditer(prose(page)):
        link = match[1] or match[2]
        url = urlparse(link)
        if url.scheme:
            if url.scheme not in ("https", "mailto") or not (url.netloc or url.path):
                wrong.append(link)
            continue
        target = (page.parent / url.path).resolve() if url.path else page
        inside = target.is_relative_to(ROOT / "docs") or page not in SITE  # the site holds docs/ and nothing else
        if not target.is_file() or not inside or (url.fragment and url.fragment not in anchors(target)):
            wrong.append(link)
    assert wrong == []


def test_every_page_is_in_the_navigation_and_every_picture_on_a_page() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert [page.name for page in SITE if f": {page.name}\n" not in navigation] == []
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    drawn = [*(ROOT / "docs/gallery").iterdir(), *(ROOT / "docs/pictures").glob("*.svg")]
    assert [file.name for file in drawn if file.name not in text] == []
    assert sum(file.stat().st_size for file in (ROOT / "docs/gallery").iterdir()) < MOST_BYTES


def test_the_picture_of_the_parts_has_the_rooms_of_the_table_each_above_what_it_imports() -> None:
    row_of = {room: number for number, row in enumerate(make_figures.ROWS) for room in row}
    table = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`reprise\.[^|]+) \| .+ \| ([^|]+) \|$", table, re.MULTILINE)
    rooms = {room: imported for names, imported in rows for room in re.findall(r"`reprise\.(\w+)`", names)}
    assert set(row_of) == set(rooms)
    for room, imported in rooms.items():
        for other in imported.split(", "):
            if other in row_of and (room, other) != ("training", "evaluation"):
                assert row_of[other] > row_of[room], f"{room} imports {other}"
