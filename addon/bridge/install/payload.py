"""What the extension carries for installing the backend: lock files, the package `reprise`, and pip itself.

`scripts/stage_payload.py` fills the folder when the extension is built; a checkout has none, and needs none. Everything
else is downloaded from the package index, each file checked against the hash in a lock file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.errors import RepriseError

FOLDER = Path(__file__).resolve().parents[2] / "payload"
INDEX = "payload.json"
_HINT = "Install the add-on from a release's zip file, or point it at a Python or a server of your own."


@dataclass(frozen=True)
class Payload:
    """The files and what their hashes must be (`sha256`, by name); `version` is that of the package `reprise`."""

    version: str
    wheel: Path
    pip: Path
    runtime_lock: Path
    torch_lock: Path
    uv_lock: Path
    sha256: Mapping[str, str]

    @property
    def key(self) -> str:
        """Changes when an environment made from this payload would differ."""
        parts = "".join(self.sha256[path.name] for path in (self.wheel, self.runtime_lock, self.torch_lock))
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    def check(self) -> None:
        """Raises `bad_payload` when a file is missing or not the one that `payload.json` names."""
        for path in (self.wheel, self.pip, self.runtime_lock, self.torch_lock, self.uv_lock):
            if not _is_right(path, self.sha256[path.name]):
                raise RepriseError("bad_payload", f"The add-on's file '{path.name}' is missing or damaged.", _HINT)


def read_payload(folder: Path = FOLDER) -> Payload:
    """Reads what the payload is (its files are looked at by `check`); raises `no_payload` when there is none."""
    try:
        index: Any = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        files = {name: folder / str(index[name]) for name in ("wheel", "pip", "runtime_lock", "torch_lock", "uv_lock")}
        hashes = {path.name: str(index["files"][path.name]) for path in files.values()}
        return Payload(str(index["version"]), **files, sha256=hashes)
    except FileNotFoundError as error:
        raise RepriseError("no_payload", "This copy of the add-on carries no backend to install.", _HINT) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RepriseError("bad_payload", f"The add-on's '{INDEX}' cannot be read.", _HINT) from error


def _is_right(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False
