"""Merged sums against attention computed directly over the concatenated sequence."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reprise.models.linear_attention import attend, attention_sums, drop, split_heads

HEADS = 4


def direct(queries, keys, values, mask):
    """softmax over channels of Q times (softmax over the sequence of K)^T V, token by token, head by head."""
    rows, _, latent = queries.shape
    size = latent // HEADS
    result = torch.zeros_like(queries)
    for row in range(rows):
        for head in range(HEADS):
            channels = slice(head * size, (head + 1) * size)
            q = torch.softmax(queries[row, :, channels], dim=-1)
            k = torch.softmax(keys[row, mask[row], channels], dim=0)
            result[row, :, channels] = q @ (k.T @ values[row, mask[row], channels])
    return result


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.lists(st.integers(1, 9), min_size=1, max_size=3), st.floats(0.1, 60.0))
def test_sources_merge_exactly(seed, lengths, spread):
    torch.manual_seed(seed)
    queries = torch.randn(2, 5, 16)
    parts = [(torch.randn(2, n, 16) * spread, torch.randn(2, n, 16), torch.rand(2, n) < 0.7) for n in lengths]
    parts[0][2][:, 0] = True
    sources = [attention_sums(split_heads(k, HEADS), split_heads(v, HEADS), mask) for k, v, mask in parts]
    keys, values, mask = (torch.cat(column, dim=1) for column in zip(*parts, strict=True))
    torch.testing.assert_close(
        attend(split_heads(queries, HEADS), sources), direct(queries, keys, values, mask), atol=2e-5, rtol=1e-4
    )


def test_a_dropped_source_counts_for_nothing():
    torch.manual_seed(0)
    queries = split_heads(torch.randn(2, 5, 16), HEADS)
    kept, dropped = (
        attention_sums(
            split_heads(torch.randn(2, 7, 16), HEADS), split_heads(torch.randn(2, 7, 16), HEADS), torch.ones(2, 7) > 0
        )
        for _ in range(2)
    )
    keep = torch.tensor([True, False])
    with_drop, both, alone = (
        attend(queries, [kept, drop(dropped, keep)]),
        attend(queries, [kept, dropped]),
        attend(queries, [kept]),
    )
    torch.testing.assert_close(with_drop[0], both[0])
    torch.testing.assert_close(with_drop[1], alone[1])
    assert not torch.allclose(both[1], alone[1])
