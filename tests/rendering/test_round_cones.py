"""The ray caster against what geometry says: spheres and capsules of known place and size, and every cone's surface."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.rendering.round_cones import cast

FOCAL, SIZE = 300.0, 200


def rays(surface):
    """Directions (K, 3; right, up, depth 1) of the pixels that show a cone."""
    row, column = np.divmod(surface.seen, surface.depth.shape[1])
    x = (column + surface.left + 0.5 - SIZE / 2) / FOCAL
    y = (SIZE / 2 - 0.5 - row - surface.top) / FOCAL
    return np.stack((x, y, np.ones_like(x)), axis=-1)


def points(surface):
    return rays(surface) * surface.depth.ravel()[surface.seen, None]


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_every_point_lies_on_the_nearest_surface_and_normals_are_its_gradient(seed):
    """The signed distance to a round cone is the least over its spheres, here sampled densely."""
    rng = np.random.default_rng(seed)
    ends = rng.uniform([-0.5, -0.5, 3.0], [0.5, 0.5, 4.5], (3, 2, 3))
    ends[:, 1] += np.sign(ends[:, 1] - ends[:, 0]) * 0.3  # neither end lies inside the other, as in every figure
    radii = rng.uniform(0.05, 0.4, (3, 2))
    surface = cast(ends, radii, FOCAL, SIZE, SIZE)
    share = np.linspace(0, 1, 400)[:, None]
    found = points(surface)
    chosen = rng.permutation(len(found))[:200]

    def distance(p, cone):
        centres = ends[cone, 0] + share * (ends[cone, 1] - ends[cone, 0])
        reach = radii[cone, 0] + share[:, 0] * (radii[cone, 1] - radii[cone, 0])
        return (np.linalg.norm(p[:, None] - centres, axis=-1) - reach).min(axis=-1)

    to_all = np.stack([distance(found[chosen], cone) for cone in range(3)])
    np.testing.assert_allclose(to_all.min(axis=0), 0.0, atol=2e-3)
    np.testing.assert_allclose(to_all[surface.cone[chosen], np.arange(len(chosen))], 0.0, atol=2e-3)
    normals = surface.normals[:, chosen].T * [1, 1, -1]
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1.0, atol=1e-3)
    for cone in range(3):
        mine = surface.cone[chosen] == cone
        out = distance(found[chosen][mine] + 1e-2 * normals[mine], cone)
        np.testing.assert_allclose(out, 1e-2, atol=1.5e-3)
    assert np.all(np.sum(normals * rays(surface)[chosen], axis=-1) < 0.05)  # what is seen faces the viewer


def test_a_sphere_is_a_disc_of_the_size_that_perspective_gives_it():
    surface = cast(np.full((1, 2, 3), [0.0, 0.0, 4.0]), np.full((1, 2), 0.5), FOCAL, SIZE, SIZE)
    radius = FOCAL * 0.5 / np.sqrt(4.0**2 - 0.5**2)
    assert abs(len(surface.seen) / (np.pi * radius**2) - 1.0) < 0.02
    assert abs(surface.depth.min() - 3.5) < 1e-3


def test_a_cone_within_a_sphere_is_that_sphere():
    big = cast(np.array([[[0, 0, 4], [0.1, 0, 4]]]), np.array([[0.5, 0.05]]), FOCAL, SIZE, SIZE)
    sphere = cast(np.array([[[0, 0, 4], [0, 0, 4]]]), np.array([[0.5, 0.5]]), FOCAL, SIZE, SIZE)
    assert len(big.seen) == len(sphere.seen)


def test_what_is_beside_the_picture_is_not_drawn():
    assert not len(cast(np.full((1, 2, 3), [50.0, 0.0, 4.0]), np.full((1, 2), 0.5), FOCAL, SIZE, SIZE).seen)
    cut = cast(np.array([[[-9, 0, 4], [9, 0, 4]]]), np.full((1, 2), 0.2), FOCAL, SIZE, SIZE)
    assert (cut.left, cut.depth.shape[1]) == (0, SIZE)
