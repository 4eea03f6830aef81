"""Many clients at once, of which some cancel, some vanish and some come back: is every answer the right one, once?"""

from __future__ import annotations

import itertools
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reprise_core.motion import from_npz

from .server import Client, Server

KINDS = ("whole", "retrieve", "cancel", "vanish", "return")
_SHARES = (62, 8, 15, 10, 5)  # percent
_WARM = 0.2  # the share of the requests before memory is compared
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Load:
    """`wrong` holds a sentence for everything that was lost, answered twice, or answered with another's motion."""

    requests: int
    clients: int
    kinds: dict[str, int]
    ends: dict[str, int]
    refused: int
    wrong: list[str]
    latencies_s: list[float]
    seconds: float
    resident_mb: list[float]  # the most in each quarter of the time, the first requests left out


@dataclass
class _Tally:
    lock: threading.Lock = field(default_factory=threading.Lock)
    ends: Counter[str] = field(default_factory=Counter)
    jobs: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    resident: list[int] = field(default_factory=list)
    refused: int = 0

    def ended(self, end: str) -> None:
        with self.lock:
            self.ends[end] += 1

    def complain(self, sentence: str) -> None:
        with self.lock:
            self.wrong.append(sentence)


def run_load(server: Server, requests: int, clients: int, seed: int, abandon_seconds: float) -> Load:
    """Sends `requests` from `clients` threads, the same for the same seed, and checks every answer.

    The server must run with `--abandon-after` `abandon_seconds`, and must not have made motions for others before.
    """
    chosen = random.Random(seed).choices(KINDS, _SHARES, k=requests)
    tally, numbers = _Tally(), iter(range(requests))
    lock = threading.Lock()

    def take() -> Iterator[int]:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            yield number

    def work(client: Client) -> None:
        for number in take():
            try:
                _one(client, number, chosen[number], tally)
            except Exception as error:  # nothing that a thread meets may be lost
                tally.complain(f"request {number} ({chosen[number]}): {type(error).__name__}: {error}")

    started = time.perf_counter()
    threads = [threading.Thread(target=work, args=(server.client(f"client{i}"),)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _check_vanished(server.client("checker"), tally, abandon_seconds)
    seconds = time.perf_counter() - started
    _check_log(server.log, tally)
    if len(set(tally.jobs)) != len(tally.jobs):
        tally.complain("two requests got the same id")
    return Load(
        requests=requests,
        clients=clients,
        kinds=dict(Counter(chosen)),
        ends=dict(tally.ends),
        refused=tally.refused,
        wrong=tally.wrong,
        latencies_s=tally.latencies,
        seconds=seconds,
        resident_mb=_quarters(tally.resident[int(_WARM * len(tally.resident)) :]),
    )


def _quarters(resident: list[int]) -> list[float]:
    bounds = [quarter * len(resident) // 4 for quarter in range(5)]
    return [round(max(resident[a:b]) / _MEGABYTE, 1) for a, b in itertools.pairwise(bounds)]


def _one(client: Client, number: int, kind: str, tally: _Tally) -> None:
    # The prompt names the request, so that a motion meant for another is noticed.
    long = kind in ("cancel", "vanish", "return")
    body = {
        "prompt": f"a person walks, number {number}",
        "seconds": 1.0 + number % 3,
        "seed": number,
        "count": 1 + (number % 10 == 0),
        "steps": 1000 if kind in ("cancel", "vanish") else 12 if long else 4,
    }
    if kind == "retrieve":
        rows = client.send("POST", "/v1/retrieve", body).json["references"]
        tally.ended("retrieved" if rows else "empty")
        return
    started = time.perf_counter()
    job = _submitted(client, body, tally)
    if kind == "vanish":
        next(stream := client.follow(job))
        stream.close()
        with tally.lock:
            tally.vanished.append(job)
        return
    events = list(_followed(client, job, kind))
    names = [name for _, name, _ in events]
    if names.count("progress") != len(names) - 1:
        tally.complain(f"{kind} {job}: its events end with {names[-3:]}")
    ordered = [event for event, _, _ in events]
    if ordered != sorted(set(ordered)):
        tally.complain(f"{kind} {job}: events are repeated or out of order")
    end = names[-1]
    tally.ended(end)
    answer = client.send("GET", f"/v1/jobs/{job}/result")
    if kind == "cancel":
        if end != "cancelled" or answer.status != 409:
            tally.complain(f"{kind} {job}: {end}, then {answer.status}")
        return
    if end != "done" or answer.status != 200:
        tally.complain(f"{kind} {job}: {end}, then {answer.status}")
        return
    with tally.lock:
        tally.latencies.append(time.perf_counter() - started)
        tally.resident.append(client.send("GET", "/v1/health").json["memory"]["resident_bytes"])
    made = [(take.meta["prompt"], take.meta["seed"]) for take in from_npz(answer.body)]
    if made != [(body["prompt"], number + take) for take in range(body["count"])]:
        tally.complain(f"{kind} {job}: got the motion of {made}")


def _submitted(client: Client, body: dict[str, Any], tally: _Tally) -> str:
    while (answer := client.send("POST", "/v1/generate", body)).status in (429, 503):
        with tally.lock:
            tally.refused += 1
        time.sleep(0.05)
    with tally.lock:
        tally.jobs.append(answer.json["id"])
    return answer.json["id"]


def _followed(client: Client, job: str, kind: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    if kind == "return":
        stream = client.follow(job)
        first = next(stream)
        stream.close()
        yield first
        yield from client.follow(job, after=first[0])
        return
    for count, event in enumerate(client.follow(job)):
        yield event
        if kind == "cancel" and count == 1:
            client.send("DELETE", f"/v1/jobs/{job}")


def _check_vanished(client: Client, tally: _Tally, abandon_seconds: float) -> None:
    deadline = time.monotonic() + abandon_seconds + 10
    for job in tally.vanished:
        while (answer := client.send("GET", "/v1/health").json)["running"] + answer["queued"]:
            if time.monotonic() > deadline:
                tally.complain("the queue does not empty, though every client has gone")
                return
            time.sleep(0.05)
        answer = client.send("GET", f"/v1/jobs/{job}/result")
        if answer.status not in (409, 404):  # cancelled, perhaps so long ago that even that is forgotten
            tally.complain(f"vanish {job}: {answer.status}")


def _check_log(log: Path, tally: _Tally) -> None:
    """The worker says of each job that it took how it ended, the queue which ones were abandoned."""
    lines = log.read_text(encoding="utf-8")
    ended = Counter(re.findall(r"Job (\w+): (?:done|cancelled|failed) after", lines))
    abandoned = Counter(re.findall(r"Job (\w+): nobody waits", lines))
    tally.ends["abandoned"] = sum(abandoned.values())
    if abandoned != Counter(tally.vanished):
        tally.complain(f"{len(tally.vanished)} jobs were left alone, but other ones were taken for it")
    tally.wrong += [f"{job}: made {times} times" for job, times in ended.items() if times > 1]
    tally.wrong += [f"{job}: made, but not asked for" for job in ended if job not in set(tally.jobs)]
