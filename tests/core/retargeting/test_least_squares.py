"""Costs tied over time are minimised: against all unknowns in one dense least-squares problem."""

import numpy as np
import pytest

from reprise_core.retargeting.least_squares import FrameProblem


@pytest.mark.parametrize("frames", [1, 2, 3, 8, 13])
def test_the_minimum_is_that_of_one_dense_problem(frames):
    random, size = np.random.default_rng(frames), 3
    problem = FrameProblem(frames, size)
    rows, targets = [], []

    def also(row, target, weight):
        rows.append(np.sqrt(weight) * row.ravel())
        targets.append(np.sqrt(weight) * target)

    problem.add(np.eye(size), np.ones(size), 0.1)
    for frame in range(frames):
        for place in range(size):
            row = np.zeros((frames, size))
            row[frame, place] = 1.0
            also(row, 1.0, 0.1)
    steps, goal = random.normal(size=(frames, 2, size)), random.normal(size=(max(frames - 1, 0), 2))
    weight = random.uniform(0.0, 9.0, max(frames - 1, 0))
    problem.step(steps, goal, weight)
    for frame in range(frames - 1):
        for place in range(2):
            row = np.zeros((frames, size))
            row[frame + 1], row[frame] = steps[frame + 1, place], -steps[frame, place]
            also(row, goal[frame, place], weight[frame])
    bent = random.normal(size=(2, size))
    problem.bend(bent, 3.0)
    for frame in range(frames - 2):
        for place in range(2):
            row = np.zeros((frames, size))
            row[frame : frame + 3] = np.array([1.0, -2.0, 1.0])[:, None] * bent[place]
            also(row, 0.0, 3.0)
    expected = np.linalg.lstsq(np.array(rows), np.array(targets), rcond=None)[0].reshape(frames, size)
    np.testing.assert_allclose(problem.solve(), expected, atol=1e-9)
