"""Checkpoints come back whole, and foreign files are refused with a sentence."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from reprise.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise.training.config import DiffusionTraining, load_config
from reprise_core.errors import RepriseError


def test_round_trip(tmp_path):
    network = SemanticsModulatedTransformer(load_config("tiny", [], DiffusionTraining()).network)
    mean, std = torch.randn(263), torch.rand(263) + 0.1
    saved = Checkpoint(network, mean, std, "all-MiniLM-L6-v2", {"scale": 3.0, "late": [1, 0, 0]}, 12, "model")
    save_checkpoint(saved, tmp_path / "model.safetensors")
    loaded = load_checkpoint(tmp_path / "model.safetensors")
    assert (loaded.encoder, loaded.step, loaded.mixture["scale"]) == ("all-MiniLM-L6-v2", 12, 3.0)
    assert loaded.network.config == network.config
    torch.testing.assert_close(loaded.mean, mean)
    for name, weights in network.state_dict().items():
        torch.testing.assert_close(loaded.network.state_dict()[name], weights, atol=2e-3, rtol=1e-3)
    assert list(tmp_path.iterdir()) == [tmp_path / "model.safetensors"]


def test_missing(tmp_path):
    with pytest.raises(RepriseError, match="no checkpoint at"):
        load_checkpoint(tmp_path / "none.safetensors")


def test_no_safetensors(tmp_path):
    (tmp_path / "text.safetensors").write_text("hello")
    with pytest.raises(RepriseError, match="no usable checkpoint"):
        load_checkpoint(tmp_path / "text.safetensors")


def test_foreign_safetensors(tmp_path):
    save_file({"weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(RepriseError, match="no checkpoint of ours, not"):
        load_checkpoint(tmp_path / "other.safetensors")


@pytest.mark.parametrize(("size", "reason"), [({"latent": 64}, "size mismatch for"), ({"layers": 3}, "Missing key")])
def test_weights_of_another_size_than_they_say(tmp_path, size, reason):
    network = SemanticsModulatedTransformer(load_config("tiny", [], DiffusionTraining()).network)
    network.config = replace(network.config, **size)
    wrong = Checkpoint(network, torch.zeros(263), torch.ones(263), "all-MiniLM-L6-v2", {}, 1, "model")
    save_checkpoint(wrong, tmp_path / "model.safetensors")
    with pytest.raises(RepriseError, match=rf"no usable checkpoint \({reason}") as told:
        load_checkpoint(tmp_path / "model.safetensors")
    assert len(told.value.message) < 500
