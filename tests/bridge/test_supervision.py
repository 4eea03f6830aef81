"""Backends that misbehave, played by real processes: what is said of each, and that none of them stays."""

import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from reprise_addon.bridge.child import Child
from reprise_addon.bridge.client import UnreachableError
from reprise_addon.bridge.job import Job
from reprise_addon.bridge.restarts import Backoff
from reprise_addon.bridge.state import BackendState
from reprise_addon.core.contract import CONTRACT_VERSION, Request
from reprise_addon.core.errors import RepriseError

HERE = Path(__file__).resolve().parent
S = BackendState


def until(condition, within=15.0):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def path_of(process):
    return [change.after for change in process.changes]


def refusal(process):
    with pytest.raises(RepriseError) as caught:
        process.ensure_ready()
    assert process.state is S.FAILED
    assert process.error is caught.value
    assert process.pid is None
    return caught.value


def test_every_change_is_told_once_in_order_and_chained(playing):
    told = []
    process = playing(on_change=told.append)
    with process.lease():
        pass
    process.stop()
    assert [change.after for change in told] == [S.STARTING, S.READY, S.BUSY, S.READY, S.STOPPING, S.STOPPED]
    assert all(one.after is two.before for one, two in itertools.pairwise(told))
    assert list(process.changes) == told


def test_a_listener_that_fails_changes_nothing(playing):
    process = playing(on_change=lambda change: 1 / 0)
    process.ensure_ready()
    assert process.state is S.READY


@pytest.mark.parametrize("part", ["garbage", "slow=1.5"])
def test_noise_and_slowness_are_waited_out(playing, part):
    assert playing(part).ensure_ready().health()["status"] == "ok"


@pytest.mark.parametrize("part", ["silent", "closes-stdout"])
def test_a_backend_without_a_ready_line_is_ended(playing, part):
    error = refusal(playing(part, ready_seconds=4.0))
    assert error.code in ("backend_timeout", "backend_failed")


def test_a_crash_at_the_start_says_why(playing):
    error = refusal(playing("crash=ImportError: libgomp.so.1: cannot open shared object file: No such file"))
    assert error.code == "missing_library"
    assert "libgomp.so.1" in error.message


@pytest.mark.parametrize(("theirs", "code", "side"), [(99, "backend_newer", "add-on"), (0, "backend_older", "backend")])
def test_another_contract_names_the_side_to_update(playing, theirs, code, side):
    assert theirs != CONTRACT_VERSION
    error = refusal(playing(f"contract={theirs}"))
    assert error.code == code
    assert f"version {theirs} of the contract, this add-on version {CONTRACT_VERSION}" in error.message
    assert error.hint == f"Update the {side}."


def test_a_backend_that_runs_but_cannot_be_reached_is_a_firewall(playing):
    assert refusal(playing("unreachable")).code == "firewall"


def test_a_port_in_use_names_a_remedy(playing):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        error = refusal(playing(port=taken.getsockname()[1]))
    assert error.code == "port_in_use"
    assert "0 for any free one" in error.hint


def test_a_deaf_backend_is_killed_in_the_end(playing):
    process = playing("deaf")
    process.ensure_ready()
    pid = process.pid
    process.stop(patience=0.3)
    assert process.state is S.STOPPED
    assert not is_alive(pid)


def test_stopping_is_a_state_that_can_be_seen_without_waiting(playing):
    process = playing("deaf")
    process.ensure_ready()
    thread = threading.Thread(target=process.stop, args=(1.0,))
    thread.start()
    until(lambda: process._state is S.STOPPING)
    before = time.perf_counter()
    assert process.state is S.STOPPING
    assert time.perf_counter() - before < 0.1
    assert process.ensure_ready().health()["status"] == "ok"  # waits for the old one to be gone
    thread.join()
    assert process.state is S.READY


def test_stop_while_starting_ends_it_and_says_so(playing):
    process = playing("slow=30")
    errors = []

    def start():
        try:
            process.ensure_ready()
        except RepriseError as error:
            errors.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    until(lambda: process.pid is not None)
    pid = process.pid
    process.stop()
    thread.join(5)
    assert errors[0].code == "backend_stopped"
    assert process.state is S.STOPPED
    assert not is_alive(pid)


def test_a_job_under_which_the_backend_dies_is_told_the_cause(playing):
    process = playing("dies-in-a-job")
    job = Job(process, Request("a person walks"))
    job.start()
    with pytest.raises(RepriseError, match="graphics card's memory is full") as caught:
        job.wait(20)
    assert "CPU" in caught.value.hint
    assert process.state is S.FAILED


def test_a_crash_is_followed_by_a_start_and_the_reason_is_kept(playing):
    process = playing("crash-after=0.5", backoff=Backoff(first=0.2, attempts=1))
    process.ensure_ready()
    first = process.pid
    until(lambda: process.state is S.FAILED)
    assert "exit code 5" in process.error.message
    until(lambda: process.state is S.READY)
    assert process.pid != first
    assert "exit code 5" in process.last_crash.message
    assert path_of(process)[:5] == [S.STARTING, S.READY, S.FAILED, S.STARTING, S.READY]
    until(lambda: process.state is S.FAILED)  # once more, and that was enough
    time.sleep(1.0)
    assert process.state is S.FAILED
    assert process.restart_at is None


def test_what_cannot_heal_is_not_started_again(playing, monkeypatch):
    process = playing("crash-after=0.3", backoff=Backoff(first=0.1))
    process.ensure_ready()
    monkeypatch.setattr(
        process, "_find", lambda: [sys.executable, str(HERE / "playing_backend.py"), "crash=MemoryError"]
    )
    until(lambda: path_of(process).count(S.STARTING) >= 3)  # memory may come back
    script = [sys.executable, str(HERE / "playing_backend.py"), "crash=ModuleNotFoundError: No module named 'torch'"]
    monkeypatch.setattr(process, "_find", lambda: script)
    until(lambda: process.state is S.FAILED and process.error.code == "broken_environment")
    starts = path_of(process).count(S.STARTING)
    time.sleep(1.0)
    assert path_of(process).count(S.STARTING) == starts


def test_stopping_ends_the_restarts(playing):
    process = playing("crash-after=0.3", backoff=Backoff(first=0.5))
    process.ensure_ready()
    until(lambda: process.state is S.FAILED)
    process.forget_failure()
    assert process.state is S.STOPPED
    time.sleep(1.0)
    assert process.state is S.STOPPED


def test_pauses_double_up_to_a_limit_and_end():
    backoff = Backoff(first=2.0, longest=10.0, attempts=5, window=300.0)
    assert [backoff.after_crash(now) for now in range(6)] == [2.0, 4.0, 8.0, 10.0, 10.0, None]
    assert backoff.after_crash(1000.0) == 2.0  # the others are long ago
    backoff.forget()
    assert backoff.after_crash(1001.0) == 2.0


OWNER = """
import sys, types, time
package = types.ModuleType("reprise_addon"); package.__path__ = [sys.argv[1]]
sys.modules["reprise_addon"] = package
from pathlib import Path
from reprise_addon.bridge.backend_process import BackendProcess
process = BackendProcess(Path(sys.argv[2]), lambda: sys.argv[3:])
process.ensure_ready()
print(process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_the_real_server_ends_with_its_owner_however_that_ends(tmp_path, how):
    command = [sys.executable, "-m", "reprise"]
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(HERE.parents[1] / "addon"), str(tmp_path), *command], stdout=subprocess.PIPE
    )
    with owner:
        pid = int(owner.stdout.readline())
        assert is_alive(pid)
        owner.send_signal(how)
    until(lambda: not is_alive(pid), within=20)


def test_a_server_behind_a_launcher_script_ends_too(playing, tmp_path, monkeypatch):
    process = playing()
    launcher = tmp_path / "launcher"
    program = f'"{sys.executable}" "{HERE / "playing_backend.py"}" deaf "$@"'
    launcher.write_text(f'#!/bin/sh\n{program} <&0 &\necho $! >"{tmp_path / "pid"}"\nwait\n')
    launcher.chmod(0o755)
    monkeypatch.setattr(process, "_find", lambda: [str(launcher)])
    process.ensure_ready()
    server = int((tmp_path / "pid").read_text())
    assert is_alive(server)
    process.stop(patience=0.3)
    until(lambda: not is_alive(server), within=5)


def test_pip_ends_with_its_owner(tmp_path):
    """A stand-in for pip that never ends by itself; its parent closes the pipe, as a killed Blender does."""
    import zipfile

    from reprise_addon.bridge.install.commands import RUN_PIP

    wheel = tmp_path / "pip.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pip/__init__.py", "")
        archive.writestr("pip/__main__.py", "import time; print('started', flush=True); time.sleep(60)")
    with (tmp_path / "log").open("wb") as log:
        child = Child([sys.executable, str(RUN_PIP), str(wheel), "download"], log, tmp_path)
    assert child.process.stdout.readline() == b"started\n"
    os.close(child.process.stdin.fileno())
    assert child.process.wait(10) == 1
    child.process.stdin = None


def test_a_log_that_grew_too_large_is_moved_away_under_its_writer(tmp_path):
    from reprise_addon.bridge.logs import kept_logs, rotate, tail

    log = tmp_path / "backend-1.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 300)
        rotate(log, largest=1000)
        writer.write(b"new\n")
        rotate(log, largest=1000)
    assert tail(log) == ["new"]
    assert (tmp_path / "backend-1.log.1").read_bytes() == b"old\n" * 300
    assert kept_logs(tmp_path) == [log]


class TestRemote:
    @pytest.fixture
    def server(self, playing):
        process = playing()
        process.ensure_ready()
        return process

    def make(self, url, token="secret"):
        from reprise_addon.bridge.remote_backend import RemoteBackend

        return RemoteBackend(url, token)

    def test_it_is_greeted_used_and_let_go(self, server):
        client = server.ensure_ready()
        remote = self.make(f"http://127.0.0.1:{client._port}")
        with remote.lease() as leased:
            assert remote.state is S.BUSY
            assert leased.health()["status"] == "ok"
        remote.stop()
        assert remote.state is S.STOPPED
        assert server.state is S.READY  # it is not ours to end

    def test_nobody_there_is_one_sentence_with_the_address(self):
        remote = self.make("http://127.0.0.1:1")
        with pytest.raises(RepriseError, match=r"127\.0\.0\.1:1 cannot be reached") as caught:
            remote.ensure_ready()
        assert caught.value.code == "backend_unreachable"
        assert remote.state is S.FAILED
        with pytest.raises(RepriseError):
            remote.ensure_ready()  # may be tried again

    def test_a_connection_that_breaks_is_a_failure_until_it_answers_again(self, server):
        remote = self.make(f"http://127.0.0.1:{server.ensure_ready()._port}")
        with remote.lease() as client:
            server.stop()
            with pytest.raises(UnreachableError):
                client.health()
            assert remote.explain_silence().code == "backend_unreachable"
        assert remote.state is S.FAILED

    @pytest.mark.parametrize(
        "url",
        ["", "server", "ftp://server", "http://server:8080", "http://192.168.0.7:80", "https://", "http://[::1",
         "https://anna:secret@server", "http://127.0.0.1.example.org:80"],
    )  # fmt: skip
    def test_an_address_that_is_none_or_would_leak_the_token_is_refused(self, url):
        with pytest.raises(RepriseError) as caught:
            self.make(url)
        assert caught.value.code == "bad_backend"
        assert caught.value.hint

    @pytest.mark.parametrize("url", ["https://server", "http://localhost:80", "http://127.9.9.9:80", "http://[::1]:80"])
    def test_https_anywhere_and_http_on_this_machine_are_taken(self, url):
        assert self.make(url).url == url

    def test_the_token_shows_nowhere(self):
        remote = self.make("https://server", "a-secret-token")
        shown = " ".join((repr(remote), repr(remote._remote), str(vars(remote))))
        assert "a-secret-token" not in shown
