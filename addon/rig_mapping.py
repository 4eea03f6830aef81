"""Which bones of an armature play our joints: found once for each armature and kept, so that drawing only looks it up.

A handler looks at the armature that becomes active. What it finds is forgotten when the armature is edited, on undo and
when a file is opened; nothing of Blender's data is kept, only numbers and names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import bpy

from .armature import bones_data
from .core.rigs.bones import BoneMapping
from .core.rigs.mapping import map_bones
from .core.skeleton import JOINT_NAMES
from .rig import bones_of
from .rig_presets import load_preset
from .uids import uid

_SIDES = (("Left", "Right"), ("left", "right"), ("LEFT", "RIGHT"), ("左", "右"))
_OTHER_SIDE = dict(_SIDES) | {right: left for left, right in _SIDES}
_SIDE_WORD = re.compile("|".join(_OTHER_SIDE))


@dataclass(frozen=True)
class MappedRig:
    """An armature as it was mapped: `automatic` without, `mapping` with the bones chosen by hand (`overrides`).

    `saved`: there is a preset for these bones, and `preset`: it is what was used. `blocked` says in a sentence why
    nothing can be keyed whatever the mapping.
    """

    bone_names: tuple[str, ...]
    automatic: BoneMapping
    overrides: Mapping[str, str | None]
    mapping: BoneMapping
    saved: bool
    preset: bool
    blocked: str

    @property
    def is_usable(self) -> bool:
        """Whether a motion can be keyed on it."""
        return not self.blocked and self.mapping.confidence > 0.0


_known: dict[int, tuple[int, MappedRig]] = {}  # object -> (its armature data, what was found)


def find_armature(candidate: bpy.types.Object | None) -> bpy.types.Object | None:
    """The object if it is an armature, or the armature that deforms it."""
    if candidate is None or candidate.type == "ARMATURE":
        return candidate
    return candidate.find_armature()


def known_rig(armature: bpy.types.Object) -> MappedRig | None:
    """What was found of this armature, without looking; None when it was not looked at yet."""
    found = _known.get(uid(armature))
    return found[1] if found else None


def map_rig(armature: bpy.types.Object) -> MappedRig:
    """Looks at an armature unless that was done: reads its bones, a saved preset, the user's choices, and maps it."""
    found = known_rig(armature)
    if found is None:
        found = _look(armature)
        _known[uid(armature)] = (uid(bones_data(armature)), found)
    return found


def choose_bone(armature: bpy.types.Object, joint: str, bone: str) -> None:
    """The user's choice for a joint; "" for none. A bone that was chosen for another joint is taken from that one."""
    rig = map_rig(armature)
    if bone and bone not in rig.bone_names:
        return
    overrides = {
        name: chosen for name, chosen in rig.overrides.items() if name != joint and not (bone and chosen == bone)
    }
    automatic = rig.automatic.matches.get(joint)
    if bone != (automatic.bone if automatic else ""):
        overrides[joint] = bone or None
    set_overrides(armature, overrides)


def mirror_choices(armature: bpy.types.Object) -> int:
    """Gives each joint chosen on one side only the bone of the mirrored name on the other; returns how many."""
    rig = map_rig(armature)
    overrides, mirrored = dict(rig.overrides), 0
    for joint, bone in rig.overrides.items():
        side, _, role = joint.partition("_")
        other = {"left": f"right_{role}", "right": f"left_{role}"}.get(side)
        if other is None or other in rig.overrides:
            continue
        flipped = _mirrored_name(bone, rig.bone_names) if bone else None
        if flipped or not bone:
            overrides[other], mirrored = flipped, mirrored + 1
    if mirrored:
        set_overrides(armature, overrides)
    return mirrored


def _mirrored_name(bone: str, bone_names: tuple[str, ...]) -> str | None:
    """The bone of the other side: by Blender's rules (.L, _r), or with the word for the side anywhere in the name."""
    swapped = _SIDE_WORD.sub(lambda found: _OTHER_SIDE[found.group(0)], bone)
    return next((name for name in (bpy.utils.flip_name(bone), swapped) if name != bone and name in bone_names), None)


def set_overrides(armature: bpy.types.Object, overrides: Mapping[str, str | None] | None) -> None:
    """Keeps the user's choices with the object and maps it anew.

    {} means what is found automatically, None that nothing is decided, so that a preset may speak.
    """
    text = "" if overrides is None else json.dumps(overrides, ensure_ascii=False)
    cast(Any, armature).reprise_rig.overrides = text
    forget(armature)
    map_rig(armature)


def forget(armature: bpy.types.Object) -> None:
    """Looks at it anew the next time."""
    _known.pop(uid(armature), None)


def _look(armature: bpy.types.Object) -> MappedRig:
    bones = bones_of(armature)
    own = _own_overrides(armature)
    preset = load_preset(bones.names)
    automatic = map_bones(bones)
    overrides = dict((preset if own is None else own) or {})
    known = {bone: bone for bone in bones.names} | {None: None}
    overrides = {joint: bone for joint, bone in overrides.items() if joint in JOINT_NAMES and bone in known}
    for joint, match in automatic.matches.items():  # a preset is whole; what it says as everybody does is no choice
        if joint in overrides and overrides[joint] == match.bone:
            del overrides[joint]
    for joint in automatic.missing:
        if joint in overrides and overrides[joint] is None:
            del overrides[joint]
    mapping = map_bones(bones, overrides) if overrides else automatic
    return MappedRig(
        bones.names, automatic, overrides, mapping, preset is not None, bool(preset) and own is None, _blocked(armature)
    )


def _own_overrides(armature: bpy.types.Object) -> dict[str, str | None] | None:
    """What the user chose for this object; None when nothing was decided."""
    settings = getattr(armature, "reprise_rig", None)  # not there where the add-on is not registered
    text = settings.overrides if settings else ""
    try:
        return dict(json.loads(text)) if text else None
    except ValueError:
        return None


def _blocked(armature: bpy.types.Object) -> str:
    if armature.library is not None and armature.override_library is None:
        return f"'{armature.name}' is linked from another file: make a library override of it first."
    return ""


def attach() -> None:
    """Called when the add-on is registered."""
    for handlers, handler in _handlers():
        handlers.append(handler)
    bpy.app.timers.register(look_at_active, first_interval=0.0)  # not now: there is no context while registering


def detach() -> None:
    """Called when the add-on is unregistered."""
    for handlers, handler in _handlers():
        if handler in handlers:
            handlers.remove(handler)
    if bpy.app.timers.is_registered(look_at_active):
        bpy.app.timers.unregister(look_at_active)
    _known.clear()


def _handlers() -> tuple[tuple[Any, Any], ...]:
    handlers = bpy.app.handlers
    return (
        (handlers.depsgraph_update_post, _on_change),
        (handlers.undo_post, _on_other_data),
        (handlers.redo_post, _on_other_data),
        (handlers.load_post, _on_other_data),
    )


@bpy.app.handlers.persistent
def _on_change(_scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """Something changed, perhaps only what is selected."""
    edited = {
        uid(cast(Any, update.id.original)) for update in depsgraph.updates if isinstance(update.id, bpy.types.Armature)
    }
    for number in [number for number, (data, _) in _known.items() if data in edited]:
        del _known[number]
    look_at_active()


@bpy.app.handlers.persistent
def _on_other_data(*_arguments: object) -> None:
    """Undo, redo and another file: everything may be different."""
    _known.clear()
    look_at_active()


def look_at_active() -> None:
    """Maps the armatures in hand, unless they are known or being edited."""
    view_layer = getattr(bpy.context, "view_layer", None)
    for armature in armatures_in_hand(view_layer) if view_layer else ():
        if armature.mode != "EDIT" and known_rig(armature) is None:
            map_rig(armature)


def armatures_in_hand(view_layer: bpy.types.ViewLayer) -> list[bpy.types.Object]:
    """The armatures that are selected, or deform what is: first that of the active object, selected or being posed."""
    active = view_layer.objects.active
    in_hand = active is not None and (active.select_get(view_layer=view_layer) or active.mode == "POSE")
    armatures = [find_armature(candidate) for candidate in view_layer.objects.selected]
    armatures.insert(0, find_armature(active) if in_hand else None)
    return list(dict.fromkeys(armature for armature in armatures if armature is not None))
