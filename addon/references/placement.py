"""Where the ghosts' space lies in the world: where a motion keyed on the character in hand would play."""

from __future__ import annotations

from typing import cast

import bpy
import numpy as np
from numpy.typing import NDArray

from ..armature import is_ours, units_per_metre
from ..core import quaternion as quat
from ..core.blender_axes import Y_UP_TO_Z_UP
from ..core.motion import Motion
from ..core.retargeting.controls import find_players
from ..core.retargeting.figure import find_figure
from ..core.retargeting.pose import joints_of
from ..core.skeleton import humanml3d_skeleton
from ..rig import read_rig
from ..rig_mapping import MappedRig, map_rig
from ..target import find_target
from ..uids import uid

Matrix = NDArray[np.floating]

_figures: dict[int, tuple[MappedRig, Matrix]] = {}  # of mapped rigs, for as long as they are mapped so


def stage_of(context: bpy.types.Context, motion: Motion) -> Matrix | None:
    """The matrix (4, 4) from our space (Y up, metres, the character's size) to the world.

    That of the armature that Generate would use, or the world's origin where it would make a new one; None where the
    viewport shows neither, being in a local view without it. `motion` is one whose skeleton is the library's.
    """
    scene = cast(bpy.types.Scene, context.scene)
    space = cast(bpy.types.SpaceView3D, context.space_data)
    target = find_target(context)
    if space is not None and space.local_view is not None and not _is_in_local_view(context, target, space):
        return None
    if target is None:
        return _matrix(Y_UP_TO_Z_UP / max(scene.unit_settings.scale_length, 1e-9))
    world = np.array(target.matrix_world, dtype=np.float64)
    if is_ours(target):
        return world @ _matrix(Y_UP_TO_Z_UP * units_per_metre(target, motion))
    return world @ _figure_of(target, scene)


def _is_in_local_view(
    context: bpy.types.Context, target: bpy.types.Object | None, space: bpy.types.SpaceView3D
) -> bool:
    if target is None:
        return False
    depsgraph = cast(bpy.types.Depsgraph, cast(bpy.types.ViewLayer, context.view_layer).depsgraph)
    return target.evaluated_get(depsgraph).local_view_get(space)  # the original object knows nothing of it


def forget_figures() -> None:
    """Called when the add-on is unregistered."""
    _figures.clear()


def _figure_of(target: bpy.types.Object, scene: bpy.types.Scene) -> Matrix:
    mapped = map_rig(target)
    known = _figures.get(uid(target))
    if known is None or known[0] is not mapped:
        rig = read_rig(target, scene.unit_settings.scale_length)
        players = find_players(rig.bones, mapped.mapping, controls=False)
        figure = find_figure(joints_of(rig), players.bones, humanml3d_skeleton())
        axes = quat.rotate(figure.turn, np.eye(3)).T  # columns are where our axes point to
        known = _figures[uid(target)] = mapped, _matrix(axes * figure.scale, figure.origin)
    return known[1]


def _matrix(linear: Matrix, origin: Matrix | None = None) -> Matrix:
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    if origin is not None:
        matrix[:3, 3] = origin
    return matrix
