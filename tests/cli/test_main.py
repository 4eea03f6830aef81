"""The command as a whole: quick to answer, one line for every mistake, the right exit code."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from blocks import elsewhere

import reprise
from reprise_core.contract import CONTRACT_VERSION

HEAVY = ("torch", "numpy", "transformers", "fastapi", "uvicorn", "scipy", "matplotlib")


def reprise_process(*arguments: str, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "reprise", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, **options)


def test_help_and_wrong_options_load_nothing_heavy():
    program = (
        "import sys; from reprise.cli.main import main; main(['--help']); main(['generate', 'x', '--wrong'])\n"
        f"main(['generate', '', '--out', 'a.npz']); sys.exit(','.join(set({HEAVY!r}) & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_version_help_and_module(run):
    assert run("--version").out.strip() == reprise.__version__
    for command in ("generate", "retrieve", "render", "serve", "features", "library", "data", "train"):
        assert run(command, "--help").code == 0
        assert command in run("--help").out
    out, _ = reprise_process("--version").communicate(timeout=60)
    assert out.strip() == reprise.__version__


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["--wrong"], ["train"], ["train", "telepathy"], ["library"], ["features"], ["data", "build"]],
)
def test_bad_usage_is_one_line_and_exit_2(run, arguments):
    outcome = run(*arguments)
    assert outcome.code == 2
    assert "--help" in outcome.complaint


@pytest.mark.parametrize(("typed", "offered"), [("reprise gen", "generate"), ("reprise library ver", "verify")])
def test_the_shell_completes_commands(typed, offered):
    """As bash asks for it: with the words so far in variables, and the candidates on standard output."""
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" ")), "_REPRISE_COMPLETE": "complete_bash"}
    out, log = reprise_process(env={**os.environ, **asked}).communicate(timeout=60)
    assert (out.split(), log) == ([offered], "")


def test_serve_says_when_a_port_is_in_use(run):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        outcome = run("serve", "--port", port)
    assert outcome.code == 2
    assert outcome.complaint.startswith(f"reprise: Port {port} on 127.0.0.1 is in use.")


@pytest.mark.parametrize("choice", ["engine", "mixture", "precision", "device"])
def test_serve_refuses_at_once_what_there_is_none_of(run, choice):
    outcome = run("serve", f"--{choice}", "soup")
    assert outcome.code == 2
    assert outcome.complaint.startswith(f"reprise: There is no {choice} 'soup'. Use one of: ")


def test_serve_is_ready_before_torch_is_and_ends_with_stdin():
    """Started as docs/command-line.md says, but on a free port and with an end."""
    here = "tests/cli/test_main.py::test_serve_is_ready_before_torch_is_and_ends_with_stdin"
    ((words,),) = (block.commands for block in elsewhere(here, "command-line.md"))
    assert words[0] == "reprise"
    process = reprise_process(*words[1:], "--port", "0", "--watch-stdin", "--checkpoint", "there-is-none.safetensors")
    assert process.stdout
    line = json.loads(process.stdout.readline())
    assert set(line) == {"url", "token", "pid", "version", "contract"}
    assert line["version"] == reprise.__version__
    health = _health(line)
    assert (health["contract"], health["engine"]) == (CONTRACT_VERSION, "loading")
    while (health := _health(line))["engine"] == "loading":
        time.sleep(0.1)
    assert health["engine"] == "failed"
    assert "there-is-none.safetensors" in health["error"]["message"]
    out, log = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out == ""
    assert "there-is-none.safetensors" in log


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_is_one_line_and_130():
    process = reprise_process("serve")
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted" in log.splitlines()[-1]
    assert "Traceback" not in log


def _health(ready: dict[str, str]) -> dict:
    from http.client import HTTPConnection

    connection = HTTPConnection(ready["url"].removeprefix("http://"), timeout=20)
    connection.request("GET", "/v1/health", headers={"Authorization": f"Bearer {ready['token']}"})
    try:
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
