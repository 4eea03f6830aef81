"""Installing, updating, rolling back, repairing and removing: real pip and real processes, made-up packages."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import made_packages
import pytest
from reprise_addon.bridge.install import torch_builds
from reprise_addon.bridge.install.environments import MARKER, Condition, Environments, interpreter
from reprise_addon.bridge.install.installer import Installer
from reprise_addon.bridge.install.machine import Machine
from reprise_addon.bridge.install.payload import read_payload
from reprise_addon.bridge.install.pythons import Python
from reprise_addon.bridge.managed import ManagedBackend
from reprise_addon.bridge.state import BackendState
from reprise_addon.core.errors import RepriseError

S = BackendState
HERE = Path(__file__).resolve().parent
LINUX = Machine("Linux", "x86_64")


@pytest.fixture(scope="module")
def pip_wheel(tmp_path_factory):
    return made_packages.pip_wheel(tmp_path_factory.mktemp("pip"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory, pip_wheel):
    """A folder in which version 1.0 was installed by the one call; tests that need one copy it."""
    folder = tmp_path_factory.mktemp("installed")
    with pytest.MonkeyPatch.context() as patch:
        world = make_world(folder, patch, pip_wheel)
        backend = world.backend(world.payload())
        assert (backend.condition, backend.process.state) == (Condition.ABSENT, S.NOT_INSTALLED)
        install(backend)
        states = [change.after for change in backend.process.changes]
        backend.close()
    return folder, backend, states


def make_world(folder, monkeypatch, pip_wheel):
    """A machine whose only package index is a folder."""
    index = folder / "index"
    index.mkdir()
    settings = folder / "pip.conf"
    settings.write_text(f"[global]\nindex-url = {(folder / 'empty').as_uri()}\nfind-links = {index}\nretries = 0\n")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.delenv("REPRISE_PYTHON", raising=False)
    monkeypatch.setattr("reprise_addon.bridge.command._CHECKOUT", folder)
    monkeypatch.setattr("reprise_addon.bridge.command.shutil.which", lambda *a, **b: None)
    return World(folder, index, pip_wheel)


@pytest.fixture
def world(tmp_path, monkeypatch, pip_wheel):
    made = make_world(tmp_path, monkeypatch, pip_wheel)
    yield made
    made.close()


@pytest.fixture
def backend(world):
    return world.backend(world.payload())


@pytest.fixture
def old(world, installed):
    """A backend of version 1.0 that is installed and has answered."""
    payload = world.payload()
    shutil.copytree(installed[0] / "backend", world.folder / "backend", symlinks=True)
    return world.backend(payload)


class World:
    def __init__(self, folder, index, pip_wheel):
        self.folder, self.index, self.pip = folder, index, pip_wheel
        self.made = []

    def payload(self, version="1.0", **options):
        return made_packages.payload(self.folder / f"payload-{version}", self.pip, self.index, version, **options)

    def installer(self, environments, payload, log_folder):
        base = Path(getattr(sys, "_base_executable", sys.executable))
        return Installer(environments, payload, log_folder, lambda: LINUX, lambda: Python(base, sys.version_info[:2]))

    def backend(self, payload):
        made = ManagedBackend(
            self.folder / "backend", self.folder / "logs", payload_folder=payload, make_installer=self.installer
        )
        self.made.append(made)
        return made

    def close(self):
        for made in self.made:
            made.close()


def install(backend, within=90.0):
    backend.install()
    assert backend.join(within)


def test_one_call_installs_tries_starts_and_clears_up(installed):
    folder, backend, states = installed
    assert backend.process.error is None
    assert states[-4:] == [S.INSTALLING, S.STOPPED, S.STARTING, S.READY]
    assert backend.condition is Condition.COMPLETE
    assert (backend.marker.version, backend.marker.build) == ("1.0", "CPU")
    assert backend.marker.size > 10_000
    left = sorted(path.name for path in (folder / "backend").iterdir())
    assert left == ["current.json", f"env-{backend.payload.key}-0", "install.lock"]
    assert "--require-hashes" in next((folder / "logs").glob("install-*.log")).read_text()


def test_what_is_on_the_disk_is_found_again_by_another_blender(old):
    assert (old.condition, old.process.state) == (Condition.COMPLETE, S.STOPPED)
    assert old.process.ensure_ready().health()["status"] == "ok"


def test_an_update_swaps_only_when_the_new_one_answers(old, world):
    before = old.environments.python()
    newer = world.backend(world.payload("2.0"))
    assert newer.condition is Condition.OUTDATED
    newer.process.ensure_ready()  # the old one serves until the user updates
    install(newer)
    assert (newer.condition, newer.marker.version) == (Condition.COMPLETE, "2.0")
    assert newer.process.state is S.READY
    assert newer.environments.python() != before
    assert not before.exists()


def test_an_update_that_does_not_start_is_rolled_back_and_said(old, world):
    before = old.environments.python()
    newer = world.backend(world.payload("2.0", main=made_packages.CRASHES))
    install(newer)
    assert newer.environments.python() == before
    assert newer.process.state is S.READY
    assert newer.process.command[0] == str(before)
    assert "libgomp.so.1" in newer.notes[0] and "one before is in use again" in newer.notes[0]
    assert (newer.condition, newer.marker.version) == (Condition.OUTDATED, "1.0")
    assert len(list(newer.environments.root.glob("env-*"))) == 1


def test_a_blender_that_died_between_swap_and_answer_still_rolls_back(old, world):
    before = old.environments.python()
    payload = read_payload(world.payload("2.0", main=made_packages.CRASHES))
    world.installer(old.environments, payload, world.folder / "logs").install()  # ... and no start
    later = world.backend(world.folder / "payload-2.0")
    assert later.environments.python() != before
    with pytest.raises(RepriseError, match=r"libgomp\.so\.1"):
        later.process.ensure_ready()
    assert later.environments.python() == before
    later.process.ensure_ready()


def test_a_first_installation_that_does_not_start_stays_failed_with_its_reason(world):
    backend = world.backend(world.payload(main=made_packages.CRASHES))
    install(backend)
    assert backend.process.state is S.FAILED
    assert backend.process.error.code == "missing_library"


@pytest.mark.parametrize("damage", ["marker", "python"])
def test_damage_is_seen_and_repaired(old, damage):
    environment = old.environments.python().parents[1]
    (environment / MARKER if damage == "marker" else interpreter(environment)).unlink()
    old.refresh()
    assert (old.condition, old.process.state) == (Condition.BROKEN, S.NOT_INSTALLED)
    if damage == "marker":
        install(old)
        assert (old.condition, old.process.state) == (Condition.COMPLETE, S.READY)


def test_cancelling_keeps_what_was_downloaded_and_the_next_goes_on(backend):
    """Cancelled after the first batch; then the index is taken away from it: the next run must not need it."""
    backend.install()
    downloads = backend.environments.downloads
    deadline = time.monotonic() + 30
    while not (downloads / "done.json").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    backend.cancel_install()
    assert backend.join(15)
    assert (backend.condition, backend.process.state) == (Condition.PARTIAL, S.NOT_INSTALLED)
    assert not list(backend.environments.root.glob("env-*"))
    kept = {path.name for path in downloads.glob("*.whl")}
    assert len(kept) >= 10
    for name in kept - {"torch-2.13.0+cpu-py3-none-any.whl"}:
        (backend._payload_folder.parent / "index" / name).unlink()
    install(backend)
    assert (backend.condition, backend.process.state) == (Condition.COMPLETE, S.READY)


def test_a_package_with_another_hash_is_not_installed(backend, world):
    made_packages.wheel(world.index, "partc", "1.0", {"partc.py": "print('evil')"})
    install(backend)
    assert backend.process.state is S.FAILED
    assert backend.process.error.code == "bad_hash"
    assert backend.environments.python() is None


def test_a_download_that_was_damaged_on_the_disk_is_not_installed(backend, monkeypatch):
    real = Installer._fill

    def damage(self, *arguments):
        for folder in (self._environments.downloads, backend._payload_folder.parent / "index"):
            made_packages.wheel(folder, "partd", "1.0", {"partd.py": "print('evil')"})
        return real(self, *arguments)

    monkeypatch.setattr(Installer, "_fill", damage)
    install(backend)
    assert backend.process.error.code == "bad_hash"
    assert backend.environments.python() is None


def test_a_missing_package_is_named_and_what_is_in_use_stays(old, world):
    backend = old
    python = backend.environments.python()
    (world.index / "parte-1.0-py3-none-any.whl").unlink()
    install(backend)  # a repair
    assert backend.process.error.code == "no_package"
    assert "parte" in backend.process.error.message
    assert backend.environments.python() == python
    backend.process.ensure_ready()


def test_too_little_space_is_told_before_anything_is_downloaded(backend, monkeypatch):
    usage = shutil.disk_usage(backend.environments.root.parent)
    monkeypatch.setattr(
        "reprise_addon.bridge.install.installer.shutil.disk_usage", lambda path: usage._replace(free=10**8)
    )
    install(backend)
    assert backend.process.error.code == "disk_full"
    assert "0.1 GB" in backend.process.error.message
    assert backend.condition is Condition.ABSENT


def test_a_fallback_that_is_larger_than_the_free_space_is_told_before_it_is_downloaded(backend, world, monkeypatch):
    """Five gigabytes are enough for torch's CPU build, which is not to be had, but not for the one with CUDA."""
    (world.index / "torch-2.13.0+cpu-py3-none-any.whl").unlink()
    monkeypatch.setattr(torch_builds, "_INDEXES", f"{(world.folder / 'empty').as_uri()}/")
    usage = shutil.disk_usage(backend.environments.root.parent)
    monkeypatch.setattr(
        "reprise_addon.bridge.install.installer.shutil.disk_usage", lambda path: usage._replace(free=5 * 10**9)
    )
    install(backend)
    assert backend.process.error.code == "disk_full"
    locked = torch_builds.choose_build(LINUX).attempts[-1].size
    assert f"about {(locked.disk + locked.download) / 1e9:.1f} GB" in backend.process.error.message
    assert backend.condition is Condition.PARTIAL  # the other packages, which an attempt with more room goes on with
    assert "several gigabytes larger" in " ".join(backend.notes)


def test_a_damaged_payload_and_none_at_all_are_refused(world):
    folder = world.payload()
    with next(folder.glob("reprise-*.whl")).open("ab") as file:
        file.write(b"x")
    backend = world.backend(folder)
    install(backend)
    assert backend.process.error.code == "bad_payload"
    nothing = world.backend(world.folder / "nowhere")
    assert nothing.payload_error.code == "no_payload"
    with pytest.raises(RepriseError, match="carries no backend"):
        nothing.install()


def test_nothing_starts_the_backend_while_it_is_installed_and_nothing_installs_twice(backend):
    backend.install()
    with pytest.raises(RepriseError, match="being installed"):
        backend.process.ensure_ready()
    with pytest.raises(RepriseError, match="being installed"):
        backend.install()
    with pytest.raises(RepriseError, match="being installed"):
        backend.remove()
    backend.cancel_install()
    assert backend.join(15)
    assert backend.process.state is S.NOT_INSTALLED


def test_removing_leaves_nothing(old):
    backend = old
    backend.process.ensure_ready()
    pid = backend.process.pid
    backend.remove()
    assert (backend.condition, backend.process.state) == (Condition.ABSENT, S.NOT_INSTALLED)
    assert [path.name for path in backend.environments.root.iterdir()] == ["install.lock"]
    assert not Path(f"/proc/{pid}").exists()


OTHER = """
import sys, types
package = types.ModuleType("reprise_addon"); package.__path__ = [sys.argv[1]]
sys.modules["reprise_addon"] = package
sys.path.insert(0, sys.argv[2])
from pathlib import Path
import test_install
world = test_install.World(Path(sys.argv[3]), Path(sys.argv[3]) / "index", Path(sys.argv[4]))
from reprise_addon.bridge.install.environments import Environments
from reprise_addon.bridge.install.payload import read_payload
payload = read_payload(Path(sys.argv[5]))
print("begins", flush=True)
world.installer(Environments(Path(sys.argv[3]) / "backend"), payload, Path(sys.argv[3]) / "logs").install()
"""


def other_blender(world, payload):
    arguments = [HERE.parents[1] / "addon", HERE, world.folder, world.pip, payload]
    other = subprocess.Popen([sys.executable, "-c", OTHER, *map(str, arguments)], stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"begins\n"
    return other


def test_another_blender_that_installs_is_waited_for(backend, world):
    with other_blender(world, backend._payload_folder) as other:
        time.sleep(0.5)
        install(backend)
        assert backend.process.error.code == "install_running"
        other.wait(60)
    backend.refresh()
    assert backend.condition is Condition.COMPLETE


@pytest.mark.parametrize("seconds", [0.5, 3.0])
def test_a_killed_blender_leaves_nothing_that_is_taken_for_finished(backend, world, seconds):
    with other_blender(world, backend._payload_folder) as other:
        time.sleep(seconds)
        other.send_signal(signal.SIGKILL)
    backend.refresh()
    if other.returncode == 0:  # a fast machine was done before
        assert backend.condition is Condition.COMPLETE
        return
    assert backend.condition in (Condition.ABSENT, Condition.PARTIAL)
    assert backend.process.state is S.NOT_INSTALLED
    install(backend)
    assert (backend.condition, backend.process.state) == (Condition.COMPLETE, S.READY)


def test_the_marker_is_written_last(tmp_path):
    """Whatever is cut off a finished folder's marker makes it unfinished."""
    environments = Environments(tmp_path)
    whole = json.dumps({"key": "k", "version": "1", "build": "CPU", "python": "3.11", "size": 5})
    environment = tmp_path / "env-k-0"
    interpreter(environment).parent.mkdir(parents=True)
    interpreter(environment).touch()
    environments.swap(environment)
    for length in range(len(whole)):
        (environment / MARKER).write_text(whole[:length])
        assert environments.condition("k") is Condition.BROKEN
    (environment / MARKER).write_text(whole)
    assert environments.condition("k") is Condition.COMPLETE
    assert environments.condition("other") is Condition.OUTDATED
    assert environments.condition(None) is Condition.COMPLETE
