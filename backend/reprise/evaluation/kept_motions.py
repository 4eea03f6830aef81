"""Made motions on disk: making takes hours, measuring minutes, so another evaluator need not have them made again."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from reprise_core.motion import write_file

from .systems import Asked, Made, Maker, OnDone


def kept(make: Maker, folder: Path, decides: Mapping[str, Any]) -> Maker:
    """Makes only what `folder` does not hold; a file is named after all that was asked for and all that `decides`."""

    def remembered(asked: Sequence[Asked], on_done: OnDone) -> Made:
        what = json.dumps([dict(decides), [asdict(one) for one in asked]], sort_keys=True)
        path = folder / f"{hashlib.sha256(what.encode()).hexdigest()[:24]}.npz"
        if path.is_file():
            return _read(path)
        made = make(asked, on_done)
        _write(path, made)
        return made

    return remembered


def _write(path: Path, made: Made) -> None:
    content = io.BytesIO()
    ends = np.cumsum([len(motion) for motion in made.motions])
    np.savez(content, features=np.concatenate(made.motions), ends=ends, seconds=np.array(made.seconds_per_clip))
    write_file(path, content.getvalue())


def _read(path: Path) -> Made:
    with np.load(path, allow_pickle=False) as content:
        return Made(np.split(content["features"], content["ends"][:-1]), float(content["seconds"]))
