"""What the extension carries for installing the backend: the wheel, pip's wheel, the lock files, and an index."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import tomllib
from pathlib import Path

from runner.environment import ROOT

from .wheel import build_wheel, run_pip

LOCKS = {
    "runtime_lock": "runtime.lock",
    "torch_lock": "torch-pypi.lock",
    "uv_lock": "installer.lock",
}


def stage_payload(out: Path) -> None:
    """Writes the payload to `out`, which is emptied first; `payload.json` says what is what, with the SHA-256 of each.

    pip's wheel comes from the package index, by the hash in `requirements/installer.lock`. Raises `Refusal`.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    index = {"version": tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]}
    for role, name in LOCKS.items():
        shutil.copy(ROOT / "requirements" / name, out / name)
        index[role] = name
    index["wheel"] = build_wheel(out).name
    index["pip"] = _fetch_pip(out).name
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}
    text = json.dumps({**index, "files": files}, indent=1)
    (out / "payload.json").write_text(text + "\n", encoding="utf-8")


def _fetch_pip(out: Path) -> Path:
    lock = (ROOT / "requirements/installer.lock").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        only = Path(name) / "pip.lock"
        only.write_text(lock[lock.index("pip==") : lock.index("uv==")], encoding="utf-8")
        run_pip("download", "--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", only, "--dest", out)
    return next(out.glob("pip-*.whl"))
