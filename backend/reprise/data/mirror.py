"""Mirrored twins: left and right exchanged in a motion and in the words that describe it."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reprise_core.skeleton import MIRROR

_PAIRS = (
    ("left", "right"),
    ("leftward", "rightward"),
    ("leftwards", "rightwards"),
    ("leftmost", "rightmost"),
    ("lefthanded", "righthanded"),
    ("leftie", "rightie"),
    ("lefty", "righty"),
)
_OPPOSITE = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
# Handedness is in the prefix: "counterclockwise" -> "clockwise" and back.
_WORD = re.compile(
    r"\b(?P<counter>(?:counter|anti|contra)[- ]?)?(?P<clock>clockwise)\b|\b(?P<side>" + "|".join(_OPPOSITE) + r")\b",
    re.IGNORECASE,
)
# "right" that is no side: "at a right angle" always, "right away" unless it follows "the", "to", ...
_ANGLE = re.compile(r"[- ]?angle", re.IGNORECASE)
_ADVERB = re.compile(r" (?:away|after|before|now|at once|in front|in place|up to|there)\b", re.IGNORECASE)
_SIDE_BEFORE = re.compile(r"\b(?:the|his|her|their|its|a|and|or|from|to|with|on)\s+$", re.IGNORECASE)


def mirror_joints(joints: ArrayLike) -> NDArray[np.floating]:
    """(..., 22, 3) joints reflected in the plane x = 0, left joints becoming right ones; twice is the identity."""
    joints = np.asarray(joints)
    return joints[..., list(MIRROR), :] * np.array([-1.0, 1.0, 1.0], dtype=joints.dtype)


def mirror_caption(text: str) -> str:
    """The sentence for the mirrored motion: left <-> right, clockwise <-> counterclockwise; case is kept.

    "right away" and the like are left alone. Every way of writing "counterclockwise" becomes "clockwise".
    """

    def swap(match: re.Match[str]) -> str:
        word = match.group()
        if match["clock"]:
            return _with_case_of(word, "clockwise" if match["counter"] else "counterclockwise")
        before, after = text[: match.start()], text[match.end() :]
        adverb = _ADVERB.match(after) and not _SIDE_BEFORE.search(before)
        if word.lower() == "right" and (_ANGLE.match(after) or adverb):
            return word
        return _with_case_of(word, _OPPOSITE[word.lower()])

    return _WORD.sub(swap, text)


def _with_case_of(model: str, word: str) -> str:
    if model.isupper():
        return word.upper()
    return word.capitalize() if model[0].isupper() else word
