"""Training learns, resumes exactly, and refuses bad input with a sentence."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reprise import text
from reprise.data import dataset as datasets
from reprise.diffusion.schedule import linear_schedule
from reprise.models.checkpoint import load_checkpoint
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise.training import diffusion
from reprise.training.batches import make_batch
from reprise.training.config import DiffusionTraining, load_config
from reprise.training.examples import build_examples
from reprise.training.loop import learning_rate
from reprise.training.objective import DiffusionObjective, encode_by_length
from reprise_core.errors import RepriseError


@pytest.fixture
def made(dataset, encoder, monkeypatch):
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)
    monkeypatch.setattr(text, "load", lambda name: encoder)


def run(out, *overrides, resume=False):
    tiny = None if resume else "tiny"
    return diffusion.train(out, out, tiny, ["network.text_dimension=384", "composed=2", *overrides], resume)


@pytest.mark.usefixtures("made")
def test_killed_and_resumed_is_the_same_run(tmp_path, monkeypatch):
    whole = load_file(run(tmp_path / "whole"))
    real, calls = diffusion.make_batch, []

    def dies_at_thirteen(*arguments):
        calls.append(arguments)
        if len(calls) == 14:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(diffusion, "make_batch", dies_at_thirteen)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "part")
    monkeypatch.setattr(diffusion, "make_batch", real)
    resumed = load_file(run(tmp_path / "part", resume=True))
    assert whole.keys() == resumed.keys()
    for name, weights in whole.items():
        torch.testing.assert_close(resumed[name], weights, atol=1e-3, rtol=1e-3)
    assert load_checkpoint(tmp_path / "part/model.safetensors").step == 20


def test_encoding_by_length_changes_nothing(dataset, encoder):
    config = load_config("tiny", [], DiffusionTraining())
    examples = build_examples(dataset, "train", encoder, references=2, mirror=True, composed=0, seed=0)
    batch = make_batch(examples, config, 3)
    network = SemanticsModulatedTransformer(config.network).eval()
    given = (batch.references, batch.reference_mask, batch.reference_tokens, batch.reference_token_mask)
    plain, grouped = network.encode_references(*given), encode_by_length(network, *given)
    assert grouped.mask.equal(plain.mask)
    for name in ("motion", "text"):
        torch.testing.assert_close(
            getattr(grouped, name)[plain.mask], getattr(plain, name)[plain.mask], atol=1e-5, rtol=1e-4
        )


def test_the_parts_of_a_batch_make_up_the_whole(dataset, encoder):
    """What data parallelism relies on: the mean of the parts' losses and gradients is the whole batch's."""
    config = load_config("tiny", [], DiffusionTraining())
    examples = build_examples(dataset, "train", encoder, references=2, mirror=True, composed=0, seed=0)
    batch = make_batch(examples, config, 3)
    objective = DiffusionObjective(SemanticsModulatedTransformer(config.network), linear_schedule())
    whole = objective(batch)
    parts = sum(objective(batch.part(i, 2)) for i in range(2)) / 2
    torch.testing.assert_close(parts, whole)
    weights = list(objective.parameters())
    for a, b in zip(
        torch.autograd.grad(parts, weights, allow_unused=True), torch.autograd.grad(whole, weights, allow_unused=True),
        strict=True,
    ):  # fmt: skip
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-4)


@pytest.mark.usefixtures("made")
def test_the_loss_falls(tmp_path):
    run(tmp_path / "run", "steps=150", "learning_rate=2e-3", "log_every=15", "warmup=5")
    losses = np.loadtxt(tmp_path / "run/losses.csv", delimiter=",")[:, 1]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.usefixtures("made")
def test_the_config_is_kept_beside_the_checkpoint(tmp_path):
    run(tmp_path / "run", "steps=1", "seed=5")
    assert json.loads((tmp_path / "run/config.json").read_text())["seed"] == 5


@pytest.mark.usefixtures("made")
def test_an_existing_run_is_not_overwritten(tmp_path):
    run(tmp_path / "run", "steps=1")
    with pytest.raises(RepriseError, match="already holds a run"):
        run(tmp_path / "run", "steps=1")
    with pytest.raises(RepriseError, match="no run to resume"):
        run(tmp_path / "other", resume=True)


@pytest.mark.parametrize(
    ("override", "message"),
    [("stesp=3", "unknown setting 'stesp'"), ("steps=many", "steps is 'many'"), ("steps", "no KEY=VALUE")],
)
def test_bad_settings_are_named(override, message):
    with pytest.raises(RepriseError, match=message):
        load_config("tiny", [override], DiffusionTraining())


def test_a_missing_config_is_named(tmp_path):
    with pytest.raises(RepriseError, match="no config"):
        load_config(tmp_path / "none.json", [], DiffusionTraining())


def test_the_learning_rate_warms_up_and_falls_to_zero():
    config = load_config("tiny", ["steps=100", "warmup=10"], DiffusionTraining())
    rates = [learning_rate(config, step) for step in range(100)]
    assert rates[0] == pytest.approx(config.learning_rate / 10)
    assert max(rates) == pytest.approx(config.learning_rate)
    assert rates[55] == pytest.approx(config.learning_rate / 2)
    assert rates[-1] < 1e-3 * config.learning_rate
