"""Sentences that carry values, in another language: found by a pattern such as "There is no take '{take}'."."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

_VALUE = re.compile(r"\{(\w+)\}")


def filled(sentence: str, patterns: Iterable[str], translate: Callable[[str], str]) -> str:
    """The first pattern that fits, translated, with the sentence's own values; the sentence itself where none fits."""
    for pattern in patterns:
        found = _expression(pattern).fullmatch(sentence)
        if found:
            return translate(pattern).format(**found.groupdict())
    return sentence


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts = _VALUE.split(pattern)  # words, name, words, name, ..., words
    parts = [f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)]
    return re.compile("".join(parts), re.DOTALL)
