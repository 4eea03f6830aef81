"""What the person at the terminal sees: lines, a running step with its time, and one-sentence refusals."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

HEARTBEAT_S = 15.0
TTY_HEARTBEAT_S = 1.0
_DULL = ("WARNING", "Ignoring", "  ")  # lines of pip that tell a person nothing


class Refusal(Exception):
    """What stops the script, in one sentence for the person at the terminal; the script then exits with 2."""


class StepFailed(Exception):
    """A command of a step failed; `output` is what it printed."""

    def __init__(self, output: str) -> None:
        super().__init__("step failed")
        self.output = output


def say(text: str = "") -> None:
    """Prints one line at once, so that progress shows in pipes and CI logs too."""
    print(text, flush=True)


def run_logged(
    title: str, command: Sequence[str | Path], log: Path, cwd: Path, env: Mapping[str, str], quiet: bool = False
) -> float:
    """Runs a command with its output in `log`, shows that it lives, and returns its seconds.

    Raises `StepFailed` with the output when it exits with anything but 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait(process, title, log, started, quiet)
        except BaseException:
            process.terminate()
            process.wait(10)
            raise
    seconds = time.monotonic() - started
    if process.returncode != 0:
        raise StepFailed(log.read_text(encoding="utf-8", errors="replace"))
    if not quiet:
        say(f"{_erase()}  {title}: {seconds:.0f} s")
    return seconds


def _wait(process: subprocess.Popen[bytes], title: str, log: Path, started: float, quiet: bool) -> None:
    interval = TTY_HEARTBEAT_S if sys.stdout.isatty() else HEARTBEAT_S
    next_beat = started + interval
    while True:
        try:
            process.wait(timeout=0.2)
            return
        except subprocess.TimeoutExpired:
            pass
        if not quiet and time.monotonic() >= next_beat:
            next_beat += interval
            _beat(f"  {title} ... {time.monotonic() - started:.0f} s  {_last_line(log)}")


def _beat(text: str) -> None:
    if sys.stdout.isatty():
        print(f"{_erase()}{text[:110]}", end="", flush=True)
    else:
        say(text[:160])


def _erase() -> str:
    return "\r\x1b[K" if sys.stdout.isatty() else ""


def _last_line(log: Path) -> str:
    lines = log.read_bytes()[-2000:].decode("utf-8", "replace").split("\n")
    return next((line.strip()[:80] for line in reversed(lines) if line.strip() and not line.startswith(_DULL)), "")
