"""Bone names in one spelling, so that an exporter's separators, case and name spaces do not matter."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s_\-.]+")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def fold(name: str, prefix: str = "") -> str:
    """A name without name space, case, separators, leading zeros and full-width forms; without `prefix` (a pattern).

    `mixamorig1:LeftUpLeg` and `left_up-leg` are both `leftupleg`, `Spine_01` is `spine1`, `左足ＩＫ` is `左足ik`.
    """
    plain = unicodedata.normalize("NFKC", name).rsplit(":", 1)[-1].rsplit("|", 1)[-1]
    if prefix:
        plain = re.sub(rf"^(?:{prefix})", "", plain, flags=re.IGNORECASE)
    return _LEADING_ZEROS.sub("", _SEPARATORS.sub("", plain)).casefold()
