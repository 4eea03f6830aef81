"""Faults put in one by one (docs/reliability.md). Those of files are in test_engine_files.py, of connections in
test_connections.py, of processes in test_server_process.py.
"""

from __future__ import annotations

import ast
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from http_client import Client

import reprise.serving
from reprise_core.contract import CONTRACT_VERSION
from reprise_core.motion import from_npz

Start = Callable[..., Client]
FAKE_SERVER = Path(__file__).with_name("fake_server.py")
SERVING = Path(reprise.serving.__file__).parent


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_under_the_log_harms_no_generation(unbuffered: str):
    with Path("/dev/full").open("wb") as full:
        process = subprocess.Popen(
            [sys.executable, str(FAKE_SERVER), "--watch-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )
    line = json.loads(process.stdout.readline())
    client = Client(int(line["url"].rsplit(":", 1)[1]), line["token"])
    for prompt in ("a person walks", "[fail]", "a person walks"):  # a failure writes a whole traceback
        job = client.generate(prompt, steps=2)
        assert client.last_event(job)[0] == ("failed" if "[fail]" in prompt else "done")
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()


def test_a_log_that_nobody_reads_any_more_harms_no_generation():
    process = subprocess.Popen(
        [sys.executable, str(FAKE_SERVER), "--watch-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = json.loads(process.stdout.readline())
    process.stderr.close()
    client = Client(int(line["url"].rsplit(":", 1)[1]), line["token"])
    for _ in range(2):
        assert client.last_event(client.generate("[fail]", steps=2))[0] == "failed"
        assert client.last_event(client.generate(steps=2))[0] == "done"
    process.stdin.close()
    assert process.wait(20) == 0
    process.stdout.close()


def test_a_clock_that_jumps_changes_nothing(start: Start, monkeypatch: pytest.MonkeyPatch):
    year = 365 * 86400.0
    jumps, real = itertools.cycle((0.0, year, -year)), time.time
    monkeypatch.setattr(time, "time", lambda: real() + next(jumps))
    client = start(FakeEngine(step_seconds=0.01), abandon_seconds=5.0, keep_seconds=60.0, unload_seconds=60.0)
    first = client.generate(steps=20)
    etas = [data["eta"] for name, data in client.events(first) if name == "progress" and data["eta"] is not None]
    assert all(0 <= eta < 10 for eta in etas)
    second = client.generate(steps=5)
    assert client.last_event(second)[0] == "done"
    for job in (first, second):
        assert client.send("GET", f"/v1/jobs/{job}/result").status == 200
    assert client.send("GET", "/v1/health").json["engine"] == "ready"


def test_no_time_of_the_service_is_read_from_the_wall_clock():
    for file in SERVING.glob("*.py"):
        names = {node.attr for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
        assert not names & {"time", "time_ns", "now", "utcnow", "today"}, file.name


def test_a_worker_that_meets_one_fault_after_another_serves_on(client: Client):
    prompts = ["[fail]", "[memory]", "[mistake]", "a person walks"] * 3
    jobs = [client.generate(prompt, steps=2) for prompt in prompts]
    ends = [client.last_event(job)[0] for job in jobs]
    assert ends == ["failed", "failed", "failed", "done"] * 3
    health = client.send("GET", "/v1/health").json
    assert (health["engine"], health["running"], health["queued"]) == ("ready", 0, 0)


def test_several_takes_are_one_call_of_the_engine_and_one_result(start: Start):
    class Counted(FakeEngine):
        calls = 0

        def generate(self, *arguments):
            self.calls += 1
            return super().generate(*arguments)

    engine = Counted()
    client = start(engine)
    job = client.generate(count=5, steps=1)
    assert client.last_event(job)[0] == "done"
    assert engine.calls == 1
    assert len(from_npz(client.send("GET", f"/v1/jobs/{job}/result").body)) == 5


def test_health_tells_device_memory_engine_library_and_queue(start: Start):
    class Described(FakeEngine):
        def describe(self):
            return {**super().describe(), "library": "/clips/library.sqlite"}

    client = start(Described(step_seconds=0.02))
    job = client.generate(steps=500)
    client.wait_for_steps(job)
    client.generate()
    health = client.send("GET", "/v1/health").json
    assert health["contract"] == CONTRACT_VERSION
    assert (health["device"], health["library"], health["engines"]) == ("none", "/clips/library.sqlite", ["fake"])
    assert (health["running"], health["queued"]) == (1, 1)
    assert 10_000_000 < health["memory"]["resident_bytes"] < 100_000_000_000
    assert health["memory"]["device_bytes"] is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("PUT", "/v1/generate", 405), ("HEAD", "/v1/nothing", 404), ("GET", "//", 404), ("GET", "/v1/health/", 404)],
)
def test_every_refusal_has_a_hint(client: Client, method: str, path: str, status: int):
    answer = client.send(method, path)
    assert answer.status == status
    if method != "HEAD":
        assert answer.json["error"]["hint"]
    if status == 405:
        assert answer.headers["allow"] == "POST"


def test_a_result_is_the_one_of_its_own_job_whatever_is_cancelled_around_it(start: Start):
    client = start(FakeEngine(step_seconds=0.001))
    wrong: list[str] = []

    def work(name: int) -> None:
        for number in range(12):
            prompt = f"client {name}, motion {number}"
            job = client.generate(prompt, steps=5)
            if number % 2:
                client.send("DELETE", f"/v1/jobs/{job}")
                if client.send("GET", f"/v1/jobs/{job}/result").status != 409:
                    wrong.append(f"{prompt}: cancelled, and yet a result")
            else:
                client.last_event(job)
                (motion,) = from_npz(client.send("GET", f"/v1/jobs/{job}/result").body)
                if motion.meta["prompt"] != prompt:
                    wrong.append(f"{prompt}: got {motion.meta['prompt']}")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
