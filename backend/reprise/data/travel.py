"""Travel for loops that walk on the spot: the supporting foot stands still on the ground, so the body must move.

Left alone, such clips would teach that walking stands still. Given travel, a caption must lose its "on the spot".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from reprise.features.humanml3d import facing
from reprise_core.skeleton import CONTACT_JOINTS

from .raw_clip import RawClip

Array = NDArray[np.float64]

# Clips whose supporting foot moves steadily enough to tell the body's speed, and the mean m/s that it must give.
TRAVELLING: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "m2m_Walk_Formal_Loop": (0.8, 1.8),
        "m2m_Crouch_Fwd_Loop": (0.4, 1.2),
        "m2m_Push_Loop": (0.2, 0.8),
    }
)

# The other clips that walk, run or strike on the spot, and why they are left out of training.
LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "m2m_Roll": "no foot supports a roll; m2m_Roll_RM is the same clip with its travel",
        "m2m_Sword_Attack": "leaps between two stances; m2m_Sword_Attack_RM is the same clip with its travel",
        "m2m_Run_Anime": "feet imply 4 to 11 m/s",
        "m2m_Sprint_Loop": "feet imply 5.5 to 8.5 m/s in one stance of three frames",
        "m2m_Swim_Fwd_Loop": "swims: no foot on the ground",
        "m2m_Flying_Forward": "flies: no foot on the ground",
        "m2m_Flying_Forward_Super": "flies: no foot on the ground",
        "kaykit_Crawling": "crawls: knees and hands carry the body, not the feet",
        "kaykit_Crouching": "feet imply up to 5.6 m/s at a walk",
        "kaykit_Sneaking": "feet imply 0 to 3.1 m/s in one stance",
        "kaykit_Running_A": "feet imply 6.2 m/s",
        "kaykit_Running_B": "feet imply 9.7 m/s",
        "kaykit_Running_HoldingBow": "feet imply 9.7 m/s",
        "kaykit_Running_HoldingRifle": "feet imply 9.7 m/s",
        "kaykit_Running_Strafe_Right": "feet imply 5 m/s on a slant and no stance lasts two frames",
        "kaykit_Skeletons_Walking": "feet imply 0 to 2.9 m/s in one stance",
        "kaykit_Walking_A": "feet imply 1.2 to 3.6 m/s in one stance",
        "kaykit_Walking_B": "feet imply 0.8 to 4.2 m/s in one stance",
        "kaykit_Walking_C": "feet imply 0.5 to 2.4 m/s in one stance",
    }
)

_LOWER_BY = 0.01  # metres: the foot that is lower by this much carries the body
_ON_GROUND = 0.06  # metres above a foot's own lowest place
_SMOOTHING = 0.08  # seconds, sigma of the Gaussian over the body's speed
_SIDEWAYS = 0.3  # net drift to the side below this part of the forward speed is sway
_ON_THE_SPOT = re.compile(
    r",?\s*\b(?:on the (?:same )?spot|in place|without moving ahead|without moving forward)\b", re.IGNORECASE
)


def give_travel(clip: RawClip) -> RawClip:
    """A clip of `TRAVELLING` with the travel that its feet imply; any other clip as it is."""
    return replace(clip, joints=add_travel(clip.joints, clip.fps)) if clip.id in TRAVELLING else clip


def add_travel(joints: Array, fps: float) -> Array:
    """A loop (T, 22, 3) on the spot, last pose like the first -> the same with the body moving over its still feet."""
    velocity = implied_velocity(joints, fps)
    steps = (velocity + np.roll(velocity, -1, axis=0)) / 2.0 / fps
    path = np.concatenate((np.zeros((1, 3)), np.cumsum(steps, axis=0)))
    return joints + path[:, None]


def implied_velocity(joints: Array, fps: float) -> Array:
    """(T - 1, 3) metres a second at each frame of a loop (T, 22, 3): minus the supporting foot's horizontal velocity.

    The supporting foot is the lower one, as long as it is near its lowest place. Where no foot is, speed is carried
    over from the neighbours. A little net drift across the mean facing is taken for sway and dropped.
    """
    velocity, weight = foot_velocity(joints, fps), support(joints)
    wanted = -np.sum(weight[..., None] * velocity, axis=1)
    sigma = _SMOOTHING * fps
    total = gaussian_filter1d(weight.sum(axis=1), sigma, mode="wrap")[:, None]
    mean = wanted.sum(axis=0) / max(float(weight.sum()), 1e-9)
    smooth = (gaussian_filter1d(wanted, sigma, axis=0, mode="wrap") + 1e-3 * mean) / (total + 1e-3)
    smooth[:, 1] = 0.0
    forward = facing(joints[:-1]).mean(axis=0)
    forward /= np.linalg.norm(forward)
    sideways = np.cross((0.0, 1.0, 0.0), forward)
    drift, speed = smooth.mean(axis=0) @ sideways, smooth.mean(axis=0) @ forward
    return smooth - drift * sideways if abs(drift) < _SIDEWAYS * abs(speed) else smooth


def foot_velocity(joints: Array, fps: float) -> Array:
    """(T - 1, 2, 3) metres a second of the left and the right foot (mean of ankle and toe) of a loop (T, 22, 3)."""
    feet = _feet(joints)
    return (np.roll(feet, -1, axis=0) - np.roll(feet, 1, axis=0)) * fps / 2.0


def support(joints: Array) -> Array:
    """(T - 1, 2) how much of the body the left and the right foot carry, 0..1, in each frame of a loop (T, 22, 3)."""
    joints = joints[:-1, list(CONTACT_JOINTS), 1]
    height = (joints - joints.min(axis=0)).reshape(-1, 2, 2).mean(axis=-1)
    lower = 1.0 / (1.0 + np.exp(np.clip((height - height[:, ::-1]) / _LOWER_BY, -50.0, 50.0)))
    return lower * np.exp(-((height / _ON_GROUND) ** 2))


def travelling_caption(caption: str) -> str:
    """The caption without "on the spot", "in place" and the like, for a clip that was given travel."""
    return _ON_THE_SPOT.sub("", caption).strip()


def _feet(joints: Array) -> Array:
    return joints[:-1, list(CONTACT_JOINTS)].reshape(-1, 2, 2, 3).mean(axis=2)
