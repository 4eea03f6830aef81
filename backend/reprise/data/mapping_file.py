"""The file with which a user corrects how a motion is read: JSON, by hand or by `reprise data inspect`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reprise_core.errors import RepriseError
from reprise_core.motion import write_file
from reprise_core.skeleton import JOINT_NAMES

UP_AXES = ("x", "y", "z")


@dataclass(frozen=True)
class ReadSettings:
    """What is known about a motion before it is read; everything else is recognised.

    `joints` gives joints the bone that plays them, or None for none; on a known rig it corrects the rig's own joint
    map, and None keeps the place that a joint has between two bones. `unit` is metres per unit of the file, `up` its
    vertical axis, `fps` its true rate. `published` trusts the pack's own facts: a known rig, its unit, its lead-in.
    `body_models` is where the user's SMPL models lie; it does not stand in a mapping file.
    """

    joints: Mapping[str, str | None] = field(default_factory=dict)
    unit: float | None = None
    up: str | None = None
    fps: float | None = None
    published: bool = False
    body_models: Path | None = None


def read_mapping_file(path: Path) -> ReadSettings:
    """The settings in a mapping file; `RepriseError` naming the entry when something in it cannot be meant."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RepriseError("bad_mapping", f"The mapping file '{path}' cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise RepriseError("bad_mapping", f"'{path}' is no mapping file ({error}).", "It is JSON.") from error
    if not isinstance(content, dict):
        raise RepriseError("bad_mapping", f"'{path}' is no mapping file: it holds no object.")
    unknown = set(content) - {"joints", "unit", "up", "fps"}
    if unknown:
        raise RepriseError(
            "bad_mapping", f"'{path}' has an unknown entry {min(unknown)!r}.", "Known are joints, unit, up and fps."
        )
    joints = content.get("joints", {})
    if not isinstance(joints, dict):
        raise RepriseError("bad_mapping", f"'joints' in '{path}' is no object of joints and bones.")
    for joint, bone in joints.items():
        if joint not in JOINT_NAMES:
            raise RepriseError("bad_mapping", f"There is no joint {joint!r}.", f"Joints are {', '.join(JOINT_NAMES)}.")
        if not isinstance(bone, str | None):
            raise RepriseError("bad_mapping", f"{joint} has {bone!r} in '{path}'.", "Give a bone's name, or null.")
    up = content.get("up")
    if up is not None and up not in UP_AXES:
        raise RepriseError("bad_mapping", f"'up' is {up!r} in '{path}'.", "It must be x, y or z.")
    return ReadSettings(joints, _positive(content, "unit", path), up, _positive(content, "fps", path))


def write_mapping_file(path: Path, settings: ReadSettings) -> None:
    """Writes the settings as a file to edit; all four entries stand in it."""
    content = {"joints": dict(settings.joints), "unit": settings.unit, "up": settings.up, "fps": settings.fps}
    write_file(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def _positive(content: Mapping[str, Any], name: str, path: Path) -> float | None:
    value = content.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < 1e6:
        raise RepriseError("bad_mapping", f"'{name}' is {value!r} in '{path}'.", "It must be a positive number.")
    return float(value)
