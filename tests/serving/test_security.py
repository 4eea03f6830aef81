"""Every promise of docs/security.md. What concerns connections is in test_connections.py."""

from __future__ import annotations

import hmac
import json
import os
import pickle
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_engine import FakeEngine
from http_client import TOKEN, Client

from reprise.serving import gate
from reprise_core.errors import RepriseError

Start = Callable[..., Client]
FAKE_SERVER = Path(__file__).with_name("fake_server.py")
ROUTES = [("GET", "/v1/health"), ("POST", "/v1/generate"), ("GET", "/v1/jobs/x/result"), ("DELETE", "/v1/jobs/x")]


def test_the_service_listens_on_loopback_unless_told_otherwise():
    with spawned() as (line, _):
        assert line["url"].startswith("http://127.0.0.1:")
        port = int(line["url"].rsplit(":", 1)[1])
        for other in addresses_of_this_machine():
            with socket.socket() as stranger:
                stranger.settimeout(2)
                assert stranger.connect_ex((other, port)) != 0


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "file://", ""])
@pytest.mark.parametrize("token", [TOKEN, None])
def test_a_web_page_is_refused_with_or_without_the_token(client: Client, origin: str, token: str | None):
    page = Client(client.port, token, headers={"Origin": origin})
    for method, path in ROUTES:
        answer = page.send(method, path)
        assert (answer.status, answer.code) == (403, "foreign_origin")
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_preflight_is_refused_and_allows_nothing(client: Client):
    headers = {
        "Origin": "http://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
        "Access-Control-Request-Private-Network": "true",
    }
    for token in (None, TOKEN):
        answer = Client(client.port, token, headers=headers).send("OPTIONS", "/v1/generate")
        assert answer.status == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "", "[", "a b"]
)
def test_a_name_that_was_rebound_to_this_machine_is_refused(client: Client, host: str):
    for token in (None, TOKEN):
        answer = Client(client.port, token, headers={"Host": host}).send("GET", "/v1/health")
        assert (answer.status, answer.code) in ((403, "foreign_host"), (400, "bad_request")), host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1234", "localhost:9", "LOCALHOST", "[::1]:5", "10.0.0.7:80"])
def test_addresses_and_localhost_are_hosts(client: Client, host: str):
    assert Client(client.port, headers={"Host": host}).send("GET", "/v1/health").status == 200


def test_the_token_is_compared_in_constant_time(client: Client, monkeypatch: pytest.MonkeyPatch):
    compared: list[tuple[bytes, bytes]] = []
    constant_time = hmac.compare_digest

    def compare(given: bytes, expected: bytes) -> bool:
        compared.append((given, expected))
        return constant_time(given, expected)

    monkeypatch.setattr(gate.hmac, "compare_digest", compare)
    for token in (TOKEN, TOKEN[:-1], "", "x" * 1000):
        Client(client.port, token or None).send("GET", "/v1/health")
    assert [given for given, _ in compared] == [TOKEN.encode(), TOKEN[:-1].encode(), b"", b"x" * 1000]


@pytest.mark.parametrize("query", [f"?token={TOKEN}", f"?access_token={TOKEN}", f"?authorization=Bearer%20{TOKEN}"])
def test_a_token_in_an_address_opens_nothing(client: Client, query: str):
    assert Client(client.port, None).send("GET", "/v1/health" + query).status == 401


def test_neither_token_nor_prompt_nor_address_is_ever_logged():
    token = "a-token-that-must-not-be-logged"
    with spawned(REPRISE_TOKEN=token) as (line, process):
        client = Client(int(line["url"].rsplit(":", 1)[1]), token)
        client.last_event(client.generate("a secret prompt", steps=2))
        client.last_event(client.generate("[fail] a secret prompt", steps=2))
        client.send("GET", f"/v1/jobs/x/result?token={token}")
        Client(client.port, "wrong-" + token).send("GET", "/v1/health")
        raw(client.port, f"GET /v1/health?token={token} HTTP/9.9\r\n\r\n".encode())
        process.stdin.close()
        log = process.stderr.read()
    assert "failed" in log  # it is a log
    assert token not in log
    assert "secret prompt" not in log
    assert "/v1/" not in log


def test_the_token_does_not_stay_in_the_environment():
    program = (
        "import os, sys, threading\nsys.path.insert(0, sys.argv[1])\n"
        "from fake_clips import FakeClips\nfrom fake_engine import FakeEngine\nfrom reprise.serving import server\n"
        "def load():\n    print('TOKEN' if 'REPRISE_TOKEN' in os.environ else 'NONE', file=sys.stderr, flush=True)\n"
        "    return FakeEngine()\n"
        "server.serve(load, FakeClips(), watch_stdin=True)\n"
    )
    command = [sys.executable, "-c", program, str(FAKE_SERVER.parent)]
    environment = os.environ | {"REPRISE_TOKEN": "x" * 32}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert json.loads(process.stdout.readline())["token"] == "x" * 32
    wait_for_words = next(line for line in process.stderr if "NONE" in line or "TOKEN" in line)
    process.communicate(timeout=20)
    assert "NONE" in wait_for_words


@pytest.mark.parametrize("token", ["tiny", "with spaces in it all over", "schl\xfcssel-schl\xfcssel"])
def test_a_weak_token_is_one_sentence_and_no_service(token: str):
    environment = os.environ | {"REPRISE_TOKEN": token}
    done = subprocess.run(
        [sys.executable, str(FAKE_SERVER)], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "REPRISE_TOKEN" in done.stderr
    assert token not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_form_that_a_page_could_post_is_no_request(client: Client):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        sent = Client(client.port, headers={"Content-Type": kind}).send("POST", "/v1/generate", {"prompt": "walk"})
        assert (sent.status, sent.code) == (415, "unsupported_media_type")
    plain = Client(client.port, headers={"Content-Type": "application/json; charset=utf-8"})
    assert plain.send("POST", "/v1/generate", {"prompt": "walk"}).status == 202


def test_a_result_beyond_the_limit_fails_its_job_in_a_sentence(start: Start):
    client = start(FakeEngine(), result_bytes=10_000)
    name, data = client.last_event(client.generate(steps=1, count=4, seconds=9.0))
    assert (name, data["error"]["code"]) == ("failed", "result_too_large")
    assert "10000" in data["error"]["message"]
    assert client.last_event(client.generate(steps=1, seconds=1.0))[0] == "done"


PATHS = ["../../../../etc/passwd", "/etc/passwd", "..\\..\\secret", "%2e%2e%2fsecret", "file:///etc/passwd", "a\x00b"]


@pytest.fixture(scope="module")
def real_engine():
    from reprise import pipelines

    return pipelines.load()


def test_what_a_client_sends_is_never_a_path(start: Start, real_engine):
    """With the real engine: whatever is opened during these requests was not named by the client."""
    opened: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple) -> None:
        if watching and event in ("open", "sqlite3.connect", "os.listdir", "os.scandir", "subprocess.Popen"):
            opened.append(str(arguments[0]))

    client = start(real_engine)
    sys.addaudithook(watch)
    try:
        for path in PATHS:
            quoted = path.replace("/", "%2F").replace("\x00", "%00")
            for rest in ("/events", "/result"):
                assert client.send("GET", f"/v1/jobs/{quoted}{rest}").status == 404
            for names in ({"pinned": [path]}, {"tags": [path]}, {"sources": [path]}, {"licences": [path]}):
                answer = client.send("POST", "/v1/retrieve", {"prompt": path, "references": names})
                assert answer.status in (200, 400), answer.body
            job = client.generate(path, steps=1, seconds=1.0, references={"excluded": [path]})
            assert client.last_event(job)[0] == "done"
    finally:
        watching = False
    assert any("starter-library" in name for name in opened)  # the hook does see
    assert not [name for name in opened if any(word in name for word in ("passwd", "secret", "a\x00b"))]


def test_the_library_is_opened_read_only_and_left_as_it_is(start: Start, tmp_path: Path):
    from reprise import assets, pipelines

    library = tmp_path / "library.sqlite"
    library.write_bytes(assets.LIBRARY.read_bytes())
    before = library.read_bytes(), library.stat().st_mtime_ns
    connected: list[str] = []
    watching = True

    def watch(event: str, arguments: tuple) -> None:
        if watching and event == "sqlite3.connect":
            connected.append(str(arguments[0]))

    sys.addaudithook(watch)
    try:
        client = start(load=lambda: pipelines.load(library=library))
        assert client.last_event(client.generate(steps=1, seconds=1.0))[0] == "done"
        assert client.send("POST", "/v1/retrieve", {"prompt": "walk"}).status == 200
    finally:
        watching = False
    assert connected
    assert all("mode=ro" in name for name in connected)
    assert (library.read_bytes(), library.stat().st_mtime_ns) == before
    assert [path.name for path in tmp_path.iterdir()] == ["library.sqlite"]


def test_nothing_but_answers_leaves_the_process(tmp_path: Path):
    """`reprise serve` with the shipped weights, asked by its environment to export telemetry: it connects to nobody."""
    program = (
        "import sys\n"
        "def watch(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        "        print('REACHED FOR', arguments[event != 'socket.getaddrinfo'], file=sys.stderr)\n"
        "sys.addaudithook(watch)\n"
        "from reprise.cli.main import main\n"
        "main(['serve', '--watch-stdin'])\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as collector:
        endpoint = f"http://127.0.0.1:{collector.getsockname()[1]}"
        asked = {"FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
        command = [sys.executable, "-c", program]
        with (tmp_path / "log").open("w") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ | asked
            )
        line = json.loads(process.stdout.readline())
        client = Client(int(line["url"].rsplit(":", 1)[1]), line["token"])
        assert client.last_event(client.generate(steps=1, seconds=1.0))[0] == "done"
        process.stdin.close()
        process.wait(20)
        process.stdout.close()
        collector.settimeout(0.2)
        with pytest.raises(TimeoutError):
            collector.accept()
    reached = [row for row in (tmp_path / "log").read_text().splitlines() if row.startswith("REACHED FOR")]
    assert reached == ["REACHED FOR 127.0.0.1"]  # the address to listen on, which is looked up and not connected to


@pytest.mark.parametrize("page", ["security", "reliability"])
def test_every_test_that_the_pages_name_exists(page: str):
    here = Path(__file__).parent
    text = (here.parents[1] / f"docs/{page}.md").read_text(encoding="utf-8")
    sources = "".join(file.read_text(encoding="utf-8") for file in here.glob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 15
    assert {name for name in named if f"def {name}(" not in sources} == set()


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pt", "weights.pkl", "library.sqlite"])
def test_a_pickle_by_any_name_is_refused_and_not_run(tmp_path: Path, name: str):
    from reprise import pipelines

    trap, file = tmp_path / "it ran", tmp_path / name
    file.write_bytes(pickle.dumps(Bomb(trap)))
    chosen = {"library": file} if name.endswith("sqlite") else {"checkpoint": file}
    with pytest.raises(RepriseError, match=name):
        pipelines.load(**chosen)
    assert not trap.exists()
    pickle.loads(file.read_bytes())  # the trap does work
    assert trap.exists()


class spawned:  # noqa: N801 (reads as a statement)
    """A server process with the scripted engine; (its ready line, the process)."""

    def __init__(self, **variables: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(FAKE_SERVER), "--watch-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | variables,
        )

    def __enter__(self):
        return json.loads(self.process.stdout.readline()), self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


def raw(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        return connection.recv(65536)


def addresses_of_this_machine() -> list[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks the routing table for our own address
        except OSError:
            return []
        return [probe.getsockname()[0]]
