"""Where a batch finds its backend: where the add-on would, and so also what it has installed. Imports bpy."""

from __future__ import annotations

from pathlib import Path

import bpy
from reprise_addon.bridge.command import find_backend
from reprise_addon.bridge.install.environments import Environments
from reprise_addon.preferences import backend_folder

_EXTENSION = "reprise"  # its id, after which Blender names its folder in whichever repository it came from


def find() -> list[str]:
    """The command line that runs `reprise`; raises `backend_missing`."""
    installed = (Environments(folder).python() for folder in _folders())
    return find_backend(installed=next(filter(None, installed), None))


def _folders() -> list[Path]:
    """Where the add-on keeps what it installs: as an extension of any repository, or as a plain add-on."""
    extensions = Path(bpy.utils.user_resource("EXTENSIONS", path=".user"))
    return [*sorted(extensions.glob(f"*/{_EXTENSION}/backend")), backend_folder()]
