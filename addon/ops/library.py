"""Put the user's own motion into the library: what a rig does, or files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import bpy

from .. import adding, takes
from ..adding import ENDINGS, Labels, Part, files_below, part_of
from ..core.errors import RepriseError
from ..core.motion import to_npz
from ..rig_reading import read_motion
from ..translations import told, tr
from .armature_operator import rig_in_hand


class _Adding(bpy.types.Operator):
    """An operator that sends motion to the library, in the background; without a window it waits until it is there."""

    bl_options = {"REGISTER"}  # no UNDO: the library is no part of the file

    captions: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Caption",
        description="What the person does, in one English sentence; further ones after a semicolon. Clips are found by "
        "it. Empty: the file's own, or words of its name",
        options={"SKIP_SAVE"},
    )
    tags: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Tags", description="Words to filter by, with commas between them", options={"SKIP_SAVE"}
    )
    licence: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Licence", description="The terms under which you have the motion, kept with it", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One at a time."""
        del context
        if adding.current.is_running:
            cls.poll_message_set(tr("Motion is being added to the library already"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Begins; the panel tells how far it is and what came of it."""
        try:
            captions = "\n".join(part.strip() for part in self.captions.split(";") if part.strip())
            adding.add(self.parts(context), Labels(captions, self.tags.strip(), self.licence.strip()))
            if bpy.app.background:
                if adding.current.error is not None:
                    raise adding.current.error
                self.report({"INFO"}, " ".join((adding.current.summary(), *adding.current.skipped)))
        except RepriseError as error:
            adding.current.error = error
            self.report({"ERROR"}, told(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def parts(self, context: bpy.types.Context) -> list[Part]:
        """What to send; raises `RepriseError` where there is nothing."""
        raise NotImplementedError


class REPRISE_OT_add_action_to_library(_Adding):  # noqa: N801 - Blender's naming
    """Adds what a rig does over a range of frames."""

    bl_idname = "reprise.add_action_to_library"
    bl_description = (
        "Put what the selected rig does into your own library, where prompts find it: its whole Action or a range of "
        "frames, with constraints, IK and NLA as they play"
    )
    bl_label = "Add Active Action"

    span: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Frames",
        description="Which frames",
        items=(
            ("ACTION", "Action", "From the first to the last key of the Action"),
            ("SCENE", "Scene", "The scene's frame range, or its preview range where one is set"),
            ("CUSTOM", "Custom", "The frames given here"),
        ),
    )
    first: bpy.props.IntProperty(name="First", description="The first frame", default=1)  # type: ignore[valid-type]
    last: bpy.props.IntProperty(name="Last", description="The last frame", default=250)  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs an armature."""
        armature = rig_in_hand(context)
        if armature is None or armature.mode == "EDIT":
            cls.poll_message_set(tr("Select an armature, and leave its Edit Mode"))
            return False
        return super().poll(context)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:  # type: ignore[override]
        """Asks what to say of it."""
        action = _action_of(cast(bpy.types.Object, rig_in_hand(context)))
        if action is not None:
            self.captions = caption_of(action)
            self.first, self.last = (round(frame) for frame in action.frame_range)
        self.span = "ACTION" if action is not None else "SCENE"
        return cast(Any, context.window_manager).invoke_props_dialog(self, width=420)

    def draw(self, context: bpy.types.Context) -> None:
        """The dialog."""
        del context
        layout = cast(bpy.types.UILayout, self.layout)
        layout.use_property_split = True
        for name in ("captions", "tags", "licence", "span"):
            layout.prop(self, name)
        if self.span == "CUSTOM":
            column = layout.column(align=True)
            column.prop(self, "first")
            column.prop(self, "last")

    def parts(self, context: bpy.types.Context) -> list[Part]:
        """The Motion that the rig performs, named after the Action."""
        armature = cast(bpy.types.Object, rig_in_hand(context))
        scene, view_layer = cast(bpy.types.Scene, context.scene), cast(bpy.types.ViewLayer, context.view_layer)
        action = _action_of(armature)
        first, last = self._range(scene, armature, action)
        data = to_npz([read_motion(scene, view_layer, armature, first, last)])
        name = bpy.path.clean_name(action.name if action else armature.name)
        return [Part(f"{name}.npz", lambda: data)]

    def _range(
        self, scene: bpy.types.Scene, armature: bpy.types.Object, action: bpy.types.Action | None
    ) -> tuple[int, int]:
        if self.span == "CUSTOM":
            return self.first, self.last
        if self.span == "SCENE":
            if scene.use_preview_range:
                return scene.frame_preview_start, scene.frame_preview_end
            return scene.frame_start, scene.frame_end
        if action is None:
            raise RepriseError("no_action", f"'{armature.name}' has no Action.", "Choose another range of frames.")
        first, last = action.frame_range
        return round(first), round(last)


class REPRISE_OT_add_files_to_library(_Adding):  # noqa: N801
    """Adds files, or all that are in a folder."""

    bl_idname = "reprise.add_files_to_library"
    bl_description = (
        "Put motion files into your own library: BVH, ASF/AMC, glTF, Motions of Reprise, or zip archives of these; "
        "without a file chosen, all that are in the folder and below it"
    )
    bl_label = "Add Files or Folder"

    directory: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Folder", description="Where the files are", subtype="DIR_PATH", options={"SKIP_SAVE"}
    )
    files: bpy.props.CollectionProperty(  # type: ignore[valid-type]
        name="Files",
        description="Their names; none: all below the folder",
        type=cast(Any, bpy.types.OperatorFileListElement),
        options={"SKIP_SAVE"},
    )
    filter_glob: bpy.props.StringProperty(  # type: ignore[valid-type]
        default=";".join(f"*{ending}" for ending in ENDINGS), options={"HIDDEN"}
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:  # type: ignore[override]
        """Asks which."""
        cast(Any, context.window_manager).fileselect_add(self)
        return {"RUNNING_MODAL"}

    def parts(self, context: bpy.types.Context) -> list[Part]:
        """The files, in order; they are read when they are sent."""
        del context
        folder = Path(bpy.path.abspath(self.directory))
        chosen = [folder / each.name for each in self.files if each.name]
        if not self.directory or not folder.is_dir():
            raise RepriseError("no_folder", f"There is no folder '{self.directory}'.", "Choose another.")
        try:
            files = chosen or files_below(folder)
        except OSError as error:
            raise RepriseError("no_folder", f"'{folder}' cannot be read: {error.strerror or error}.") from error
        if not files:
            known = ", ".join(ENDINGS)
            raise RepriseError("no_motion", f"There is no motion file in '{folder}'.", f"Known are {known}.")
        return [part_of(file, folder) for file in files]


class REPRISE_OT_cancel_adding(bpy.types.Operator):  # noqa: N801
    """Add no more files; what is in the library already stays"""

    bl_idname = "reprise.cancel_adding"
    bl_label = "Cancel"
    bl_options = {"REGISTER"}

    def execute(self, _context: bpy.types.Context) -> set[str]:  # type: ignore[override]
        """Returns at once."""
        adding.cancel()
        return {"FINISHED"}


def caption_of(action: bpy.types.Action) -> str:
    """What to propose: a take's prompt, which has no number behind it, or else the Action's name."""
    return takes.sentence_of(takes.record_of(action)) or action.name


def _action_of(armature: bpy.types.Object) -> bpy.types.Action | None:
    animation = armature.animation_data
    return animation.action if animation else None
