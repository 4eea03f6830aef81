"""The model's life while the service runs: unloaded when idle, loaded anew when its files change, honest when they are
gone, locked or damaged. With the shipped weights, on copies of them and of the starter library.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from fake_engine import FakeEngine
from http_client import Client

from reprise import assets, pipelines

Start = Callable[..., Client]
SHORT = {"steps": 1, "seconds": 1.0}


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return Path(shutil.copy(assets.LIBRARY, tmp_path / "library.sqlite"))


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return Path(shutil.copy(assets.CHECKPOINT, tmp_path / "weights.safetensors"))


@pytest.fixture
def serving(start: Start, library: Path, checkpoint: Path) -> Client:
    client = start(
        load=lambda: pipelines.load(library=library, checkpoint=checkpoint, device="cpu"), sources=(checkpoint, library)
    )
    assert end_of_job(client) == "done"
    return client


def end_of_job(client: Client) -> str:
    """`done`, or the sentence that the job failed with."""
    name, data = client.last_event(client.generate("a person walks", **SHORT))
    return data["error"]["message"] if name == "failed" else name


def clips(client: Client) -> int:
    return client.send("GET", "/v1/capabilities").json["engine"]["clips"]


def removed_clip(library: Path) -> None:
    with contextlib.closing(sqlite3.connect(library)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM clips WHERE key = (SELECT min(key) FROM clips)")


def engine_state(client: Client) -> str:
    return client.send("GET", "/v1/health").json["engine"]


def wait_for(client: Client, state: str) -> None:
    deadline = time.monotonic() + 20
    while engine_state(client) != state:
        assert time.monotonic() < deadline, f"never {state}"
        time.sleep(0.02)


def test_the_engine_is_unloaded_when_idle_and_loaded_by_the_next_request(start: Start):
    loads: list[FakeEngine] = []

    def load() -> FakeEngine:
        time.sleep(0.2)
        loads.append(FakeEngine())
        return loads[-1]

    client = start(load=load, unload_seconds=0.3)
    wait_for(client, "ready")
    wait_for(client, "unloaded")
    health = client.send("GET", "/v1/health").json
    assert health["engines"] == []
    assert client.send("GET", "/v1/capabilities").json["engine"]["engine"] == "fake"  # what it was, and will be
    stages = [data["stage"] for name, data in client.events(client.generate(steps=20)) if name == "progress"]
    assert "loading" in stages
    assert "sampling" in stages  # a job longer than the idle time is not idleness
    assert len(loads) == 2
    wait_for(client, "unloaded")
    assert client.send("POST", "/v1/retrieve", {"prompt": "walk"}).status == 200
    assert len(loads) == 3


def test_unloading_gives_the_models_memory_back(start: Start):
    client = start(load=pipelines.load, unload_seconds=1.0)
    assert end_of_job(client) == "done"
    loaded = client.send("GET", "/v1/health").json["memory"]["resident_bytes"]
    wait_for(client, "unloaded")
    unloaded = client.send("GET", "/v1/health").json["memory"]["resident_bytes"]
    # 16 million network and 23 million encoder weights; other tests' engines may be freed in the same go.
    assert loaded - unloaded > 40_000_000
    assert abs(unloaded - psutil.Process().memory_info().rss) < 20_000_000
    assert end_of_job(client) == "done"


def test_a_library_replaced_while_serving_is_the_one_that_the_next_request_uses(serving: Client, library: Path):
    before = clips(serving)
    other = library.with_name("other.sqlite")
    shutil.copy(library, other)
    removed_clip(other)
    other.replace(library)
    assert end_of_job(serving) == "done"
    assert clips(serving) == before - 1


def test_a_library_changed_while_serving_is_read_anew(serving: Client, library: Path):
    before = clips(serving)
    removed_clip(library)
    rows = serving.send("POST", "/v1/retrieve", {"prompt": "a person walks"}).json["references"]
    assert rows
    assert clips(serving) == before - 1
    with contextlib.closing(sqlite3.connect(library)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA foreign_keys = ON")
        with writer:
            writer.execute("DELETE FROM clips WHERE key = (SELECT min(key) FROM clips)")
        assert end_of_job(serving) == "done"  # the change is only in the log yet, which stays while the writer does
        assert clips(serving) == before - 2


def test_an_unchanged_library_is_not_loaded_again(start: Start, library: Path):
    loads: list[int] = []

    def load():
        loads.append(1)
        return pipelines.load(library=library)

    client = start(load=load, sources=(library,))
    for _ in range(3):
        assert end_of_job(client) == "done"
    assert len(loads) == 1


def test_a_library_taken_away_is_said_so_and_put_back_is_used_again(serving: Client, library: Path):
    hidden = library.rename(library.with_name("hidden.sqlite"))
    assert f"The motion library {library} does not exist." in end_of_job(serving)
    assert engine_state(serving) == "failed"
    hidden.rename(library)
    assert end_of_job(serving) == "done"


def test_a_locked_library_is_one_sentence_soon_and_works_when_it_is_free(serving: Client, library: Path):
    with contextlib.closing(sqlite3.connect(library, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()
        assert end_of_job(serving) == f"The library {library} is being changed by another program."
        assert time.monotonic() - begun < 10  # 3 s of patience, and what a busy machine adds
        holder.execute("ROLLBACK")
    assert end_of_job(serving) == "done"


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_truncated_checkpoint_is_one_sentence_and_a_whole_one_is_used_again(
    serving: Client, checkpoint: Path, share: float
):
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[: int(share * len(whole))])
    sentence = end_of_job(serving)
    assert str(checkpoint) in sentence
    assert sentence.count(". ") == 0
    health = serving.send("GET", "/v1/health").json
    assert health["engine"] == "failed"
    assert health["error"]["hint"]
    checkpoint.write_bytes(whole)
    assert end_of_job(serving) == "done"


def test_truncating_the_checkpoint_in_the_middle_of_a_job_does_not_hurt_it(serving: Client, checkpoint: Path):
    """The weights are copied when they are read: a mapped file that shrinks would end the process with SIGBUS."""
    job = serving.generate("a person walks", steps=40, seconds=2.0)
    serving.wait_for_steps(job)
    checkpoint.write_bytes(b"")
    assert serving.last_event(job)[0] == "done"


@pytest.mark.parametrize("kind", ["truncated", "overwritten"])
def test_a_damaged_library_is_one_sentence(serving: Client, library: Path, kind: str):
    whole = library.read_bytes()
    library.write_bytes(whole[:5000] if kind == "truncated" else whole[:5000] + b"x" * (len(whole) - 5000))
    assert str(library) in end_of_job(serving)
    library.write_bytes(whole)
    assert end_of_job(serving) == "done"
