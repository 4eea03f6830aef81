"""Motion made up for the codec."""

from collections.abc import Callable

import numpy as np
import pytest

from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import PARENTS, humanml3d_skeleton


def wriggle(seed: int, frames: int = 60) -> np.ndarray:
    """A wriggling figure (frames, 22, 3) that walks off in an arc."""
    random = np.random.default_rng(seed)
    phases, axes = random.uniform(0, 6, (22,)), quat.normalize(random.normal(size=(22, 3)))
    time = np.arange(frames)[:, None] / 20
    local = quat.from_axis_angle(axes, 0.5 * np.sin(2 * time + phases))
    turn = quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), time[:, 0] * random.uniform(-1, 1))
    local[:, 0] = quat.multiply(turn, local[:, 0])
    root = np.concatenate((np.sin(time), 1 + 0.05 * np.sin(5 * time), time), axis=1)
    return forward_kinematics(PARENTS, humanml3d_skeleton().rest_offsets * random.uniform(0.7, 1.3), root, local)[0]


@pytest.fixture(scope="session")
def smooth_motion() -> Callable[..., np.ndarray]:
    return wriggle
