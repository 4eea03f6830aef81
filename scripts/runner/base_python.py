"""The Python that an environment is made with: this one, or another version that is found on this machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from reprise_addon.bridge.install.pythons import probe


def find_base(version: tuple[int, int]) -> Path | None:
    """An interpreter of that version: this one, one on the PATH, or one of pyenv's; None when there is none."""
    if sys.version_info[:2] == version:
        return Path(getattr(sys, "_base_executable", sys.executable))  # this Python may itself be an environment's
    number = f"{version[0]}.{version[1]}"
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    candidates = [Path(found)] if (found := shutil.which(f"python{number}")) else []
    candidates += sorted(pyenv.glob(f"versions/{number}.*/bin/python"))
    working = ((path, probe(path)) for path in candidates)
    return next((path for path, python in working if python is not None and python.version == version), None)
