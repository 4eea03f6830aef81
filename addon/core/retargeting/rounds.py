"""A cycle among its own rounds, so that what is solved over time closes at its seam."""

from __future__ import annotations

from dataclasses import replace

from .. import ground
from .. import quaternion as quat
from ..looping import repeat
from ..motion import Motion
from ..root_motion import moved
from .result import Retargeted

Array = quat.Array


def with_neighbours(motion: Motion, step: Array) -> Motion:
    """The round before a cycle whose rounds go on by `step` (3,; `ground.py`), itself, and the round after."""
    rounds, back = repeat(motion, 3), ground.inverse(step)
    if rounds.root_track is not None:
        return replace(rounds, root_track=ground.compose(back, rounds.root_track))
    return moved(rounds, back)


def middle_round(keyed: Retargeted) -> Retargeted:
    """The second of three equal parts."""
    frames = len(keyed.rotations) // 3
    own = slice(frames, 2 * frames)
    return replace(
        keyed,
        rotations=keyed.rotations[own],
        locations={bone: location[own] for bone, location in keyed.locations.items()},
        foot_contact=keyed.foot_contact[own],
    )
