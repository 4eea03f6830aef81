"""The states: random events never reach an illegal one, in one thread (hypothesis) and in several."""

import itertools
import random
import subprocess
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reprise_addon.bridge import backend_process
from reprise_addon.bridge.advice import NOTHING, next_step
from reprise_addon.bridge.backend import ALIVE, ANSWERING
from reprise_addon.bridge.backend_process import BackendProcess
from reprise_addon.bridge.client import UnreachableError
from reprise_addon.bridge.install.environments import Condition
from reprise_addon.bridge.state import BackendState, assert_legal
from reprise_addon.core.errors import RepriseError

S = BackendState


class PlayedChild:
    """Stands for a process: what it prints and whether it lives is for the test to say."""

    outcome = "ready"

    def __init__(self, *_arguments):
        if self.outcome == "cannot run":
            raise FileNotFoundError(2, "No such file or directory")
        self.code = None
        self.process = self
        self.stdout = None
        self.pid = id(self)

    def poll(self):
        return self.code

    def wait(self, timeout=None):
        if self.code is None:
            raise subprocess.TimeoutExpired("played", timeout)
        return self.code

    def end(self, _patience):
        self.code = -15 if self.code is None else self.code


class PlayedClient:
    def __init__(self, url, token):
        del url, token

    def health(self):
        if PlayedChild.outcome == "unreachable":
            raise UnreachableError("no")
        return {"contract": 99 if PlayedChild.outcome == "other contract" else 1}


class PlayedReadyLine:
    def __init__(self, _stdout):
        self.found = None if PlayedChild.outcome == "dies" else ("http://127.0.0.1:1", "t")

    def wait(self, _seconds):
        return self.found


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend_process, "Child", PlayedChild)
        patch.setattr(backend_process, "Client", PlayedClient)
        patch.setattr(backend_process, "ReadyLine", PlayedReadyLine)
        patch.setattr(backend_process, "_WATCH_SECONDS", 0.0)
        patch.setattr(BackendProcess, "_watch", lambda self, child: None)
        yield lambda: Played(BackendProcess(tmp_path_factory.getbasetemp() / "logs", backoff=None))


class Played:
    """A backend with the events that can befall it."""

    def __init__(self, process):
        self.process, self.installed, self.leases = process, True, []
        process._find = self.find

    def find(self):
        if not self.installed:
            raise RepriseError("backend_missing", "The motion backend is not installed.")
        return ["python"]

    def die(self):
        child = self.process._child
        if child is not None:
            child.code = 1

    def lease(self):
        lease = self.process.lease()
        lease.__enter__()
        self.leases.append(lease)

    def give_back(self):
        if self.leases:
            self.leases.pop().__exit__(None, None, None)

    def outcome(self, name):
        PlayedChild.outcome = name

    def event(self, name):
        try:
            if name in OUTCOMES:
                PlayedChild.outcome = name
            elif name in ("there", "gone"):
                self.installed = name == "there"
            elif name == "end installing badly":
                self.process.end_installing(RepriseError("disk_full", "The disk is full."))
            elif hasattr(self, name):
                getattr(self, name)()
            else:
                getattr(self.process, name)()
        except RepriseError:
            pass  # a refusal is an answer; what must not come is an AssertionError

    def check(self):
        process = self.process
        assert process.state in S
        if process._state in ANSWERING:
            assert process._child is not None and process._client is not None
        if process._state not in ALIVE:
            assert process._child is None and process._client is None
        if process._state in (S.FAILED, S.NOT_INSTALLED):
            assert process.error is not None
        changes = list(process.changes)
        for change in changes:
            assert_legal(change.before, change.after)
        assert all(one.after is two.before for one, two in itertools.pairwise(changes))


OUTCOMES = ("ready", "dies", "unreachable", "other contract", "cannot run")
EVENTS = ("ensure_ready", "stop", "look", "forget_failure", "begin_installing", "end_installing", "explain_silence",
          "end installing badly", "die", "lease", "give_back", "there", "gone", *OUTCOMES)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.sampled_from(EVENTS), max_size=25))
def test_random_events_never_reach_an_illegal_state(make, events):
    PlayedChild.outcome = "ready"
    played = make()
    played.process.explain_silence = lambda: BackendProcess.explain_silence(played.process, 0.0)
    for event in events:
        played.event(event)
        played.check()
    while played.leases:
        played.give_back()
    played.process.end_installing()
    played.process.stop()
    assert played.process.state in (S.STOPPED, S.NOT_INSTALLED, S.FAILED)
    played.check()


def test_several_threads_at_once_never_reach_one_either(make):
    PlayedChild.outcome = "ready"
    played = make()
    failures, told = [], []
    played.process.on_change = told.append
    events = [event for event in EVENTS if event not in ("explain_silence", "give_back", "lease")]

    def hammer(seed):
        choose = random.Random(seed)
        try:
            for _ in range(300):
                event = choose.choice([*events, "leased"])
                if event != "leased":
                    played.event(event)
                    continue
                try:
                    with played.process.lease():
                        pass
                except RepriseError:
                    pass
        except BaseException as error:  # seen by the test, not by the thread
            failures.append(error)

    threads = [threading.Thread(target=hammer, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a deadlock"
    assert not failures
    played.process.end_installing()
    played.process.stop()
    played.check()
    assert {change.after for change in told} >= {S.READY, S.FAILED, S.INSTALLING, S.STOPPED, S.NOT_INSTALLED}


@pytest.mark.parametrize(("meanwhile", "state"), [("begin_installing", S.INSTALLING), ("ensure_ready", S.READY)])
def test_looking_never_overrides_what_began_while_it_looked(make, meanwhile, state):
    PlayedChild.outcome = "ready"
    played = make()

    def look_slowly():
        played.process._find = played.find
        getattr(played.process, meanwhile)()
        raise RepriseError("backend_missing", "The motion backend is not installed.")

    played.process._find = look_slowly
    played.process.look()
    assert played.process.state is state


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("condition", [None, *Condition])
@pytest.mark.parametrize("can_install", [True, False])
@pytest.mark.parametrize("code", ["", "broken_environment", "backend_older", "out_of_memory"])
def test_the_button_offers_what_can_be_done(state, condition, can_install, code):
    step = next_step(state, RepriseError(code, "It failed.") if code else None, condition, can_install)
    assert (step.label == "") == (step.action == "")
    if not can_install or condition is None:
        assert step.action != "install"
    if step.action == "install":
        assert state not in (S.INSTALLING, S.STARTING, S.BUSY, S.STOPPING)
    if step.action == "start":
        assert state in (S.STOPPED, S.FAILED)
    if step.action == "stop":
        assert state in ALIVE
    assert (step.action == "cancel") == (state is S.INSTALLING)
    if state is S.STOPPING:
        assert step == NOTHING


@pytest.mark.parametrize(
    ("state", "condition", "code", "label"),
    [
        (S.NOT_INSTALLED, Condition.ABSENT, "", "Install Backend"),
        (S.NOT_INSTALLED, Condition.PARTIAL, "", "Continue Installing"),
        (S.NOT_INSTALLED, Condition.BROKEN, "", "Repair Backend"),
        (S.STOPPED, Condition.COMPLETE, "", "Start Backend"),
        (S.STOPPED, Condition.ABSENT, "", "Start Backend"),  # a checkout's own environment
        (S.STOPPED, Condition.OUTDATED, "", "Update Backend"),
        (S.READY, Condition.OUTDATED, "", "Update Backend"),
        (S.READY, Condition.COMPLETE, "", "Stop Backend"),
        (S.FAILED, Condition.COMPLETE, "missing_library", "Repair Backend"),
        (S.FAILED, Condition.COMPLETE, "backend_older", "Update Backend"),
        (S.FAILED, Condition.COMPLETE, "out_of_memory", "Restart Backend"),
        (S.FAILED, Condition.PARTIAL, "unreachable", "Continue Installing"),
    ],
)
def test_the_button_says_what_is_right_next(state, condition, code, label):
    assert next_step(state, RepriseError(code, "It failed."), condition, True).label == label


class TestWindowsJob:
    """Windows' job objects, with a stand-in for kernel32: the branch runs nowhere here."""

    class Kernel32:
        def __init__(self, refuses=""):
            self.calls, self.refuses = [], refuses
            self.CreateJobObjectW = self.call("CreateJobObjectW", 77)
            self.SetInformationJobObject = self.call("SetInformationJobObject", 1)
            self.AssignProcessToJobObject = self.call("AssignProcessToJobObject", 1)
            self.CloseHandle = self.call("CloseHandle", 1)

        def call(self, name, answer):
            def called(*arguments):
                self.calls.append((name, arguments))
                return 0 if name == self.refuses else answer

            return called

    class Process:
        _handle = 5

    def test_the_child_is_tied_to_a_job_that_kills_with_its_last_handle(self):
        from reprise_addon.bridge.windows_job import tie

        kernel32 = self.Kernel32()
        job = tie(self.Process(), kernel32)
        names = [name for name, _ in kernel32.calls]
        assert names == ["CreateJobObjectW", "SetInformationJobObject", "AssignProcessToJobObject"]
        _, (handle, information, limits, size) = kernel32.calls[1]
        assert (handle.value, information) == (77, 9)
        assert limits._obj.BasicLimitInformation.LimitFlags == 0x2000
        assert size == 144  # what the 64-bit structure is
        _, (job_handle, process_handle) = kernel32.calls[2]
        assert (job_handle.value, process_handle.value) == (77, 5)
        job.close()
        job.close()
        assert [name for name, _ in kernel32.calls].count("CloseHandle") == 1

    @pytest.mark.parametrize("refuses", ["CreateJobObjectW", "SetInformationJobObject", "AssignProcessToJobObject"])
    def test_a_windows_that_refuses_leaves_the_other_nets(self, refuses):
        from reprise_addon.bridge.windows_job import tie

        kernel32 = self.Kernel32(refuses)
        assert tie(self.Process(), kernel32) is None
        closed = [name for name, _ in kernel32.calls].count("CloseHandle")
        assert closed == (0 if refuses == "CreateJobObjectW" else 1)

    def test_on_windows_a_child_gets_no_console_and_a_job(self, monkeypatch, tmp_path):
        from reprise_addon.bridge import child

        started = {}

        class Popen:
            pid, stdin, _handle = 1, None, 5

            def __init__(self, command, **options):
                started.update(options, command=command)

        monkeypatch.setattr(child.sys, "platform", "win32")
        monkeypatch.setattr(child.os, "name", "nt")
        monkeypatch.setattr(child.subprocess, "Popen", Popen)
        monkeypatch.setattr(child.subprocess, "CREATE_NO_WINDOW", 0x08000000, raising=False)
        monkeypatch.setattr(child.windows_job, "tie", lambda process: ("tied", process))
        made = child.Child(["python"], subprocess.DEVNULL, tmp_path)
        assert started["creationflags"] == 0x08000000
        assert started["start_new_session"] is False
        assert made._job[0] == "tied"

    def test_on_windows_the_interpreter_is_elsewhere(self, monkeypatch, tmp_path):
        from reprise_addon.bridge.install import environments

        monkeypatch.setattr(environments.sys, "platform", "win32")
        assert environments.interpreter(tmp_path) == tmp_path / "Scripts/python.exe"
