"""Errands under way, and the timer that takes over what they bring on Blender's main thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import bpy

from .bridge.errand import Errand

log = logging.getLogger(__name__)
_PUMP_SECONDS = 0.1
_BACKGROUND_SECONDS = 600.0

_running: list[tuple[Errand[Any], Callable[[Errand[Any]], None]]] = []


def run(errand: Errand[Any], on_change: Callable[[Errand[Any]], None]) -> None:
    """Starts an errand; `on_change` is called on the main thread for what it tells and when it is over.

    In background mode, where timers never fire, this waits until it is over.
    """
    errand.start()
    if bpy.app.background:
        errand.wait(lambda: on_change(errand), _BACKGROUND_SECONDS)
        return
    _running.append((errand, on_change))
    if not bpy.app.timers.is_registered(pump):
        bpy.app.timers.register(pump, first_interval=_PUMP_SECONDS, persistent=True)


def pump() -> float | None:
    """The timer. What comes in waits for a render to end, which reads the data that it would change."""
    if bpy.app.is_job_running("RENDER"):
        return _PUMP_SECONDS
    for entry in list(_running):
        errand, on_change = entry
        if errand.is_over:  # cancelled
            _running.remove(entry)
        elif errand.pump():
            if errand.is_over:
                _running.remove(entry)
            try:
                on_change(errand)
            except Exception:  # one must not keep the others from their ends
                log.exception("What an errand brought could not be used")
    return _PUMP_SECONDS if _running else None


def detach() -> None:
    """Called when the add-on is unregistered: nothing may come in any more."""
    for errand, _ in _running:
        errand.cancel()
    _running.clear()
    if bpy.app.timers.is_registered(pump):
        bpy.app.timers.unregister(pump)
