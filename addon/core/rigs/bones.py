"""A rig's bones at rest, and which of them play our 22 joints: the values that mapping takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Bones:
    """A skeleton at rest, parents before children; any unit, any axis convention, any heading.

    `parents` holds indices, -1 for a root; there may be several roots. `heads` and `tails` (B, 3) are where each bone
    starts and ends; a format without tails gives a bone the mean of its children's heads, a leaf without end site its
    own head.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    heads: NDArray[np.float64]
    tails: NDArray[np.float64]


@dataclass(frozen=True)
class Match:
    """The bone whose head lies at a joint (a thigh for `left_hip`), and how it was found: name, structure or user."""

    bone: str
    how: str


@dataclass(frozen=True)
class BoneMapping:
    """Which bones play the joints of `skeleton.JOINT_NAMES`; joints that the rig lacks have no match.

    `family` names the rig family ("" when found by structure alone), `confidence` is in [0, 1]. `twists` lists the
    helper bones that share a joint's twist, by joint. `missing` names joints without a bone, `problems` says in whole
    sentences what keeps the rig from being driven or looks wrong; a rig that cannot be mapped has at least one. `fixes`
    says of each of them what to do.
    """

    family: str
    confidence: float
    matches: Mapping[str, Match]
    twists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
