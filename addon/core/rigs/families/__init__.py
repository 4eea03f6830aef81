"""Every rig family that Reprise knows by name."""

from __future__ import annotations

from ..family import RigFamily
from .auto_rig_pro import AUTO_RIG_PRO
from .biped import BIPED
from .character_creator import CHARACTER_CREATOR
from .cmu import CMU_ASF, CMU_BVH
from .daz import DAZ_GENESIS8, DAZ_GENESIS9, POSER
from .game import KAYKIT
from .makehuman import MAKEHUMAN_CMU, MAKEHUMAN_DEFAULT
from .metahuman import METAHUMAN
from .mixamo import MIXAMO
from .mmd import MMD_ENGLISH, MMD_JAPANESE
from .motionbuilder import MOTIONBUILDER
from .ready_player_me import READY_PLAYER_ME
from .rigify import RIGIFY, RIGIFY_METARIG
from .smpl import SMPL, SMPL_BLENDER
from .unreal import UNREAL_UE4, UNREAL_UE5
from .valve import VALVE_BIPED
from .vrm import VRM
from .vroid import VROID

FAMILIES: tuple[RigFamily, ...] = (
    MIXAMO,
    READY_PLAYER_ME,
    MOTIONBUILDER,
    UNREAL_UE5,
    UNREAL_UE4,
    METAHUMAN,
    VROID,
    VRM,
    MMD_JAPANESE,
    MMD_ENGLISH,
    SMPL,
    SMPL_BLENDER,
    DAZ_GENESIS8,
    DAZ_GENESIS9,
    POSER,
    CHARACTER_CREATOR,
    BIPED,
    VALVE_BIPED,
    AUTO_RIG_PRO,
    MAKEHUMAN_DEFAULT,
    MAKEHUMAN_CMU,
    CMU_BVH,
    CMU_ASF,
    RIGIFY,
    RIGIFY_METARIG,
    KAYKIT,
)
