"""What retargeting takes as options and gives as result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import quaternion as quat
from .pose import Pose
from .rest_rig import RestRig

Array = quat.Array


@dataclass(frozen=True)
class RetargetOptions:
    """`feet`: contacts are held on the rig's own legs and floor. `hands`: hands keep their place beside the body and
    each other, scaled, where the arms' directions would take them elsewhere. `controls`: where the family knows them,
    FK controls are keyed instead of the bones that they move; with `ik` the IK goals and poles of its limbs as well,
    and those are switched to.
    """

    feet: bool = True
    hands: bool = False
    controls: bool = True
    ik: bool = False


@dataclass(frozen=True)
class Setting:
    """A property of a pose bone, custom (a switch to FK) unless it is Blender's own, and the value for the keys."""

    bone: str
    property: str
    value: float
    own: bool = False


@dataclass(frozen=True)
class Retargeted:
    """What to key: `rotations` (T, K, 4) wxyz for `bones` (K names, parents first) and `locations` (T, 3) by bone.

    Both are channels of the pose bones (`rotation_quaternion`, `location`): relative to rest, in the bone's own axes,
    locations in armature units. Quaternions are sign-continuous. `settings` are to be set before the keys play. What
    could not be keyed, or will not look as keyed, is said in `unkeyed`, a sentence each. `foot_contact` (T, 4) as in
    `Motion`. A bone not listed is meant at rest.
    """

    fps: float
    bones: tuple[str, ...]
    rotations: Array
    locations: Mapping[str, Array]
    settings: tuple[Setting, ...]
    unkeyed: tuple[str, ...]
    foot_contact: Array

    def pose(self, rig: RestRig) -> Pose:
        """The pose of the whole rig, all that is not keyed at rest."""
        frames, names = len(self.rotations), rig.bones.names
        rotations = np.tile([1.0, 0.0, 0.0, 0.0], (frames, len(names), 1))
        locations = np.zeros((frames, len(names), 3))
        for place, name in enumerate(self.bones):
            rotations[:, names.index(name)] = self.rotations[:, place]
        for name, location in self.locations.items():
            locations[:, names.index(name)] = location
        return Pose(rotations, locations)
