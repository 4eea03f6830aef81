"""What every engine does around its network: stages with their seconds, and features made into clean motion."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.features.fusion import decode_generated
from reprise.text import TextEncoder
from reprise_core.cleanup import to_motion
from reprise_core.contract import MODEL_FPS, Progress
from reprise_core.errors import Cancelled, RepriseError
from reprise_core.motion import Motion

from .base import IsCancelled, OnProgress
from .sequence import levelled


class Clock:
    """Seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times what happens inside, under that name."""
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 4)


def check_encoder(trained_with: str, encoder: TextEncoder) -> None:
    """Raises `RepriseError('wrong_encoder')` unless `encoder` is the one that a checkpoint was trained with."""
    if trained_with != encoder.name:
        message = f"The checkpoint was trained with the text encoder {trained_with}, not {encoder.name}."
        raise RepriseError("wrong_encoder", message, f"Use {trained_with}.")


def clean_takes(
    features: Sequence[NDArray[np.float32]],
    std: NDArray[np.float32],
    metas: Sequence[Mapping[str, Any]],
    clock: Clock,
    on_progress: OnProgress,
    is_cancelled: IsCancelled,
) -> list[Motion]:
    """Raw features (frames, 263), a take each, as motion at 20 fps with its meta and the clock's seconds.

    `std` (263,) is what the features were normalised with. Raises `Cancelled`, and `RepriseError` for a take that is
    no motion, because its numbers are not finite.
    """
    takes = []
    with clock.stage("cleanup"):
        for take, (row, meta) in enumerate(zip(features, metas, strict=True)):
            if is_cancelled():
                raise Cancelled
            on_progress(Progress("cleanup", take, len(features)))
            _check_finite(row, meta)
            joints = decode_generated(row, std)
            joints = levelled(joints) if "segments" in meta else joints
            takes.append(to_motion(joints, MODEL_FPS, dict(meta), generated=True))
    return [replace(motion, meta={**motion.meta, "timings": clock.seconds}) for motion in takes]


def _check_finite(features: NDArray[np.float32], meta: Mapping[str, Any]) -> None:
    if not np.isfinite(features).all():
        what = f"'{meta['prompt']}' with the seed {meta['seed']}"
        sentence = f"The network made no motion for {what}, but values that are not finite."
        raise RepriseError("not_finite", sentence, "Its weights may be damaged: use others.")
