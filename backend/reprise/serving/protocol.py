"""Connections that cannot be held open by saying little: uvicorn's HTTP/1.1 with deadlines and a ceiling.

Uvicorn waits for ever for the rest of a request (Slowloris) and for a reader that does not read. Here a request must be
in `RECEIVE_SECONDS` after its connection or its first byte, and what is sent must move within `SEND_SECONDS`.
"""

from __future__ import annotations

import asyncio
import json
import socket
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from reprise_core.errors import RepriseError

from .answers import status_of

RECEIVE_SECONDS = 10.0
RECEIVE_BYTES = 32 * 1024
SEND_SECONDS = 30.0
MAX_CONNECTIONS = 256
MAX_HEAD_BYTES = 16 * 1024
_RECEIVING = (h11.IDLE, h11.SEND_BODY)


class GuardedProtocol(H11Protocol):
    """One connection of a client."""

    _receive_timer: asyncio.TimerHandle | None = None
    _send_timer: asyncio.TimerHandle | None = None
    _received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # so that we are told of every byte that waits
        _notice_vanished_peers(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            message = f"{MAX_CONNECTIONS} connections are open already."
            self._refuse(RepriseError("too_many_connections", message, "Close some, or try again."))
        else:
            self._watch_receiving()

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        self._watch_receiving()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is not h11.IDLE:  # between requests, keep-alive has a deadline of its own
            self._watch_receiving()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._receive_timer, self._send_timer):
            if timer is not None:
                timer.cancel()
        self._unset_keepalive_if_required()  # uvicorn does so only after an orderly end
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._send_timer = self.loop.call_later(SEND_SECONDS, self._check_sending, self._unsent())

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None

    def send_400_response(self, msg: str) -> None:
        self._refuse(RepriseError("bad_request", msg, "Send an HTTP/1.1 request."))

    def _watch_receiving(self) -> None:
        if self.transport.is_closing() or self.conn.their_state not in _RECEIVING:
            if self._receive_timer is not None:
                self._receive_timer.cancel()
                self._receive_timer = None
        elif self._receive_timer is None:
            self._received = 0
            self._receive_timer = self.loop.call_later(RECEIVE_SECONDS, self._receiving_took_too_long)

    def _receiving_took_too_long(self) -> None:
        self._receive_timer = None
        if self._received >= RECEIVE_BYTES * RECEIVE_SECONDS:
            self._watch_receiving()
            return
        message = f"The request was not complete after {RECEIVE_SECONDS:g} seconds."
        self._refuse(RepriseError("too_slow", message, "Send it at once."))

    def _check_sending(self, unsent_before: int) -> None:
        unsent = self._unsent()
        if unsent < unsent_before:
            self._send_timer = self.loop.call_later(SEND_SECONDS, self._check_sending, unsent)
        else:
            self.transport.abort()

    def _unsent(self) -> int:
        return self.transport.get_write_buffer_size()

    def _refuse(self, error: RepriseError) -> None:
        """Answers with an error if nothing has been answered yet, and closes."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self.transport.is_closing():
            body = json.dumps(error.to_json()).encode("ascii")
            status = status_of(error)
            length = str(len(body)).encode()
            headers = [(b"content-type", b"application/json"), (b"content-length", length), (b"connection", b"close")]
            for event in (
                h11.Response(status_code=status, headers=headers, reason=STATUS_PHRASES[status]),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(cast(bytes, self.conn.send(event)))
        self.transport.close()


def _notice_vanished_peers(transport: asyncio.Transport) -> None:
    """On Linux, a peer whose machine has gone is given up after `SEND_SECONDS`, not after a quarter of an hour."""
    connection = transport.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * SEND_SECONDS))
