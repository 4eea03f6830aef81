"""What a training run tells: a progress bar, losses.csv and TensorBoard's events, from the main process."""

from __future__ import annotations

import math
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from rich.console import Console
from torch import Tensor
from torch.utils.tensorboard.writer import SummaryWriter

from reprise_core.errors import RepriseError

from .progress_bar import progress_bar

LOSSES = "losses.csv"  # step, mean loss since the row before, learning rate, steps a second


class RunLog:
    """Collects the losses of every step; `write` tells their mean."""

    def __init__(self, out: Path, steps: int, start: int, console: Console) -> None:
        self.out, self._progress = out, progress_bar(console)
        self._task = self._progress.add_task("training", total=steps, completed=start)
        self._since, self._started, self._losses = start, time.monotonic(), torch.zeros(())

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def step(self, step: int, loss: Tensor) -> None:
        """A step is done; `loss` is this process's."""
        self._losses = self._losses.to(loss.device) + loss
        self._progress.update(self._task, completed=step)

    def write(self, step: int, learning_rate: float, accelerator: Accelerator) -> None:
        """Mean loss of all processes since the last call; raises `RepriseError` when it is no number any more."""
        total = accelerator.reduce(self._losses, reduction="mean")
        done = step - self._since
        mean, rate = float(total) / done, done / (time.monotonic() - self._started)  # type: ignore[arg-type]
        if not math.isfinite(mean):
            raise RepriseError("diverged", f"The loss is {mean} at step {step}.", "Lower learning_rate.")
        if accelerator.is_main_process:
            with SummaryWriter(str(self.out / "tensorboard")) as writer:
                writer.add_scalar("loss", mean, step)
            with (self.out / LOSSES).open("a", encoding="utf-8") as file:
                file.write(f"{step},{mean:.5f},{learning_rate:.3e},{rate:.3f}\n")
        self._progress.update(self._task, description=f"loss {mean:.3f}, {rate:.2f} steps/s")
        self._since, self._started, self._losses = step, time.monotonic(), torch.zeros(())

    def picture(self, name: str, pixels: NDArray[np.uint8], step: int) -> None:
        """Adds a picture (H, W, 3) to TensorBoard's events."""
        with SummaryWriter(str(self.out / "tensorboard")) as writer:
            writer.add_image(name, pixels, step, dataformats="HWC")
