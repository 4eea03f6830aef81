"""`run.py test`: the whole suite in every Blender that is to be had, and one line that counts it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

from . import environment as environments
from . import real_blender
from .blender_libraries import check_libraries
from .console import Refusal, say
from .environment import ROOT
from .parts import Outcome, Part, run_part

# Which tests a part runs where its user names none: given as options, because pytest itself knows best which of the
# user's arguments are paths, and a path that is named goes before both options.
MAIN_TESTS = ("-o", "testpaths=tests", "--ignore=tests/blender")
BLENDER_TESTS = ("-o", "testpaths=tests/blender")
WITHOUT_WINDOWS = "--ignore=tests/blender/test_window.py"
_HEARTBEAT_S = 60.0
_LIMIT_S = 3600.0  # for a part; on a machine with two busy cores the main one was not through after 1200
_WORKERS = 2  # lanes of parts at once; more would make tests that measure time unreliable on small machines


def run_suite(only: Sequence[str], pytest_arguments: Sequence[str]) -> int:
    """Makes the environments, runs the parts (all, or those named in `only`) and returns the exit code."""
    started = time.monotonic()
    known = ("main", *(f"bpy-{version}" for version in environments.BLENDERS), "blender")
    for name in only:
        if name not in known:
            raise Refusal(f"There is no part '{name}': choose from {', '.join(known)}.")
    chosen = tuple(only) or known
    independent, real, missing = _plan(chosen, tuple(pytest_arguments))
    if not independent and not real:
        raise Refusal(missing)
    outcomes = _run_together(independent)
    for part in real:  # alone: a window with software rendering needs the machine, and these tests watch the clock
        outcomes += _run_together([part])
    say()
    for outcome in outcomes:
        say(
            f"  {outcome.name}: {outcome.passed} passed, {outcome.failed} failed, "
            f"{outcome.skipped} skipped, {outcome.seconds:.0f} s"
        )
        if outcome.problem:
            say(f"    {outcome.problem}")
    if missing:
        say(missing)
    say(f"All parts took {time.monotonic() - started:.0f} s.")
    failed = sum(outcome.failed for outcome in outcomes)
    say(summary_line(outcomes))
    return 1 if failed else 0


def summary_line(outcomes: Sequence[Outcome]) -> str:
    """`N passed, N failed` over all parts, with the skipped ones where there are any."""
    passed, failed, skipped = (sum(getattr(o, name) for o in outcomes) for name in ("passed", "failed", "skipped"))
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def _plan(chosen: Sequence[str], arguments: tuple[str, ...]) -> tuple[list[Part], list[Part], str]:
    """The parts that may run side by side, those in real Blenders, and a sentence that says what is left out."""
    if any(f"bpy-{version}" in chosen for version in environments.BLENDERS):
        check_libraries()
    blenders = real_blender.find_blenders() if "blender" in chosen else ()
    missing = real_blender.what_is_missing(blenders) if "blender" in chosen else ""
    python = environments.ensure(environments.main_environment(with_tests=True)).python
    independent, real = [], []
    if "main" in chosen:
        independent.append(_part("main", python, (*MAIN_TESTS, *arguments)))
    without_windows = (*BLENDER_TESTS, WITHOUT_WINDOWS, *arguments)
    for version in environments.BLENDERS:
        if f"bpy-{version}" in chosen:
            environment = environments.blender_environment(version)
            lacking = environments.what_is_missing(environment)
            if lacking:
                missing = f"{missing} The tests in bpy {version} did not run: {lacking}".strip()
                continue
            bpy_python = environments.ensure(environment).python
            independent.append(_part(f"bpy-{version}", python, without_windows, bpy=str(bpy_python)))
    for path in blenders:
        tests = without_windows if missing else (*BLENDER_TESTS, *arguments)
        real.append(_part(path.name, python, tests, blender=str(path)))
    return independent, real, missing


def _part(name: str, python: Path, arguments: tuple[str, ...], bpy: str = "", blender: str = "") -> Part:
    """A part of one Blender at most: the tests in `tests/blender` take the Blenders that the two variables name."""
    variables = {
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",  # what a part that is ended has printed tells how far it came
        "REPRISE_PYTHON": str(python),
        "REPRISE_BPY": bpy,
        real_blender.VARIABLE: blender,
    }
    variables["BLENDER_BIND"] = str(ROOT)  # for Blenders in a chroot: what else to show them
    return Part(name, python, arguments, _LIMIT_S, variables=variables)


def _run_together(parts: Sequence[Part]) -> list[Outcome]:
    """Runs the parts, `_WORKERS` at a time, and prints each one's output when it has ended."""
    outcomes: list[Outcome] = []
    started = time.monotonic()
    stop = threading.Event()
    with ThreadPoolExecutor(_WORKERS) as pool:
        running = {pool.submit(run_part, part, stop): part.name for part in parts}
        say(f"\nTesting {', '.join(running.values())} (each part's output follows when it has ended)")
        try:
            while running:
                ended, _ = wait(running, timeout=_HEARTBEAT_S, return_when=FIRST_COMPLETED)
                for future in ended:
                    del running[future]
                    outcomes.append(_tell(future.result()))
                if running and not ended:
                    say(f"  ... {time.monotonic() - started:.0f} s: still testing {', '.join(running.values())}")
        finally:
            stop.set()  # Ctrl+C ends the parts too
    return outcomes


def _tell(outcome: Outcome) -> Outcome:
    say(f"\n----- {outcome.name} ({outcome.seconds:.0f} s)")
    say(outcome.output.rstrip())
    return outcome
