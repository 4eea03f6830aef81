"""The interface in other languages, in Blender's own way. A language is a table; what it lacks is shown in English."""

from __future__ import annotations

from typing import Any, cast

import bpy

from .core.errors import RepriseError
from .languages.german import GERMAN
from .languages.german_errors import ERRORS as GERMAN_ERRORS
from .languages.german_tooltips import TOOLTIPS as GERMAN_TOOLTIPS

_TABLES = {"de_DE": GERMAN_TOOLTIPS | GERMAN_ERRORS | GERMAN}


def tr(text: str) -> str:
    """`text` in the language of Blender's interface, where the add-on or Blender knows it."""
    return cast(Any, bpy.app.translations).pgettext_iface(text) if text else ""


def told(error: RepriseError) -> str:
    """What is wrong and what to do about it, in one line, as far as its words are known in that language."""
    return " ".join(tr(part) for part in (error.message, error.hint) if part)


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
