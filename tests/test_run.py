"""scripts/run.py: what counts as finished, which torch is taken, what is said when something is in the way."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from reprise_addon.bridge.install.machine import Gpu, Machine
from reprise_addon.bridge.install.torch_builds import VERSION

from runner import environment as environments
from runner import real_blender
from runner.base_python import find_base
from runner.blender_libraries import LIBRARIES, check_libraries
from runner.checks import commands
from runner.console import Refusal, StepFailed, run_logged
from runner.environment import Attempt, Environment, Record, Step
from runner.parts import Outcome, Part, count, run_part
from runner.suite import MAIN_TESTS, summary_line

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


class FakePip:
    """Stands for the commands that fill an environment: makes the interpreter's file, and fails where it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.ran: list[str] = []
        self.failing: dict[str, str] = {}
        monkeypatch.setattr(environments, "run_logged", self)
        monkeypatch.setattr(environments, "ROOT", tmp_path)

    def __call__(self, title: str, command: tuple[str, ...], *_rest: object) -> float:
        self.ran.append(title)
        if command[1:3] == ("-m", "venv"):
            python = Path(command[-1]) / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
            python.parent.mkdir(parents=True)
            python.touch()
        for word, output in self.failing.items():
            if word in command:
                raise StepFailed(output)
        return 0.0


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakePip:
    return FakePip(monkeypatch, tmp_path)


def environment(path: Path, lock: str = "a", project: str = "p") -> Environment:
    steps = (
        Step("lock", "lock", lock, (Attempt(("lock",)),)),
        Step("project", "project", project, (Attempt(("project",)),), cheap=True),
    )
    return Environment(path, steps, gigabytes=0.0)


def test_a_second_run_does_nothing(pip: FakePip, tmp_path: Path) -> None:
    made = environments.ensure(environment(tmp_path / "env"))
    assert made.python.exists() and pip.ran == ["empty environment", "lock", "project"]
    environments.ensure(environment(tmp_path / "env"))
    assert len(pip.ran) == 3


def test_a_changed_lock_makes_it_anew_and_a_changed_project_only_reinstalls_it(pip: FakePip, tmp_path: Path) -> None:
    environments.ensure(environment(tmp_path / "env"))
    (tmp_path / "env" / "left-over").touch()
    pip.ran.clear()
    environments.ensure(environment(tmp_path / "env", project="q"))
    assert pip.ran == ["project"] and (tmp_path / "env" / "left-over").exists()
    pip.ran.clear()
    environments.ensure(environment(tmp_path / "env", lock="b", project="q"))
    assert pip.ran == ["empty environment", "lock", "project"] and not (tmp_path / "env" / "left-over").exists()


@pytest.mark.parametrize("word", ["lock", "project"])
def test_what_broke_off_is_not_taken_for_finished(pip: FakePip, tmp_path: Path, word: str) -> None:
    pip.failing[word] = "Collecting numpy\nOSError: [Errno 28] No space left on device"
    with pytest.raises(Refusal, match="disk is full"):
        environments.ensure(environment(tmp_path / "env"))
    (tmp_path / "env" / "half").touch()
    pip.failing.clear()
    pip.ran.clear()
    environments.ensure(environment(tmp_path / "env"))
    assert pip.ran == ["empty environment", "lock", "project"] and not (tmp_path / "env" / "half").exists()


def test_a_killed_run_leaves_no_finished_environment(pip: FakePip, tmp_path: Path) -> None:
    environments.ensure(environment(tmp_path / "env"))
    record = environments.read_record(tmp_path / "env")
    assert record and record.finished(environment(tmp_path / "env").steps)
    environments.write_record(tmp_path / "env", Record(doing="lock", done=record.done))  # as a kill -9 leaves it
    pip.ran.clear()
    environments.ensure(environment(tmp_path / "env"))
    assert pip.ran[0] == "empty environment"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"doing": null}'])
def test_an_unreadable_record_counts_as_broken_off(tmp_path: Path, text: str) -> None:
    (tmp_path / environments.RECORD).write_text(text)
    record = environments.read_record(tmp_path)
    assert record and not record.finished(()) and not record.usable(())


def test_a_lost_interpreter_makes_it_anew(pip: FakePip, tmp_path: Path) -> None:
    environments.ensure(environment(tmp_path / "env")).python.unlink()
    environments.ensure(environment(tmp_path / "env"))
    assert pip.ran.count("empty environment") == 2


def test_an_environment_of_the_users_own_is_filled_and_never_removed(pip: FakePip, tmp_path: Path) -> None:
    own = environment(tmp_path / "env")
    own.python.parent.mkdir(parents=True)
    own.python.touch()
    environments.ensure(own)
    assert pip.ran == ["lock", "project"]
    environments.ensure(environment(tmp_path / "env", lock="b"))
    assert own.python.exists() and "empty environment" not in pip.ran and pip.ran.count("lock") == 2
    pip.failing["lock"] = "killed"
    with pytest.raises(Refusal):
        environments.ensure(environment(tmp_path / "env", lock="c"))
    environments.start(environment(tmp_path / "env", lock="c"))
    assert own.python.exists()


def test_no_room(pip: FakePip, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"GB are free.*needs about 1e\+06 GB"):
        environments.ensure(Environment(tmp_path / "env", (), gigabytes=1e6))
    assert pip.ran == []


def test_the_room_for_a_larger_way_is_looked_at_before_it_is_tried(
    pip: FakePip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usage = environments.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(environments.shutil, "disk_usage", lambda path: usage._replace(free=5 * 10**9))
    ways = (Attempt(("cpu",), gigabytes=2.5), Attempt(("plain",), "Taking the large build.", gigabytes=9.0))
    wanted = Environment(tmp_path / "env", (Step("torch", "torch", "k", ways),), gigabytes=2.5)
    pip.failing["cpu"] = "ERROR: No matching distribution found for torch==2.13.0+cpu"
    with pytest.raises(Refusal, match=r"Only 5\.0 GB are free here and env needs about 9 GB"):
        environments.ensure(wanted)
    assert pip.ran == ["empty environment", "torch"]
    assert "Taking the large build." in capsys.readouterr().out
    monkeypatch.setattr(environments.shutil, "disk_usage", lambda path: usage._replace(free=10**10))
    environments.ensure(wanted)
    assert pip.ran[2:] == ["empty environment", "torch", "torch"]


def test_the_next_way_is_tried_when_one_fails(pip: FakePip, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ways = (Attempt(("cpu",)), Attempt(("plain",), "Taking the plain build."))
    step = Step("torch", "torch", "k", ways)
    pip.failing["cpu"] = "ERROR: No matching distribution found for torch==2.13.0+cpu"
    environments.ensure(Environment(tmp_path / "env", (step,), 0.0))
    assert pip.ran == ["empty environment", "torch", "torch"]
    assert "Taking the plain build." in capsys.readouterr().out


def test_torch_is_installed_as_the_extension_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "this_machine", lambda: Machine("Linux", "x86_64"))
    cpu = environments.main_environment(with_tests=False)
    first, second, last = next(step for step in cpu.steps if step.name == "torch").attempts
    assert first.arguments[0] == second.arguments[0] == f"torch=={VERSION}+cpu"
    assert "--require-hashes" in last.arguments and "CUDA" in last.note
    assert first.gigabytes == second.gigabytes == cpu.gigabytes < last.gigabytes - 4
    card = Gpu("a card", (9, 0), (580, 1))
    monkeypatch.setattr(environments, "this_machine", lambda: Machine("Linux", "x86_64", card))
    cuda = environments.main_environment(with_tests=False)
    (locked,) = next(step for step in cuda.steps if step.name == "torch").attempts
    assert "--require-hashes" in locked.arguments
    assert locked.gigabytes == cuda.gigabytes > cpu.gigabytes + 4
    with_tests = environments.main_environment(with_tests=True)
    (locked,) = next(step for step in with_tests.steps if step.name == "torch").attempts
    assert locked.gigabytes == with_tests.gigabytes > cuda.gigabytes
    monkeypatch.setattr(environments, "this_machine", lambda: Machine("Plan 9", "mips"))
    with pytest.raises(Refusal, match="Plan 9"):
        environments.main_environment(with_tests=False)


REPORT = '<testsuites><testsuite tests="9" failures="1" errors="2" skipped="3"/></testsuites>'


def test_counting() -> None:
    outcome = count("main", REPORT, 1, 1.0, "")
    assert (outcome.passed, outcome.failed, outcome.skipped, outcome.problem) == (3, 3, 3, "")


@pytest.mark.parametrize(
    ("report", "code"),
    [("", -11), ("", 0), ("<testsuites>", 1), (REPORT.replace('"1"', '"0"').replace('"2"', '"0"'), 3), ("", 5)],
)
def test_what_broke_is_a_failure(report: str, code: int) -> None:
    outcome = count("main", report, code, 1.0, "")
    assert outcome.failed == 1 and outcome.problem


def test_a_part_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    hanging = tmp_path / "test_hang.py"
    hanging.write_text("import time\ndef test_passes(): pass\ndef test_hangs(): time.sleep(60)\n")
    part = Part("hang", Path(sys.executable), (str(hanging), f"--rootdir={tmp_path}"), limit_s=3.0)
    outcome = run_part(part, threading.Event())
    assert outcome.failed == 1 and "did not come to an end" in outcome.problem and outcome.seconds < 30


def test_a_part_is_counted_from_pytests_own_report(tmp_path: Path) -> None:
    tests = tmp_path / "test_three.py"
    tests.write_text(
        "import pytest\ndef test_a(): pass\ndef test_b(): assert 0\n"
        "@pytest.mark.skip(reason='no such device')\ndef test_c(): pass\n"
        "@pytest.fixture\ndef broken(): raise OSError\ndef test_d(broken): pass\n"
    )
    outcome = run_part(Part("x", Path(sys.executable), (str(tests), f"--rootdir={tmp_path}"), 60.0), threading.Event())
    assert (outcome.passed, outcome.failed, outcome.skipped, outcome.problem) == (1, 2, 1, "")
    assert "no such device" in outcome.output


def test_summary_line() -> None:
    two = [Outcome("a", 3, 0, 0, 1.0, ""), Outcome("b", 4, 2, 0, 1.0, "")]
    assert summary_line(two) == "7 passed, 2 failed"
    assert summary_line([*two, Outcome("c", 0, 0, 5, 1.0, "")]) == "7 passed, 2 failed, 5 skipped"


def test_finding_blender(tmp_path: Path) -> None:
    program = tmp_path / "blender"
    program.touch()
    assert real_blender.find_blenders({real_blender.VARIABLE: str(program)}) == (program,)
    with pytest.raises(Refusal, match="no such program"):
        real_blender.find_blenders({real_blender.VARIABLE: str(tmp_path / "none")})


def test_what_did_not_run_is_one_sentence_that_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    assert real_blender.VARIABLE in real_blender.what_is_missing(())
    monkeypatch.setattr(real_blender.shutil, "which", lambda tool: None if tool == "xdotool" else f"/bin/{tool}")
    assert "install xdotool " in real_blender.what_is_missing((Path("blender"),))
    monkeypatch.setattr(real_blender.shutil, "which", lambda tool: f"/bin/{tool}")
    assert real_blender.what_is_missing((Path("blender"),)) == ""


def test_run_logged_gives_the_output_of_what_failed(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "print('the reason'); raise SystemExit(3)")
    with pytest.raises(StepFailed) as failure:
        run_logged("step", command, tmp_path / "log", tmp_path, {})
    assert "the reason" in failure.value.output


def test_lock_files_pin_and_hash_everything_and_hold_no_gpu_packages() -> None:
    locks = sorted((SCRIPTS.parent / "requirements").glob("*.lock"))
    names = ["bpy-4.2", "bpy-4.5", "bpy-5.0", "bpy-5.2", "installer", "runtime", "test", "torch-pypi"]
    assert [lock.stem for lock in locks] == names
    for lock in locks:
        entries = [line for line in lock.read_text().replace("\\\n", "").splitlines() if line and line[0].isalnum()]
        assert len(entries) > (1 if lock.stem == "installer" else 5)
        for entry in entries:
            assert "==" in entry and "--hash=sha256:" in entry, entry
            gpu = entry.startswith(("torch==", "nvidia-", "triton", "cuda-"))
            assert not gpu or lock.stem == "torch-pypi", entry  # that one is for machines whose torch is PyPI's


def test_wrong_python_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    source = (SCRIPTS / "run.py").read_text().replace("REQUIRED = (3, 11)", "REQUIRED = (3, 99)")
    (tmp_path / "run.py").write_text(source)
    result = subprocess.run([sys.executable, tmp_path / "run.py", "demo"], capture_output=True, text=True, check=False)
    assert result.returncode == 2 and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1 and "needs Python 3.11" in result.stderr


def test_record_is_plain_json(tmp_path: Path) -> None:
    environments.write_record(tmp_path, Record(doing=None, done={"lock": "k"}))
    assert json.loads((tmp_path / environments.RECORD).read_text())["done"] == {"lock": "k"}


def test_a_bare_server_is_told_what_blender_needs_and_a_desktop_nothing() -> None:
    def lacks_two(library: str) -> None:
        if library in ("libX11.so.6", "libXi.so.6"):
            raise OSError(f"{library}: cannot open shared object file")

    with pytest.raises(Refusal, match=r"libX11\.so\.6 for one.* apt-get install libx11-6 libxi6$"):
        check_libraries(lacks_two, "linux")
    check_libraries(lacks_two, "darwin")
    asked: list[str] = []
    check_libraries(asked.append, "linux")
    assert asked == list(LIBRARIES.values())


@pytest.mark.skipif(sys.platform == "win32", reason="plays programs with shell scripts")
def test_another_python_is_taken_where_it_works_and_missed_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_base((sys.version_info[0], sys.version_info[1])) is not None
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    wanted = Environment(tmp_path / "env", (), gigabytes=0.0, version=(3, 12))
    assert "env needs Python 3.12, and there is none" in environments.what_is_missing(wanted)
    with pytest.raises(Refusal, match=r"needs Python 3\.12"):
        environments.ensure(wanted)
    shim, real = tmp_path / "python3.12", tmp_path / "versions" / "3.12.1" / "bin" / "python"
    real.parent.mkdir(parents=True)
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.12: command not found'; exit 127\n")
    real.write_text("#!/bin/sh\necho '[[3, 12], 64, \"CPython\"]'\n")
    for program in (shim, real):
        program.chmod(0o755)
    assert find_base((3, 12)) == real
    assert environments.what_is_missing(wanted) == ""


@pytest.mark.parametrize(
    ("arguments", "run"),
    [
        ((), {"test_feet", "test_docs"}),
        (("-k", "docs"), {"test_docs"}),  # and not the folder `docs`
        (("tests/core",), {"test_feet"}),
        (("-k", "docs or inside", "tests/blender/test_blender.py"), {"test_inside"}),
        (("tests/test_docs.py::test_docs", "-x"), {"test_docs"}),
    ],
)
def test_tests_that_are_named_are_run_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], run: set[str]
) -> None:
    monkeypatch.setattr("runner.parts.ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = docs\n")
    for name, test in {"core/test_feet": "feet", "test_docs": "docs", "blender/test_blender": "inside"}.items():
        file = tmp_path / f"tests/{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"def test_{test}(): pass\n")
    part = Part("main", Path(sys.executable), (*MAIN_TESTS, "-v", *arguments), 60.0)
    outcome = run_part(part, threading.Event())
    assert (outcome.passed, outcome.failed) == (len(run), 0)
    assert run == set(re.findall(r"::(test_\w+) PASSED", outcome.output))


def test_checks_are_of_everything_or_of_the_paths_that_are_given_types_only_where_they_are_checked() -> None:
    assert list(commands([])) == [("ruff", "format", "--check", "."), ("ruff", "check", "."), ("pyright",)]
    some = ["tests/docs", "scripts/run.py"]
    assert list(commands(some)) == [
        ("ruff", "format", "--check", *some),
        ("ruff", "check", *some),
        ("pyright", some[1]),
    ]
    assert [words[0] for words in commands(some[:1])] == ["ruff", "ruff"]
