"""A preview: new takes play on the armature, and what was there before comes back when they are rejected.

Kept with the object, so that undo, saving and loading take it along.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import bpy

from . import takes
from .actions import assign_action, playing
from .armature import bones_data
from .posing import read_pose, write_pose
from .translations import tr


def show_new(
    armature: bpy.types.Object,
    actions: Sequence[bpy.types.Action],
    batch: str,
    is_new: bool,
    frame_end: tuple[int, int],
) -> None:
    """Shows the first of new takes as a preview, unless the batch is being shown already: then they only join it.

    `is_new`: the armature was made for them. `frame_end`: the scene's end before and after.
    """
    fields = cast(Any, armature)
    if not hasattr(fields, "reprise_take_preview"):  # not registered: there is nobody to accept anything
        takes.show(armature, actions[0])
        return
    kept = _kept(armature)
    if kept.get("batch") == batch:
        kept["frame_end"] = [kept["frame_end"][0], frame_end[1]]
    else:
        # Rejecting leads back to the user's own work, not to another preview; but one's own armature is not taken away.
        goes_on = bool(kept) and not kept["made"]
        action, slot = playing(armature)
        if not goes_on:
            fields.reprise_take_before = action
            kept = {"slot": slot, "made": is_new, "frame_end": [frame_end[0], frame_end[1]], "pose": {}}
        kept["batch"] = batch
        kept["frame_end"] = [kept["frame_end"][0], frame_end[1]]
        fields.reprise_take_preview = json.dumps(kept)
        show(armature, actions[0])
        return
    fields.reprise_take_preview = json.dumps(kept)


def show(armature: bpy.types.Object, action: bpy.types.Action) -> None:
    """Makes a take play. In a preview, what it may change and the takes before it did not comes back on Reject, too."""
    kept = _kept(armature)
    if kept:
        pose = kept.setdefault("pose", {})
        for bone, values in read_pose(armature, action).items():
            before = pose.get(bone, {})
            switches = {**values.get("switches", {}), **before.get("switches", {})}
            pose[bone] = {**values, **before, "switches": switches}
        cast(Any, armature).reprise_take_preview = json.dumps(kept)
    takes.show(armature, action)


def is_previewing(armature: bpy.types.Object) -> bool:
    """Whether there is something to accept or to reject. Cheap enough for drawing."""
    return bool(getattr(armature, "reprise_take_preview", ""))


def accept(armature: bpy.types.Object) -> None:
    """What plays now stays; the other takes stay in the list."""
    if hasattr(armature, "reprise_take_preview"):
        fields = cast(Any, armature)
        fields.reprise_take_preview, fields.reprise_take_before = "", None


def reject(scene: bpy.types.Scene, armature: bpy.types.Object) -> str:
    """Removes the takes of the preview and brings back what was there; an armature made for them goes, too.

    Returns what to tell.
    """
    kept, before = _kept(armature), cast(Any, armature).reprise_take_before
    rejected = list(takes.batch_of(armature, kept.get("batch", "")))
    begins, ends = kept.get("frame_end", (0, 0))
    if begins != ends and scene.frame_end == ends:
        scene.frame_end = begins
    accept(armature)
    if kept.get("made") and len(rejected) == len(takes.takes_of(armature)):
        bpy.data.armatures.remove(bones_data(armature))
        then = tr("the armature made for them was removed")
    else:
        assign_action(armature, before, kept.get("slot", ""))
        write_pose(armature, kept.get("pose", {}))
        then = tr("'{action}' plays again").format(action=before.name) if before else tr("nothing plays now")
    count = len(rejected)
    for action in rejected:
        bpy.data.actions.remove(action)
    removed = tr("1 take removed") if count == 1 else tr("{count} takes removed").format(count=count)
    return f"{removed}; {then}"


def _kept(armature: bpy.types.Object) -> dict[str, Any]:
    try:
        kept = json.loads(getattr(armature, "reprise_take_preview", "") or "{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}
