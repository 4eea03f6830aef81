"""The search finds known best weights, learning lowers the objective, a resumed run is the same run."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors import safe_open

from reprise import text
from reprise.data import dataset as datasets
from reprise.diffusion.mixture import Mixture
from reprise.diffusion.schedule import spaced_timesteps
from reprise.evaluation import metrics
from reprise.library.from_dataset import create_from_dataset
from reprise.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from reprise.models.contrastive import ContrastiveConfig, ContrastiveModel
from reprise.models.contrastive_checkpoint import ContrastiveCheckpoint, load_contrastive, save_contrastive
from reprise.models.inference import InferenceTransformer
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer, TransformerConfig
from reprise.pipelines.remodiffuse import ReMoDiffuse
from reprise.training import mixture as training
from reprise.training import mixture_log
from reprise.training.examples import build_examples
from reprise.training.frechet import fitted, frechet_distance
from reprise.training.mixture_late import LateObjective
from reprise.training.mixture_search import grid, refined, rungs, successive_halving, work
from reprise.training.prompted import prompted, sampled, sampled_from, sampled_until
from reprise_core.contract import References, Request
from reprise_core.errors import RepriseError

TINY = TransformerConfig(
    latent=16, heads=2, layers=1, feed_forward=16, time_embedding=16, text_dimension=384, text_latent=16,
    text_layers=1, text_heads=2, text_feed_forward=16, reference_layers=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def files(dataset, tmp_path_factory):
    """A generator and a contrastive model that are random, but do use all that they are given."""
    folder = tmp_path_factory.mktemp("mixture")
    torch.manual_seed(3)
    network = SemanticsModulatedTransformer(TINY)
    with torch.no_grad():
        for weight in network.parameters():  # none stays at zero
            weight.add_(0.1 * torch.randn_like(weight))
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
    old = {"scale": 2.0, "late_below": 100, "late": [1.0, 0.0, 0.0]}
    save_checkpoint(Checkpoint(network, mean, std, "all-MiniLM-L6-v2", old, 7, "g"), folder / "g.safetensors")
    config = ContrastiveConfig(latent=16, heads=2, layers=1, feed_forward=16, embedding=6, text_dimension=384)
    model = ContrastiveModel(config)
    save_contrastive(ContrastiveCheckpoint(model, mean, std, "all-MiniLM-L6-v2", 5), folder / "c.safetensors")
    return folder


@pytest.fixture
def made(dataset, encoder, monkeypatch):
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)
    monkeypatch.setattr(text, "load", lambda name: encoder)


def fast(generator):
    return InferenceTransformer(generator.network)


def run(files, out, *overrides, resume=False):
    config = None if resume else "tiny"
    given = (files, files / "g.safetensors", files / "c.safetensors", out)
    return training.train(*given, config, list(overrides), resume)


# The search, where the best is known.


def test_the_grid_is_the_papers():
    candidates = grid(-5.0, 5.0, 0.5)
    assert len(candidates) == len(set(candidates)) == 21 * 21
    assert {(-5.0, 5.0), (0.0, 0.0), (0.5, -4.5)} <= set(candidates)


@pytest.mark.parametrize("halvings", [0, 2])
def test_the_search_finds_the_best_of_a_bowl(halvings):
    asked = []

    def bowl(candidate, batches):
        asked.append((candidate, batches))
        return (candidate[0] - 2.3) ** 2 + (candidate[1] + 1.2) ** 2 + 1.0 / batches

    sizes = rungs(8, halvings)
    best = successive_halving(grid(-5, 5, 1.0), sizes, bowl)
    assert best == (2.0, -1.0)
    assert [sum(count == size for _, count in asked) for size in sizes] == [121, 61, 31][: halvings + 1]
    assert refined(best, 1.0, 2, sizes[-1], bowl) == (2.25, -1.25)


def test_the_work_is_what_is_sampled():
    sampled_batches, best = set(), (0.0, 0.0)

    def measure(candidate, batches):
        sampled_batches.update((candidate, i) for i in range(batches))
        return (candidate[0] - 1.0) ** 2 + candidate[1] ** 2

    best = successive_halving(grid(-2, 2, 1.0), rungs(8, 2), measure)
    refined(best, 1.0, 1, 8, measure)
    assert len(sampled_batches) == work(25, rungs(8, 2), 1)


@pytest.fixture(scope="module")
def whole(files, dataset, encoder, tmp_path_factory):
    """The folder of a run that nothing stopped."""
    out = tmp_path_factory.mktemp("mixture") / "whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets, "load", lambda folder: dataset)
        patch.setattr(text, "load", lambda name: encoder)
        run(files, out)
    return out


# The objective.


@pytest.mark.parametrize("count", [5, 40])
def test_the_objective_is_the_frechet_distance(count):
    random = np.random.default_rng(0)
    real, made = random.normal(size=(60, 8)), random.normal(1.0, 2.0, size=(count, 8))
    real[:, 3] = 0.0  # a covariance that is singular
    value = frechet_distance(torch.from_numpy(made), fitted(real, torch.device("cpu")))
    assert value.item() == pytest.approx(metrics.frechet_distance(real, made), rel=1e-6)


@pytest.mark.parametrize("count", [5, 40])
def test_its_slopes_are_the_finite_differences(count):
    random = np.random.default_rng(1)
    real = fitted(random.normal(size=(60, 8)), torch.device("cpu"))
    rows = torch.from_numpy(random.normal(0.5, 1.5, size=(count, 8))).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: frechet_distance(x, real), (rows,), atol=1e-6)


@pytest.fixture
def bench(files, dataset, encoder):
    """Two batches of prompts, the generator in double precision, the judge, and the sampler's steps."""
    examples = build_examples(dataset, "train", encoder, references=2, mirror=True, composed=0, seed=0)
    generator = load_checkpoint(files / "g.safetensors")
    batches = [prompted(generator.network, examples, np.array(rows), 0) for rows in ([0, 2, 5], [8, 9])]
    return generator, load_contrastive(files / "c.safetensors"), batches, spaced_timesteps(6), examples


def test_a_row_does_not_depend_on_its_batch(bench):
    generator, _, (batch, _), steps, examples = bench
    alone = prompted(generator.network, examples, np.array([2]), 0)
    whole, one = (sampled(fast(generator), prompts, Mixture(), steps) for prompts in (batch, alone))
    length = int(alone.mask.sum())
    torch.testing.assert_close(whole[1, :length], one[0], atol=2e-4, rtol=1e-3)


def test_the_sampler_cut_in_two_is_the_sampler(bench):
    generator, _, (batch, _), steps, _ = bench
    late = (0.5, -0.25, 2.0)
    mixture = Mixture.from_json({"searched": {"early": [2.0, -1.0, 0.0], "late": late, "late_below": steps[-2]}})
    noisy = sampled_until(fast(generator), batch, mixture, steps, len(steps) - 2)
    weights = torch.tensor((*late, 1.0 - sum(late)), requires_grad=True)
    x0 = sampled_from(generator.network, batch, noisy, weights, steps[-2:])
    whole = sampled(fast(generator), batch, mixture, steps)
    torch.testing.assert_close(x0.detach()[batch.mask], whole[batch.mask], atol=2e-4, rtol=1e-3)


def test_slopes_through_the_sampler_are_the_finite_differences(bench):
    generator, judge, batches, steps, _ = bench
    noisy = [sampled_until(fast(generator), prompts, Mixture(), steps, len(steps) - 2) for prompts in batches]
    real = fitted(np.random.default_rng(0).normal(size=(20, 6)), torch.device("cpu"))
    mean, std = generator.mean, generator.std
    objective = LateObjective(generator.network, mean, std, judge, real, batches, noisy, steps[-2:])
    at, width = np.array([0.7, 0.4, -0.3]), 0.1  # networks compute in float32: no smaller
    slopes = objective.measured(tuple(at)).slopes
    assert max(map(abs, slopes)) > 1e-3
    for i in range(3):
        up, down = (objective.measured(tuple(at + sign * width * np.eye(3)[i])).fid for sign in (1, -1))
        assert slopes[i] == pytest.approx((up - down) / (2 * width), rel=3e-2, abs=2e-5)


# The whole run.


def test_learning_lowers_the_objective_and_the_checkpoint_holds_it(files, whole):
    late = np.loadtxt(next(whole.glob("late_*.csv")), delimiter=",", skiprows=1)
    assert late[:, 3].min() < late[0, 3]
    old, new = (load_checkpoint(file) for file in (files / "g.safetensors", whole / "model.safetensors"))
    found = Mixture.from_json(new.mixture)
    assert found.searched is not None
    assert found.searched.late == tuple(late[late[:, 3].argmin(), :3])
    search = np.loadtxt(whole / "search.csv", delimiter=",", skiprows=1)
    last = search[search[:, 2] == search[:, 2].max()]
    assert found.searched.early[:2] == tuple(last[last[:, 3].argmin(), :2])
    assert sum(found.searched.early) == pytest.approx(1.0)
    assert (found.scale, found.late) == (2.0, (1.0, 0.0, 0.0))  # guidance stays the other choice
    assert new.step == old.step
    for name, weight in old.network.state_dict().items():
        assert weight.equal(new.network.state_dict()[name])
    figures = json.loads((whole / "result.json").read_text())["figures"]
    assert figures[0]["clips"] == 8
    assert figures[0]["fid"]["searched"] == pytest.approx(late[:, 3].min(), rel=1e-3)


def test_the_written_checkpoint_generates_and_guidance_can_still_be_chosen(whole, dataset, encoder, tmp_path):
    create_from_dataset(dataset.folder, "train", tmp_path / "l.sqlite", encoder)
    checkpoint = load_checkpoint(whole / "model.safetensors")
    engine = ReMoDiffuse(checkpoint, encoder, tmp_path / "l.sqlite", torch.device("cpu"))
    guided = engine.mixed("guidance")
    old = engine.varied(Mixture.from_json({"scale": 2.0, "late_below": 100, "late": [1.0, 0.0, 0.0]}))

    def features(made_by, **change):
        return made_by.features([Request("thing 3", 2.0, 5, steps=6, **change)])[0]

    assert np.isfinite(features(engine)).all()
    assert not np.allclose(features(engine), features(guided), atol=1e-3)
    np.testing.assert_array_equal(features(guided), features(old))
    nothing = {"text_strength": 0.0, "references": References(strength=0.0)}  # the strengths keep their meaning
    np.testing.assert_allclose(features(engine, **nothing), features(guided, **nothing), atol=2e-3)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("where", ["search", "late"])
def test_killed_and_resumed_is_the_same_run(tmp_path, files, whole, monkeypatch, where):
    name = {"search": "kept", "late": "step"}[where]
    real, calls = getattr(mixture_log.MixtureLog, name), []

    def dies(self, *arguments):
        calls.append(arguments)
        if len(calls) == {"search": 9, "late": 3}[where]:
            raise KeyboardInterrupt
        return real(self, *arguments)

    monkeypatch.setattr(mixture_log.MixtureLog, name, dies)
    with pytest.raises(KeyboardInterrupt):
        run(files, tmp_path / "part")
    monkeypatch.setattr(mixture_log.MixtureLog, name, real)
    resumed = run(files, tmp_path / "part", resume=True)
    with safe_open(whole / "model.safetensors", "pt") as one, safe_open(resumed, "pt") as other:
        assert one.metadata()["mixture"] == other.metadata()["mixture"]
    assert (whole / "search.csv").read_text() == (tmp_path / "part/search.csv").read_text()


@pytest.mark.usefixtures("made")
def test_what_counts_can_be_chosen_after_the_search(tmp_path, files, whole, monkeypatch):
    shutil.copytree(whole, tmp_path / "run")
    monkeypatch.setattr(training.Bench, "features", None)  # nothing is made again
    monkeypatch.setattr(training, "sampled_until", lambda *given: None)
    chosen = load_checkpoint(run(files, tmp_path / "run", "chosen=guidance", resume=True)).mixture
    before = load_checkpoint(whole / "model.safetensors").mixture
    assert chosen == {**before, "chosen": "guidance"}
    assert (Mixture.from_json(before).used, Mixture.from_json(chosen).used) == ("searched", "guidance")
    assert (tmp_path / "run/result.json").read_bytes() == (whole / "result.json").read_bytes()


@pytest.mark.usefixtures("made")
def test_a_run_is_not_mixed_with_another(tmp_path, files, whole):
    with pytest.raises(RepriseError, match="already holds a run"):
        run(files, whole)
    with pytest.raises(RepriseError, match="begun with another seed"):
        run(files, whole, "seed=1", resume=True)
    with pytest.raises(RepriseError, match="no run to resume"):
        run(files, tmp_path / "other", resume=True)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("step=0", "step is 0.0"),
        ("late_steps=6", "late_steps is 6 of 6"),
        ("high=-2", "high is -2.0 and low -1.0"),
        ("chosen=both", "chosen is 'both'"),
    ],
)
def test_sizes_that_make_no_search_are_refused(tmp_path, files, override, message):
    with pytest.raises(RepriseError, match=message):
        run(files, tmp_path / "run", override)
    assert not (tmp_path / "run").exists()
