"""The interface in other languages, in Blender's own way. A language is a table; what it lacks is shown in English."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

import bpy

from .core.errors import RepriseError
from .languages.german import GERMAN
from .languages.german_errors import ERRORS as GERMAN_ERRORS
from .languages.german_patterns import PATTERNS as GERMAN_PATTERNS
from .languages.german_tooltips import TOOLTIPS as GERMAN_TOOLTIPS
from .languages.patterns import filled

_TABLES = {"de_DE": GERMAN_TOOLTIPS | GERMAN_PATTERNS | GERMAN_ERRORS | GERMAN}
_PATTERNS = {"de_DE": tuple(GERMAN_PATTERNS)}  # of sentences that carry values: core and backend know no Blender


def tr(text: str) -> str:
    """`text` in the language of Blender's interface, where the add-on or Blender knows it or its pattern."""
    found = _known(text) if text else ""
    return found if found != text else _with_values(text, bpy.app.translations.locale)


def told(error: RepriseError) -> str:
    """What is wrong and what to do about it, in one line, as far as its words are known in that language."""
    return " ".join(tr(part) for part in (error.message, error.hint) if part)


def _known(text: str) -> str:
    return cast(Any, bpy.app.translations).pgettext_iface(text)


@lru_cache(maxsize=1024)  # the panel asks at every drawing
def _with_values(text: str, locale: str) -> str:
    return filled(text, _PATTERNS.get(locale, ()), _known)


def attach() -> None:
    """Called when the add-on is registered."""
    by_language = {
        language: {(context, text): told for text, told in table.items() for context in ("*", "Operator")}
        for language, table in _TABLES.items()
    }
    bpy.app.translations.register(__package__ or "reprise", cast(Any, by_language))  # the stubs know no contexts


def detach() -> None:
    """Called when the add-on is unregistered."""
    bpy.app.translations.unregister(__package__ or "reprise")
