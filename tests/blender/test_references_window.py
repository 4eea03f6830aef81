"""Ghost figures in a real Blender with a window: pixels change where a figure stands, in every kind of viewport, and
only there; hidden, undone, in another file and without the add-on they are as before.

Set REPRISE_PICTURES to a folder to keep the pictures, made with the real backend then.
"""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from blenders import HERE, blenders
from PIL import Image
from test_window import SLOW, TOOLS, blender_window
from test_window import display as display

BLENDERS = blenders()
PICTURES = os.environ.get("REPRISE_PICTURES")
CHANGED = 12  # of 255, in any channel
pytestmark = [
    pytest.mark.skipif(not BLENDERS, reason="no Blender here (REPRISE_BLENDER)"),
    pytest.mark.skipif(bool(TOOLS), reason=f"not installed: {', '.join(TOOLS)}"),
    pytest.mark.skipif(shutil.which("import") is None, reason="not installed: import (ImageMagick)"),
]


@pytest.mark.parametrize("program", BLENDERS, ids=[path.name for path in BLENDERS])
def test_figures_are_seen_where_they_stand_and_nowhere_after(program, display):
    backend = () if PICTURES else ("--step-seconds", "0.02")
    with blender_window(program, display, backend, script=HERE / "references_in_window.py") as window:
        photograph_until_it_ends(window)
        assert window.state_file.exists(), window.log()
        report = json.loads(window.state_file.read_text())
        if PICTURES:
            version = ".".join(report["version"].split(".")[:2])
            for picture in window.folder.glob("*-with.png"):
                shutil.copy(picture, Path(PICTURES) / f"references-{picture.stem.removesuffix('-with')}-{version}.png")
        assert report["error"] == "", report["error"]
        for name, told in report["pictures"].items():
            check_picture(window.folder, name, report["sidebar"], **told)
    assert report["undone"] == [True, ""]
    assert report["redone"]
    assert report["handles"] == 0
    assert sorted(report["draw_ms"])[len(report["draw_ms"]) // 2] < 5.0, report["draw_ms"]


def photograph_until_it_ends(window):
    deadline = time.monotonic() + 4 * SLOW
    while window.blender.poll() is None:
        assert time.monotonic() < deadline, window.log()
        for wanted in window.folder.glob("*.wanted"):
            command = ["import", "-window", "root", str(wanted.with_suffix(".png"))]
            subprocess.run(command, env={**os.environ, "DISPLAY": window.display}, check=True)
            wanted.unlink()
        time.sleep(0.05)


def check_picture(folder, name, sidebar, expected, points):
    # Left of the sidebar, whose button tells by its picture whether figures are shown.
    with_figures, without = (pixels(folder / f"{name}-{which}.png")[:, :sidebar] for which in ("with", "without"))
    changed = (np.abs(with_figures - without) > CHANGED).any(axis=-1)
    height, width = changed.shape
    if not expected:
        assert changed.mean() < 1e-4, f"{name}: {changed.sum()} pixels are drawn"
        return
    assert points, f"{name}: no figure"
    seen = [[round(x), round(y)] for figure in points for x, y in figure if 0 <= x < width and 0 <= y < height]
    hit = np.mean([changed[y, x] for x, y in seen])
    assert hit > 0.7, f"{name}: only {hit:.0%} of the places on the figures' trunks are drawn"
    assert changed.mean() < 0.35, f"{name}: {changed.mean():.0%} of the window are drawn over"


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.int16)
