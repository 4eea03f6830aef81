"""Connections that are slow, half open, malformed or too many: each ends, in words where there is one to read them."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable

import pytest
from fake_engine import FakeEngine
from http_client import TOKEN, Client

from reprise.serving import protocol

Start = Callable[..., Client]
HEAD = f"Host: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n"


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(protocol, "RECEIVE_SECONDS", 0.4)
    monkeypatch.setattr(protocol, "SEND_SECONDS", 0.4)


def connected(client: Client, receive_buffer: int = 0) -> socket.socket:
    connection = socket.socket()
    connection.settimeout(10)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect(("127.0.0.1", client.port))
    return connection


def all_of(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    data = b""
    try:
        while part := connection.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return data


def trickle(connection: socket.socket, data: bytes, seconds: float = 0.05) -> None:
    """Sends a byte at a time until the other side has had enough."""
    try:
        for byte in data:
            connection.sendall(bytes((byte,)))
            time.sleep(seconds)
    except OSError:
        pass


def error_in(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    error = json.loads(body)["error"]
    assert set(error) == {"code", "message", "hint"}
    return int(head.split()[1]), error["code"]


def test_a_connection_that_says_nothing_is_closed(client: Client):
    with connected(client) as connection:
        started = time.monotonic()
        assert error_in(all_of(connection)) == (408, "too_slow")
        assert 0.3 < time.monotonic() - started < 5


def test_a_head_that_never_ends_is_closed_however_lively_it_trickles(client: Client):
    with connected(client) as connection:
        started = time.monotonic()
        trickle(connection, f"GET /v1/health HTTP/1.1\r\n{HEAD}X: {'y' * 200}".encode())
        assert time.monotonic() - started < 5
        answer = all_of(connection)
    assert not answer or error_in(answer) == (408, "too_slow")


@pytest.mark.parametrize("authorization", [HEAD, "Host: 127.0.0.1\r\n"])
def test_a_body_that_never_ends_is_closed_with_or_without_the_token(client: Client, authorization: str):
    with connected(client) as connection:
        started = time.monotonic()
        connection.sendall(f"POST /v1/generate HTTP/1.1\r\n{authorization}Content-Length: 1000\r\n\r\n".encode())
        trickle(connection, b" " * 200)
        assert time.monotonic() - started < 5
    assert client.send("GET", "/v1/health").json["queued"] == 0


def test_a_second_request_has_a_deadline_too(client: Client):
    with connected(client) as connection:
        connection.sendall(f"GET /v1/health HTTP/1.1\r\n{HEAD}\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        trickle(connection, b"GET /v1/health HTTP/1.1\r\nX: " + b"y" * 200)
        assert time.monotonic() - started < 5


def test_a_request_in_time_is_not_hurried_by_the_deadline(start: Start):
    client = start(FakeEngine(step_seconds=0.02))
    job = client.generate(steps=60)  # longer than the deadline, which is for requests and not for answers
    with connected(client) as connection:
        connection.sendall(f"GET /v1/jobs/{job}/events HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n".encode())
        assert b"event: done" in all_of(connection)


def test_a_reader_that_does_not_read_is_dropped_and_hurts_nobody(start: Start):
    client = start(FakeEngine())
    job = client.generate(steps=1, count=16, seconds=9.0)
    assert client.last_event(job)[0] == "done"
    size = len(client.send("GET", f"/v1/jobs/{job}/result").body)
    with connected(client, receive_buffer=4096) as connection:
        many = f"GET /v1/jobs/{job}/result HTTP/1.1\r\n{HEAD}\r\n" * (1 + 8_000_000 // size)  # beyond what kernels hold
        connection.sendall(many.encode())
        time.sleep(1.5)
        received = all_of(connection)
    assert 0 < len(received) < 8_000_000
    assert len(client.send("GET", f"/v1/jobs/{job}/result").body) == size


def test_a_slow_reader_that_does_read_gets_everything(start: Start):
    client = start(FakeEngine())
    job = client.generate(steps=1, count=16, seconds=9.0)
    assert client.last_event(job)[0] == "done"
    size, count, received = len(client.send("GET", f"/v1/jobs/{job}/result").body), 8, 0
    with connected(client, receive_buffer=4096) as connection:
        connection.sendall((f"GET /v1/jobs/{job}/result HTTP/1.1\r\n{HEAD}\r\n" * count).encode())
        deadline = time.monotonic() + 1.2  # three times the deadline of one that does not move
        while received < count * size:
            received += len(connection.recv(max(1024, count * size // 60)))
            if time.monotonic() < deadline:
                time.sleep(0.02)
    assert received >= count * size


def test_beyond_the_ceiling_connections_are_refused_in_words_and_later_ones_served(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(protocol, "MAX_CONNECTIONS", 3)
    held = [connected(client) for _ in range(3)]
    time.sleep(0.1)
    with connected(client) as connection:
        assert error_in(all_of(connection)) == (503, "too_many_connections")
    for connection in held:
        connection.close()
    time.sleep(0.1)
    assert client.send("GET", "/v1/health").status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50 + b"\r\n\r\n",  # TLS on a port without it
        b"GET\r\n\r\n",
        b"GET / HTTP/99\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # no Host
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST /v1/generate HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/generate HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 2 * protocol.MAX_HEAD_BYTES,
    ],
)
def test_what_is_no_http_gets_400_with_an_error_body(client: Client, data: bytes):
    with connected(client) as connection:
        connection.sendall(data)
        assert error_in(all_of(connection)) == (400, "bad_request")
    assert client.send("GET", "/v1/health").status == 200


def test_closing_in_the_middle_of_anything_leaves_nothing_behind(start: Start):
    client = start(FakeEngine(step_seconds=0.001))
    job = client.generate(steps=1)
    for words in ("GET", f"GET /v1/health HTTP/1.1\r\n{HEAD}", f"GET /v1/jobs/{job}/result HTTP/1.1\r\n{HEAD}\r\n"):
        for linger in (False, True):
            connection = connected(client)
            if linger:  # closing resets the connection instead of ending it
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            connection.sendall(words.encode())
            connection.close()
    body = f"POST /v1/generate HTTP/1.1\r\n{HEAD}Content-Length: 50\r\n\r\n" + '{"prompt": "half of a'
    with connected(client) as connection:
        connection.sendall(body.encode())
    time.sleep(0.2)
    health = client.send("GET", "/v1/health").json
    assert (health["running"], health["queued"]) == (0, 0)
