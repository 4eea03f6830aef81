"""The trainings on token maps: exact resume, the condition that rows see, and what the maps are."""

import pytest
import torch
from safetensors.torch import load_file

from reprise import text
from reprise.data import dataset as datasets
from reprise.models.rvq import ResidualVQ2D
from reprise.models.rvq_checkpoint import RVQCheckpoint, save_rvq
from reprise.training import masked, residual, tokens
from reprise.training.config import RVQTraining, load_config
from reprise.training.examples import build_examples


@pytest.fixture(scope="module")
def codes(dataset, tmp_path_factory):
    """An RVQ that never learnt anything: its codes are codes all the same."""
    torch.manual_seed(0)
    network = ResidualVQ2D(load_config("tiny", [], RVQTraining()).network)
    torch.nn.init.normal_(network.codebooks)
    path = tmp_path_factory.mktemp("rvq") / "model.safetensors"
    save_rvq(RVQCheckpoint(network, torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std), 0), path)
    return path


@pytest.fixture
def made(dataset, encoder, monkeypatch):
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)
    monkeypatch.setattr(text, "load", lambda name: encoder)


@pytest.fixture(scope="module")
def examples(dataset, encoder):
    return build_examples(dataset, "train", encoder, references=2, mirror=True, composed=0, seed=0)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("kind", [masked, residual])
def test_killed_and_resumed_is_the_same_run(kind, codes, tmp_path, monkeypatch):
    def run(name, *, resume=False):
        out = tmp_path / name
        return kind.train(
            out, out, None if resume else "tiny", [] if resume else [f"rvq={codes}", "network.dropout=0.1"], resume
        )

    whole = load_file(run("whole"))
    real, calls = tokens.part, []

    def dies_at_thirteen(*arguments):
        calls.append(arguments)
        if len(calls) == 14:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(tokens, "part", dies_at_thirteen)
    with pytest.raises(KeyboardInterrupt):
        run("part")
    monkeypatch.setattr(tokens, "part", real)
    resumed = load_file(run("part", resume=True))
    assert whole.keys() == resumed.keys()
    for name, weights in whole.items():
        torch.testing.assert_close(resumed[name], weights, atol=1e-3, rtol=1e-3)
