"""A backend on another machine (or one that the user started): reached by URL and token, never started or ended."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from ..core.errors import RepriseError
from .backend import ANSWERING, Backend, Change, check_contract, stopped
from .client import Client, UnreachableError
from .state import BackendState


class RemoteBackend(Backend):
    """Raises `bad_backend` at once when `url` is no https address (http: on this machine only)."""

    def __init__(self, url: str, token: str, on_change: Callable[[Change], None] | None = None) -> None:
        super().__init__(on_change)
        self._remote = Client(url, token)
        self.url = url.strip()

    @property
    def host(self) -> str:
        """The server's name, for people."""
        return urlsplit(self.url).netloc

    def ensure_ready(self) -> Client:
        """The client, once the backend has answered in our version of the contract.

        Raises `backend_unreachable`, `backend_older`, `backend_newer`, or the backend's own refusal (`unauthorized`).
        """
        with self._lock:
            if self._state in ANSWERING:
                return self._remote
            starting = self._state is not BackendState.STARTING and self._set(BackendState.STARTING)
        self._tell(starting)
        try:
            check_contract(self._remote.health())
        except UnreachableError as error:
            failure = self._unreachable(str(error))
            self._leave(BackendState.STARTING, BackendState.FAILED, failure)
            raise failure from error
        except RepriseError as failure:
            self._leave(BackendState.STARTING, BackendState.FAILED, failure)
            raise
        self._leave(BackendState.STARTING, BackendState.READY)
        if self._state not in ANSWERING:
            raise stopped()
        return self._remote

    def explain_silence(self) -> RepriseError:
        """The connection broke: the backend is out of reach until it answers again."""
        failure = self._unreachable("the connection broke")
        with self._lock:
            change = self._state in ANSWERING and self._set(BackendState.FAILED, failure)
        self._tell(change)
        return failure

    def look(self) -> BackendState:
        """The state; asks nobody."""
        return self._state

    def stop(self) -> None:
        """Disconnects; the backend runs on."""
        with self._lock:
            alive = self._state in (*ANSWERING, BackendState.STARTING)
            changes = [self._set(BackendState.STOPPING), self._set(BackendState.STOPPED)] if alive else []
        for change in changes:
            self._tell(change)

    def forget_failure(self) -> None:
        """From `FAILED` to `STOPPED`: the next job tries again."""
        self._leave(BackendState.FAILED, BackendState.STOPPED)

    def _leave(self, before: BackendState, after: BackendState, error: RepriseError | None = None) -> None:
        with self._lock:
            change = self._state is before and self._set(after, error)
        self._tell(change)

    def _unreachable(self, why: str) -> RepriseError:
        sentence = f"The backend at {self.url} cannot be reached ({why[:120]})."
        return RepriseError(
            "backend_unreachable", sentence, "Check its address, that it runs, and any firewall between."
        )
