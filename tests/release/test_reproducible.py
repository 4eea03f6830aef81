"""The wheel: the same bytes from the same sources, whole, and working where it is installed."""

import hashlib
import os
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import pytest
from blocks import elsewhere

import reprise
from release import archive, extension, payload, wheel
from release.extension_tool import find_tool
from runner.console import Refusal

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = "tests/release/test_reproducible.py::test_the_installed_wheel_generates_far_from_the_checkout"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def shown():
    """The two commands of docs/command-line.md: build the wheel, install it."""
    (block,) = elsewhere(INSTALLED, "command-line.md")
    return block.commands


@pytest.fixture(scope="module")
def built(shown, tmp_path_factory):
    """What the first makes, in a folder other than the checkout."""
    folder, (_python, script, *words) = tmp_path_factory.mktemp("wheel"), shown[0]
    done = subprocess.run(
        [sys.executable, ROOT / script, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.strip()


def test_the_wheel_is_the_same_bytes_again_at_another_time_and_place(built, tmp_path, monkeypatch):
    time.sleep(2.1)  # what a zip can tell apart
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    umask = os.umask(0o077)
    try:
        again = wheel.build_wheel(tmp_path / "another" / "folder")
    finally:
        os.umask(umask)
    assert (again.name, digest(again)) == (built.name, digest(built))


def test_the_wheel_holds_every_module_and_everything_that_ships(built):
    with zipfile.ZipFile(built) as archive_:
        names = set(archive_.namelist())
    for package, folder in (("reprise", ROOT / "backend/reprise"), ("reprise_core", ROOT / "addon/core")):
        for path in folder.rglob("*"):
            if path.suffix in (".py", ".json", ".safetensors", ".sqlite", ".md", ".csv") and path.is_file():
                assert f"{package}/{path.relative_to(folder).as_posix()}" in names
    info = f"reprise-{reprise.__version__}.dist-info"
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/LICENSES/Apache-2.0.txt"} <= names


def test_the_installed_wheel_generates_far_from_the_checkout(built, shown, tmp_path):
    """By the page's `pip install`, into a fresh environment; torch and the rest are lent by the Python of this test."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [sys.executable, "-m", "pip", "-q", "--python", python, *shown[1][1:], "--no-deps", "--no-index"]
    subprocess.run(install, check=True, env=dict(os.environ, PYTHONPATH=""), cwd=built.parents[1])
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    lent = next(path for path in map(Path, sys.path) if (path / "torch").is_dir())
    # Not a .pth in it, which would bring the checkout along: the folder alone, behind the environment's own packages.
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join((site, str(lent))), "OMP_NUM_THREADS": "1"}
    program = str(python.with_name("reprise"))
    where = subprocess.run(
        [python, "-c", "import reprise, reprise_core; print(reprise.__file__, reprise_core.__file__)"],
        capture_output=True, text=True, check=True, env=variables, cwd=tmp_path,
    ).stdout  # fmt: skip
    assert where.count(str(environment)) == 2
    said = subprocess.run([program, "doctor"], capture_output=True, text=True, env=variables, cwd=tmp_path, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"{reprise.__version__}, installed as a package" in said.stdout
    assert "starter-library.sqlite, " in said.stdout
    done = subprocess.run(
        [program, "generate", "a person walks forward", "--seconds", "2", "--out", "walk.bvh"],
        capture_output=True, text=True, env=variables, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "walk.bvh"), done.stderr
    assert (tmp_path / "walk.bvh").read_text().startswith("HIERARCHY")


def test_a_version_is_the_same_wherever_it_is_written():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))["version"]
    assert project == manifest == reprise.__version__
    assert f"version: {project}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_times_modes_and_order_leave_no_trace_in_a_zip(tmp_path):
    for name, members, when in (("a.zip", "xyz", 1990), ("b.zip", "zyx", 2020)):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED, compresslevel=len(name)) as made:
            for member in members:
                made.writestr(zipfile.ZipInfo(member, (when, 1, 1, 0, 0, 0)), member * 100)
        archive.make_reproducible(tmp_path / name)
    assert digest(tmp_path / "a.zip") == digest(tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as read:
        assert [(name, read.read(name)) for name in read.namelist()] == [(m, m.encode() * 100) for m in "xyz"]


def test_the_extension_is_the_same_bytes_again(built, tmp_path, monkeypatch):
    try:
        tool = find_tool(None)
    except Refusal:
        pytest.skip("neither Blender nor bpy here (REPRISE_BLENDER)")
    monkeypatch.setattr(payload, "build_wheel", lambda out: copied(built, out / built.name))
    monkeypatch.setattr(payload, "_fetch_pip", lambda out: copied(built, out / "pip-1-py3-none-any.whl"))
    zips = []
    for folder in ("first", "second"):
        if zips:
            time.sleep(2.1)
        staged = extension.stage(tmp_path / folder / "reprise")
        zips.append(extension.build(staged, tmp_path / folder / "dist", tool))
    assert digest(zips[0]) == digest(zips[1])
    names = set(zipfile.ZipFile(zips[0]).namelist())
    assert {"__init__.py", "blender_manifest.toml", "LICENSE", "payload/payload.json", f"payload/{built.name}"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(".")]


def copied(source, target):
    target.write_bytes(source.read_bytes())
    return target


def test_without_a_blender_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    from release import extension_tool

    monkeypatch.setattr(extension_tool.real_blender, "find_blenders", lambda: ())
    monkeypatch.setattr(extension_tool, "BLENDERS", ())
    with pytest.raises(Refusal, match=r"--blender .*run\.py demo"):
        find_tool(None)
    with pytest.raises(Refusal, match=r"no Blender program at '.*nowhere'"):
        find_tool(tmp_path / "nowhere")
