"""Bone names in one spelling, so that an exporter's separators, case and decoration do not matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_SEPARATORS = re.compile(r"[\s_\-.]+")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_RUNNING_NUMBER = re.compile(r"_(\d+)$")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_MOST = 0.9  # a decoration is one that this share of the names has


def fold(name: str, prefix: str = "") -> str:
    """A name without name space, case, separators, leading zeros and full-width forms; without `prefix` (a pattern).

    `mixamorig1:LeftUpLeg` and `left_up-leg` are both `leftupleg`, `Spine_01` is `spine1`, `左足ＩＫ` is `左足ik`.
    """
    plain = _bare(name)
    if prefix:
        plain = re.sub(rf"^(?:{prefix})", "", plain, flags=re.IGNORECASE)
    return _LEADING_ZEROS.sub("", _SEPARATORS.sub("", plain)).casefold()


def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `LeftUpLeg_jnt.001` is left, up, leg, jnt, 001; `上半身2` is 上半身, 2."""
    return tuple(word.casefold() for word in _WORDS.findall(_bare(name)))


def undecorated(names: Sequence[str]) -> tuple[str, ...]:
    """The names without what an exporter put on nearly all of them: a common first word, running numbers at the end.

    `Character1_Hips`, `Character1_Spine`, ... become `Hips`, `Spine`; `Hips_01`, `Spine_02`, ... likewise.
    """
    plain = [_bare(name) for name in names]
    numbers = [match.group(1) for name in plain if (match := _RUNNING_NUMBER.search(name))]
    if len(numbers) >= _MOST * len(plain) and len(set(numbers)) == len(numbers) > 1:
        plain = [_RUNNING_NUMBER.sub("", name) for name in plain]
    first = [re.match(r"[^\s_\-.]+[\s_\-.]+", name) for name in plain]
    starts = [match.group(0) for match in first if match]
    common = max(set(starts), key=starts.count, default="")
    if len(plain) > 1 and starts.count(common) >= _MOST * len(plain):
        plain = [name.removeprefix(common) for name in plain]
    return tuple(plain)


def _bare(name: str) -> str:
    """Without full-width forms and without name space or path."""
    return unicodedata.normalize("NFKC", name).rsplit(":", 1)[-1].rsplit("|", 1)[-1]
