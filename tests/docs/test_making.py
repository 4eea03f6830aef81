"""Site, diagrams, films and pictures come from the commands that the pages give, each run in a copy of the checkout."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from blocks import PAGES, ROOT, elsewhere
from PIL import Image

from reprise import text
from reprise.training import diffusion

HERE = "tests/docs/test_making.py"
_MOST_DIFFERENT = 0.005  # share of pixels: another take of a sentence changes 0.03, another processor next to none


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Of all that these commands read and write, with no picture of theirs in it."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    for made in (*tmp_path.glob("docs/pictures/*.svg"), *tmp_path.glob("docs/gallery/*.mp4")):
        made.unlink()
    for name in ("demo", "ten-prompts", "loss"):
        (tmp_path / f"docs/pictures/{name}.png").unlink()
    return tmp_path


def run(words: list[str], folder: Path, *more: str) -> str:
    """Runs a page's command and words behind it with the programs of this Python; returns what it printed."""
    program = words[0].rpartition("/")[2]
    own = sys.executable if program == "python" else str(Path(sys.executable).with_name(program))
    done = subprocess.run(
        [own, *words[1:], *more], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pixels(path: Path) -> np.ndarray:
    """(frames, height, width) of a film or a picture, in grey from 0 to 255."""
    if path.suffix == ".png":
        return np.asarray(Image.open(path).convert("L"), dtype=float)[None]
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray(format="gray") for frame in film.decode(video=0)]).astype(float)


def assert_as_it_is_shown(name: str, folder: Path) -> None:
    made, shown = pixels(folder / "docs" / name), pixels(ROOT / "docs" / name)
    assert made.shape == shown.shape, name
    assert (abs(made - shown) > 25).mean() < _MOST_DIFFERENT, f"{name} is no longer what its command makes"


def test_the_site_is_built_of_what_its_commands_draw(copy: Path) -> None:
    (block,) = elsewhere(f"{HERE}::test_the_site_is_built_of_what_its_commands_draw", "contributing.md")
    build, figures, films = block.commands
    run(figures, copy)
    drawn = {path.name: path.read_bytes() for path in (copy / "docs/pictures").glob("*.svg")}
    assert drawn == {path.name: path.read_bytes() for path in (ROOT / "docs/pictures").glob("*.svg")}
    run(films, copy, "a_person_jumps")
    assert [path.name for path in (copy / "docs/gallery").iterdir()] == ["a_person_jumps.mp4"]
    assert_as_it_is_shown("gallery/a_person_jumps.mp4", copy)
    shutil.copytree(ROOT / "docs/gallery", copy / "docs/gallery", dirs_exist_ok=True)
    shutil.copytree(ROOT / "docs/pictures", copy / "docs/pictures", dirs_exist_ok=True)
    if not Path(sys.executable).with_name(build[0]).exists():
        pytest.skip("zensical, the group `docs` of pyproject.toml, is not installed")
    run(build, copy)
    pages = [page for page in (copy / "site").glob("*.html") if page.name != "404.html"]
    assert {page.stem for page in pages} == {page.stem for page in PAGES[1:]}
    loaded = r"<(?:script|img|iframe|video)[^>]*\bsrc=[\"']?https?://|<link[^>]*rel=\"?stylesheet[^>]*https?://"
    assert [page.name for page in pages if re.search(loaded, page.read_text(encoding="utf-8"))] == []


def test_the_gallery_is_made_with_its_sheets(copy: Path) -> None:
    (block,) = elsewhere(f"{HERE}::test_the_gallery_is_made_with_its_sheets", "gallery.md")
    (words,) = block.commands
    assert "a_person_bows.mp4" in run(words, copy, "a_person_bows")
    assert_as_it_is_shown("gallery/a_person_bows.mp4", copy)
    (sheet,) = (copy / words[-1]).iterdir()
    assert sheet.name == "a_person_bows.png"
    assert pixels(sheet).std() > 5


def test_the_pictures_and_figures_of_what_the_weights_do(
    copy: Path, tmp_path: Path, dataset: object, encoder: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a made data set, and the losses of three steps on it."""
    monkeypatch.setattr(text, "load", lambda name="": encoder)
    diffusion.train(dataset.folder, tmp_path / "run", "tiny", ["steps=3", "log_every=1", "composed=2"], resume=False)
    (block,) = elsewhere(f"{HERE}::test_the_pictures_and_figures_of_what_the_weights_do", "results.md")
    (words,) = block.commands
    given = {"DATA": str(dataset.folder), "RUN/losses.csv": "run/losses.csv"}
    assert given.keys() <= set(words)
    printed = run([given.get(word, word) for word in words], copy)
    assert re.findall(r"^(.+) \(n = (\d+)\): foot_slide \d", printed, re.MULTILINE) == [
        ("generated", "10"), ("recorded, test split", "2"),
    ]  # fmt: skip
    for name in ("demo", "ten-prompts"):
        assert_as_it_is_shown(f"pictures/{name}.png", copy)
    assert pixels(copy / "docs/pictures/loss.png").std() > 5
