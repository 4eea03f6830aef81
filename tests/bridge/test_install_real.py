"""The real thing, once: the real payload, the real package index, torch's CPU build, and a motion at the end.

Takes two to three minutes, two gigabytes of disk and the network; the others of `test_install.py` need none of these.
"""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reprise_addon.bridge.install.environments import Condition
from reprise_addon.bridge.install.machine import Machine
from reprise_addon.bridge.install.pythons import Python
from reprise_addon.bridge.job import Job
from reprise_addon.bridge.managed import ManagedBackend
from reprise_addon.bridge.state import BackendState
from reprise_addon.core.contract import Request
from reprise_addon.core.motion import from_npz

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"), reason="installs torch's CPU build for Linux"
)


def make_installer(environments, payload, logs):
    from reprise_addon.bridge.install.installer import Installer

    base = Python(Path(getattr(sys, "_base_executable", sys.executable)), sys.version_info[:2])
    return Installer(environments, payload, logs, lambda: Machine("Linux", "x86_64"), lambda: base)


def test_from_the_payload_to_a_motion(tmp_path, monkeypatch):
    monkeypatch.delenv("REPRISE_PYTHON", raising=False)
    payload = tmp_path / "payload"
    staged = subprocess.run(
        [sys.executable, ROOT / "scripts/stage_payload.py", payload], capture_output=True, text=True, check=False
    )
    if "NewConnectionError" in staged.stderr:
        pytest.skip("the package index cannot be reached")
    assert staged.returncode == 0, staged.stderr
    backend = ManagedBackend(tmp_path / "b", tmp_path / "logs", payload_folder=payload, make_installer=make_installer)
    assert backend.condition is Condition.ABSENT
    seen = []
    try:
        backend.install()
        deadline = time.monotonic() + 550
        while not backend.join(0.2) and time.monotonic() < deadline:
            if backend.installer is not None and seen[-1:] != [backend.installer.progress]:
                seen.append(backend.installer.progress)
        assert backend.join(0), f"not installed within the time: {seen[-1]}"
        assert backend.process.error is None
        assert (backend.condition, backend.process.state) == (Condition.COMPLETE, BackendState.READY)
        assert backend.notes == []
        fractions = [progress.fraction for progress in seen]
        assert fractions == sorted(fractions) and len(set(fractions)) > 10
        assert 1.2e9 < backend.marker.size < 2.2e9
        assert not backend.environments.downloads.exists()
        assert os.fspath(tmp_path) in backend.process.command[0]
        job = Job(backend.process, Request("a person walks forward", seconds=2.0))
        job.start()
        (motion,) = from_npz(job.wait(120))
        assert motion.positions.shape == (40, 22, 3)
        backend.close()
        backend.remove()
        assert not list((tmp_path / "b").glob("env-*"))
    finally:
        backend.close()
