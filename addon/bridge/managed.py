"""The backend that the add-on installed itself: its process, its environments, and the installation that is running."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from ..core.errors import Cancelled, RepriseError
from .backend import Change
from .backend_process import BackendProcess
from .command import find_backend
from .install.environments import Condition, Environments, Marker
from .install.installer import Installer
from .install.machine import this_machine
from .install.payload import FOLDER, Payload, read_payload
from .install.torch_builds import TorchBuild, choose_build
from .restarts import Backoff
from .state import BackendState


class ManagedBackend:
    """Ties the process to the environments on the disk: what answers is confirmed, what does not start is rolled back.

    `condition`, `marker`, `notes` and `payload_error` are memory, brought up to date by `refresh`: a panel may read
    them.
    """

    def __init__(
        self,
        folder: Path,
        log_folder: Path,
        python: str = "",
        port: int = 0,
        options: Sequence[str] = (),
        backoff: Backoff | None = None,
        payload_folder: Path = FOLDER,
        make_installer: Callable[[Environments, Payload, Path], Installer] = Installer,
        on_change: Callable[[Change], None] | None = None,
    ) -> None:
        self.environments = Environments(folder)
        self.process = BackendProcess(log_folder, self._find, port, options, backoff=backoff, on_change=self._changed)
        self.installer: Installer | None = None
        self.notes: list[str] = []
        self.payload: Payload | None = None
        self.payload_error: RepriseError | None = None
        self.condition = Condition.ABSENT
        self.marker: Marker | None = None
        self._python, self._log_folder, self._payload_folder = python, log_folder, payload_folder
        self._make_installer, self._on_change = make_installer, on_change
        self._thread: threading.Thread | None = None
        self.build: TorchBuild | None = None  # what this machine would get; None until it has been looked at
        self.build_error: RepriseError | None = None
        self.refresh()

    def look_at_machine(self) -> threading.Thread:
        """Finds out on a thread of its own which build this machine would get, and so its size."""

        def look() -> None:
            try:
                self.build = choose_build(this_machine())
            except RepriseError as error:
                self.build_error = error

        thread = threading.Thread(target=look, name="reprise-machine", daemon=True)
        thread.start()
        return thread

    def refresh(self) -> None:
        """Reads the disk again."""
        try:
            self.payload, self.payload_error = read_payload(self._payload_folder), None
        except RepriseError as error:
            self.payload, self.payload_error = None, error
        self._look_at_disk()
        self.process.look()

    def install(self) -> None:
        """Installs, updates or repairs: each makes a new environment beside the old one. Returns at once.

        Raises `no_payload` or `bad_payload` when there is nothing to install from, `backend_installing` when it is.
        """
        if self.payload is None:
            self.payload = read_payload(self._payload_folder)
        self.process.begin_installing()
        self.notes = []
        self.installer = self._make_installer(self.environments, self.payload, self._log_folder)
        self._thread = threading.Thread(
            target=self._install, args=(self.installer,), name="reprise-install", daemon=True
        )
        self._thread.start()

    def cancel_install(self) -> None:
        """Ends the installation; what was downloaded is kept, what was in use stays in use."""
        if self.installer is not None:
            self.installer.cancel()

    def remove(self) -> None:
        """Stops the backend and removes everything that was installed."""
        self.process.begin_installing()  # nothing may start it meanwhile
        self.environments.remove()
        self.process.end_installing()
        self.refresh()

    def close(self) -> None:
        """Ends whatever runs. Safe to call twice."""
        self.cancel_install()
        self.process.stop()

    def join(self, timeout: float) -> bool:
        """Waits for the installation; False when it is still going on."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _install(self, installer: Installer) -> None:
        error: RepriseError | None = None
        done = False
        try:
            installer.install()
            done = True
        except Cancelled:
            pass
        except RepriseError as failure:
            error = failure
        except Exception as failure:  # a thread has nobody above it to tell
            error = RepriseError("internal", f"Installing failed unexpectedly ({type(failure).__name__}: {failure}).")
        self.notes, self.installer = installer.notes, None
        self.process.end_installing(error)
        self._look_at_disk()
        if done:
            self._first_start()

    def _first_start(self) -> None:
        """Starts what was installed; when it does not answer, `_changed` has put back the one before: start that."""
        try:
            self.process.ensure_ready()
        except RepriseError as error:
            if not self.environments.awaits_answer() and self.environments.python() is not None:
                self.notes.append(f"The new backend did not start: {error.message} The one before is in use again.")
                self._start_again()

    def _start_again(self) -> None:
        try:
            self.process.ensure_ready()
        except RepriseError:
            return  # the state says it

    def _changed(self, change: Change) -> None:
        if self.environments.awaits_answer() and self._runs_ours():
            if change.after is BackendState.READY:
                self.environments.confirm()
                self._look_at_disk()
            elif (change.before, change.after) == (BackendState.STARTING, BackendState.FAILED):
                self.environments.roll_back()
                self._look_at_disk()
        if self._on_change is not None:
            self._on_change(change)

    def _runs_ours(self) -> bool:
        python = self.environments.python()
        return python is not None and self.process.command[:1] == [str(python)]

    def _look_at_disk(self) -> None:
        self.condition = self.environments.condition(self.payload.key if self.payload else None)
        self.marker = self.environments.marker()

    def _find(self) -> list[str]:
        return find_backend(self._python, installed=self.environments.python())
