"""The text behind "Copy Diagnostics": what a bug report needs, and nothing private."""

from __future__ import annotations

import platform
import time
from pathlib import Path

import bpy

from . import hosting, session
from .bridge.backend_process import BackendProcess
from .bridge.logs import kept_logs, tail
from .core.privacy import masked
from .preferences import log_folder, preferences

_LINES = 60


def newest_log() -> Path | None:
    """The log written last, of the backend or of its installation."""
    logs = kept_logs(log_folder()) + kept_logs(log_folder(), "install")
    return max(logs, key=lambda path: path.stat().st_mtime, default=None)


def diagnostics() -> str:
    """Versions, settings, the states gone through and the end of the newest log.

    Token, home folder and the names of user and machine are masked.
    """
    backend, managed, log = hosting.current.backend, hosting.current.managed, newest_log()
    errors = [error for error in (session.current.error, backend.error if backend else None) if error]
    command = backend.command if isinstance(backend, BackendProcess) else []
    lines = [
        f"Blender {bpy.app.version_string}, Python {platform.python_version()}, {platform.platform()}",
        f"Preferences: {preferences()}",
        f"Backend: {hosting.current.state.value}, command {' '.join(command) or 'none'}",
        f"Installed: {managed.condition.value}, {managed.marker}" if managed else "Not installed by the add-on",
        *(f"Error: {error.code}: {error}" for error in errors),
        *(f"{_clock(c.at)} {c.before.value} -> {c.after.value} {c.why}" for c in (backend.changes if backend else ())),
        f"Log: {log.name if log else 'none'}",
        *(tail(log, _LINES) if log else []),
    ]
    return masked("\n".join(lines), secrets=[preferences().backend.token])


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
