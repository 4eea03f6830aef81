"""What the machine is, as far as the choice of torch's build depends on it."""

from __future__ import annotations

import platform
import shutil
import subprocess
from dataclasses import dataclass

_SECONDS = 20


@dataclass(frozen=True)
class Gpu:
    """An NVIDIA card: compute capability such as (8, 9), and the driver's version such as (580, 65)."""

    name: str
    compute_capability: tuple[int, int]
    driver: tuple[int, ...]


@dataclass(frozen=True)
class Machine:
    """`system` and `architecture` as `platform.system()` and `platform.machine()` say them."""

    system: str
    architecture: str
    gpu: Gpu | None = None


def this_machine() -> Machine:
    """Looks; starts NVIDIA's tool where it is installed, so never call it where a panel is drawn."""
    return Machine(platform.system(), platform.machine(), find_gpu())


def find_gpu() -> Gpu | None:
    """The most capable NVIDIA card that the driver lists, or None."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    try:
        listing = subprocess.run(
            [tool, "--query-gpu=compute_cap,driver_version,name", "--format=csv,noheader"],
            capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_listing(listing.stdout.decode("utf-8", "replace")) if listing.returncode == 0 else None


def read_listing(text: str) -> Gpu | None:
    """The most capable card in lines of `compute_cap, driver_version, name`; lines of another kind are skipped."""
    cards = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split(",", 2)]
        try:
            major, minor = parts[0].split(".")
            driver = tuple(int(number) for number in parts[1].split("."))
            cards.append(Gpu(parts[2], (int(major), int(minor)), driver))
        except (ValueError, IndexError):
            continue
    return max(cards, key=lambda card: card.compute_capability, default=None)
