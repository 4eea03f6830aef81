"""Several prompts as one continuous motion: every denoising step predicts all segments in one batch and blends them.

Each segment's row reaches over into its neighbours, and where two rows say something about a frame, their predictions
of x0 are blended: the hand-shake of DoubleTake (Shafir et al., 2023, section 4), here at every step over the whole
timeline. The features are relative to each frame's own root (heading and travel are rates), so that blending needs no
common place, and the travel is integrated once over the whole: the joins are continuous by construction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from reprise.diffusion.ddim import Denoise
from reprise_core.contacts import ground_heights
from reprise_core.contract import MODEL_FPS, Reference, Request
from reprise_core.foot_lock import spread
from reprise_core.inverse_kinematics import solve
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import humanml3d_skeleton

REACH = 10  # frames that a row reaches over into each neighbour: hand-shakes of a second
_SINK = 0.02  # metres that a foot may be below the ground before the figure is raised
_LEAST = 5  # ... at least, which a segment of the greatest length is shortened for


@dataclass(frozen=True)
class Timeline:
    """Segment i begins at frame `starts[i]` of `frames`; its row covers the frames from windows[i][0] to before [1]."""

    starts: tuple[int, ...]
    windows: tuple[tuple[int, int], ...]
    frames: int

    @property
    def rows(self) -> tuple[int, ...]:
        """Frames of each row."""
        return tuple(end - begin for begin, end in self.windows)


def timeline(frames: Sequence[int], longest: int) -> Timeline:
    """Segments of so many frames one after the other, in rows of at most `longest` frames."""
    ends = len(frames) - 1
    sides = [(i > 0) + (i < ends) for i in range(len(frames))]
    kept = [min(own, longest - _LEAST * side) for own, side in zip(frames, sides, strict=True)]
    reach = [min(REACH, (longest - own) // max(side, 1)) for own, side in zip(kept, sides, strict=True)]
    starts = (0, *accumulate(kept))
    windows = tuple(
        (max(begin - over, 0), min(end + over, starts[-1]))
        for (begin, end), over in zip(pairwise(starts), reach, strict=True)
    )
    return Timeline(starts[:-1], windows, starts[-1])


def separate(request: Request) -> list[Request]:
    """Each segment as a request of its own."""
    return [replace(request, prompt=part.prompt, seconds=part.seconds, then=()) for part in request.segments]


def described(request: Request, line: Timeline, references: Sequence[Sequence[Reference]]) -> list[dict[str, Any]]:
    """What a Motion's meta says of each segment: prompt, seconds, the frame it starts at, the ids it is built on."""
    return [
        {"prompt": part.prompt, "seconds": part.seconds, "start": start, "references": [each.id for each in found]}
        for part, start, found in zip(request.segments, line.starts, references, strict=True)
    ]


def shares(line: Timeline) -> Tensor:
    """(segments, frames of the longest row): how much each row counts at its frames; over all rows a frame's are 1."""
    weights = torch.zeros(len(line.windows), max(line.rows))
    for index, (begin, end) in enumerate(line.windows):
        places = torch.arange(begin, end) + 0.5
        weights[index, : end - begin] = 1.0
        if index > 0:
            before = line.windows[index - 1][1]
            weights[index, : end - begin] *= ((places - begin) / (before - begin)).clamp(0, 1)
        if index + 1 < len(line.windows):
            after = line.windows[index + 1][0]
            weights[index, : end - begin] *= ((end - places) / (end - after)).clamp(0, 1)
    return weights


def blended(denoise: Denoise, lines: Sequence[Timeline]) -> Denoise:
    """x_t (takes, frames of the longest line, C) in, x0 out; `denoise` predicts all rows (of the longest row's frames),
    take by take.
    """
    longest = max(frames for line in lines for frames in line.rows)
    places = [(take, window) for take, line in enumerate(lines) for window in line.windows]
    weights = torch.cat([functional.pad(own, (0, longest - own.shape[1])) for own in map(shares, lines)])[:, :, None]

    def whole(x: Tensor, t: int) -> Tensor:
        rows = x.new_zeros(len(places), longest, x.shape[2])
        for row, (take, (begin, end)) in zip(rows, places, strict=True):
            row[: end - begin] = x[take, begin:end]
        result = torch.zeros_like(x)
        for row, (take, (begin, end)) in zip(denoise(rows, t) * weights.to(x), places, strict=True):
            result[take, begin:end] += row[: end - begin]
        return result

    return whole


def levelled(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Joints (T, 22, 3) of a sequence in metres, with the ground under the figure on y = 0 all the way.

    Heights are the one thing in the features that is not relative: each segment hovers by an amount of its own, and
    where two poses are blended the legs are shorter than the figure's, whose feet would sink.
    """
    skeleton = humanml3d_skeleton()
    root, rotations = solve(joints.astype(np.float64), MODEL_FPS, skeleton)
    posed, _ = forward_kinematics(skeleton.parents, skeleton.rest_offsets, root, rotations)
    ground = ground_heights(posed, MODEL_FPS)
    ground -= spread(np.maximum(ground - posed[..., 1].min(axis=-1) - _SINK, 0.0), MODEL_FPS)
    level = joints.copy()
    level[..., 1] -= ground[:, None]
    return level
