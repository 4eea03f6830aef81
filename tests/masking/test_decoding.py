"""Iterative decoding: what it fills, what it never touches, in which order, and what decides a draw."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.diffusion.ddim import seeded_generator
from reprise.masking.decoding import Sampling, decode, draw
from reprise.masking.schedule import masked_counts, masked_share

CODES, MASK = 7, 7


def fixed_logits(shape, seed=0):
    return torch.randn(*shape, CODES, generator=torch.Generator().manual_seed(seed)) * 3


def generators(*seeds):
    return [seeded_generator(seed) for seed in seeds]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 12), st.floats(0, 1), st.integers(1, CODES))
def test_a_fixed_token_never_changes(seed, iterations, share, top_k):
    random = np.random.default_rng(seed)
    ids = torch.from_numpy(np.where(random.random((2, 5, 6)) < share, MASK, random.integers(0, CODES, (2, 5, 6))))
    logits = fixed_logits(ids.shape, seed % 100)
    done = decode(lambda ids: logits, ids, MASK, generators(seed, seed + 1), iterations, Sampling(1.0, top_k))
    fixed = ids != MASK
    assert done[fixed].equal(ids[fixed])
    assert ((done >= 0) & (done < CODES)).all()


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(1, 40))
def test_the_schedule_decodes_something_every_time_and_everything_in_the_end(tokens, iterations):
    counts = [tokens, *masked_counts(tokens, iterations)]
    assert counts[-1] == 0
    assert all(after < before or before == 0 for before, after in pairwise(counts))


def test_the_schedule_is_the_cosine():
    assert [masked_share(t) for t in (0.0, 1 / 3, 2 / 3)] == pytest.approx([1.0, 3**0.5 / 2, 0.5])
    assert masked_counts(1000, 3) == [866, 500, 0]


def test_the_sure_cells_are_decoded_first():
    """With one likely code a cell, surer from cell to cell, the cells are decided from the surest on."""
    ids = torch.full((1, 10, 1), MASK)
    logits = torch.zeros(1, 10, 1, CODES)
    logits[0, :, 0, 3] = torch.arange(10) * 2.0
    seen = []
    decode(lambda now: seen.append(now.clone()) or logits, ids, MASK, generators(0), 5, Sampling(1e-6, 1))
    for now, left in zip(seen[1:], masked_counts(10, 5), strict=False):
        assert (now[0, :, 0] == MASK).tolist() == [True] * left + [False] * (10 - left)


def test_a_row_is_the_row_alone():
    logits = fixed_logits((1, 6, 6))
    ids = torch.full((3, 6, 6), MASK)
    together = decode(lambda now: logits.expand(3, -1, -1, -1), ids, MASK, generators(4, 5, 6), 6, Sampling())
    alone = decode(lambda now: logits, ids[:1], MASK, generators(5), 6, Sampling())
    assert together[1].equal(alone[0])
    assert not together[0].equal(together[1])


def test_draws_follow_the_softmax_of_the_best():
    """40,000 draws: each code's share within 4 standard errors of the softmax over the top 3, the others never."""
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0, 1.5, -3.0, -2.0])
    count = 40_000
    gumbel = torch.from_numpy(np.random.default_rng(0).gumbel(size=(count, CODES)).astype(np.float32))
    drawn = draw(logits.expand(count, -1), gumbel, Sampling(temperature=0.8, top_k=3))
    kept = torch.tensor([0, 4, 1])
    expected = torch.zeros(CODES)
    expected[kept] = torch.softmax(logits[kept] / 0.8, dim=0)
    found = torch.bincount(drawn, minlength=CODES) / count
    assert ((found - expected).abs() <= 4 * (expected * (1 - expected) / count).sqrt()).all()


def test_it_can_be_stopped_before_every_iteration():
    def stop(step):
        if step == 2:
            raise InterruptedError

    calls = []
    with pytest.raises(InterruptedError):
        decode(
            lambda now: calls.append(1) or fixed_logits((1, 4, 6)), torch.full((1, 4, 6), MASK), MASK, generators(0), 9,
            Sampling(), stop,
        )  # fmt: skip
    assert len(calls) == 2
