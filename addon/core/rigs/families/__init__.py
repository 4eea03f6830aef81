"""Every rig family that Reprise knows by name, one file each.

Where two families fit a rig equally well the first wins, so that a family stands before those it is a kind of.
"""

from __future__ import annotations

from ..family import RigFamily
from .auto_rig_pro import AUTO_RIG_PRO
from .bandai import BANDAI
from .biovision import BIOVISION
from .biped import BIPED
from .character_creator import CHARACTER_CREATOR
from .cmu_asf import CMU_ASF
from .cmu_bvh import CMU_BVH
from .daz_genesis8 import DAZ_GENESIS8
from .daz_genesis9 import DAZ_GENESIS9
from .kaykit import KAYKIT
from .makehuman import MAKEHUMAN
from .makehuman_cmu import MAKEHUMAN_CMU
from .mesh2motion import MESH2MOTION
from .metahuman import METAHUMAN
from .mixamo import MIXAMO
from .mmd_english import MMD_ENGLISH
from .mmd_japanese import MMD_JAPANESE
from .motionbuilder import MOTIONBUILDER
from .optitrack import OPTITRACK
from .poser import POSER
from .quaternius import QUATERNIUS
from .reactidle import REACTIDLE
from .ready_player_me import READY_PLAYER_ME
from .reprise import REPRISE
from .rigify import RIGIFY
from .rigify_metarig import RIGIFY_METARIG
from .rocketbox import ROCKETBOX
from .rokoko import ROKOKO
from .smpl import SMPL
from .smpl_fbx import SMPL_FBX
from .smplh import SMPLH
from .smplx import SMPLX
from .unreal_ue4 import UNREAL_UE4
from .unreal_ue5 import UNREAL_UE5
from .valve_biped import VALVE_BIPED
from .vrm import VRM
from .vroid import VROID
from .xsens import XSENS

FAMILIES: tuple[RigFamily, ...] = (
    READY_PLAYER_ME,
    METAHUMAN,
    ROCKETBOX,
    SMPLX,
    SMPLH,
    MAKEHUMAN_CMU,
    MESH2MOTION,
    REPRISE,
    MIXAMO,
    MOTIONBUILDER,
    ROKOKO,
    OPTITRACK,
    BIOVISION,
    XSENS,
    BANDAI,
    UNREAL_UE4,
    UNREAL_UE5,
    VRM,
    VROID,
    MMD_JAPANESE,
    MMD_ENGLISH,
    SMPL,
    SMPL_FBX,
    DAZ_GENESIS8,
    DAZ_GENESIS9,
    POSER,
    CHARACTER_CREATOR,
    BIPED,
    VALVE_BIPED,
    AUTO_RIG_PRO,
    MAKEHUMAN,
    CMU_BVH,
    CMU_ASF,
    REACTIDLE,
    RIGIFY,
    RIGIFY_METARIG,
    KAYKIT,
    QUATERNIUS,
)
