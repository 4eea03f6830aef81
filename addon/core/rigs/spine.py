"""Spreading our three spine joints over however many spine bones a rig has."""

from __future__ import annotations

from collections.abc import Sequence


def spread_spine(spine: Sequence[int]) -> dict[str, int]:
    """Which of the bones between pelvis and neck, from below, are spine1, spine2 and spine3.

    One bone is spine2; of two, the lower is spine1 and the upper, which carries the arms, spine3; of three or more the
    first is spine1, the last spine3 and the middle one (the lower of two) spine2: of four the 1st, 2nd and 4th, of five
    the 1st, 3rd and 5th.
    """
    if not spine:
        return {}
    if len(spine) == 1:
        return {"spine2": spine[0]}
    ends = {"spine1": spine[0], "spine3": spine[-1]}
    return ends if len(spine) == 2 else ends | {"spine2": spine[(len(spine) - 1) // 2]}
