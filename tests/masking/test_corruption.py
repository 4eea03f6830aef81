"""What training hides of a token map."""

import numpy as np
import pytest

from reprise.masking.corruption import corrupted, hidden_cells

CODES = 256


def test_times_are_hidden_first_and_then_cells():
    """Mean shares of the cosine schedule: 2/pi of the times, then 2/pi of the cells that are left; never nothing."""
    random = np.random.default_rng(0)
    maps = [hidden_cells(48, 6, random) for _ in range(4000)]
    shares = np.array([cells.mean() for cells in maps])
    assert shares.min() > 0
    assert shares.mean() == pytest.approx(1 - (1 - 2 / np.pi) ** 2, abs=0.01)
    # Independent cells of the same share would hide a whole time more rarely: temporal masking shows in the columns.
    whole = np.array([cells.all(axis=1).mean() for cells in maps])
    assert whole.mean() > (shares**6).mean() + 0.05


def test_hidden_cells_become_mask_or_anything_or_stay():
    random = np.random.default_rng(1)
    codes = np.full((4000, 6), 5)
    hidden = random.random(codes.shape) < 0.5
    ids = corrupted(codes, hidden, CODES, random)
    assert (ids[~hidden] == 5).all()
    inside = ids[hidden]
    error = 4 * 0.5 / np.sqrt(inside.size)
    assert (inside == CODES).mean() == pytest.approx(0.88, abs=error)
    assert ((inside != CODES) & (inside != 5)).mean() == pytest.approx(0.10 * (1 - 1 / CODES), abs=error)
    assert inside.max() == CODES


def test_a_map_of_one_cell_is_hidden():
    assert all(hidden_cells(1, 1, np.random.default_rng(seed)).all() for seed in range(20))
