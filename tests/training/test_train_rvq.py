"""The token map learns to reconstruct, resumes exactly with its codebooks, and its figures mean what they say."""

import json
from itertools import pairwise

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reprise.data import dataset as datasets
from reprise.evaluation import reconstruction
from reprise.models.rvq import ResidualVQ2D
from reprise.models.rvq_checkpoint import load_rvq
from reprise.training import rvq
from reprise.training.config import RVQTraining, load_config
from reprise.training.rvq_objective import RVQObjective
from reprise.training.rvq_windows import make_windows, windows_of_split


@pytest.fixture
def made(dataset, monkeypatch):
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)


def run(out, *overrides, resume=False):
    return rvq.train(out, out, None if resume else "tiny", list(overrides), resume)


@pytest.mark.usefixtures("made")
def test_killed_and_resumed_is_the_same_run(tmp_path, monkeypatch):
    whole = load_file(run(tmp_path / "whole"))
    real, calls = rvq.make_windows, []

    def dies_at_thirteen(*arguments):
        calls.append(arguments)
        if len(calls) == 14:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(rvq, "make_windows", dies_at_thirteen)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "part")
    monkeypatch.setattr(rvq, "make_windows", real)
    resumed = load_file(run(tmp_path / "part", resume=True))
    assert {"network.codebooks", "network.uses"} <= whole.keys() == resumed.keys()
    for name, weights in whole.items():
        torch.testing.assert_close(resumed[name], weights, atol=1e-3, rtol=1e-3)


@pytest.mark.usefixtures("made")
def test_a_few_clips_come_back(tmp_path, dataset):
    sizes = ("network.width=192", "network.code_dimension=192", "network.codes=64", "network.quantisers=6")
    path = run(tmp_path / "run", "steps=120", "batch=4", "log_every=120", "save_every=120", *sizes)
    result = reconstruction.report(load_rvq(path), dataset, "train")
    still = np.mean([_of_mean_pose(dataset, row) for row in range(8)])
    layers = [figures["posed"] for figures in result["layers"]]
    assert layers[-1] < 0.5 * still
    assert all(after < before for before, after in pairwise(layers))
    assert result["continuous"]["posed"] < layers[-1]
    assert all(use["used"] <= use["codes"] and use["perplexity"] <= use["used"] + 1e-6 for use in result["codes"])


def _of_mean_pose(dataset, row: int) -> float:
    given = np.array(dataset.features(row))
    return reconstruction.errors(np.broadcast_to(dataset.mean, given.shape).astype(np.float32), given)[2]


def test_what_lies_outside_of_a_clip_teaches_nothing(dataset):
    settings = load_config("tiny", ["window=64"], RVQTraining())
    batch = make_windows(windows_of_split(dataset, "train", mirror=True), settings, 0)
    assert not batch.mask.all()  # the clips are shorter than the window
    other = batch.features + 9.0 * ~batch.mask[..., None]
    results = []
    for features in (batch.features, other):
        torch.manual_seed(0)
        network = ResidualVQ2D(settings.network)
        objective = RVQObjective(network, settings, torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std))
        loss = objective(type(batch)(features, batch.mask, batch.layers, batch.candidates))
        results.append((loss, network.codebooks.clone()))
    torch.testing.assert_close(results[0], results[1])


def test_windows_follow_from_the_step_alone(dataset):
    settings = load_config("tiny", ["batch=64"], RVQTraining())
    windows = windows_of_split(dataset, "train", mirror=True)
    one, again, next_one = (make_windows(windows, settings, step) for step in (4, 4, 5))
    assert one.features.equal(again.features)
    assert one.layers.equal(again.layers)
    assert not one.features.equal(next_one.features)
    assert 1 <= one.layers.min() < one.layers.max() == settings.network.quantisers
    assert one.features.shape == (64, settings.window, 263)


def test_only_the_layers_that_a_window_uses_learn_from_it(dataset):
    settings = load_config("tiny", [], RVQTraining())
    batch = make_windows(windows_of_split(dataset, "train", mirror=False), settings, 0)
    network = ResidualVQ2D(settings.network)
    objective = RVQObjective(network, settings, torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std))
    objective(type(batch)(batch.features, batch.mask, torch.ones_like(batch.layers), batch.candidates))
    assert network.uses[0].sum() > 0
    assert network.uses[1:].sum() == 0
    assert network.codebooks[1:].abs().sum() == 0


def test_code_use_of_known_codes():
    codes = torch.tensor([[0, 3], [1, 3], [2, 3], [3, 3], [-1, -1]])
    even, one = reconstruction.code_use(codes, 8)
    assert (even.used, one.used) == (4, 1)
    assert even.perplexity == pytest.approx(4.0)
    assert one.perplexity == pytest.approx(1.0)


def test_errors_of_a_known_change(dataset):
    given = np.array(dataset.features(0))
    raised = given.copy()
    raised[:, 3] += 0.1  # the root's height
    raised[:, 5:67:3] += 0.1  # every other joint's
    assert reconstruction.errors(raised, given) == pytest.approx([100.0, 0.0, 0.0], abs=1e-3)
    turned = given.copy()
    turned[:, 0] += 0.02
    world, aligned, posed = reconstruction.errors(turned, given)
    assert posed == pytest.approx(0.0, abs=1e-3)
    assert world > aligned > 10.0


def test_the_command_tells_what_is_wrong_and_prints_json(tmp_path, dataset, monkeypatch, capsys):
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)
    assert reconstruction.main([str(tmp_path / "none.safetensors"), str(dataset.folder)]) == 2
    assert "There is no checkpoint" in capsys.readouterr().err
    path = run(tmp_path / "run", "steps=2")
    capsys.readouterr()
    assert reconstruction.main([str(path), str(dataset.folder), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["clips"] == 2
    assert len(result["layers"]) == len(result["codes"]) == 3
    assert reconstruction.main([str(path), str(dataset.folder)]) == 0
    assert "continuous" in capsys.readouterr().out
