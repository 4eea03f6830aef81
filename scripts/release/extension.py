"""The add-on as an extension: its folder, its zip, and the index of a repository of such zips."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from runner.environment import ROOT

from .archive import make_reproducible
from .extension_tool import ExtensionTool
from .payload import stage_payload
from .wheel import JUNK

PAYLOAD = "payload"


def stage(folder: Path, with_payload: bool = True) -> Path:
    """Fills a new `folder` with what the extension consists of, and returns it.

    Without the payload it cannot install a backend, only use one that is there. Raises `Refusal`.
    """
    shutil.copytree(ROOT / "addon", folder, ignore=shutil.ignore_patterns(*JUNK, PAYLOAD))
    for name in ("blender_manifest.toml", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "LICENSES", folder / "LICENSES")
    if with_payload:
        stage_payload(folder / PAYLOAD)
    return folder


def build(staged: Path, out: Path, tool: ExtensionTool) -> Path:
    """Validates and builds what `stage` made with Blender's tool, and returns the zip in `out`.

    The zip is then made reproducible and validated once more. Raises `Refusal` with what the tool complains of.
    """
    tool.run("validate", staged)
    with tempfile.TemporaryDirectory() as name:  # a place that any Blender can write to
        tool.run("build", "--source-dir", staged, "--output-dir", name)
        (built,) = Path(name).glob("*.zip")
        make_reproducible(built)
        tool.run("validate", built)
        out.mkdir(parents=True, exist_ok=True)
        part = out / f".{built.name}.part"
        shutil.copyfile(built, part)
        return part.replace(out / built.name)


def write_index(archive: Path, tool: ExtensionTool) -> Path:
    """Writes `index.json` beside `archive`: with it the folder is a repository of this version, on any web server.

    Older versions may lie in the folder; Blender knows one version of an extension, so the index names no other.
    """
    with tempfile.TemporaryDirectory() as name:
        shutil.copyfile(archive, Path(name) / archive.name)
        tool.run("server-generate", "--repo-dir", name)
        part = archive.with_name(".index.json.part")
        shutil.copyfile(Path(name) / "index.json", part)
    return part.replace(archive.with_name("index.json"))
