"""The one backend of this Blender, as the preferences ask for it, and the timer that keeps the panels true to it.

Nothing here blocks: starting and stopping run on threads of their own, which never touch Blender's data.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import bpy

from .bridge.advice import NextStep, next_step
from .bridge.backend_process import BackendProcess
from .bridge.client import is_loopback_url
from .bridge.managed import ManagedBackend
from .bridge.remote_backend import RemoteBackend
from .bridge.restarts import Backoff
from .bridge.state import BackendState
from .core.errors import RepriseError
from .preferences import BackendChoice, backend_folder, log_folder, preferences
from .windows import redraw

_IDLE_SECONDS, _LIVELY_SECONDS = 1.0, 0.25
_RESTING = (BackendState.NOT_INSTALLED, BackendState.STOPPED, BackendState.FAILED)


@dataclass
class Hosting:
    """What there is; written only on Blender's main thread."""

    managed: ManagedBackend | None = None
    remote: RemoteBackend | None = None
    choice: BackendChoice | None = None
    error: RepriseError | None = None  # why there is neither
    drawn: object = None  # what the panels showed last

    @property
    def backend(self) -> BackendProcess | RemoteBackend | None:
        """What a job talks to; None before it was first asked for."""
        return self.managed.process if self.managed else self.remote

    @property
    def state(self) -> BackendState:
        """The backend's state; `STOPPED` before it was first asked for, `FAILED` where the preferences are wrong."""
        if self.error is not None:
            return BackendState.FAILED
        return self.backend.state if self.backend else BackendState.STOPPED

    @property
    def next_step(self) -> NextStep:
        """What the one button offers."""
        if self.remote is not None or self.managed is None:
            return next_step(self.state, self.error, None, can_install=False)
        ours = None if self.choice is not None and self.choice.python else self.managed.condition
        return next_step(self.state, self.managed.process.error, ours, self.managed.payload is not None)


current = Hosting()


def backend() -> BackendProcess | RemoteBackend:
    """The backend with the preferences of now; one that was made with others is stopped.

    Raises `RepriseError` when the preferences name no backend, or one that Blender may not talk to.
    """
    choice = preferences().backend
    made = current.backend
    if current.choice != choice or made is None:
        close()
        current.choice = choice
        try:
            made = _make(choice)
        except RepriseError as error:
            current.error = error
            raise
    if choice.url and not is_loopback_url(choice.url) and not bpy.app.online_access:
        raise offline("The backend is on another machine")
    return made


def start() -> None:
    """Starts the backend, or connects to it, in the background; the state tells what came of it."""
    made = backend()
    if made.state is BackendState.FAILED:
        made.forget_failure()
    _in_background(made.ensure_ready)


def stop() -> None:
    """Ends the backend process (or lets go of the server) in the background."""
    if current.backend is not None:
        _in_background(current.backend.stop)


def install() -> None:
    """Installs, updates or repairs in the background; raises `RepriseError` when it cannot even begin."""
    if not bpy.app.online_access:
        raise offline("Installing downloads packages")
    backend()
    if current.managed is None:
        raise RepriseError("remote", "The backend is a server elsewhere.", "Choose 'On this machine' first.")
    current.managed.install()
    redraw()


def offline(what: str) -> RepriseError:
    """The refusal where Blender may not go online."""
    return RepriseError(
        "offline", f"{what}, and Blender may not go online.", "Allow Online Access in Preferences > System > Network."
    )


def close() -> None:
    """Ends whatever runs, before it returns."""
    managed, remote = current.managed, current.remote
    current.managed = current.remote = current.choice = current.error = None
    for made in (managed.close if managed else None, remote.stop if remote else None):
        if made is not None:
            made()


def attach() -> None:
    """Called when the add-on is registered."""
    if not bpy.app.timers.is_registered(_watch):
        bpy.app.timers.register(_watch, first_interval=_IDLE_SECONDS, persistent=True)


def detach() -> None:
    """Called when the add-on is unregistered: nothing of it may run on."""
    if bpy.app.timers.is_registered(_watch):
        bpy.app.timers.unregister(_watch)
    close()
    current.drawn = None


def _make(choice: BackendChoice) -> BackendProcess | RemoteBackend:
    if choice.url:
        current.remote = RemoteBackend(choice.url, choice.token)
        return current.remote
    current.managed = ManagedBackend(
        backend_folder(),
        log_folder(),
        choice.python,
        choice.port,
        (
            *(("--device", choice.device) if choice.device != "auto" else ()),
            *(("--library", choice.library) if choice.library else ()),
        ),
        # Without a window there is nobody to keep a backend ready for.
        backoff=None if bpy.app.background else Backoff(),
    )
    current.managed.look_at_machine()
    return current.managed.process


def _watch() -> float:
    """The timer: follows the preferences while nothing runs, and draws panels again that show something old."""
    if current.choice != preferences().backend and current.state in _RESTING:
        with contextlib.suppress(RepriseError):  # `current.error` has it
            backend()
    shown = _what_is_shown()
    if shown != current.drawn:
        current.drawn = shown
        redraw()
    return _IDLE_SECONDS if current.state in (*_RESTING, BackendState.READY) else _LIVELY_SECONDS


def _what_is_shown() -> object:
    managed = current.managed
    if managed is None:
        return current.state, str(current.error), bpy.app.online_access
    installer, restart_at = managed.installer, managed.process.restart_at
    return (
        current.state,
        managed.process.error,
        managed.condition,
        managed.build,
        tuple(managed.notes),
        installer.progress if installer else None,
        round(restart_at - time.monotonic()) if restart_at else None,
        bpy.app.online_access,
    )


def _in_background(call: Callable[[], object]) -> None:
    def run() -> None:
        with contextlib.suppress(RepriseError):  # the state and its error tell
            call()

    threading.Thread(target=run, name="reprise-backend", daemon=True).start()
