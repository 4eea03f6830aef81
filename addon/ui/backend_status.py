"""The backend's state in words, and the one button that does what is right next: in the panel and the preferences."""

from __future__ import annotations

import time

import bpy

from .. import hosting, session
from ..bridge.backend_process import BackendProcess
from ..bridge.state import BackendState
from ..core.errors import RepriseError
from ..translations import tr
from .text import draw_sentence

_WORDS = {
    BackendState.NOT_INSTALLED: ("Not installed", "IMPORT"),
    BackendState.INSTALLING: ("Installing", "SORTTIME"),
    BackendState.STOPPED: ("Stopped: starts by itself when needed", "PAUSE"),
    BackendState.STARTING: ("Starting", "SORTTIME"),
    BackendState.READY: ("Ready", "CHECKMARK"),
    BackendState.BUSY: ("Working", "SORTTIME"),
    BackendState.STOPPING: ("Stopping", "SORTTIME"),
    BackendState.FAILED: ("Failed", "ERROR"),
}
_OPERATORS = {
    "install": ("reprise.install_backend", "IMPORT"),
    "cancel": ("reprise.cancel_install", "X"),
    "start": ("reprise.start_backend", "PLAY"),
    "stop": ("reprise.stop_backend", "X"),
}


def draw_backend(layout: bpy.types.UILayout, width: float) -> None:
    """State, reason, button, size, log and diagnostics. Reads memory only."""
    current = hosting.current
    words, icon = _WORDS[current.state]
    layout.label(text=tr(words) + _more(), icon=icon, translate=False)  # type: ignore[arg-type]
    progress = _draw_progress(layout)
    draw_sentence(layout, progress, width)
    _draw_reason(layout, width)
    draw_next_step(layout, width)
    row = layout.row(align=True)
    row.operator("reprise.open_log", icon="TEXT")
    row.operator("reprise.copy_diagnostics", text="Copy Details", icon="COPYDOWN")


def draw_in_short(layout: bpy.types.UILayout, width: float) -> None:
    """State and button, where that is not what the panel is about. Reads memory only."""
    words, icon = _WORDS[hosting.current.state]
    layout.label(text=f"{tr('Backend')}: {tr(words)}", icon=icon, translate=False)  # type: ignore[arg-type]
    _draw_progress(layout)
    draw_next_step(layout, width)


def draw_next_step(layout: bpy.types.UILayout, width: float) -> None:
    """The one button that does what is right next, if there is anything to do."""
    step = hosting.current.next_step
    if not step.action:
        return
    operator, icon = _OPERATORS[step.action]
    column = layout.column()
    column.scale_y = 1.3 if step.action == "install" else 1.0
    column.operator(operator, text=step.label, icon=icon)  # type: ignore[arg-type]
    if step.action == "install" and not bpy.app.online_access:
        draw_sentence(layout, "Allow Online Access in Preferences > System > Network to install it.", width, "INFO")


def draw_remove(layout: bpy.types.UILayout) -> None:
    """The button that removes what was installed, where something was."""
    managed = hosting.current.managed
    if managed is not None and managed.marker is not None:
        layout.operator("reprise.remove_backend", icon="TRASH")


def _more() -> str:
    current = hosting.current
    if current.remote is not None:
        return f" ({current.remote.host})"
    managed = current.managed
    if managed is None or managed.marker is None or current.state in (BackendState.INSTALLING, BackendState.FAILED):
        return ""
    if current.choice is not None and current.choice.python:
        return ""
    return f" ({managed.marker.build}, {managed.marker.size / 1e9:.1f} GB on disk)"


def _draw_progress(layout: bpy.types.UILayout) -> str:
    """The bar while something is installed; returns what is being done."""
    managed = hosting.current.managed
    installer = managed.installer if managed else None
    if installer is None:
        return ""
    progress = installer.progress
    layout.progress(factor=progress.fraction, type="BAR", text=f"{progress.fraction:.0%}")
    return f"{progress.step}{', ' if progress.detail else ''}{progress.detail}"


def _draw_reason(layout: bpy.types.UILayout, width: float) -> None:
    current = hosting.current
    backend, managed = current.backend, current.managed
    _draw_error(layout, width, current.error or (backend.error if backend else None))
    if isinstance(backend, BackendProcess):
        if backend.restart_at is not None:
            seconds = max(0, round(backend.restart_at - time.monotonic()))
            draw_sentence(layout, f"It is started again in {seconds} s.", width, "FILE_REFRESH")
        elif backend.last_crash is not None and current.state is not BackendState.FAILED:
            draw_sentence(layout, f"Started again after this: {backend.last_crash.message}", width, "INFO")
    for note in managed.notes if managed else ():
        draw_sentence(layout, note, width, "INFO")
    if managed is not None and current.state is BackendState.NOT_INSTALLED and managed.payload is None:
        _draw_error(layout, width, managed.payload_error)


def _draw_error(layout: bpy.types.UILayout, width: float, error: RepriseError | None) -> None:
    if error is None or error is session.current.error or error.code == "backend_missing":
        return
    draw_sentence(layout, error.message, width, "ERROR")
    if error.hint:
        draw_sentence(layout, error.hint, width, "INFO")
