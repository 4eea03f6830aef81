"""The backend as the add-on starts it: a process with a ready line, that ends with its parent and shares no port."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from http_client import Client

FAKE_SERVER = Path(__file__).with_name("fake_server.py")


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(FAKE_SERVER), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | variables,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def ready(process: subprocess.Popen[str]) -> tuple[dict, Client]:
    assert process.stdout
    line = json.loads(process.stdout.readline())
    return line, Client(int(line["url"].rsplit(":", 1)[1]), line["token"])


def test_the_ready_line_is_all_of_stdout_and_the_server_answers_by_then(spawn):
    process = spawn("--watch-stdin", REPRISE_TOKEN="from-the-parent-process")
    line, client = ready(process)
    assert set(line) == {"url", "token", "pid", "version", "contract"}
    assert line["token"] == "from-the-parent-process"
    assert line["pid"] == process.pid
    assert line["url"].startswith("http://127.0.0.1:")
    assert client.send("GET", "/v1/health").status == 200
    out, log = process.communicate(timeout=20)  # closes standard input, which ends the process
    assert out == ""
    assert "a library that chats" in log
    assert process.returncode == 0


def test_without_a_given_token_each_server_has_its_own(spawn):
    tokens = {ready(spawn(REPRISE_TOKEN=""))[0]["token"] for _ in range(2)}
    assert len(tokens) == 2
    assert all(len(token) >= 32 for token in tokens)


def test_ready_comes_before_the_engine_is_loaded(spawn):
    _, client = ready(spawn("--load-seconds", "60"))
    assert client.send("GET", "/v1/health").json["engine"] == "loading"


@pytest.mark.parametrize("prompt", ["a person waves", "[deaf] a person waves"])
def test_the_end_of_stdin_ends_the_process_in_the_middle_of_a_job(spawn, prompt):
    process = spawn("--watch-stdin", "--step-seconds", "0.1")
    _, client = ready(process)
    job = client.generate(prompt, steps=1000)
    stream = client.events(job)
    next(stream)
    process.stdin.close()
    assert process.wait(15) == 0
    assert [name for name, _ in stream][-1] == "cancelled"


def test_the_end_of_stdin_while_the_engine_loads_ends_the_process(spawn):
    process = spawn("--watch-stdin", "--load-seconds", "60")
    ready(process)
    process.stdin.close()
    assert process.wait(15) == 0


@pytest.mark.skipif(os.name != "posix", reason="only POSIX tells a process its parent")
def test_a_killed_parent_takes_the_server_with_it_though_stdin_stays_open(tmp_path):
    reading, writing = os.pipe()  # held here, so that standard input does not end
    program = (
        "import subprocess, sys\n"
        "server = subprocess.Popen([sys.executable, sys.argv[1], '--watch-stdin'], stdout=subprocess.PIPE, stdin=0)\n"
        "sys.stdout.buffer.write(server.stdout.readline())\n"
        "sys.stdout.buffer.flush()\n"
        "server.wait()\n"
    )
    command = [sys.executable, "-c", program, str(FAKE_SERVER)]
    with (tmp_path / "log").open("w") as log:
        parent = subprocess.Popen(command, stdin=reading, stdout=subprocess.PIPE, stderr=log, text=True)
    line, client = ready(parent)
    assert client.send("GET", "/v1/health").status == 200
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            client.send("GET", "/v1/health")
        except OSError:
            break
        time.sleep(0.1)
    else:
        os.kill(line["pid"], signal.SIGKILL)
        pytest.fail("the server outlived its parent")
    os.close(reading)
    os.close(writing)
    parent.stdout.close()


def test_a_port_in_use_is_one_sentence_and_exit_2(spawn):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        process = spawn("--port", str(port))
        out, log = process.communicate(timeout=20)
    assert process.returncode == 2
    assert out == ""
    assert log.strip().splitlines() == [
        f"Port {port} on 127.0.0.1 is in use. Choose another with --port, or 0 for any free one."
    ]


@pytest.mark.parametrize(
    "arguments", [("--host", "no.such.host.invalid"), ("--host", "192.0.2.1"), ("--port", "70000")]
)
def test_an_address_that_cannot_be_had_is_one_sentence_and_exit_2(spawn, arguments):
    process = spawn(*arguments)
    out, log = process.communicate(timeout=20)
    assert process.returncode == 2
    assert out == ""
    assert len(log.strip().splitlines()) == 1
    assert arguments[1] in log


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_ends_it_in_order(spawn, number, code):
    process = spawn()
    ready(process)
    process.send_signal(number)
    _, log = process.communicate(timeout=20)
    assert process.returncode == code
    assert "Traceback" not in log


def test_a_backend_that_dies_in_a_job_ends_the_stream_without_a_last_event(spawn):
    process = spawn()
    _, client = ready(process)
    job = client.generate("[crash]", steps=10)
    names = []
    with contextlib.suppress(
        OSError, http.client.IncompleteRead
    ):  # http.client may tell it, or end as if all were well
        names.extend(name for name, _ in client.events(job))
    assert set(names) <= {"progress"}
    assert process.wait(10) == 3
