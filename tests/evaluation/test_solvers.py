"""Solvers compared: the figures are distances to many steps, so that more steps of one solver are nearer."""

import numpy as np

from reprise.evaluation.solvers import COMPARED, compare


class Line:
    """Stands in for the engine: its joints are off by 1 / steps metres, and all of them alike."""

    def raw_joints(self, request):
        wrong = (1 / request.steps) * (0.1 if request.solver == "dpm++" else 1.0)
        return [np.full((20, 22, 3), wrong, np.float32)] * request.count


def test_distances_are_to_a_thousand_steps():
    figures = compare(Line(), ("walk", "run"), 3, 1.0, 0)
    assert [(row.solver, row.steps) for row in figures] == list(COMPARED)
    for row in figures:
        off = 1000 * abs((0.1 if row.solver == "dpm++" else 1.0) / row.steps - 1 / 1000)
        assert row.n == 6
        np.testing.assert_allclose(row.world, off * 3**0.5, rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(row.body, off, rtol=1e-3, atol=1e-3)
