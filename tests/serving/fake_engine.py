"""A scripted engine for tests of whatever stands on an engine: words in [brackets] in the prompt say what it does."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from reprise.pipelines.base import IsCancelled, OnProgress
from reprise_core.contract import MODEL_FPS, Progress, Reference, Request
from reprise_core.errors import Cancelled, RepriseError
from reprise_core.kinematics import forward_kinematics
from reprise_core.motion import Motion
from reprise_core.quaternion import from_axis_angle
from reprise_core.skeleton import JOINT_NAMES, PARENTS, humanml3d_skeleton


def waving(request: Request, take: int = 0) -> Motion:
    """Walks forward at 1 m/s, raising and lowering the left arm; the seed and take set the swing."""
    skeleton = humanml3d_skeleton()
    time_axis = np.arange(request.frames) / MODEL_FPS
    rotations = np.tile([1.0, 0.0, 0.0, 0.0], (request.frames, len(JOINT_NAMES), 1))
    swing = (0.5 + 0.1 * ((request.seed + take) % 5)) * np.sin(2 * np.pi * time_axis)
    rotations[:, JOINT_NAMES.index("left_shoulder")] = from_axis_angle(np.array([0.0, 0.0, 1.0]), swing)
    root = np.stack((np.zeros_like(time_axis), np.full_like(time_axis, 0.95), time_axis), axis=-1)
    positions, _ = forward_kinematics(PARENTS, skeleton.rest_offsets, root, rotations)
    meta = {"prompt": request.prompt, "seconds": request.seconds, "seed": request.seed + take, "engine": "fake"}
    meta |= {"references": [row.to_json() for row in references(request)], "timings": {"sampling": 0.1}}
    arrays = (skeleton.rest_offsets, root, rotations, positions, np.ones((request.frames, 4)))
    return Motion(MODEL_FPS, JOINT_NAMES, PARENTS, *(array.astype(np.float32) for array in arrays), meta=meta)


def references(request: Request) -> list[Reference]:
    rows = [Reference(f"clip{i}", f"a person walks ({i})", 0.9 - 0.1 * i, 0.0, 0.9 - 0.1 * i, 6.0) for i in range(8)]
    return rows[: request.references.k]


class FakeEngine:
    """Takes `step_seconds` a step. Halfway, `[fail]` raises RuntimeError, `[mistake]` RepriseError,
    `[memory]` MemoryError and `[crash]` ends the process; `[deaf]` never asks whether it was cancelled.
    """

    def __init__(self, step_seconds: float = 0.01) -> None:
        self.step_seconds = step_seconds
        self.steps_done = 0

    def retrieve(self, request: Request) -> list[Reference]:
        if "[fail]" in request.prompt:
            raise RuntimeError("secret detail of the inside")
        return references(request)

    def generate(self, request: Request, on_progress: OnProgress, is_cancelled: IsCancelled) -> list[Motion]:
        on_progress(Progress("text", 0, 1))
        on_progress(Progress("retrieval", 0, 1))
        for step in range(request.steps):
            if "[deaf]" not in request.prompt and is_cancelled():
                raise Cancelled
            if step == request.steps // 2:
                self._misbehave(request.prompt)
            time.sleep(self.step_seconds)
            self.steps_done += 1
            on_progress(Progress("sampling", step + 1, request.steps, (request.steps - step - 1) * self.step_seconds))
        on_progress(Progress("cleanup", 0, 1))
        return [waving(request, take) for take in range(request.count)]

    def describe(self) -> Mapping[str, Any]:
        return {"engine": "fake", "device": "none"}

    @staticmethod
    def _misbehave(prompt: str) -> None:
        if "[fail]" in prompt:
            raise RuntimeError("secret detail of the inside")
        if "[mistake]" in prompt:
            raise RepriseError("bad_library", "The library is empty.", "Add clips to it.")
        if "[memory]" in prompt:
            raise MemoryError
        if "[crash]" in prompt:
            os._exit(3)
