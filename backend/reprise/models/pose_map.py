"""A frame's features laid out as a map of joints by channels, so that two-dimensional convolutions see a body.

Joint j >= 1 gives [local position 3 | rotation 6 | velocity 3], the root [root 4 | contacts 4 | unused 1 | velocity 3],
as ReMoMask does it. The joints stand in the order of the body's parts instead of the skeleton file's, so that each
group of four slots, which becomes one column of tokens, is one part of a body.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reprise.features.representation import HUMANML3D, KIT_ML, Representation

SLOTS, CHANNELS = 24, 12
EMPTY = -1  # a slot without a joint, a channel without a feature

# Four slots a part. HumanML3D: pelvis and lower spine, left leg, right leg, left arm, right arm, upper spine and head.
# KIT-ML: pelvis, legs, arms, upper spine and head.
_ORDERS = {
    HUMANML3D.name: (
        (EMPTY, 0, 3, 6), (1, 4, 7, 10), (2, 5, 8, 11), (13, 16, 18, 20), (14, 17, 19, 21), (9, 12, 15, EMPTY),
    ),
    KIT_ML.name: (
        (0, 1, 11, 16), (12, 13, 14, 15), (17, 18, 19, 20), (5, 6, 7, EMPTY), (8, 9, 10, EMPTY), (2, 3, 4, EMPTY),
    ),
}  # fmt: skip


def feature_of_place(representation: Representation) -> NDArray[np.int64]:
    """(SLOTS, CHANNELS) which feature stands at each place of the map; `EMPTY` where none does."""
    order = np.ravel(_ORDERS[representation.name])
    places = np.full((SLOTS, CHANNELS), EMPTY, dtype=np.int64)
    for slot, joint in enumerate(order):
        if joint == EMPTY:
            continue
        places[slot, 9:] = representation.velocities.start + 3 * joint + np.arange(3)
        if joint == 0:
            places[slot, :4] = np.arange(4)
            places[slot, 4:8] = representation.contacts.start + np.arange(4)
        else:
            places[slot, :3] = representation.positions.start + 3 * (joint - 1) + np.arange(3)
            places[slot, 3:9] = representation.rotations.start + 6 * (joint - 1) + np.arange(6)
    return places


def place_of_feature(representation: Representation) -> NDArray[np.int64]:
    """(F,) where in the flattened map each feature stands: the inverse of `feature_of_place`."""
    places = feature_of_place(representation).ravel()
    inverse = np.empty(representation.features, dtype=np.int64)
    inverse[places[places != EMPTY]] = np.flatnonzero(places != EMPTY)
    return inverse
