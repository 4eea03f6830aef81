"""How physical a motion looks, in numbers a person can picture: sliding, floating and sinking feet, jitter, bones.

Sources: skating, floating and penetration are PhysDiff's (Yuan et al., 2023: horizontal way of feet in contact between
two frames, distance of the lowest point above and below the ground, 5 mm tolerance), here of joints instead of a mesh;
jitter is the mean jerk, as in TransPose (Yi et al., 2021). Ground is where the clip stands (`ground_heights`), not
y = 0, unless it is given.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprise_core.cleanup import contact_slide
from reprise_core.contacts import detect_contacts, ground_heights
from reprise_core.errors import RepriseError
from reprise_core.motion import Motion
from reprise_core.skeleton import PARENTS

_TOLERANCE = 0.005  # metres: PhysDiff's allowance for what counts as on the ground
_AIRBORNE = 0.15  # metres: a lowest joint above that jumps, and does not float


@dataclass(frozen=True)
class Physics:
    """Of one motion: `foot_slide` mm a frame of feet in contact over the ground; `contact_share` of feet and frames.

    `floating` mm of the lowest joint above the ground and `penetration` mm below it, both mean over all frames (frames
    in the air do not float); `jitter` mean jerk in 100 m/s^3; `bone_variation` mm standard deviation of a bone's length
    over time, mean over bones.
    """

    foot_slide: float
    contact_share: float
    floating: float
    penetration: float
    jitter: float
    bone_variation: float

    def to_json(self) -> dict[str, float]:
        """Name to number."""
        return asdict(self)


def measure(motion: Motion | NDArray[np.floating], fps: float = 20.0, ground: ArrayLike | None = None) -> Physics:
    """The figures of a Motion, or of positions (T, 22, 3) in metres, Y up, at `fps`.

    Contacts are derived from height and speed in either case, so that a motion cannot declare itself fixed. `ground` is
    a height in metres, one or (T,). Raises `RepriseError` for another shape or values that are not finite.
    """
    if isinstance(motion, Motion):
        motion, fps = motion.positions, motion.fps
    positions = np.asarray(motion, dtype=np.float64)
    if positions.ndim != 3 or positions.shape[1:] != (22, 3) or not len(positions):
        raise RepriseError("bad_positions", f"Joint positions have the shape {positions.shape}, not (frames, 22, 3).")
    if not np.isfinite(positions).all():
        raise RepriseError("bad_positions", "Some joint positions are not finite.")
    level = ground_heights(positions, fps) if ground is None else np.broadcast_to(ground, len(positions))
    contacts = detect_contacts(positions, fps, level)
    above = positions[..., 1].min(axis=1) - level
    floating = np.where(above < _AIRBORNE, np.maximum(above - _TOLERANCE, 0.0), 0.0)
    penetration = np.maximum(-above - _TOLERANCE, 0.0)
    return Physics(
        foot_slide=1000.0 * contact_slide(positions, contacts),
        contact_share=float(contacts.mean()),
        floating=1000.0 * float(floating.mean()),
        penetration=1000.0 * float(penetration.mean()),
        jitter=jitter(positions, fps),
        bone_variation=1000.0 * bone_variation(positions),
    )


def jitter(positions: NDArray[np.floating], fps: float) -> float:
    """Mean jerk of positions (T, J, 3) in 100 m/s^3; 0 for fewer than four frames."""
    if len(positions) < 4:
        return 0.0
    return float(np.linalg.norm(np.diff(positions, n=3, axis=0), axis=-1).mean()) * fps**3 / 100.0


def bone_variation(positions: NDArray[np.floating]) -> float:
    """Metres by which the bones of positions (T, 22, 3) change their lengths: standard deviation, mean over bones."""
    bones = np.linalg.norm(positions[:, 1:] - positions[:, list(PARENTS[1:])], axis=-1)
    return float(bones.std(axis=0).mean())
