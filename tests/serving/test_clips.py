"""The library over HTTP: a clip as a motion, motion added to the user's own library and found there, and removed."""

from __future__ import annotations

import io
import pickle
import shutil
import socket
import sqlite3
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from fake_clips import FakeClips
from fake_engine import FakeEngine, waving
from http_client import TOKEN, Answer, Client

from reprise import assets, text
from reprise.features import humanml3d
from reprise.library import connections, own, rows, writing
from reprise.library.current import CurrentLibrary
from reprise.library.retrieval import retrieve
from reprise.library.rows import LibraryClip
from reprise.library.store import Library
from reprise.serving import library_clips, protocol
from reprise.serving.library_clips import LibraryClips
from reprise_core.bvh import to_bvh
from reprise_core.contract import MAX_UPLOAD_BYTES, Request
from reprise_core.motion import from_npz, to_npz

Start = Callable[..., Client]
ENCODER = "all-MiniLM-L6-v2"


def joints(seed: int, seconds: float = 3.0) -> np.ndarray:
    return humanml3d.normalize(waving(Request("a person waves", seconds=seconds, seed=seed)).positions).astype("f4")


class LibraryEngine(FakeEngine):
    """Retrieves from the library as the real engines do."""

    def __init__(self, encoder) -> None:
        super().__init__()
        self.encoder, self.library = encoder, CurrentLibrary(own.chosen(None), encoder.name)

    def retrieve(self, request: Request):
        sentence = self.encoder.encode([request.prompt]).sentence[0]
        return retrieve(self.library.searchable().index, sentence, request.frames, request.references)


@pytest.fixture
def starter(tmp_path: Path, encoder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of two clips in the shipped one's place, and an empty folder in that of the user's data."""
    path = tmp_path / "starter.sqlite"
    words = ("a person walks", "a person waves")
    made = [
        LibraryClip(f"made/{i}", f"made/{i}", joints(i), (said,), "made", "CC0-1.0") for i, said in enumerate(words)
    ]
    writing.create(path, made, encoder)
    monkeypatch.setattr(assets, "LIBRARY", path)
    monkeypatch.setenv("REPRISE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(text, "load", lambda name: encoder)
    return path


@pytest.fixture
def client(start: Start, starter: Path, encoder) -> Client:
    return start(
        load=lambda: LibraryEngine(encoder), clips=LibraryClips(None), sources=(starter, own.path())
    )  # fmt: skip


def add(client: Client, data: bytes, name: str = "hop.npz", **said: str) -> Answer:
    client.headers["Content-Type"] = "application/octet-stream"
    try:
        return client.send("POST", f"/v1/clips?{urlencode({'name': name, **said})}", raw=data)
    finally:
        del client.headers["Content-Type"]


def hop(seed: int = 3, seconds: float = 3.0) -> bytes:
    return to_npz([waving(Request("a person hops", seconds=seconds, seed=seed))])


def ids(path: Path) -> list[str]:
    with Library.open(path) as library:
        return [clip.id for clip in library.clips()]


def test_a_clip_is_a_motion_of_the_very_joints(client: Client, starter: Path):
    answer = client.send("GET", "/v1/clips/made/1")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-npz")
    (motion,) = from_npz(answer.body)
    with Library.open(starter) as library:
        wanted = library.motion("made/1")
    assert (motion.fps, motion.frames) == (20.0, len(wanted))
    assert np.abs(motion.positions - wanted).max() < 0.02  # rotations are solved: bones keep their length
    told = {name: motion.meta[name] for name in ("clip", "prompt", "source", "licence", "own")}
    assert told == {"clip": "made/1", "prompt": "a person waves", "source": "made", "licence": "CC0-1.0", "own": False}


@pytest.mark.parametrize("name", ["nothing", "../starter.sqlite", "made", "%00", "x" * 201])
def test_a_clip_that_is_not_there_is_said_so(client: Client, name: str):
    answer = client.send("GET", f"/v1/clips/{name}")
    assert (answer.status, answer.code) in ((404, "unknown_clip"), (400, "bad_request"), (404, "not_found"))
    assert "sqlite" not in answer.json["error"]["message"].replace(name, "")


def test_what_is_added_is_found_by_the_next_request_and_the_shipped_library_stays_as_it_was(
    client: Client, starter: Path
):
    before = starter.read_bytes()
    assert not own.path().exists()
    prompt = {"prompt": "someone does a silly hop", "references": {"k": 1}}
    assert client.send("POST", "/v1/retrieve", prompt).json["references"][0]["id"].startswith("made/")
    answer = add(client, hop(), captions="someone does a silly hop\na hop", tags="silly, mine", licence="our own")
    assert answer.status == 200, answer.body
    assert answer.json == {"added": ["hop"], "present": [], "left_out": []}
    (found,) = client.send("POST", "/v1/retrieve", prompt).json["references"]
    assert (found["id"], found["caption"], found["semantic"]) == ("hop", "someone does a silly hop", pytest.approx(1.0))
    assert starter.read_bytes() == before
    assert ids(own.path()) == ["hop", "made/0", "made/1"]
    with Library.open(own.path()) as library:
        clip = library.clips()[0]
    assert (clip.captions, clip.tags) == (("someone does a silly hop", "a hop"), ("mine", "silly"))
    assert (clip.source, clip.licence) == ("own", "our own")
    (motion,) = from_npz(client.send("GET", "/v1/clips/hop").body)
    assert motion.meta["own"]
    assert np.abs(motion.positions - humanml3d.normalize(from_npz(hop())[0].positions)[: motion.frames]).max() < 0.05


def test_the_same_again_is_present_and_another_of_the_name_gets_a_number(client: Client):
    assert add(client, hop(3)).json["added"] == ["hop"]
    assert add(client, hop(3)).json == {"added": [], "present": ["hop"], "left_out": []}
    assert add(client, hop(4)).json["added"] == ["hop-2"]
    assert add(client, hop(4)).json["present"] == ["hop-2"]
    with Library.open(own.path()) as library:
        recordings = {clip.id: clip.recording for clip in library.clips()}
    assert recordings["hop"] != recordings["hop-2"]  # both may be references of one request


def test_files_of_other_programs_and_zips_of_them_are_read(client: Client):
    bvh = to_bvh(waving(Request("a person waves", seconds=2.0))).encode()
    assert add(client, bvh, "Wave_Arms.bvh").json["added"] == ["Wave_Arms"]
    with Library.open(own.path()) as library:
        assert library.captions("Wave_Arms") == ("wave arms",)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.bvh", bvh.replace(b"Frame Time", b"Frame Tame"))
        archive.writestr("b.npz", hop(8))
    answer = add(client, packed.getvalue(), "both.zip").json
    assert answer["added"] == ["b"]
    assert [row["name"] for row in answer["left_out"]] == ["a.bvh"]


def test_long_motion_is_cut_into_clips_that_share_the_caption(client: Client):
    once = waving(Request("x", seconds=9.8))
    arrays = ("root_translation", "local_rotations", "positions", "foot_contact")
    twice = replace(once, **{name: np.concatenate([getattr(once, name)] * 2) for name in arrays})
    added = add(client, to_npz([twice]), captions="hops on").json["added"]
    assert len(added) == 2
    with Library.open(own.path()) as library:
        assert {library.captions(clip) for clip in added} == {("hops on",)}


@pytest.mark.parametrize(
    ("data", "name", "said", "status", "code"),
    [
        (b"", "a.npz", {}, 400, "bad_request"),
        (b"PK\x03\x04 broken", "a.npz", {}, 400, "no_motion"),
        (b"nonsense", "a.bvh", {}, 400, "no_motion"),
        (b"nonsense", "a.zip", {}, 400, "no_motion"),
        (b"nonsense", "notes.docx", {}, 400, "no_motion"),
        (b"nonsense", "a.fbx", {}, 400, "no_motion"),
        (b"nonsense", "...", {}, 400, "no_motion"),
        (b"nonsense", "  ", {}, 400, "bad_request"),
        (b"nonsense", "x" * 201, {}, 400, "bad_request"),
        (b"nonsense", "a.bvh", {"captions": "x" * 2001}, 400, "bad_request"),
        (b"nonsense", "a.bvh", {"tags": "x" * 501}, 400, "bad_request"),
        (b"nonsense", "a.bvh", {"licence": "x" * 101}, 400, "bad_request"),
    ],
)
def test_what_is_no_motion_is_refused_in_a_sentence_and_makes_no_library(
    client: Client, data: bytes, name: str, said: dict[str, str], status: int, code: str
):
    answer = add(client, data, name, **said)
    assert (answer.status, answer.code) == (status, code)
    assert "/tmp" not in answer.json["error"]["message"]
    assert not own.path().exists()


def test_without_a_name_or_as_another_type_or_too_large_nothing_is_read(client: Client):
    assert client.send("POST", "/v1/clips", raw=b"x").code == "bad_request"
    client.headers["Content-Type"] = "multipart/form-data; boundary=x"
    assert client.send("POST", "/v1/clips?name=a.bvh", raw=b"x").status == 415
    client.headers["Content-Type"] = "application/octet-stream"
    client.headers["Content-Length"] = str(MAX_UPLOAD_BYTES + 1)
    assert client.send("POST", "/v1/clips?name=a.bvh", raw=b"x").status == 413


def test_a_path_in_the_name_is_none(client: Client, tmp_path: Path):
    secret = tmp_path / "secret.npz"
    secret.write_bytes(hop(5))
    assert add(client, b"nonsense", str(secret)).code == "no_motion"
    added = add(client, hop(6), f"../../{tmp_path}/evil.npz").json["added"]
    assert added == ["evil"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "secret.npz", "starter.sqlite"]


class Runs:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_what_would_run_is_refused_and_not_run(client: Client, tmp_path: Path):
    trap, objects = tmp_path / "it ran", io.BytesIO()
    pickled = pickle.dumps(Runs(trap))
    poses = np.array([Runs(trap)], object)
    np.savez(objects, poses=poses, trans=poses, betas=poses, gender=poses, mocap_framerate=poses)
    for name, data in (("a.pkl", pickled), ("a.npz", pickled), ("a.bvh", pickled), ("a.npz", objects.getvalue())):
        assert add(client, data, name).code == "no_motion"
    assert not trap.exists()
    pickle.loads(pickled)
    assert trap.exists()  # it would have sprung


def test_what_would_unpack_to_far_more_than_was_sent_is_refused(client: Client):
    bombs = {"a.zip": ["walk.bvh"], "a.npz": zipfile.ZipFile(io.BytesIO(hop())).namelist()}
    for name, members in bombs.items():
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in members:
                archive.writestr(member, bytes(2**26))
        assert len(bomb.getvalue()) < 2**20
        answer = add(client, bomb.getvalue(), name)
        assert (answer.status, answer.code) == (400, "no_motion")
        assert "It would unpack to" in answer.json["error"]["message"]


def test_a_gltf_cannot_reach_outside_of_what_was_sent(client: Client, tmp_path: Path):
    (tmp_path / "secret.bin").write_bytes(b"\0" * 64)
    gltf = b'{"asset":{"version":"2.0"},"buffers":[{"uri":"%s","byteLength":64}],"animations":[{}]}'
    answer = add(client, gltf % str(tmp_path / "secret.bin").encode(), "a.gltf")
    assert answer.code == "no_motion"


def test_a_library_that_another_program_holds_is_one_sentence(client: Client, monkeypatch: pytest.MonkeyPatch):
    add(client, hop(3))
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.1)
    monkeypatch.setattr(connections, "READ_BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(own.path(), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        answer = add(client, hop(4))
        assert (answer.status, answer.code) == (503, "library_busy")
        other.execute("ROLLBACK")
    assert ids(own.path()) == ["hop", "made/0", "made/1"]
    assert add(client, hop(4)).json["added"] == ["hop-2"]


def test_all_of_a_file_goes_in_or_nothing(client: Client, monkeypatch: pytest.MonkeyPatch):
    add(client, hop(3))
    real, calls = rows.insert, []

    def insert(connection, row):
        calls.append(row.id)
        if len(calls) == 2:
            raise sqlite3.OperationalError("disk full")
        real(connection, row)

    monkeypatch.setattr(rows, "insert", insert)
    body = to_npz([waving(Request("x", seed=seed)) for seed in (1, 2)])
    assert add(client, body, "two.npz").code == "cannot_write"
    assert len(calls) == 2
    assert ids(own.path()) == ["hop", "made/0", "made/1"]


def test_own_clips_can_be_removed_and_no_others(client: Client):
    add(client, hop(3))
    refused = client.send("DELETE", "/v1/clips/made/0")
    assert (refused.status, refused.code) == (403, "not_own")
    assert client.send("DELETE", "/v1/clips/hop").json == {"id": "hop"}
    assert client.send("DELETE", "/v1/clips/hop").code == "unknown_clip"
    assert ids(own.path()) == ["made/0", "made/1"]


def test_a_library_that_was_named_is_the_one_that_is_added_to(start: Start, starter: Path, tmp_path: Path):
    named = Path(shutil.copy(starter, tmp_path / "named.sqlite"))
    client = start(clips=LibraryClips(named))
    assert add(client, hop(3)).json["added"] == ["hop"]
    assert "hop" in ids(named)
    assert not own.path().exists()


@pytest.mark.usefixtures("starter")
def test_no_more_than_a_few_files_wait(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(library_clips, "MAX_WAITING", 0)
    assert add(start(clips=LibraryClips(None)), hop()).code == "queue_full"


def test_making_the_own_library_never_replaces_one(starter: Path, monkeypatch: pytest.MonkeyPatch):
    """Two services that add their first clip at once: the second finds the first one's library, clips and all."""
    own.make()
    monkeypatch.setattr(Path, "is_file", lambda path: False)  # as it looked before the first had made it
    own.path().write_bytes(starter.read_bytes() + b"more")
    assert own.make().read_bytes().endswith(b"more")


def test_a_large_file_may_take_longer_than_a_small_request(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(protocol, "RECEIVE_SECONDS", 0.3)
    clips = FakeClips()
    client = start(clips=clips)
    part = b"x" * 20_000
    with socket.create_connection(("127.0.0.1", client.port), timeout=10) as connection:
        head = f"POST /v1/clips?name=a.bvh HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n"
        head += f"Content-Type: application/octet-stream\r\nContent-Length: {20 * len(part)}\r\n\r\n"
        connection.sendall(head.encode())
        for _ in range(20):
            connection.sendall(part)
            time.sleep(0.05)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert clips.added["own0"].data == 20 * part
