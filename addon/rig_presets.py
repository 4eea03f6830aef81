"""Mappings that the user saved: one JSON file for each set of bone names, in the user's own folder.

A preset belongs to every rig with the same bones, in this file or another, whatever the object is called.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import bpy

from .core.errors import RepriseError
from .core.motion import write_file

log = logging.getLogger(__name__)
_KIND = "reprise rig mapping"


def load_preset(bone_names: Sequence[str]) -> dict[str, str | None] | None:
    """Joint -> bone (None: none) as saved for a rig with exactly these bones, or None when nothing was."""
    path = preset_path(bone_names)
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        if saved["kind"] != _KIND or sorted(saved["bones"]) != sorted(bone_names):
            raise ValueError("it is of another kind")
        return {str(joint): None if bone is None else str(bone) for joint, bone in saved["joints"].items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("The saved mapping '%s' cannot be used: %s", path, error)
        return None


def save_preset(name: str, bone_names: Sequence[str], joints: Mapping[str, str | None]) -> Path:
    """Saves the mapping for all rigs with these bones; `name` is for people who look into the file.

    Raises `RepriseError` when the file cannot be written.
    """
    path = preset_path(bone_names)
    saved = {"kind": _KIND, "rig": name, "bones": sorted(bone_names), "joints": dict(joints)}
    try:
        write_file(path, (json.dumps(saved, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))
    except OSError as error:
        reason = error.strerror or error
        raise RepriseError("no_preset", f"The mapping cannot be saved to '{path}': {reason}.") from error
    return path


def remove_preset(bone_names: Sequence[str]) -> None:
    """Forgets what was saved for rigs with these bones. Raises `RepriseError` when the file cannot be removed."""
    path = preset_path(bone_names)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise RepriseError("no_preset", f"The saved mapping '{path}' cannot be removed: {reason}.") from error


def preset_path(bone_names: Sequence[str]) -> Path:
    """The file that is for these bones, whatever their order."""
    digest = hashlib.sha256("\n".join(sorted(bone_names)).encode("utf-8")).hexdigest()[:16]
    return _folder() / f"{digest}.json"


def _folder() -> Path:
    try:
        return Path(bpy.utils.extension_path_user(__package__ or "", path="rigs"))
    except ValueError:  # not installed as an extension
        return Path(bpy.utils.user_resource("CONFIG", path="reprise/rigs"))
