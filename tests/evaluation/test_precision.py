"""Precisions compared: distances are to the exact motion, and a take in a batch is compared with itself alone."""

import numpy as np
import pytest

from reprise.evaluation.embedding import ContrastiveEvaluator
from reprise.evaluation.precision import compare, markdown
from reprise.evaluation.protocol import Protocol, ask, prepare
from reprise.evaluation.solvers import in_place
from reprise.evaluation.systems import Made


def test_figures_are_distances_to_the_exact_motion(made):
    evaluator = ContrastiveEvaluator.load(made.contrastive)
    ground = prepare(made.dataset, evaluator, Protocol(texts=0), lambda *_: None)
    asked = ask(ground, 0)

    def maker(moved, in_a_batch=0.0):
        """Recorded motion, the pelvis `moved` metres higher, and `in_a_batch` more where it is not made alone."""

        def make(wanted, on_done):  # noqa: ARG001
            motions = []
            for one in wanted:
                motion = made.dataset.features(ground.rows[asked.index(one)]).copy()
                motion[:, 3] += moved + (in_a_batch if len(wanted) > 1 else 0.0)
                motions.append(motion)
            return Made(motions, 0.1)

        return make

    rows = compare({"exact": maker(0.0), "rough": maker(0.05, 0.01)}, asked, made.dataset, evaluator, ground.real)
    assert [(row.precision, row.n) for row in rows] == [("exact", 36), ("rough", 36)]
    assert (rows[0].body, rows[0].world, rows[0].batch) == (0.0, 0.0, 0.0)
    assert rows[0].fid == pytest.approx(0.0, abs=1e-6)
    assert rows[1].body == rows[1].world == pytest.approx(50 / 22, rel=1e-3)  # one joint of 22
    assert rows[1].batch == pytest.approx(10, rel=1e-3)
    assert rows[1].fid > rows[0].fid
    assert all(np.isfinite(row.mm_dist) and row.seconds >= 0.0 for row in rows)
    assert len(markdown(rows).splitlines()) == 4


def test_where_a_figure_is_does_not_count_for_its_body():
    joints = np.random.default_rng(0).normal(size=(2, 5, 22, 3)).astype(np.float32)
    way = np.cumsum(np.ones((5, 1, 3), np.float32), axis=0) * [0.3, 0.0, 0.7]
    for clips in (joints, joints[0]):
        placed = in_place(clips)
        np.testing.assert_allclose(in_place(clips + way), placed, atol=1e-5)
        np.testing.assert_array_equal(placed[..., 0, [0, 2]], 0.0)
        np.testing.assert_array_equal(placed[..., 1], clips[..., 1])
