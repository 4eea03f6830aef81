"""Weights between two checkpoints: each of them a straight line's point, the rest the last one's."""

from dataclasses import replace

import pytest
import torch

from reprise.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer, TransformerConfig
from reprise.training.interpolation import interpolate
from reprise_core.errors import RepriseError

SMALL = TransformerConfig(
    latent=16,
    heads=2,
    layers=1,
    feed_forward=16,
    time_embedding=16,
    text_dimension=8,
    text_latent=8,
    text_layers=1,
    text_heads=2,
    text_feed_forward=8,
    reference_layers=1,
)


def made(seed, config=SMALL, **changed):
    torch.manual_seed(seed)
    network = SemanticsModulatedTransformer(config)
    for weight in network.parameters():
        torch.nn.init.normal_(weight)
    plain = Checkpoint(network, torch.zeros(263), torch.ones(263), "words", {"scale": float(seed)}, 10 * seed, "made")
    return replace(plain, **changed)


@pytest.fixture
def files(tmp_path):
    def saved(name, checkpoint):
        save_checkpoint(checkpoint, tmp_path / name, torch.float32)
        return tmp_path / name

    return saved


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_every_weight_lies_between_and_the_rest_is_the_last_ones(files, tmp_path, share):
    first, last = files("first.safetensors", made(1)), files("last.safetensors", made(2))
    found = load_checkpoint(interpolate(first, last, share, tmp_path / "between.safetensors"))
    begun, ended = (load_checkpoint(path).network.state_dict() for path in (first, last))
    for name, weight in found.network.state_dict().items():
        expected = (1.0 - share) * begun[name].double() + share * ended[name].double()
        torch.testing.assert_close(weight.double(), expected, rtol=1e-3, atol=1e-3)  # the file is float16
    assert (found.mixture, found.step, found.encoder, found.name) == ({"scale": 2.0}, 20, "words", "between")


@pytest.mark.parametrize(
    ("last", "share", "said"),
    [
        (made(2), 1.5, "from 0 to 1, not 1.5"),
        (made(2, replace(SMALL, layers=2)), 0.5, "a network of another size"),
        (made(2, encoder="others"), 0.5, "the text encoder others, not words"),
        (made(2, mean=torch.ones(263)), 0.5, "another normalisation"),
    ],
)
def test_what_has_nothing_between_is_refused_in_a_sentence(files, tmp_path, last, share, said):
    first, other = files("first.safetensors", made(1)), files("last.safetensors", last)
    with pytest.raises(RepriseError, match=said):
        interpolate(first, other, share, tmp_path / "between.safetensors")
    assert not (tmp_path / "between.safetensors").exists()
