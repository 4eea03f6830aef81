"""Which build of torch a machine gets, and where from.

On Linux PyPI's torch brings several gigabytes of CUDA packages; the CPU build has an index of its own. Indexes that the
user configured (a mirror, a folder of wheels) are asked first, and that costs a second where they do not have it.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
from dataclasses import dataclass

VERSION = "2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


@dataclass(frozen=True)
class Attempt:
    """One way to install torch: pip's arguments, and a sentence to print before it is tried (may be empty)."""

    arguments: tuple[str, ...]
    note: str = ""


def attempts(system: str, machine: str, nvidia: bool) -> tuple[Attempt, ...]:
    """The ways to try, in order, on this `platform.system()` and `platform.machine()`."""
    plain = f"torch=={VERSION}"
    if nvidia or system != "Linux" or machine.lower() not in ("x86_64", "amd64"):
        return (Attempt((plain,)),)  # elsewhere PyPI's own build is the right one
    cpu = f"torch=={VERSION}+cpu"
    return (
        Attempt((cpu,)),
        Attempt((cpu, "--extra-index-url", CPU_INDEX, "--retries", "1", "--timeout", "10")),
        Attempt(
            (plain,),
            f"  torch's CPU build is not to be had from {CPU_INDEX}: taking PyPI's build, which works without "
            "a GPU too but brings several GB of CUDA packages.",
        ),
    )


def is_small(attempt: Attempt) -> bool:
    """Whether this build comes without several gigabytes of CUDA packages."""
    return attempt.arguments[0].endswith("+cpu") or platform.system() != "Linux"


def has_nvidia_gpu() -> bool:
    """Whether NVIDIA's driver lists a GPU."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return False
    try:
        listing = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listing.returncode == 0 and "GPU" in listing.stdout


def attempts_here() -> tuple[Attempt, ...]:
    """`attempts` for this machine."""
    return attempts(platform.system(), platform.machine(), has_nvidia_gpu())
