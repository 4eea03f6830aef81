"""What the user does with the references of the prompt: find them, steer them, use one as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import bpy

from .. import errands, hosting, session, takes
from ..bridge.errand import Errand
from ..core.contract import MAX_PROMPT, MAX_SECONDS, MIN_SECONDS, References, Request
from ..core.errors import RepriseError
from ..keying import key_takes
from ..preferences import preferences
from ..properties import settings
from ..references import current
from ..references.shown import Row, Shown
from ..target import find_target
from ..translations import told, tr
from ..uids import by_uid, uid
from ..windows import redraw


class REPRISE_OT_find_references(bpy.types.Operator):  # noqa: N801 - Blender's naming
    """Asks the backend for the references of the panel's prompt."""

    bl_idname = "reprise.find_references"
    bl_description = (
        "Look for the clips of the library that come nearest to the prompt and its length, and show them beside the "
        "character. The next generation is built on exactly those that are shown"
    )
    bl_label = "Find References"
    bl_options = {"REGISTER"}  # no UNDO: what is found, when it comes, is the one undo step

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Asks in the background; without a window it waits for the answer."""
        try:
            current.find(context)
            if bpy.app.background and current.current.error is not None:
                raise current.current.error
        except RepriseError as error:
            current.current.error = error
            self.report({"ERROR"}, told(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class _ListOperator(bpy.types.Operator):
    """An operator that changes the list of the scene; undo brings the old one back."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a list."""
        if context.scene is None:
            return False
        shown = current.shown_of(cast(bpy.types.Scene, context.scene))
        return bool(shown.rows or shown.excluded)

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """One step."""
        scene = cast(bpy.types.Scene, context.scene)
        before = current.shown_of(scene)
        after = self.changed(before, settings(scene).sentence)
        if after == before:
            return {"CANCELLED"}
        current.change(scene, after)
        return {"FINISHED"}

    def changed(self, shown: Shown, prompt: str) -> Shown:
        """The list as it is to be."""
        raise NotImplementedError


class _ClipOperator(_ListOperator):
    clip: bpy.props.StringProperty(name="Clip", description="The clip's id in the library")  # type: ignore[valid-type]


class REPRISE_OT_pin_reference(_ClipOperator):  # noqa: N801
    """Keep this clip in the list, whatever is looked for next; or let it go again"""

    bl_idname = "reprise.pin_reference"
    bl_label = "Pin"

    def changed(self, shown: Shown, prompt: str) -> Shown:
        """Pinned, or not any more."""
        del prompt
        return shown.toggle_pin(self.clip)


class REPRISE_OT_exclude_reference(_ClipOperator):  # noqa: N801
    """Take this clip out of the list, and never find it again in this scene until excluded clips are allowed again"""

    bl_idname = "reprise.exclude_reference"
    bl_label = "Exclude"

    def changed(self, shown: Shown, prompt: str) -> Shown:
        """Without it."""
        del prompt
        return shown.exclude(self.clip)


class REPRISE_OT_move_reference(_ClipOperator):  # noqa: N801
    """Move this clip up or down in the list"""

    bl_idname = "reprise.move_reference"
    bl_label = "Move"

    down: bpy.props.BoolProperty(name="Down", description="Down instead of up")  # type: ignore[valid-type]

    def changed(self, shown: Shown, prompt: str) -> Shown:
        """In the place of its neighbour."""
        return shown.move(self.clip, 1 if self.down else -1, prompt)


class REPRISE_OT_clear_references(_ListOperator):  # noqa: N801
    """Show no references any more, pinned ones included: the next generation looks for its own"""

    bl_idname = "reprise.clear_references"
    bl_label = "Clear"

    def changed(self, shown: Shown, prompt: str) -> Shown:
        """What is excluded stays so."""
        del prompt
        return replace(shown, rows=())


class REPRISE_OT_admit_references(_ListOperator):  # noqa: N801
    """Let the excluded clips be found again"""

    bl_idname = "reprise.admit_references"
    bl_label = "Allow Excluded Again"

    def changed(self, shown: Shown, prompt: str) -> Shown:
        """None is excluded."""
        del prompt
        return shown.admit()


class REPRISE_OT_use_reference(bpy.types.Operator):  # noqa: N801
    """Keys a reference as a take."""

    bl_idname = "reprise.use_reference"
    bl_description = (
        "Key this clip itself, as it is in the library, on the selected rig, or else on a new armature: as a take, "
        "which is accepted or rejected like a generated one"
    )
    bl_label = "Use This Clip Itself"
    bl_options = {"REGISTER", "UNDO"}

    clip: bpy.props.StringProperty(name="Clip", description="The clip's id in the library")  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Not inside an edit mode, where nothing can be keyed."""
        active = context.active_object
        if active is not None and active.mode not in ("OBJECT", "POSE"):
            cls.poll_message_set(tr("Leave the edit mode first"))
            return False
        return context.scene is not None

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Keyed as a generated motion would be."""
        try:
            scene = cast(bpy.types.Scene, context.scene)
            motion = current.current.motions.get(self.clip)
            row = next((row for row in current.shown_of(scene).rows if row.reference.id == self.clip), None)
            if motion is None or row is None:
                raise RepriseError("no_clip", "The clip's motion is not there yet.", "Find the references again.")
            panel = settings(scene)
            first = scene.frame_start if panel.start_at == "SCENE" else scene.frame_current
            view_layer, target = cast(bpy.types.ViewLayer, context.view_layer), find_target(context)
            keyed = key_takes(
                scene, view_layer, target, [motion], first, preferences().extend_frame_range,
                panel.to_keying_options(), _recipe(row),
            )  # fmt: skip
        except RepriseError as error:
            self.report({"ERROR"}, told(error))
            return {"CANCELLED"}
        session.current.keyed, session.current.error = keyed, None
        done = tr("'{take}': frames {first} to {last}")
        frames = {"first": keyed.first_frame, "last": keyed.last_frame}
        self.report({"INFO"}, done.format(take=keyed.actions[0], **frames))
        return {"FINISHED"}


class REPRISE_OT_remove_clip(bpy.types.Operator):  # noqa: N801
    """Remove this clip, which you added, from your library for good"""

    bl_idname = "reprise.remove_clip"
    bl_label = "Remove from Library"
    bl_options = {"REGISTER"}

    clip: bpy.props.StringProperty(name="Clip", description="The clip's id in the library")  # type: ignore[valid-type]

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:  # type: ignore[override]
        """Undo does not bring it back, so it is asked for."""
        return cast(Any, context.window_manager).invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """In the background; once it is gone, so is its row."""
        number, clip = uid(cast(bpy.types.Scene, context.scene)), self.clip

        def on_change(errand: Errand[Any]) -> None:
            current.current.error, scene = errand.error, by_uid(bpy.data.scenes, number)
            if errand.error is None and scene is not None:
                shown = current.shown_of(scene)
                rows = tuple(row for row in shown.rows if row.reference.id != clip)
                current.change(scene, replace(shown, rows=rows))
            redraw()

        try:
            errands.run(Errand(hosting.backend(), lambda client, _tell: client.remove_clip(clip)), on_change)
        except RepriseError as error:
            self.report({"ERROR"}, told(error))
            return {"CANCELLED"}
        return {"FINISHED"}


def _recipe(row: Row) -> takes.Recipe:
    """A request whose motion would be built on this clip alone: what Retry makes of the take."""
    clip = row.reference
    seconds = min(max(clip.seconds, MIN_SECONDS), MAX_SECONDS)
    request = Request(
        clip.caption.strip()[:MAX_PROMPT] or clip.id, seconds, references=References(k=0, pinned=(clip.id,))
    )
    return takes.Recipe(request, takes.new_batch(), clip.caption, clip.id)
