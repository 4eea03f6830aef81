"""Installing step by step: a Python, downloads, an environment beside the old one, a trial, and only then the swap."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ...core.errors import RepriseError
from ..logs import new_log
from . import pip_failures
from .commands import Commands
from .downloads import Downloads
from .environments import MARKER, Environments, Marker, interpreter, packages_in, size_of, write_json
from .fetch_python import fetch_python
from .machine import Machine, this_machine
from .payload import Payload
from .pythons import Python, find_python
from .torch_builds import Attempt, Size, TorchBuild, choose_build

_TRIAL = "import torch, reprise.serving.server, reprise; print('works:', reprise.__version__)"
_DOWNLOADED, _INSTALLED = 0.6, 0.95  # shares of the bar
_COUNT_SECONDS = 0.5


@dataclass(frozen=True)
class InstallProgress:
    """What to show: the step, the fraction of the whole in [0, 1], and a detail such as `112 of 440 MB`."""

    step: str
    fraction: float
    detail: str = ""


class Installer:
    """Makes an environment from `payload` and puts it in use. One `install` at a time; `cancel` from any thread."""

    def __init__(
        self,
        environments: Environments,
        payload: Payload,
        log_folder: Path,
        look: Callable[[], Machine] = this_machine,
        find: Callable[[], Python | None] = find_python,
    ) -> None:
        self._environments, self._payload, self._look, self._find = environments, payload, look, find
        self.progress = InstallProgress("Looking at this machine", 0.0)
        self.notes: list[str] = []
        self.log = new_log(log_folder, "install")
        self._commands = Commands(self.log, log_folder)
        self._size: Size  # with the build of torch that is being fetched

    def cancel(self) -> None:
        """Ends it soon; what was downloaded is kept."""
        self._commands.cancel()

    def install(self) -> Marker:
        """Installs and returns what is in use then. Blocks.

        Raises `Cancelled`, or `RepriseError` with the reason; in both cases what was in use before still is.
        """
        with _one_at_a_time(self._environments.root):
            try:
                return self._install()
            except OSError as error:
                raise pip_failures.explain(str(error), self._commands.gigabytes, str(self.log)) from error

    def _install(self) -> Marker:
        root = self._environments.root
        self._payload.check()
        build = choose_build(self._look())
        self._environments.clean()
        self._plan(build.attempts[0])
        python = self._find_python()
        attempt = self._download(python, build)
        environment = self._environments.new_environment(self._payload.key)
        try:
            marker = self._fill(environment, python, build, attempt)
        except BaseException:
            shutil.rmtree(environment, ignore_errors=True)
            raise
        write_json(environment / MARKER, asdict(marker))
        self._environments.swap(environment)
        shutil.rmtree(root / "tools", ignore_errors=True)
        self._show("Installed", 1.0)
        return marker

    def _find_python(self) -> Python:
        self._show("Finding a Python", 0.0)
        python = self._find()
        if python is None:
            self._show("Fetching a Python", 0.0)
            python = fetch_python(self._environments.root, self._payload, self._commands)
        return python

    def _download(self, python: Python, build: TorchBuild) -> Attempt:
        def on_bytes(there: int) -> None:
            share = min(1.0, there / self._size.download)
            detail = f"{there / 1e6:.0f} of about {self._size.download / 1e6:.0f} MB"
            self._show(f"Downloading ({build.name})", _DOWNLOADED * share, detail)

        on_bytes(0)
        downloads = Downloads(self._environments.downloads, self._payload, python, self._commands, on_bytes)
        downloads.fetch_lock(self._payload.runtime_lock)
        return downloads.fetch_torch(build.attempts, self._plan)

    def _fill(self, environment: Path, python: Python, build: TorchBuild, attempt: Attempt) -> Marker:
        self._show("Making an environment", _DOWNLOADED)
        self._commands.run((python.path, "-m", "venv", "--without-pip", environment))
        own = interpreter(environment)
        torch = ("--require-hashes", "--no-deps", "-r", self._payload.torch_lock)
        if attempt.requirement:
            torch = (attempt.requirement,)
        steps = (
            ("Installing packages", ("--require-hashes", "--no-deps", "-r", self._payload.runtime_lock), 0.72),
            ("Installing torch", torch, 0.9),
            ("Installing Reprise", ("--no-deps", self._payload.wheel), _INSTALLED),
        )
        offline = ("--no-index", "--find-links", self._environments.downloads, "--no-warn-script-location")
        for step, arguments, after in steps:
            with self._counting(step, environment, after):
                self._commands.pip(own, self._payload.pip, "install", *offline, *arguments, on_line=lambda line: False)
        self._show("Trying it", _INSTALLED)
        self._commands.run((own, "-c", _TRIAL))
        self._commands.check_cancelled()
        version = f"{python.version[0]}.{python.version[1]}"
        return Marker(self._payload.key, self._payload.version, build.name, version, size_of(environment))

    @contextmanager
    def _counting(self, step: str, environment: Path, after: float) -> Iterator[None]:
        """Shows the step and moves the bar to `after` with the packages that arrive: pip itself is silent here."""
        before, ended, there = self.progress.fraction, threading.Event(), packages_in(environment)
        wheels = max(1, sum(1 for _ in self._environments.downloads.glob("*.whl")))

        def count() -> None:
            while not ended.wait(_COUNT_SECONDS):
                share = min(1.0, max(0, packages_in(environment) - there) / wheels)
                self._show(step, before + (after - before) * share)

        self._show(step, before)
        counter = threading.Thread(target=count, name="reprise-install-count", daemon=True)
        counter.start()
        try:
            yield
        finally:
            ended.set()
            counter.join()
        self._show(step, after)

    def _plan(self, attempt: Attempt) -> None:
        """Goes by this way's size and note from here on; raises `disk_full` where there is no room for it."""
        self._size = attempt.size
        if attempt.note:
            self.notes.append(attempt.note)
        self._environments.root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._environments.root).free
        needed = self._size.disk + max(0.0, self._size.download - size_of(self._environments.downloads))
        self._commands.gigabytes = needed / 1e9
        if free < needed:
            raise RepriseError(
                "disk_full",
                f"Only {free / 1e9:.1f} GB are free, and installing the backend takes about {needed / 1e9:.1f} GB.",
                "Free some space, then continue.",
            )

    def _show(self, step: str, fraction: float, detail: str = "") -> None:
        self.progress = InstallProgress(step, fraction, detail)


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Holds a lock that the system lets go of when we end; raises `install_running` when another Blender holds it."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "install.lock").open("a+b") as file:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RepriseError(
                "install_running", "Another Blender is installing the backend.", "Wait until it is done there."
            ) from error
        yield
