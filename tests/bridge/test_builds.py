"""Which build of torch which machine gets, and that every lock file resolves for the platforms it is for."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from reprise_addon.bridge.install import pip_failures, pythons
from reprise_addon.bridge.install.downloads import split_lock
from reprise_addon.bridge.install.machine import Gpu, Machine, find_gpu, read_listing
from reprise_addon.bridge.install.torch_builds import VERSION, choose_build
from reprise_addon.core.errors import RepriseError

ROOT = Path(__file__).resolve().parents[2]
NEW, OLD = (580, 65, 6), (550, 54, 14)


def build(system, architecture, capability=None, driver=NEW):
    gpu = Gpu("a card", capability, driver) if capability else None
    chosen = choose_build(Machine(system, architecture, gpu))
    return chosen.name, [attempt.requirement.partition("+")[2] or "torch.lock" for attempt in chosen.attempts]


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (("Linux", "x86_64"), ("CPU", ["cpu", "cpu", "torch.lock"])),
        (("Linux", "x86_64", (8, 9)), ("CUDA 13", ["torch.lock"])),
        (("Linux", "x86_64", (12, 0)), ("CUDA 13", ["torch.lock"])),
        (("Linux", "x86_64", (7, 5)), ("CUDA 13", ["torch.lock"])),
        (("Linux", "x86_64", (6, 1)), ("CUDA 12.6", ["cu126", "cpu", "cpu", "torch.lock"])),  # Pascal
        (("Linux", "x86_64", (8, 9), OLD), ("CUDA 12.6", ["cu126", "cpu", "cpu", "torch.lock"])),  # an older driver
        (("Linux", "x86_64", (12, 0), OLD), ("CPU", ["cpu", "cpu", "torch.lock"])),  # CUDA 12.6 knows no Blackwell
        (("Linux", "x86_64", (3, 5)), ("CPU", ["cpu", "cpu", "torch.lock"])),  # Kepler
        (("Linux", "x86_64", (8, 9), (470, 82)), ("CPU", ["cpu", "cpu", "torch.lock"])),
        (("Linux", "aarch64"), ("CPU", ["torch.lock"])),
        (("Windows", "AMD64"), ("CPU", ["torch.lock"])),
        (("Windows", "AMD64", (8, 6)), ("CUDA 13", ["cu130", "torch.lock"])),
        (("Windows", "AMD64", (7, 0)), ("CUDA 12.6", ["cu126", "torch.lock"])),
        (("Darwin", "arm64"), ("Apple", ["torch.lock"])),
    ],
)
def test_the_build_follows_the_machine(machine, expected):
    assert build(*machine) == expected


@pytest.mark.parametrize("machine", [("Darwin", "x86_64"), ("Windows", "ARM64"), ("Linux", "riscv64"), ("", "")])
def test_a_machine_without_a_build_is_refused_with_a_way_out(machine):
    with pytest.raises(RepriseError, match="no build of torch") as caught:
        choose_build(Machine(*machine))
    assert "another machine" in caught.value.hint


def test_what_falls_back_says_so():
    attempts = choose_build(Machine("Linux", "x86_64", Gpu("a card", (6, 1), NEW))).attempts
    assert [bool(attempt.note) for attempt in attempts] == [False, True, False, True]


def test_the_best_card_of_a_listing_counts_and_strange_lines_are_skipped():
    listing = "8.9, 580.65.06, NVIDIA GeForce RTX 4070\n12.0, 580.65.06, NVIDIA, the new one\n[N/A], x, y\n\nFailed\n"
    assert read_listing(listing) == Gpu("NVIDIA, the new one", (12, 0), (580, 65, 6))
    assert read_listing("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.") is None


def test_a_driver_tool_that_fails_is_no_card(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho '8.9, 580.65, x'\nexit 9\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_gpu() is None
    tool.write_text("#!/bin/sh\necho '8.9, 580.65, x'\n")
    assert find_gpu() == Gpu("x", (8, 9), (580, 65))


@pytest.mark.parametrize("lock", ["runtime.lock", "torch-pypi.lock", "installer.lock"])
def test_a_lock_file_splits_into_requirements_that_all_have_hashes(lock):
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    entries = split_lock(text)
    assert len(entries) == len(re.findall(r"^[A-Za-z0-9_.-]+==", text, re.MULTILINE))
    assert all(re.match(r"[a-z0-9_.-]+==\S+", entry) and "--hash=sha256:" in entry for entry in entries)
    assert sum(entry.count("--hash=") for entry in entries) == text.count("--hash=")


def test_the_torch_that_is_locked_is_the_torch_that_is_chosen_and_nothing_is_locked_twice():
    def names(lock):
        entries = split_lock((ROOT / "requirements" / lock).read_text(encoding="utf-8"))
        return {entry.split("==")[0] for entry in entries}

    text = (ROOT / "requirements/torch-pypi.lock").read_text(encoding="utf-8")
    assert f"\ntorch=={VERSION} " in text
    assert not names("torch-pypi.lock") & names("runtime.lock")


@pytest.mark.parametrize("platform", ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "windows", "macos"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_lock_files_hold_a_wheel_for_every_platform(platform, python, locked_wheels):
    """Every requirement that applies there has a wheel whose hash is in the lock file: by name from the index."""
    resolved = locked_wheels(platform, python)
    assert resolved.returncode == 0, resolved.stderr
    assert f"torch=={VERSION}" in resolved.stderr


@pytest.fixture(scope="module")
def locked_wheels(tmp_path_factory):
    """Runs uv's resolution (no downloads) of both lock files for a platform."""
    uv = Path(sys.executable).with_name("uv")
    locks = [ROOT / "requirements" / name for name in ("runtime.lock", "torch-pypi.lock")]
    target = tmp_path_factory.mktemp("target")

    def resolve(platform, python):
        files = [part for lock in locks for part in ("-r", str(lock))]
        command = [
            str(uv),
            "pip",
            "install",
            "--dry-run",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--target",
            str(target),
        ]
        command += [
            "--system-certs",
            "--require-hashes",
            "--python-platform",
            platform,
            "--python-version",
            python,
            *files,
        ]
        # macOS 14 is the oldest that torch has wheels for.
        environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)

    return resolve


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("disk_full", "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"),
        ("bad_hash", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."),
        ("bad_certificate", "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate"),
        ("proxy", "ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy'))"),
        ("unreachable", "NewConnectionError('<pip._vendor.urllib3>: Failed to establish a new connection: [Errno -3]"),
        ("unreachable", "error: Failed to install: client error (Connect): error sending request for url (https://x)"),
        ("no_package", "ERROR: No matching distribution found for torch==2.13.0+cpu"),
        ("no_venv", "/usr/bin/python3: No module named venv"),
        (
            "no_venv",
            "The virtual environment was not created successfully because ensurepip is not\navailable.  On Deb",
        ),
        ("file_in_use", "[WinError 32] The process cannot access the file because it is being used by another process"),
        ("antivirus", "[WinError 225] Operation did not complete successfully because the file contains a virus"),
        ("path_too_long", "[WinError 206] The filename or extension is too long"),
        ("file_denied", "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'"),
        ("install_failed", "something\nERROR: Could not build wheels"),
    ],
)
def test_what_pip_prints_becomes_a_sentence(code, text):
    error = pip_failures.explain(f"Collecting x\n{text}\n", 1.75, "/logs/install.log")
    assert error.code == code
    assert error.hint and "{" not in error.message
    if code == "no_package":
        assert "torch==2.13.0+cpu" in error.message
    if code == "install_failed":
        assert "Could not build wheels" in error.message and "/logs/install.log" in error.hint


class TestPythons:
    def fake(self, folder, name, answer):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{answer}'\n")
        program.chmod(0o755)
        return program

    @pytest.mark.parametrize(
        ("answer", "will_do"),
        [('[[3, 12], 64, "CPython"]', True), ('[[3, 10], 64, "CPython"]', False), ('[[3, 14], 64, "CPython"]', False),
         ('[[3, 12], 32, "CPython"]', False), ('[[3, 12], 64, "PyPy"]', False), ("Python was not found; run without "
         "arguments to install from the Microsoft Store", False), ("", False)],
    )  # fmt: skip
    def test_only_a_python_that_will_do_is_taken(self, tmp_path, answer, will_do):
        assert (pythons.probe(self.fake(tmp_path, "python3", answer)) is not None) == will_do

    def test_blenders_own_comes_first_when_it_will_do_and_the_path_else(self, tmp_path, monkeypatch):
        own = self.fake(tmp_path, "blenders", '[[3, 11], 64, "CPython"]')
        self.fake(tmp_path, "python3.12", "nothing")
        on_path = self.fake(tmp_path, "python3.13", '[[3, 13], 64, "CPython"]')
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
        monkeypatch.setattr(pythons.sys, "executable", str(own))
        monkeypatch.setattr(pythons.sys, "_base_executable", None, raising=False)
        assert pythons.find_python() == pythons.Python(own, (3, 11))
        monkeypatch.setattr(pythons.sys, "version_info", (3, 14, 0))
        assert pythons.find_python() == pythons.Python(on_path, (3, 13))

    def test_this_python_will_do(self):
        assert pythons.probe(Path(sys.executable)).version == sys.version_info[:2]


def test_fetching_a_python_unpacks_runs_and_finds(tmp_path):
    """uv itself is played: what is fetched, how it is called and what is found afterwards."""
    import zipfile

    from reprise_addon.bridge.install.fetch_python import fetch_python
    from reprise_addon.bridge.install.payload import Payload

    played = f"""#!/bin/sh
echo "$@" > {tmp_path}/called
mkdir -p "$5/cpython-3.12.9-linux/bin"
ln -s {sys.executable} "$5/cpython-3.12.9-linux/bin/python3.12"
"""

    class Commands:
        def pip(self, *arguments, **_options):
            tools = Path(arguments[arguments.index("--dest") + 1])
            tools.mkdir(parents=True)
            assert "--require-hashes" in arguments
            with zipfile.ZipFile(tools / "uv-1-py3-none-x.whl", "w") as archive:
                archive.writestr("uv-1.data/scripts/uv", played)

        def run(self, command):
            subprocess.run(list(map(str, command)), check=True)

    nothing = Path("nothing")
    payload = Payload("1", nothing, nothing, nothing, nothing, nothing, {})
    python = fetch_python(tmp_path / "made", payload, Commands())
    assert python.path == tmp_path / "made/python/cpython-3.12.9-linux/bin/python3.12"
    assert (tmp_path / "called").read_text().startswith(f"python install 3.12 --install-dir {tmp_path}/made/python")
    assert not (tmp_path / "made/tools").exists()
    fetch_python(tmp_path / "made", payload, None)  # what is there is not fetched again
