"""Ready Player Me avatars: Mixamo's names without prefix, with eyes."""

from __future__ import annotations

from ..family import RigFamily

READY_PLAYER_ME = RigFamily(
    name="ready_player_me",
    sides=(("Left", "Right"),),
    bones={
        "pelvis": "Hips",
        "spine": ("Spine", "Spine1", "Spine2"),
        "neck": "Neck",
        "head": "Head",
        "hip": "{side}UpLeg",
        "knee": "{side}Leg",
        "ankle": "{side}Foot",
        "foot": "{side}ToeBase",
        "collar": "{side}Shoulder",
        "shoulder": "{side}Arm",
        "elbow": "{side}ForeArm",
        "wrist": "{side}Hand",
    },
    marks=(
        "^LeftEye$",
        "^HeadTop_End$",
    ),
)
