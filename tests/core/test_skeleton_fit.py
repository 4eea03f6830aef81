"""A figure's own skeleton must be found from its motion alone."""

import numpy as np
from hypothesis import given, settings
from poses import positions_of, random_rotations, seeds

from reprise_core import quaternion as quat
from reprise_core.inverse_kinematics import solve
from reprise_core.skeleton import humanml3d_skeleton
from reprise_core.skeleton_fit import fit_skeleton


@given(seeds)
@settings(deadline=None, max_examples=20)
def test_a_figure_built_otherwise_is_posed_exactly_on_its_own_skeleton(seed):
    rng = np.random.default_rng(seed)
    offsets = humanml3d_skeleton(rng.uniform(0.05, 0.6, 22)).rest_offsets
    for joint in (1, 2, 3, 12, 13, 14):  # hips and spine, neck and collars leave otherwise
        lean = quat.from_axis_angle(quat.normalize(rng.normal(size=3)), rng.uniform(0.0, 0.4))
        offsets[joint] = quat.rotate(lean, offsets[joint])
    positions = positions_of(rng.normal(size=(30, 3)), random_rotations(rng, 30, 22), offsets)
    figure = fit_skeleton(positions)
    np.testing.assert_allclose(figure.bone_lengths[1:], np.linalg.norm(offsets[1:], axis=-1), rtol=1e-4)
    np.testing.assert_allclose(positions_of(*solve(positions, 20.0, figure), figure.rest_offsets), positions, atol=1e-3)


def test_our_own_motion_gives_our_skeleton_back():
    ours = humanml3d_skeleton()
    positions = positions_of(np.zeros((20, 3)), random_rotations(np.random.default_rng(0), 20, 22))
    np.testing.assert_allclose(fit_skeleton(positions).rest_offsets, ours.rest_offsets, atol=1e-9)
