"""Training learns, resumes exactly, and refuses bad input with a sentence."""

import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch._dynamo.utils
from blocks import elsewhere
from matplotlib import image
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


@pytest.fixture(scope="module")
def whole(dataset, encoder, tmp_path_factory):
    """The state of twenty steps of one process that nothing stopped."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets, "load", lambda folder: dataset)
        patch.setattr(text, "load", lambda name: encoder)
        run(out, "network.dropout=0.1", "sheets_every=20")
    return out


@pytest.mark.usefixtures("made")
def test_killed_and_resumed_is_the_same_run(tmp_path, whole, monkeypatch):
    real, calls = diffusion.make_batch, []

    def dies_at_thirteen(*arguments):
        calls.append(arguments)
        if len(calls) == 14:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(diffusion, "make_batch", dies_at_thirteen)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "part", "network.dropout=0.1")
    monkeypatch.setattr(diffusion, "make_batch", real)
    run(tmp_path / "part", resume=True)
    states = [load_file(out / "training.safetensors") for out in (whole, tmp_path / "part")]
    assert states[0].keys() == states[1].keys()
    for name, value in states[0].items():
        assert value.equal(states[1][name]), name
    assert load_checkpoint(tmp_path / "part/model.safetensors").step == 20
    losses = [np.loadtxt(out / "losses.csv", delimiter=",", usecols=(0, 1, 2)) for out in (whole, tmp_path / "part")]
    np.testing.assert_array_equal(losses[0][-2:], losses[1][-2:])


def test_two_processes_reach_the_weights_of_one(tmp_path, dataset):
    """By docs/training.md's torchrun each takes half of every batch; nothing but the order of sums differs."""
    here = "tests/training/test_train_diffusion.py::test_two_processes_reach_the_weights_of_one"
    (block,) = elsewhere(here, "training.md")
    ((_torchrun, *words),) = block.commands
    assert words[words.index("--nproc-per-node") + 1] == "2"
    (tmp_path / "data").mkdir()
    (tmp_path / "data/mine").symlink_to(dataset.folder)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]  # at a port that is free
    small = ["--config", "tiny", "composed=2"]
    subprocess.run([*torchrun, *words, *small], check=True, cwd=tmp_path, env=_without_hints(), timeout=300)
    diffusion.train(dataset.folder, tmp_path / "runs/one", "tiny", ["composed=2"], resume=False)
    one, two = (load_file(tmp_path / "runs" / name / "training.safetensors") for name in ("one", "two"))
    assert one.keys() == two.keys()
    assert int(two["step"]) == 20
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, atol=1e-5, rtol=1e-4)
    assert any(not value.equal(one[name.replace("network.", "ema.")]) for name, value in one.items())  # it did learn


def _without_hints():
    """The environment of a user who was told of nothing but torchrun."""
    return {key: value for key, value in os.environ.items() if not key.startswith("ACCELERATE")} | {
        "OMP_NUM_THREADS": "1"
    }


def test_tensorboard_gets_sampled_contact_sheets(whole):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    pictures = []
    for file in (whole / "tensorboard").iterdir():
        events = EventAccumulator(str(file))
        events.Reload()
        if "samples" in events.Tags()["images"]:
            pictures += events.Images("samples")
    assert [picture.step for picture in pictures] == [20]
    pixels = image.imread(io.BytesIO(pictures[0].encoded_image_string))
    assert pixels.shape[0] > 100 and pixels.std() > 0.05


@pytest.mark.timeout(1800)  # a minute and a half of a processor that nobody else wants
def test_compiled_layers_learn_the_same(dataset, encoder, monkeypatch):
    """With generated code where there is a C++ compiler, else traced only; each kind of layer once, whatever comes."""
    if not any(map(shutil.which, ("g++", "clang++", "cl"))):
        monkeypatch.setattr(torch.nn.Module, "compile", lambda self, **given: setattr(
            self, "_compiled_call_impl", torch.compile(self._call_impl, backend="eager", **given)))  # fmt: skip
    config = load_config("tiny", ["network.text_dimension=384"], DiffusionTraining())
    examples = build_examples(dataset, "train", encoder, references=2, mirror=True, composed=0, seed=0)
    torch.manual_seed(0)
    network = SemanticsModulatedTransformer(config.network)
    for weight in network.parameters():  # layers that start as zero would hide what the others do
        weight.data += 0.05 * torch.randn_like(weight)
    objective, batches = (
        DiffusionObjective(network, linear_schedule()),
        [make_batch(examples, config, i) for i in (0, 1)],
    )
    assert len({batch.x0.shape for batch in batches}) == 2

    def learnt(batch):
        network.zero_grad()
        loss = objective(batch)
        loss.backward()
        return loss.detach(), {name: weight.grad.clone() for name, weight in network.named_parameters()}

    plain = [learnt(batch) for batch in batches]
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    diffusion.compile_layers(network)
    for (loss, gradients), batch in zip(plain, batches, strict=True):
        fast_loss, fast_gradients = learnt(batch)
        torch.testing.assert_close(fast_loss, loss, atol=1e-6, rtol=1e-5)
        for name, gradient in gradients.items():
            torch.testing.assert_close(fast_gradients[name], gradient, atol=1e-5, rtol=1e-3, msg=name)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 2


@pytest.mark.usefixtures("made")
def test_the_setting_compiles_what_is_trained(tmp_path, monkeypatch):
    compiled = []
    monkeypatch.setattr(diffusion, "compile_layers", compiled.append)
    monkeypatch.setattr(diffusion, "require_compiler", lambda: None)
    run(tmp_path / "plain", "steps=1")
    assert not compiled
    run(tmp_path / "fast", "steps=1", "compile=true")
    assert [type(network) for network in compiled] == [SemanticsModulatedTransformer]


@pytest.mark.usefixtures("made")
def test_compiling_without_a_compiler_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(RepriseError, match=r"needs a C\+\+ compiler, and there is none \(g\+\+"):
        run(tmp_path / "run", "steps=1", "compile=true")
    assert not (tmp_path / "run").exists()


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
def test_a_run_starts_from_a_checkpoint_and_keeps_its_normalisation(tmp_path, whole, dataset, monkeypatch):
    other = replace(dataset, mean=dataset.mean + 1.0, std=2.0 * dataset.std)
    monkeypatch.setattr(datasets, "load", lambda folder: other)
    given = load_checkpoint(whole / "model.safetensors")
    start = ["network.dropout=0.1", f"start={whole / 'model.safetensors'}"]
    run(tmp_path / "still", *start, "steps=1", "learning_rate=0", "weight_decay=0")
    still = load_checkpoint(tmp_path / "still/model.safetensors")
    assert still.step == 21
    assert still.mean.equal(given.mean) and still.std.equal(given.std)
    for name, weights in given.network.state_dict().items():
        assert still.network.state_dict()[name].equal(weights), name
    run(tmp_path / "on", *start, "steps=4", "warmup=0", "learning_rate=1e-2", "ema=0")
    assert not load_checkpoint(tmp_path / "on/model.safetensors").network.out.weight.equal(given.network.out.weight)


@pytest.mark.usefixtures("made")
def test_a_checkpoint_of_another_size_is_no_start(tmp_path, whole):
    with pytest.raises(RepriseError, match=r"model\.safetensors has another network than this config: .*layers=2"):
        run(tmp_path / "run", "network.layers=1", "network.dropout=0.1", f"start={whole / 'model.safetensors'}")
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("made")
def test_the_loss_falls(tmp_path):
    run(tmp_path / "run", "steps=90", "learning_rate=4e-3", "log_every=15", "warmup=5")
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
