"""What the network must and must not depend on."""

import json
from importlib import resources

import pytest
import torch

from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer, TransformerConfig
from reprise.training.config import (
    ContrastiveTraining,
    DiffusionTraining,
    MaskedTraining,
    ResidualTraining,
    load_config,
)

TINY = TransformerConfig(
    latent=32, heads=4, layers=2, feed_forward=32, time_embedding=32, text_dimension=24, text_latent=16,
    text_heads=2, text_feed_forward=32,
)  # fmt: skip


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = SemanticsModulatedTransformer(TINY).eval()
    for weight in network.parameters():  # the zero-initialised outputs would hide every dependence
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.1)
    return network


def inputs(frames=20, words=7, references=2, reference_frames=16):
    torch.manual_seed(1)
    return {
        "x": torch.randn(2, frames, 263),
        "mask": torch.ones(2, frames, dtype=torch.bool),
        "tokens": torch.randn(2, words, 24),
        "token_mask": torch.ones(2, words, dtype=torch.bool),
        "motion": torch.randn(2, references, reference_frames, 263),
        "motion_mask": torch.ones(2, references, reference_frames, dtype=torch.bool),
        "reference_tokens": torch.randn(2, references, words, 24),
        "reference_token_mask": torch.ones(2, references, words, dtype=torch.bool),
    }


def predict(network, given, use_text=(True, True), use_references=(True, True)):
    with torch.no_grad():
        references = network.encode_references(
            given["motion"], given["motion_mask"], given["reference_tokens"], given["reference_token_mask"]
        )
        condition = network.encode_condition(given["tokens"], given["token_mask"], references)
        return network(
            given["x"],
            torch.tensor([10, 700]),
            given["mask"],
            condition,
            torch.tensor(use_text),
            torch.tensor(use_references),
        )


def test_starts_as_zero():
    torch.manual_seed(0)
    assert not predict(SemanticsModulatedTransformer(TINY).eval(), inputs()).any()


def test_padding_changes_nothing(network):
    given = inputs()
    expected = predict(network, given)
    padded = dict(given)
    for key, mask in (("x", "mask"), ("tokens", "token_mask")):
        shape = given[key].shape
        padded[key] = torch.cat((given[key], 50 * torch.randn(2, 5, shape[2])), dim=1)
        padded[mask] = torch.cat((given[mask], torch.zeros(2, 5, dtype=torch.bool)), dim=1)
    for key, mask in (("motion", "motion_mask"), ("reference_tokens", "reference_token_mask")):
        shape = given[key].shape
        padded[key] = torch.cat((given[key], 50 * torch.randn(2, 2, 4, shape[3])), dim=2)
        padded[mask] = torch.cat((given[mask], torch.zeros(2, 2, 4, dtype=torch.bool)), dim=2)
    torch.testing.assert_close(predict(network, padded)[:, :20], expected, atol=1e-4, rtol=1e-4)


def test_a_dropped_condition_is_not_seen(network):
    given, other = inputs(), inputs()
    other["tokens"] = torch.randn_like(other["tokens"])
    other["motion"] = torch.randn_like(other["motion"])
    assert not torch.allclose(predict(network, given), predict(network, other), atol=1e-3)
    nothing = {"use_text": (False, False), "use_references": (False, False)}
    torch.testing.assert_close(predict(network, given, **nothing), predict(network, other, **nothing))


def test_absent_references_equal_dropped_ones(network):
    given = inputs()
    absent = dict(given, motion_mask=torch.zeros_like(given["motion_mask"]))
    absent["reference_token_mask"] = torch.zeros_like(given["reference_token_mask"])
    torch.testing.assert_close(predict(network, absent), predict(network, given, use_references=(False, False)))


def test_reference_text_steers_the_keys_only(network):
    """R^t enters the keys: with equal values for every token it could change nothing, with others it does."""
    given = inputs()
    other = dict(given, reference_tokens=torch.randn_like(given["reference_tokens"]))
    assert not torch.allclose(predict(network, given), predict(network, other), atol=1e-5)


def test_the_papers_size():
    """46.97 M trainable parameters in the authors' code; ours has one projection and norm more in each text head."""
    count = sum(
        weight.numel()
        for weight in SemanticsModulatedTransformer(load_config("paper", [], DiffusionTraining()).network).parameters()
    )
    assert count == pytest.approx(46.97e6, rel=0.08)


@pytest.mark.parametrize("base", [DiffusionTraining(), ContrastiveTraining(), MaskedTraining(), ResidualTraining()])
def test_every_packaged_config_loads(base):
    folder = resources.files("reprise.training") / "configs" / type(base).__name__.removesuffix("Training").lower()
    files = list(folder.iterdir())
    assert {"default.json", "paper.json", "tiny.json"} <= {file.name for file in files}
    for file in files:
        assert load_config(file.name.removesuffix(".json"), [], base).steps == json.loads(file.read_text())["steps"]
