"""What the user does with a rig: correct its mapping, keep it, try it, and read its motion."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import bpy

from ..core.errors import RepriseError
from ..core.motion import to_npz, write_file
from ..keying import key_takes
from ..preferences import preferences
from ..rig_mapping import forget, map_rig, mirror_choices, set_overrides
from ..rig_presets import remove_preset, save_preset
from ..rig_reading import read_motion
from ..translations import tr
from ..trial_motion import make_trial_motion
from .armature_operator import ArmatureOperator, rig_in_hand


class REPRISE_OT_rig_reset(ArmatureOperator):  # noqa: N801 - Blender's naming
    """Map the rig automatically again, without the bones chosen by hand"""

    bl_idname = "reprise.rig_reset"
    bl_label = "Reset"

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """A saved mapping stays saved, and is not used on this object any more."""
        del context
        set_overrides(armature, {})
        return tr("The mapping is the automatic one again")


class REPRISE_OT_rig_mirror(ArmatureOperator):  # noqa: N801
    """Give each joint chosen by hand on one side only the bone of the mirrored name on the other side"""

    bl_idname = "reprise.rig_mirror"
    bl_label = "Mirror"

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """By Blender's rules for mirrored names (.L, Left, _r)."""
        del context
        count = mirror_choices(armature)
        return tr("Mirrored: {count}").format(count=count) if count else tr("There was nothing to mirror")


class REPRISE_OT_rig_save(ArmatureOperator):  # noqa: N801
    """Keep this mapping for every rig with the same bones, in this file and others"""

    bl_idname = "reprise.rig_save"
    bl_label = "Save Mapping"

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """All joints are kept, also those without a bone; this object then goes by the preset, too."""
        del context
        rig = map_rig(armature)
        joints = {joint: match.bone for joint, match in rig.mapping.matches.items()}
        path = save_preset(armature.name, rig.bone_names, joints | dict.fromkeys(rig.mapping.missing))
        set_overrides(armature, None)
        return tr("Saved as '{path}'").format(path=path)


class REPRISE_OT_rig_forget(ArmatureOperator):  # noqa: N801
    """Remove the mapping that was saved for rigs with these bones"""

    bl_idname = "reprise.rig_forget"
    bl_label = "Forget Saved Mapping"
    bl_options = {"REGISTER"}

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """What was chosen for this object stays."""
        del context
        remove_preset(map_rig(armature).bone_names)
        forget(armature)
        map_rig(armature)
        return tr("The saved mapping was removed")


class REPRISE_OT_rig_test(ArmatureOperator):  # noqa: N801
    """Put a short motion on the rig that moves each limb in turn, left before right; undo takes it away again"""

    bl_idname = "reprise.rig_test"
    bl_label = "Test Motion"

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """An Action of its own, from the current frame."""
        rig = map_rig(armature)
        if rig.blocked:
            raise RepriseError("unmapped", rig.blocked)
        if not rig.is_usable:
            raise RepriseError("unmapped", " ".join(rig.mapping.problems), " ".join(rig.mapping.fixes))
        scene = cast(bpy.types.Scene, context.scene)
        view_layer = cast(bpy.types.ViewLayer, context.view_layer)
        keyed = key_takes(
            scene, view_layer, armature, [make_trial_motion()], scene.frame_current, preferences().extend_frame_range
        )
        done = tr("Frames {first} to {last}; undo takes it away.")
        return " ".join((done.format(first=keyed.first_frame, last=keyed.last_frame), *keyed.unkeyed))


class REPRISE_OT_rig_export(ArmatureOperator):  # noqa: N801
    """Write what the rig does in the scene's frame range as a Motion (.npz), which the library takes"""

    bl_idname = "reprise.rig_export"
    bl_label = "Export Motion"
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="File", description="Where to write the motion", subtype="FILE_PATH"
    )
    filter_glob: bpy.props.StringProperty(default="*.npz", options={"HIDDEN"})  # type: ignore[valid-type]

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:  # type: ignore[override]
        """Asks where to."""
        armature = cast(bpy.types.Object, rig_in_hand(context))
        self.filepath = f"{bpy.path.clean_name(armature.name)}.npz"
        cast(Any, context.window_manager).fileselect_add(self)
        return {"RUNNING_MODAL"}

    def act(self, context: bpy.types.Context, armature: bpy.types.Object) -> str:
        """The preview range where one is set."""
        scene = cast(bpy.types.Scene, context.scene)
        preview = scene.use_preview_range
        first, last = (
            (scene.frame_preview_start, scene.frame_preview_end) if preview else (scene.frame_start, scene.frame_end)
        )
        motion = read_motion(scene, cast(bpy.types.ViewLayer, context.view_layer), armature, first, last)
        path = Path(bpy.path.abspath(self.filepath)).with_suffix(".npz")
        try:
            write_file(path, to_npz([motion]))
        except OSError as error:
            raise RepriseError("no_file", f"'{path}' cannot be written: {error.strerror or error}.") from error
        return tr("{count} frames were written to '{path}'").format(count=motion.frames, path=path)
