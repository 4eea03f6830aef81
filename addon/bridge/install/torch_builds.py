"""Which build of torch a machine gets, and where from.

PyPI holds one build a platform: on Linux the one for CUDA 13 (several gigabytes with NVIDIA's packages), on Windows and
macOS the one without CUDA. The others have an index of their own. What comes from PyPI is pinned by hash in
`torch.lock`; what comes from torch's own indexes is pinned by version, and pip checks the hash that the index states.

Cards by build: CUDA 13 needs compute capability 7.5 and a driver from 580 on; CUDA 12.6 takes 5.0 to 9.0 and drivers
from 525 on (NVIDIA's CUDA release notes, "minor version compatibility"; pytorch/test-infra's list of architectures).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...core.errors import RepriseError
from .machine import Gpu, Machine

VERSION = "2.13.0"
_INDEXES = "https://download.pytorch.org/whl/"
_GB = 1_000_000_000


@dataclass(frozen=True)
class Size:
    """Bytes of the whole backend with one build of torch: what is downloaded, and what it takes once installed."""

    download: float
    disk: float


_SMALL = Size(0.45 * _GB, 1.8 * _GB)  # as measured on Linux with the CPU build
_CUDA_12 = Size(3.2 * _GB, 7.5 * _GB)
_CUDA_13 = Size(3.0 * _GB, 5.9 * _GB)  # as measured on Linux


@dataclass(frozen=True)
class Attempt:
    """One way to get torch: `requirement`, pip's further `options`; without a requirement, all of `torch.lock`."""

    size: Size
    requirement: str = ""
    options: tuple[str, ...] = ()
    note: str = ""  # a sentence to tell before it is tried


@dataclass(frozen=True)
class TorchBuild:
    """The ways to try in order, for an accelerator by its `name`."""

    name: str
    attempts: tuple[Attempt, ...]

    @property
    def size(self) -> Size:
        """That of the first way, which is what the user is told beforehand."""
        return self.attempts[0].size


def choose_build(machine: Machine) -> TorchBuild:
    """The build for `machine`; raises `unsupported_machine` where torch has none."""
    system, architecture = machine.system, machine.architecture.lower()
    intel = architecture in ("x86_64", "amd64")
    if system == "Darwin" and architecture == "arm64":
        return TorchBuild("Apple", (Attempt(_SMALL),))
    if system in ("Linux", "Windows") and intel:
        generation = cuda_generation(machine.gpu)
        cpu = _cpu_attempts(system)
        if generation == "cu130":
            ways = (Attempt(_CUDA_13),) if system == "Linux" else (_from_index("cu130", _CUDA_13), *_instead(cpu))
            return TorchBuild("CUDA 13", ways)
        if generation == "cu126":
            return TorchBuild("CUDA 12.6", (_from_index("cu126", _CUDA_12), *_instead(cpu)))
        return TorchBuild("CPU", cpu)
    if system == "Linux" and architecture in ("aarch64", "arm64"):
        return TorchBuild("CUDA 13" if machine.gpu else "CPU", (Attempt(_CUDA_13),))  # PyPI has no smaller one
    raise RepriseError(
        "unsupported_machine",
        f"There is no build of torch {VERSION} for {system or 'this system'} ({architecture or 'unknown processor'}).",
        "Use a backend on another machine: its address is set in the add-on's preferences.",
    )


def cuda_generation(gpu: Gpu | None) -> str:
    """`cu130`, `cu126`, or an empty string where neither runs on the card with its driver."""
    if gpu is None:
        return ""
    if gpu.compute_capability >= (7, 5) and gpu.driver >= (580,):
        return "cu130"
    return "cu126" if (5, 0) <= gpu.compute_capability <= (9, 0) and gpu.driver >= (525,) else ""


def _cpu_attempts(system: str) -> tuple[Attempt, ...]:
    if system != "Linux":
        return (Attempt(_SMALL),)
    big = "torch's CPU build is not to be had: taking the build with CUDA, which is several gigabytes larger."
    own_index = Attempt(_SMALL, f"torch=={VERSION}+cpu")  # one that the user configured
    return (own_index, _from_index("cpu", _SMALL), Attempt(_CUDA_13, note=big))


def _from_index(build: str, size: Size) -> Attempt:
    options = ("--extra-index-url", _INDEXES + build, "--retries", "1", "--timeout", "15")
    return Attempt(size, f"torch=={VERSION}+{build}", options)


def _instead(attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    note = "The build for the graphics card is not to be had: taking the one for the CPU."
    return (replace(attempts[0], note=note), *attempts[1:])
