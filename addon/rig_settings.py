"""What the user decides about one armature object, kept with it: bones chosen by hand, and how it is keyed."""

from __future__ import annotations

from typing import Any, cast

import bpy

from .core.skeleton import JOINT_NAMES
from .rig_mapping import choose_bone, known_rig

_OVERRIDABLE: Any = {"LIBRARY_OVERRIDABLE"}  # linked characters are worked on as overrides


class RepriseRigSettings(bpy.types.PropertyGroup):
    """Kept with each object (`object.reprise_rig`). The bone of each joint is a property of the joint's name."""

    overrides: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Bones Chosen by Hand", options={"HIDDEN"}, override=_OVERRIDABLE
    )
    use_controls: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Key Controls",
        description="On a control rig that is known (Rigify), key its controls and set its switches, so that the "
        "motion stays editable. Off: key the bones of the mapping themselves",
        default=True,
        override=_OVERRIDABLE,
    )
    limbs: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Limbs",
        description="What leads arms and legs of a control rig that is known. The motion is the same",
        items=(
            ("FK", "FK", "The limbs are switched to FK"),
            (
                "IK",
                "IK",
                "Hands, feet and poles are keyed as well as the FK controls, and the limbs are switched to IK",
            ),
        ),
        default="FK",
        override=_OVERRIDABLE,
    )
    keep_hands: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Keep Hands in Place",
        description="Where arms of other proportions would take the hands elsewhere, keep the hands' places beside the "
        "body and each other instead of the arms' exact directions",
        default=False,
        override=_OVERRIDABLE,
    )

    @classmethod
    def register(cls) -> None:
        """Called by Blender once the class is registered."""
        cast(Any, bpy.types.Object).reprise_rig = bpy.props.PointerProperty(type=cast(Any, cls), override=_OVERRIDABLE)

    @classmethod
    def unregister(cls) -> None:
        """Called by Blender before the class goes."""
        del cast(Any, bpy.types.Object).reprise_rig


def _joint_property(joint: str) -> Any:
    """A field that shows the mapping's bone and, when it is edited, chooses one by hand."""

    def get(self: bpy.types.PropertyGroup) -> str:
        rig = known_rig(cast(bpy.types.Object, self.id_data))
        return rig.mapping.matches[joint].bone if rig and joint in rig.mapping.matches else ""

    def put(self: bpy.types.PropertyGroup, bone: str) -> None:
        choose_bone(cast(bpy.types.Object, self.id_data), joint, bone)

    def search(self: bpy.types.PropertyGroup, _context: bpy.types.Context, _text: str) -> list[str]:
        rig = known_rig(cast(bpy.types.Object, self.id_data))
        return list(rig.bone_names) if rig else []

    words = joint.replace("_", " ")
    return bpy.props.StringProperty(
        name=words.title(), description=f"The bone whose head lies at the {words}; empty: none", get=get, set=put,
        search=search, search_options={"SORT", "SUGGESTION"},  # asked only while the field is edited
    )  # fmt: skip


for _joint in JOINT_NAMES:
    RepriseRigSettings.__annotations__[_joint] = _joint_property(_joint)
