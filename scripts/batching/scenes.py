"""The scene that a motion is keyed in: an empty one, or a file with a rig. Imports bpy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
from reprise_addon.armature import is_ours
from reprise_addon.core.errors import RepriseError
from reprise_addon.core.motion import Motion
from reprise_addon.keying import key_takes
from reprise_addon.rig_mapping import map_rig
from reprise_addon.rig_settings import RepriseRigSettings


@dataclass(frozen=True)
class Rig:
    """An armature in a .blend file."""

    path: Path
    armature: str


def check_rig(path: Path, armature: str) -> Rig:
    """Opens the file once, so that a bad rig is known before anything is generated; without a name, takes the only one.

    Raises `RepriseError` when the file cannot be opened, has no such armature, or one that cannot be mapped.
    """
    if not path.is_file():
        raise RepriseError("bad_rig", f"There is no rig file '{path}'.")
    if not hasattr(bpy.types.Object, "reprise_rig"):
        bpy.utils.register_class(RepriseRigSettings)  # bones chosen by hand are kept in the file
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path.resolve()), load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise RepriseError("bad_rig", f"The rig file '{path}' is no .blend that this Blender can open.") from error
    objects = _opened()[1].objects
    found = {candidate.name: candidate for candidate in objects if candidate.type == "ARMATURE"}
    listed = ", ".join(f"'{name}'" for name in found) or "none"
    if armature and armature not in found:
        raise RepriseError("bad_rig", f"There is no armature '{armature}' in '{path}' (its armatures: {listed}).")
    usable = {name: is_ours(candidate) or map_rig(candidate).is_usable for name, candidate in found.items()}
    candidates = [armature] if armature else [name for name in usable if usable[name]] or list(found)
    if len(candidates) != 1:
        sentence = f"'{path}' has {len(candidates) or 'no'} armatures that could be meant (its armatures: {listed})."
        raise RepriseError("bad_rig", sentence, "Name one with --armature.")
    if not usable[candidates[0]]:
        rig = map_rig(found[candidates[0]])
        problems = rig.blocked or " ".join(rig.mapping.problems)
        raise RepriseError(
            "foreign_rig",
            f"'{candidates[0]}' cannot be mapped: {problems}",
            "Choose its bones in Blender, in the Reprise tab under Rig, and save the mapping or the file.",
        )
    return Rig(path.resolve(), candidates[0])


def key_in_scene(motion: Motion, rig: Rig | None) -> tuple[str, ...]:
    """Opens a fresh scene (or the rig's), keys the motion from its first frame on, and selects the armature.

    Returns, in sentences, what of the rig could not be keyed.
    """
    if rig is None:
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    else:
        bpy.ops.wm.open_mainfile(filepath=str(rig.path), load_ui=False, use_scripts=False)
    scene, view_layer = _opened()
    if rig is None:
        scene.frame_end = scene.frame_start  # grows to the motion's length
    target = view_layer.objects[rig.armature] if rig else None
    keyed = key_takes(scene, view_layer, target, [motion], scene.frame_start)
    armature = bpy.data.objects[keyed.armature]
    for other in view_layer.objects.selected:
        other.select_set(False)
    armature.select_set(True)
    view_layer.objects.active = armature
    scene.frame_set(scene.frame_start)
    return keyed.unkeyed


def _opened() -> tuple[bpy.types.Scene, bpy.types.ViewLayer]:
    context: Any = bpy.context
    return context.scene, context.view_layer
