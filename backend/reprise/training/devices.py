"""Where training runs: on the accelerator that is there, else on the CPU, alone or as one of torchrun's processes."""

from __future__ import annotations

import torch
from accelerate import Accelerator


def has_accelerator() -> bool:
    """Whether torch can use a GPU here."""
    return torch.cuda.is_available() or torch.backends.mps.is_available()


def accelerator_for(precision: str) -> Accelerator:
    """Accelerate's view of this process; without a GPU, torchrun's processes join through gloo."""
    return Accelerator(mixed_precision=precision, cpu=not has_accelerator())


def device() -> torch.device:
    """The device of a training of one process."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def gpus() -> int:
    """How many processes to share batches with: one a GPU of CUDA, one without."""
    return max(1, torch.cuda.device_count())
