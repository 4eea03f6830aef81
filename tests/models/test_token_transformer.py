"""The transformers on token maps: what they see and what they must not see."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from reprise.models.masked_transformer import MaskedTransformer
from reprise.models.residual_transformer import ResidualConfig, ResidualTransformer
from reprise.models.token_transformer import References, SemanticAttention, TokenTransformerConfig, pooled

SIZES = {
    "codes": 11, "joints": 3, "latent": 16, "heads": 2, "layers": 2, "feed_forward": 16, "text_dimension": 8,
    "reference_stride": 2, "dropout": 0.0,
}  # fmt: skip
CONFIG = TokenTransformerConfig(**SIZES)
YES, NO = torch.tensor([True]), torch.tensor([False])


@pytest.fixture(params=[True, False], ids=["semantic", "prefix"])
def network(request):
    torch.manual_seed(0)
    return MaskedTransformer(replace(CONFIG, semantic_attention=request.param)).eval()


def given(seed=1, times=5, words=4):
    random = torch.Generator().manual_seed(seed)
    references = References(
        torch.randint(0, 11, (1, 2, times, 3), generator=random),
        torch.ones(1, 2, times, dtype=torch.bool),
        torch.randn(1, 2, 8, generator=random),
    )
    return torch.randn(1, words, 8, generator=random), torch.ones(1, words, dtype=torch.bool), references


def logits(network, ids, condition, text=YES, references=YES, mask=None):
    mask = torch.ones(ids.shape[:2], dtype=torch.bool) if mask is None else mask
    with torch.inference_mode():
        return network(ids, mask, network.trunk.encode_condition(*condition), text, references)


IDS = torch.randint(0, 12, (1, 6, 3), generator=torch.Generator().manual_seed(3))


def test_what_is_dropped_does_not_matter(network):
    tokens, token_mask, references = given(1)
    others, _, other_references = given(2)
    without = logits(network, IDS, (tokens, token_mask, references), YES, NO)
    assert without.equal(logits(network, IDS, (tokens, token_mask, other_references), YES, NO))
    without = logits(network, IDS, (tokens, token_mask, references), NO, YES)
    assert without.equal(logits(network, IDS, (others, token_mask, references), NO, YES))


def test_every_condition_counts(network):
    tokens, token_mask, references = given(1)
    whole = logits(network, IDS, (tokens, token_mask, references))
    shuffled = [
        references._replace(codes=references.codes.flip(2)),
        references._replace(codes=references.codes.roll(1, dims=-1)),
    ]
    if network.config.semantic_attention:  # R^t is in the keys of semantic attention alone
        shuffled.append(references._replace(sentences=references.sentences.flip(1)))
    for other in shuffled:
        assert not torch.allclose(whole, logits(network, IDS, (tokens, token_mask, other)), atol=1e-5)
    assert not torch.allclose(whole, logits(network, IDS, (given(2)[0], token_mask, references)), atol=1e-5)
    for text, use_references in ((YES, NO), (NO, YES), (NO, NO)):
        without = logits(network, IDS, (tokens, token_mask, references), text, use_references)
        assert not torch.allclose(whole, without, atol=1e-5)


def test_padding_does_not_matter(network):
    """Beyond a map's length, a text's end, a reference's end, and of a reference that is none."""
    tokens, token_mask, references = given(1)
    plain = logits(network, IDS, (tokens, token_mask, references))
    padded = References(
        functional.pad(references.codes, (0, 0, 0, 3, 0, 1), value=4),
        functional.pad(references.mask, (0, 3, 0, 1)),
        functional.pad(references.sentences, (0, 0, 0, 1), value=9.0),
    )
    tokens, token_mask = functional.pad(tokens, (0, 0, 0, 2), value=5.0), functional.pad(token_mask, (0, 2))
    ids, mask = functional.pad(IDS, (0, 0, 0, 4), value=6), torch.arange(10)[None] < 6
    found = logits(network, ids, (tokens, token_mask, padded), mask=mask)[:, :6]
    torch.testing.assert_close(found, plain, atol=1e-5, rtol=1e-4)


def test_times_and_joints_have_places(network):
    """Swapping two times, or two joints, swaps no outputs: the positions are two-dimensional."""
    condition = given(1)
    whole = logits(network, IDS, condition)
    assert not torch.allclose(whole.flip(1), logits(network, IDS.flip(1), condition), atol=1e-4)
    assert not torch.allclose(whole.flip(2), logits(network, IDS.flip(2), condition), atol=1e-4)


def test_attention_is_the_papers_formula():
    """softmax(W_q z [W_k z; W_kt t; W_kr [R^m; R^t]]^T / sqrt(d)) [W_v z; W_vt t; W_vr R^m], head by head."""
    torch.manual_seed(0)
    attention = SemanticAttention(CONFIG)
    z, text, motion, motion_text = (torch.randn(1, count, 16) for count in (6, 4, 3, 3))
    bias = torch.zeros(1, 1, 1, 13)
    found = attention(z, *attention.condition(text, motion, motion_text), bias)
    q, k, v = attention.query_key_value(attention.norm(z))[0].chunk(3, dim=-1)
    text_k, text_v = attention.text_key_value(text)[0].chunk(2, dim=-1)
    keys = torch.cat((k, text_k, attention.reference_key(torch.cat((motion, motion_text), -1))[0]))
    values = torch.cat((v, text_v, attention.reference_value(motion)[0]))
    heads = [
        torch.softmax(q[:, part] @ keys[:, part].T / 8**0.5, dim=-1) @ values[:, part]
        for part in (slice(0, 8), slice(8, 16))
    ]
    torch.testing.assert_close(found[0], attention.out(torch.cat(heads, dim=-1)), atol=1e-5, rtol=1e-5)


def test_pooling_is_the_mean_of_what_counts():
    x = torch.arange(10.0).reshape(1, 5, 2)
    means, seen = pooled(x, torch.tensor([[True, True, True, False, False]]), 2)
    assert means.tolist() == [[[1, 2], [4, 5], [0, 0]]]
    assert seen.tolist() == [[True, True, False]]


def test_a_layer_is_told_from_the_coarser_ones_alone():
    torch.manual_seed(0)
    network = ResidualTransformer(ResidualConfig(**SIZES, quantisers=4)).eval()
    codes = torch.randint(0, 11, (1, 6, 3, 4))
    mask, layer = torch.ones(1, 6, dtype=torch.bool), torch.tensor([2])
    with torch.inference_mode():
        condition = network.trunk.encode_condition(*given(1))

        def told(codes, layer=layer):
            return network(codes, layer, mask, condition, YES, YES)

        for other in range(4):
            changed = codes.clone()
            changed[..., other] = (changed[..., other] + 1) % 11
            assert told(changed).equal(told(codes)) == (other >= 2)
        assert not torch.allclose(told(codes), told(codes, torch.tensor([1])), atol=1e-4)
