"""The backend process: binds, says that it is ready, serves until told to stop.

What a parent process can rely on: standard output carries exactly one line, a JSON object with `url`, `token`, `pid`,
`version` and `contract`, once requests are answered; the log goes to standard error; with `watch_stdin` the process
ends when its standard input does. The engine loads meanwhile; `GET /v1/health` tells how far it is.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TextIO

import uvicorn
from starlette.types import ASGIApp

from reprise_core.contract import CONTRACT_VERSION
from reprise_core.errors import RepriseError

from .. import __version__
from ..pipelines.base import Engine
from .app import create_app
from .clips import Clips
from .jobs import JobQueue
from .limits import Limits
from .output import claimed_stdout, start_logging
from .parent import when_parent_ends
from .protocol import MAX_HEAD_BYTES, GuardedProtocol

TOKEN_VARIABLE = "REPRISE_TOKEN"
_LEAST_TOKEN = 16
_GRACE_SECONDS = 3
log = logging.getLogger(__name__)


def serve(
    load: Callable[[], Engine],
    clips: Clips,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    watch_stdin: bool = False,
    sources: Sequence[Path] = (),
    limits: Limits = Limits(),  # noqa: B008 (frozen)
) -> None:
    """Serves until SIGINT, SIGTERM or, with `watch_stdin`, the end of standard input; port 0 takes any free one.

    `clips` is what clients see of the library. `sources` are the files that `load` reads: when one changes, the next
    request loads the engine again. The token is taken from the variable `REPRISE_TOKEN` or made at random. Raises
    `RepriseError` when the address cannot be had or the token is weak, before anything is printed.
    """
    token = _token()
    listener = listen(host, port)
    with listener, claimed_stdout() as stdout:
        start_logging()
        if not _is_loopback(listener):
            log.warning("Serving on %s: whoever is on the network can read what is sent, the token too.", host)
        jobs = JobQueue(load, limits, sources=sources)

        def on_ready() -> None:
            _announce(stdout, listener, token)
            jobs.start()  # only now: importing torch in another thread would hold up the first answer

        server = _Server(jobs, create_app(jobs, clips, token, host), on_ready)
        if watch_stdin:
            when_parent_ends(server.stop)
        interrupt: KeyboardInterrupt | None = None
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt as error:  # uvicorn has shut down in order and passes it on
            interrupt = error
        jobs.close()
        if not jobs.join(_GRACE_SECONDS):
            log.warning("%s in the middle of a step.", "Interrupted" if interrupt else "Stopped")
            # A thread inside native code would crash the interpreter's orderly end.
            os._exit(130 if interrupt else 0)
        if interrupt:
            raise interrupt


def uvicorn_config(app: ASGIApp) -> uvicorn.Config:
    """How uvicorn serves the app: guarded connections, no access log (nor any other of what clients send)."""
    return uvicorn.Config(
        app,
        http=GuardedProtocol,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises `port_in_use`, `port_denied` or `bad_host` with a sentence that names the address."""
    if not 0 <= port <= 65535:
        raise RepriseError("bad_port", f"There is no port {port}.", "Use 0 (any free one) to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise RepriseError("bad_host", f"The host '{host}' is unknown.", "Use 127.0.0.1.") from error
    try:
        if sys.platform == "win32":  # there, SO_REUSEADDR would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except PermissionError as error:
        listener.close()
        raise RepriseError("port_denied", f"Port {port} on {host} is not allowed.", "Use a port above 1023.") from error
    except OSError as error:
        listener.close()
        if port == 0:
            raise RepriseError("bad_host", f"The address {host} is not this machine's.", "Use 127.0.0.1.") from error
        raise RepriseError(
            "port_in_use", f"Port {port} on {host} is in use.", "Choose another with --port, or 0 for any free one."
        ) from error
    return listener


class _Server(uvicorn.Server):
    """Uvicorn that tells when it answers, and that ends the jobs before it waits for their event streams."""

    def __init__(self, jobs: JobQueue, app: ASGIApp, on_ready: Callable[[], None]) -> None:
        super().__init__(uvicorn_config(app))
        self._jobs, self._on_ready = jobs, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._jobs.close()
        await super().shutdown(sockets)

    def stop(self) -> None:
        """Asks for an orderly end; safe from any thread."""
        self.should_exit = True


def _token() -> str:
    # Taken out of the environment, which child processes inherit and crash reports quote.
    token = os.environ.pop(TOKEN_VARIABLE, "") or secrets.token_urlsafe(32)
    if len(token) < _LEAST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise RepriseError(
            "weak_token",
            f"The token in {TOKEN_VARIABLE} is too short or has unusual characters.",
            f"Use at least {_LEAST_TOKEN} ASCII characters without spaces, or none to have one made.",
        )
    return token


def _is_loopback(listener: socket.socket) -> bool:
    return ip_address(listener.getsockname()[0]).is_loopback


def _announce(stdout: TextIO, listener: socket.socket, token: str) -> None:
    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    line = {"url": url, "token": token, "pid": os.getpid(), "version": __version__, "contract": CONTRACT_VERSION}
    print(json.dumps(line), file=stdout, flush=True)
