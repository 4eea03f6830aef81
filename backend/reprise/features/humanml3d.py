"""The codec under HumanML3D's own names: 22 joints, 263 features, 20 fps; KIT-ML's is `codec` with `KIT_ML`."""

from __future__ import annotations

from .codec import decode, encode, encode_normalized, world_to_local
from .normalization import face_forward, facing, normalize, put_on_floor, retarget
from .representation import HUMANML3D
from .statistics import statistics

FEATURES, FPS = HUMANML3D.features, HUMANML3D.fps
ROOT_YAW, ROOT_XZ, ROOT_Y, POSITIONS, ROTATIONS, VELOCITIES, CONTACTS = GROUPS = HUMANML3D.groups

__all__ = [
    "CONTACTS", "FEATURES", "FPS", "GROUPS", "POSITIONS", "ROOT_XZ", "ROOT_Y", "ROOT_YAW", "ROTATIONS", "VELOCITIES",
    "decode", "encode", "encode_normalized", "face_forward", "facing", "normalize", "put_on_floor", "retarget",
    "statistics", "world_to_local",
]  # fmt: skip
