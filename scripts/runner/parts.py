"""One part of the test suite: a pytest run in one environment, limited in time, and counted from its report."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from .environment import ROOT, child_variables

# The bpy 4.5 wheel can hang when its interpreter exits, so pytest's exit code leaves through os._exit.
_PYTEST = (
    "import os, sys, pytest; code = pytest.main(sys.argv[1:]); sys.stdout.flush(); sys.stderr.flush(); os._exit(code)"
)


@dataclass(frozen=True)
class Part:
    """Tests that one interpreter runs: `arguments` go to pytest, `limit_s` ends it."""

    name: str
    python: Path
    arguments: tuple[str, ...]
    limit_s: float
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a part came to; `output` is all it printed, `problem` one sentence when it did not end by itself."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    output: str
    problem: str = ""


def run_part(part: Part, stop: threading.Event) -> Outcome:
    """Runs a part to its end, its limit, or `stop`. A run that gives no report, or reports no failure and still exits
    with an error, counts as one failure: nothing that broke passes for green.
    """
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder) / "report.xml", Path(folder) / "output.txt"
        options = (f"--junitxml={report}", "-p", "no:cacheprovider", "--color=no")
        # -rs: why a test was skipped is part of the result.
        command = (str(part.python), "-m", "pytest", "-rs", *part.arguments, *options)
        started = time.monotonic()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=child_variables(**part.variables), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            code = _wait(process, part.limit_s, stop)
        seconds = time.monotonic() - started
        text = log.read_text(encoding="utf-8", errors="replace")
        return count(part.name, report.read_text(encoding="utf-8") if report.exists() else "", code, seconds, text)


def count(name: str, report: str, code: int | None, seconds: float, output: str) -> Outcome:
    """The outcome from pytest's JUnit `report` (empty when there is none) and exit code (None when it was ended)."""
    passed = failed = skipped = 0
    try:
        for suite in ElementTree.fromstring(report).iter("testsuite"):
            broken = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            left_out = int(suite.get("skipped", 0))
            passed += int(suite.get("tests", 0)) - broken - left_out
            failed, skipped = failed + broken, skipped + left_out
        problem = ""
    except ElementTree.ParseError:
        problem = f"The part {name} broke off before it could report (exit code {code})."
    if code is None:
        problem = f"The part {name} was ended after {seconds:.0f} s: it did not come to an end by itself."
    elif code == 5:
        problem = f"The part {name} found no tests."
    if failed == 0 and (problem or code != 0):
        failed = 1
        problem = problem or f"The part {name} reports no failure but exits with {code}."
    return Outcome(name, passed, failed, skipped, seconds, output, problem)


def _wait(process: subprocess.Popen[bytes], limit_s: float, stop: threading.Event) -> int | None:
    """The exit code; None when the process had to be ended."""
    deadline = time.monotonic() + limit_s
    try:
        while process.poll() is None:
            if time.monotonic() > deadline or stop.wait(0.2):
                return None
        return process.returncode
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and, where the system has process groups, whatever it left running (a Blender, a backend)."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
