"""Takes: generated Actions that know the rig they are for and how to make them again. All of it lies in the Actions.

Custom properties of an Action:

- `reprise`: JSON; the Motion's meta (prompt, seed, engine, references, ...), with `request` (what to send to get this
  take again), `versions`, `options` (how it was keyed), `first_frame`, `batch` (takes of one generation share it) and,
  of a clip of the library itself, `clip` (its id);
- `reprise_motion`: the Motion itself (npz), so that it can be keyed anew, elsewhere or on another rig;
- `reprise_rig`: which armature the take is for, by the number that the object keeps ("": any). It makes it a take.
"""

from __future__ import annotations

import json
import tomllib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import bpy

from .actions import assign_action, playing
from .core.contract import CONTRACT_VERSION, Request
from .core.errors import RepriseError
from .core.motion import Motion, from_npz, to_npz
from .keying_options import KeyingOptions
from .posing import clear_around

META, MOTION, RIG = "reprise", "reprise_motion", "reprise_rig"


@dataclass(frozen=True)
class Recipe:
    """Where takes come from: the request, its batch, and a name in place of the prompt.

    With the id of a `clip` they are that clip of the library itself, and the request is what Retry would ask for.
    """

    request: Request
    batch: str
    name: str = ""
    clip: str = ""


def new_batch() -> str:
    """A name that no other batch has, in this file or another."""
    return uuid.uuid4().hex


def describe(action: bpy.types.Action, motion: Motion, first_frame: int, options: KeyingOptions) -> None:
    """Writes what is known of the motion to its Action."""
    versions = {"addon": _version(), "blender": bpy.app.version_string, "contract": CONTRACT_VERSION}
    keyed = {"first_frame": first_frame, "options": options.to_json(), "versions": versions}
    cast(Any, action)[META] = json.dumps({**motion.meta, **keyed}, ensure_ascii=False)
    cast(Any, action)[MOTION] = to_npz([motion])


def make_take(action: bpy.types.Action, armature: bpy.types.Object, recipe: Recipe) -> None:
    """Makes a described Action a take of this armature."""
    record = record_of(action)
    seed = record.get("seed")
    request = replace(recipe.request, count=1, seed=seed if isinstance(seed, int) else recipe.request.seed)
    record |= {"batch": recipe.batch, "request": request.to_json()} | ({"clip": recipe.clip} if recipe.clip else {})
    cast(Any, action)[META] = json.dumps(record, ensure_ascii=False)
    cast(Any, action)[RIG] = rig_id(armature)


def make_like(action: bpy.types.Action, take: bpy.types.Action) -> None:
    """Makes a described Action a take of the same request, batch and armature as another."""
    kept = {name: value for name, value in record_of(take).items() if name in ("request", "batch", "clip")}
    cast(Any, action)[META] = json.dumps(record_of(action) | kept, ensure_ascii=False)
    cast(Any, action)[RIG] = cast(Any, take)[RIG]


def make_part(action: bpy.types.Action, armature: bpy.types.Object, parts: Sequence[str]) -> None:
    """Makes a described Action, put together from others, a take of this armature that no single request makes."""
    cast(Any, action)[META] = json.dumps(record_of(action) | {"parts": list(parts)}, ensure_ascii=False)
    cast(Any, action)[RIG] = rig_id(armature)
    del cast(Any, action)[MOTION]  # it is only the part that was added


def record_of(action: bpy.types.Action) -> dict[str, Any]:
    """What `describe` and `make_take` wrote; {} where there is nothing of ours."""
    try:
        record = json.loads(cast(Any, action).get(META, "{}"))
    except (TypeError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def sentence_of(record: Mapping[str, Any]) -> str:
    """What happens in a motion, by its meta or its take's record: its prompt, or all of those that it goes through."""
    parts = record.get("segments") or (record,)
    return ", then ".join(str(part["prompt"]) for part in parts if part.get("prompt"))


def belongs(action: bpy.types.Action, armature: bpy.types.Object) -> bool:
    """Whether a take is for this armature. Cheap enough for drawing."""
    rig = cast(Any, action).get(RIG)
    return isinstance(rig, str) and rig in ("", known_rig_id(armature))


def takes_of(armature: bpy.types.Object) -> list[bpy.types.Action]:
    """The armature's takes, in the file's order, which is by name."""
    return [action for action in bpy.data.actions if belongs(action, armature)]


def request_of(action: bpy.types.Action) -> Request:
    """The request that makes this take again; raises `RepriseError` for a take that no request made."""
    body = record_of(action).get("request")
    if not isinstance(body, Mapping):
        sentence = f"'{action.name}' was not generated from one request."
        raise RepriseError("no_recipe", sentence, "Choose one of the takes that it was put together from.")
    return Request.from_json(dict(body))


def motion_of(action: bpy.types.Action) -> Motion:
    """The Motion as it was generated; raises `RepriseError` where the Action has none."""
    data = cast(Any, action).get(MOTION)
    if not isinstance(data, bytes):
        raise RepriseError("no_motion", f"'{action.name}' has no generated motion with it.", "Choose another take.")
    return from_npz(data)[0]


def options_with(action: bpy.types.Action) -> KeyingOptions:
    """How the take was keyed."""
    known = KeyingOptions.__dataclass_fields__
    kept = record_of(action).get("options", {})
    return KeyingOptions(**{name: value for name, value in kept.items() if name in known})


def show(armature: bpy.types.Object, action: bpy.types.Action) -> None:
    """Makes a take play on the armature, from its own keys alone."""
    clear_around(armature, action)
    assign_action(armature, action)


def shown(armature: bpy.types.Object) -> bpy.types.Action | None:
    """The take that plays on the armature, if one does."""
    action, _ = playing(armature)
    return action if action is not None and belongs(action, armature) else None


def rig_id(armature: bpy.types.Object) -> str:
    """The number that takes know the object by, given to it now if it has none; "" where it cannot keep one."""
    if not hasattr(armature, "reprise_take_rig"):
        return ""
    fields = cast(Any, armature)
    if not fields.reprise_take_rig:
        fields.reprise_take_rig = uuid.uuid4().hex[:12]
    return fields.reprise_take_rig


def known_rig_id(armature: bpy.types.Object) -> str | None:
    """The number, without giving one."""
    return getattr(armature, "reprise_take_rig", "") or None


def batch_of(armature: bpy.types.Object, batch: str) -> Iterator[bpy.types.Action]:
    """The takes of one generation."""
    return (action for action in takes_of(armature) if record_of(action).get("batch") == batch)


@cache
def _version() -> str:
    """The add-on's version: in an installed extension the manifest lies beside us, in a checkout one folder up."""
    here = Path(__file__).resolve().parent
    for folder in (here, here.parent):
        manifest = folder / "blender_manifest.toml"
        if manifest.is_file():
            return str(tomllib.loads(manifest.read_text(encoding="utf-8"))["version"])
    return "unknown"
