"""`scripts/run.py` as the pages begin with it, in the environments that it has made: Blender 4.2's is the demo's."""

import re
import subprocess
import sys
import time

import numpy as np
import pytest
from blenders import HERE, ROOT, bpy_pythons, environment, report
from blocks import elsewhere
from PIL import Image

from reprise.data.bvh import parse_bvh
from reprise_core.motion import from_npz
from runner import environment as environments
from runner.demo import SCENE_BLENDER, SCENES

TEST = "tests/blender/test_runner.py::test_a_command_that_the_pages_begin_with_does_what_they_say"
OF_THE_DEMO = environments.blender_environment(SCENE_BLENDER)
if OF_THE_DEMO.python not in bpy_pythons():
    pytest.skip(f"what the demo needs is in the part of bpy {SCENE_BLENDER}", allow_module_level=True)
SHOWN = {
    tuple(words)
    for page in ("README.md", "contributing.md", "first-motion.md")
    for block in elsewhere(TEST, page)
    for words in block.commands
}


def test_the_pages_begin_with_three_commands():
    assert {("python3", "scripts/run.py", command) for command in ("demo", "test", "check")} == SHOWN


@pytest.mark.parametrize("shown", sorted(SHOWN), ids=lambda words: words[-1])
def test_a_command_that_the_pages_begin_with_does_what_they_say(shown, tmp_path):
    """The demo as it is. Tests and checks would run this test, and minutes, so they get a small part of their work."""
    for made in (environments.main_environment(with_tests=True), OF_THE_DEMO):
        record = environments.read_record(made.path)
        assert record is not None and record.usable(made.steps), "not in an environment that would be made anew"
    more = {"demo": [], "test": ["--only", "main", "--", "tests/docs/test_links.py"], "check": ["scripts/run.py"]}
    begun = time.time()
    _python, *words = shown
    done = subprocess.run(
        [sys.executable, *words, *more[words[-1]]], cwd=ROOT, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    {"demo": demo_holds, "test": suite_holds, "check": check_holds}[words[-1]](done.stdout, begun, tmp_path)


def demo_holds(said, begun, folder):
    """Two sentences; of each a .bvh, an .npz and a picture, and a .blend with both, made now and named in the end."""
    out = ROOT / "out/demo"
    assert [scene.prompt for scene in SCENES] == ["a person walks forward, then turns around", "a person jumps"]
    files = {"demo.blend"} | {f"{scene.name}.{suffix}" for scene in SCENES for suffix in ("bvh", "npz", "png")}
    assert {line.split()[0] for line in said.partition(f"In {out}:")[2].splitlines() if line} == files
    assert all((out / name).stat().st_mtime >= begun for name in files)
    motions = {scene: from_npz((out / f"{scene.name}.npz").read_bytes()) for scene in SCENES}
    for scene, (motion,) in motions.items():
        assert (motion.meta["prompt"], motion.frames) == (scene.prompt, 20 * scene.seconds)
        assert len(parse_bvh((out / f"{scene.name}.bvh").read_bytes()).local_rotations) == motion.frames
        assert np.asarray(Image.open(out / f"{scene.name}.png").convert("L")).std() > 5
    reading = [OF_THE_DEMO.python, HERE / "read_demo.py", out / "demo.blend"]
    found = report([*reading, *(out / f"{scene.name}.npz" for scene in SCENES)], env=environment(folder), cwd=folder)
    assert found == {scene.name: pytest.approx(0.0, abs=0.001) for scene in SCENES}


def suite_holds(said, _begun, _folder):
    assert re.search(r"^  main: [1-9]\d* passed, 0 failed, 0 skipped", said, re.MULTILINE)


def check_holds(said, _begun, _folder):
    ran = [line.split()[1:3] for line in said.splitlines() if line.startswith("$")]
    assert ran == [["ruff", "format"], ["ruff", "check"], ["pyright", "scripts/run.py"]]
    assert said.endswith("Formatting, lint and types are clean.\n")


def test_the_sizes_are_of_everything_that_the_page_tells_of():
    test = "tests/blender/test_runner.py::test_the_sizes_are_of_everything_that_the_page_tells_of"
    (block,) = elsewhere(test, "results.md")
    done = subprocess.run(["sh", "-c", block.text], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    sizes = {path: size for size, path in (line.split("\t") for line in done.stdout.splitlines())}
    shipped = {f"backend/reprise/assets/{path.name}" for path in (ROOT / "backend/reprise/assets").iterdir()}
    assert {".venv", f".cache/bpy-{SCENE_BLENDER}", *shipped} <= set(sizes)
    assert all(re.fullmatch(r"[0-9.,]+[KMGT]?", size) for size in sizes.values())
    assert sizes[".venv"].endswith("G")
