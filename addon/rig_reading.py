"""The other way round: what an armature does over a range of frames, as a Motion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import bpy
import numpy as np

from .core.errors import RepriseError
from .core.motion import Motion
from .core.retargeting.to_motion import posed_to_motion
from .core.rigs.bones import BoneMapping, Match
from .core.rigs.families import FAMILIES
from .core.rigs.family import joint_names
from .rig import read_rig
from .rig_mapping import map_rig


def read_motion(
    scene: bpy.types.Scene,
    view_layer: bpy.types.ViewLayer,
    armature: bpy.types.Object,
    first_frame: int,
    last_frame: int,
) -> Motion:
    """The Motion that a mapped armature performs from `first_frame` to `last_frame`, at the scene's frame rate.

    Taken from the evaluated bones, so that constraints, IK, drivers and NLA have had their say; how the object itself
    stands and moves does not count. The scene is at its present frame again afterwards. Raises `RepriseError` for a rig
    that cannot be mapped and for a range of less than two frames.
    """
    rig = map_rig(armature)
    if not rig.mapping.confidence > 0.0:
        raise RepriseError("unmapped", f"'{armature.name}' cannot be mapped. {' '.join(rig.mapping.problems)}")
    if last_frame <= first_frame:
        raise RepriseError(
            "bad_range", f"Frames {first_frame} to {last_frame} are no motion.", "Choose a longer range."
        )
    frames = range(first_frame, last_frame + 1)
    matrices = np.empty((len(frames), len(rig.bone_names), 4, 4))
    frame_before, subframe_before = scene.frame_current, scene.frame_subframe
    try:
        for place, frame in enumerate(frames):
            scene.frame_set(frame)
            evaluated = armature.evaluated_get(cast(bpy.types.Depsgraph, view_layer.depsgraph))
            values = np.empty(len(rig.bone_names) * 16, dtype=np.float32)
            cast(Any, evaluated.pose).bones.foreach_get("matrix", values)
            matrices[place] = values.reshape(-1, 4, 4).swapaxes(1, 2)
    finally:
        scene.frame_set(frame_before, subframe=subframe_before)
    rest = read_rig(armature, scene.unit_settings.scale_length)
    action = armature.animation_data.action if armature.animation_data else None
    meta = {"prompt": action.name if action else armature.name, "rig": rig.mapping.family or "unknown"}
    fps = scene.render.fps / scene.render.fps_base
    mapping = _whole_limbs(rig.mapping, rig.bone_names)
    return posed_to_motion(rest, mapping, matrices[..., :3, 3], matrices[..., :3, :3], fps, meta)


def _whole_limbs(mapping: BoneMapping, bone_names: tuple[str, ...]) -> BoneMapping:
    """The mapping with the bones of a control rig that turn as limbs do, in place of those that share their twist."""
    family = next((family for family in FAMILIES if family.name == mapping.family), None)
    if family is None or family.control_rig is None:
        return mapping
    whole = {
        joint: Match(name, "name")
        for joint, names in joint_names(family, family.control_rig.whole).items()
        for name in names
        if name in bone_names and joint in mapping.matches and mapping.matches[joint].how != "user"
    }
    return replace(mapping, matches={**mapping.matches, **whole})
