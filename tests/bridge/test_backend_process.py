"""The backend process: real processes, well-behaved and not."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reprise_addon.bridge.state import BackendState, assert_legal
from reprise_addon.core.errors import RepriseError

ROOT = Path(__file__).resolve().parents[2]


def has_ended(pid, within=15.0):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_backend_starts_serves_and_stops(backend):
    process = backend()
    assert process.state is BackendState.STOPPED
    client = process.ensure_ready()
    assert process.state is BackendState.READY
    assert client.health()["status"] == "ok"
    assert process.ensure_ready() is client
    pid = process.pid
    process.stop()
    assert process.state is BackendState.STOPPED
    assert has_ended(pid)


def test_its_state_is_busy_for_the_length_of_a_job(backend):
    process = backend()
    with process.lease():
        assert process.state is BackendState.BUSY
        with process.lease():
            assert process.state is BackendState.BUSY
        assert process.state is BackendState.BUSY
    assert process.state is BackendState.READY


def test_a_dead_backend_is_noticed_named_and_can_be_started_again(backend):
    process = backend()
    process.ensure_ready()
    os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while process.state is BackendState.READY and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.state is BackendState.FAILED
    assert "signal 9" in process.error.message
    process.ensure_ready()
    assert process.state is BackendState.READY
    assert process.error is None


def test_no_orphan_is_left_when_the_owner_is_killed(tmp_path):
    """The owner gets SIGKILL, so that no handler of ours can run; the closed pipe must be enough."""
    owner = subprocess.Popen(
        [sys.executable, "-c", f"""
import sys, types, time
package = types.ModuleType("reprise_addon"); package.__path__ = [{str(ROOT / "addon")!r}]
sys.modules["reprise_addon"] = package
from pathlib import Path
from reprise_addon.bridge.backend_process import BackendProcess
fake = [sys.executable, "-c", "import sys, runpy; sys.argv.remove('serve');"
        " sys.path.insert(0, {str(ROOT / "tests/serving")!r});"
        " runpy.run_path({str(ROOT / "tests/serving/fake_server.py")!r}, run_name='__main__')"]
process = BackendProcess(Path({str(tmp_path)!r}), lambda: fake)
process.ensure_ready()
print(process.pid, flush=True)
time.sleep(60)
"""],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    with owner:
        pid = int(owner.stdout.readline())
        owner.kill()
    assert has_ended(pid)


def test_a_port_in_use_is_one_sentence_with_the_port(backend):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = backend(port=port)
        with pytest.raises(RepriseError, match=f"{port}.* in use"):
            process.ensure_ready()
    assert process.state is BackendState.FAILED
    process.ensure_ready()


def test_a_python_without_the_package_is_named(scripted):
    process = scripted('import sys; sys.exit("/usr/bin/python3: No module named reprise")')
    with pytest.raises(RepriseError, match="has no package 'reprise'") as caught:
        process.ensure_ready()
    assert caught.value.code == "backend_missing"


def test_a_backend_that_never_gets_ready_is_ended(scripted):
    process = scripted("import time; time.sleep(60)", ready_seconds=0.5)
    with pytest.raises(RepriseError, match=r"not ready after 0\.5 seconds"):
        process.ensure_ready()
    assert process.state is BackendState.FAILED
    assert process.pid is None


def test_chatter_before_the_ready_line_is_skipped_and_a_flood_after_it_blocks_nobody(scripted):
    process = scripted(
        """
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("x" * 1000000)
        body = json.dumps({"contract": 1, "status": "ok"}).encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): print("\\xe9", file=sys.stderr)
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print("loading \\u2026 \\xff"); print('{"progress": 1}')
print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}", "token": "t", "pid": 1, "version": "0"}), flush=True)
server.serve_forever()
"""
    )
    client = process.ensure_ready()
    assert client.health()["status"] == "ok"


def test_another_contract_is_refused(scripted):
    process = scripted(
        """
import http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{"contract": 99}')
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}", "token": "t"}), flush=True)
server.serve_forever()
"""
    )
    with pytest.raises(RepriseError, match="version 99"):
        process.ensure_ready()


def test_a_missing_backend_is_a_state_and_installing_it_is_noticed(tmp_path):
    from reprise_addon.bridge.backend_process import BackendProcess

    command = []

    def find():
        if not command:
            raise RepriseError("backend_missing", "The motion backend is not installed.")
        return command

    process = BackendProcess(tmp_path, find)
    assert process.look() is BackendState.NOT_INSTALLED
    with pytest.raises(RepriseError, match="not installed"):
        process.ensure_ready()
    command.append(sys.executable)
    assert process.look() is BackendState.STOPPED


def test_a_command_that_cannot_be_run_fails_with_its_name(tmp_path):
    from reprise_addon.bridge.backend_process import BackendProcess

    process = BackendProcess(tmp_path, lambda: [str(tmp_path / "no-such-program")])
    with pytest.raises(RepriseError, match="could not be started") as caught:
        process.ensure_ready()
    assert "no-such-program" in caught.value.hint
    assert process.state is BackendState.FAILED


def test_only_the_newest_logs_are_kept(tmp_path):
    from reprise_addon.bridge.logs import KEPT, new_log

    for _ in range(KEPT + 3):
        newest = new_log(tmp_path)
        newest.write_text("x")
        time.sleep(0.002)
    assert len(list(tmp_path.iterdir())) <= KEPT
    assert newest.exists()


def test_an_illegal_transition_is_a_bug():
    with pytest.raises(AssertionError, match="STOPPED -> READY"):
        assert_legal(BackendState.STOPPED, BackendState.READY)
