"""How physical a motion looks, in numbers a person can picture: sliding, floating and sinking feet, jitter, bones.

Sources: slide in contact, floating and penetration are PhysDiff's (Yuan et al., 2023: horizontal way of feet in contact
between two frames, distance of the lowest point above and below the ground, 5 mm tolerance), here of joints instead of
a mesh; skating is that of Zhang et al. (Mode-Adaptive Neural Networks, 2018, section 8); jitter is the mean jerk, as in
TransPose (Yi et al., 2021). Ground is where the clip stands (`ground_heights`), not y = 0, unless it is given.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprise_core.checks import checked_positions
from reprise_core.cleanup import contact_slide
from reprise_core.contacts import detect_contacts, ground_heights
from reprise_core.motion import Motion
from reprise_core.root_motion import to_world
from reprise_core.skeleton import JOINT_NAMES, PARENTS

Array = NDArray[np.float64]

TOES = [JOINT_NAMES.index(f"{side}_foot") for side in ("left", "right")]
_TOLERANCE = 0.005  # metres: PhysDiff's allowance for what counts as on the ground
_AIRBORNE = 0.15  # metres: a lowest joint above that jumps, and does not float
_SKATING_HEIGHT = 0.025  # metres: H of Zhang et al.
_LOWEST_TOE = 0.05  # quantile of a toe's height over time: the joint lies some centimetres above the sole


@dataclass(frozen=True)
class Physics:
    """Of one motion; ways are in millimetres a frame over the ground, heights in millimetres.

    `foot_slide`: of feet in contact; `contact_share`: of feet and frames. `skate`: of toes within 2.5 cm of their
    lowest, v (2 - 2^(h / 2.5 cm)); `lower_foot_slide`: of whichever toe is lower while the figure is not in the air.
    These two know nothing of our contacts: where feet glide too fast to count as a contact, they show it and
    `foot_slide` does not. `floating` of the lowest joint above the ground and `penetration` below it, both mean over
    all frames beyond a tolerance of 5 mm (frames in the air do not float); `deepest`: the largest depth below the
    ground. `jitter`: mean jerk in 100 m/s^3; `bone_variation`: standard deviation of a bone's length over time, mean
    over bones.
    """

    foot_slide: float
    contact_share: float
    skate: float
    lower_foot_slide: float
    floating: float
    penetration: float
    deepest: float
    jitter: float
    bone_variation: float

    def to_json(self) -> dict[str, float]:
        """Name to number."""
        return asdict(self)


def measure(motion: Motion | ArrayLike, fps: float = 20.0, ground: ArrayLike | None = None) -> Physics:
    """The figures of a Motion, or of positions (T, 22, 3) in metres, Y up, at `fps`.

    Contacts are derived from height and speed in either case, so that a motion cannot declare itself fixed; travel on
    a root track counts as travel. `ground` is a height in metres, one or (T,). Raises `RepriseError`, with frame and
    joint, for another shape or values that are not finite.
    """
    if isinstance(motion, Motion):
        motion, fps = to_world(motion).positions, motion.fps
    positions = checked_positions(motion)
    level = ground_heights(positions, fps) if ground is None else np.broadcast_to(ground, len(positions))
    contacts = detect_contacts(positions, fps, level)
    above = positions[..., 1].min(axis=1) - level
    floating = np.where(above < _AIRBORNE, np.maximum(above - _TOLERANCE, 0.0), 0.0)
    penetration = np.maximum(-above - _TOLERANCE, 0.0)
    return Physics(
        foot_slide=1000.0 * contact_slide(positions, contacts),
        contact_share=float(contacts.mean()),
        skate=1000.0 * skate(positions, level),
        lower_foot_slide=1000.0 * lower_foot_slide(positions, above < _AIRBORNE),
        floating=1000.0 * float(floating.mean()),
        penetration=1000.0 * float(penetration.mean()),
        deepest=1000.0 * max(0.0, float(-above.min())),
        jitter=jitter(positions, fps),
        bone_variation=1000.0 * bone_variation(positions),
    )


def skate(positions: Array, ground: ArrayLike) -> float:
    """Metres a frame that toes skate in positions (T, 22, 3) over `ground` (T,): mean v (2 - 2^(h / H)) where h < H.

    Zhang et al. (2018) with H = 2.5 cm; h is a toe joint's height above the ground less the 5 % quantile of its own, v
    its way over the ground between two frames. 0 where no toe comes that low.
    """
    heights = positions[:, TOES, 1] - np.asarray(ground)[:, None]
    heights = np.maximum(heights - np.quantile(heights, _LOWEST_TOE, axis=0), 0.0)[1:]
    weighted = _ways(positions) * (2.0 - 2.0 ** np.minimum(heights / _SKATING_HEIGHT, 1.0))
    low = heights < _SKATING_HEIGHT
    return float(weighted[low].mean()) if low.any() else 0.0


def lower_foot_slide(positions: Array, grounded: NDArray[np.bool_]) -> float:
    """Mean metres a frame that the lower toe of positions (T, 22, 3) moves over the ground in the frames `grounded`."""
    lower = positions[1:, TOES, 1].argmin(axis=1)[:, None]
    ways = np.take_along_axis(_ways(positions), lower, axis=1)[grounded[1:]]
    return float(ways.mean()) if ways.size else 0.0


def _ways(positions: Array) -> Array:
    """Metres (T-1, 2) over the ground that each toe moves from frame to frame."""
    return np.linalg.norm(np.diff(positions[:, TOES][..., [0, 2]], axis=0), axis=-1)


def jitter(positions: NDArray[np.floating], fps: float) -> float:
    """Mean jerk of positions (T, J, 3) in 100 m/s^3; 0 for fewer than four frames."""
    if len(positions) < 4:
        return 0.0
    return float(np.linalg.norm(np.diff(positions, n=3, axis=0), axis=-1).mean()) * fps**3 / 100.0


def bone_variation(positions: NDArray[np.floating]) -> float:
    """Metres by which the bones of positions (T, 22, 3) change their lengths: standard deviation, mean over bones."""
    bones = np.linalg.norm(positions[:, 1:] - positions[:, list(PARENTS[1:])], axis=-1)
    return float(bones.std(axis=0).mean())
