#!/usr/bin/env python3
"""Fills a folder with what the extension carries for installing the backend: `stage_payload.py addon/payload`.

The folder gets the package `reprise` as a wheel (with its weights and starter library), pip's wheel, the lock files,
and `payload.json` with the SHA-256 of each. Run it with the project's own Python (`.venv`), which has setuptools; pip's
wheel comes from the package index, by the hash in `requirements/installer.lock`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {
    "runtime_lock": "runtime.lock",
    "torch_lock": "torch-pypi.lock",
    "uv_lock": "installer.lock",
}


def stage(out: Path) -> None:
    """Writes the payload to `out`, which is emptied first."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    index = {"version": tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]}
    for role, name in LOCKS.items():
        shutil.copy(ROOT / "requirements" / name, out / name)
        index[role] = name
    index["wheel"] = _build_wheel(out).name
    index["pip"] = _fetch_pip(out).name
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}
    text = json.dumps({**index, "files": files}, indent=1)
    (out / "payload.json").write_text(text + "\n", encoding="utf-8")


def _build_wheel(out: Path) -> Path:
    with tempfile.TemporaryDirectory() as name:  # setuptools leaves its build folder beside the sources
        copy = Path(name)
        for part in ("addon/core", "backend/reprise"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        for part in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / part, copy / part)
        _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", out, copy)
    return next(out.glob("reprise-*.whl"))


def _fetch_pip(out: Path) -> Path:
    lock = (ROOT / "requirements/installer.lock").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        only = Path(name) / "pip.lock"
        only.write_text(lock[lock.index("pip==") : lock.index("uv==")], encoding="utf-8")
        _pip("download", "--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", only, "--dest", out)
    return next(out.glob("pip-*.whl"))


def _pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", "-q", *map(str, arguments)], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: stage_payload.py FOLDER")
    stage(Path(sys.argv[1]))
