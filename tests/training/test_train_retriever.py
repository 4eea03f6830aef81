"""The momentum retriever learns which caption belongs to which motion, keeps its best, and resumes exactly."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reprise import text
from reprise.data import dataset as datasets
from reprise.models.momentum_checkpoint import load_retriever
from reprise.models.momentum_contrast import PairQueue
from reprise.models.momentum_retriever import MomentumRetriever, RetrieverConfig
from reprise.training import retriever
from reprise.training.examples import build_examples
from reprise.training.retriever import RetrieverObjective
from reprise.training.retriever_validation import VALIDATION, mean_reciprocal_rank


@pytest.fixture
def made(dataset, encoder, monkeypatch):
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)
    monkeypatch.setattr(text, "load", lambda name: encoder)


def run(out, *overrides, resume=False):
    return retriever.train(out, out, None if resume else "tiny", list(overrides), resume)


@pytest.mark.usefixtures("made")
def test_it_learns_which_caption_belongs_to_which_motion(tmp_path, dataset, encoder):
    path = run(tmp_path / "run", "steps=80", "mirror=false", "learning_rate=5e-3")
    examples = build_examples(dataset, "train", encoder, references=0, mirror=False, composed=0, seed=0)
    assert mean_reciprocal_rank(load_retriever(path).network, examples) > 0.7
    torch.manual_seed(0)
    fresh = MomentumRetriever(load_retriever(path).network.config).eval()
    assert mean_reciprocal_rank(fresh, examples) < 0.6


@pytest.mark.usefixtures("made")
def test_killed_and_resumed_is_the_same_run(tmp_path, monkeypatch):
    run(tmp_path / "whole", "network.dropout=0.1")
    real, calls = retriever.make_pairs, []

    def dies_at_thirteen(*arguments):
        calls.append(arguments)
        if len(calls) == 14:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(retriever, "make_pairs", dies_at_thirteen)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "part", "network.dropout=0.1")
    monkeypatch.setattr(retriever, "make_pairs", real)
    run(tmp_path / "part", resume=True)
    whole, resumed = (load_file(tmp_path / name / "training.safetensors") for name in ("whole", "part"))
    assert {"carried.queue.motions", "carried.queue.place"} <= set(whole)
    assert any(name.startswith("carried.slow.motion.") for name in whole)
    for name, values in whole.items():
        torch.testing.assert_close(resumed[name], values, atol=1e-5, rtol=1e-4)


@pytest.mark.usefixtures("made")
def test_the_checkpoint_is_the_save_that_ranked_the_validation_split_best(tmp_path, dataset, monkeypatch):
    held_out = [replace(segment, split="val") for segment in dataset.segments[6:8]]
    changed = replace(dataset, segments=(*dataset.segments[:6], *held_out, *dataset.segments[8:]))
    monkeypatch.setattr(datasets, "load", lambda folder: changed)
    judged = iter((0.2, 0.9, 0.5, 0.9))
    monkeypatch.setattr(retriever, "mean_reciprocal_rank", lambda network, examples: next(judged))
    path = run(tmp_path / "run", "save_every=5")
    assert load_retriever(path).step == 10
    rows = (tmp_path / "run" / VALIDATION).read_text().split()
    assert rows == ["5,0.2000", "10,0.9000", "15,0.5000", "20,0.9000"]


def test_a_step_moves_copies_first_and_queues_what_they_embedded():
    torch.manual_seed(0)
    network = MomentumRetriever(
        RetrieverConfig(latent=16, heads=2, layers=1, feed_forward=16, embedding=8, text_dimension=12, dropout=0.3)
    )
    objective = RetrieverObjective(network, PairQueue(6, 8), momentum=0.5, temperature=0.1).train()
    before = {name: value.clone() for name, value in objective.slow.state_dict().items()}
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.1)
    numbers = torch.tensor([3, 4])
    batch = retriever.PairBatch(
        torch.randn(2, 12, 263), torch.ones(2, 12, dtype=torch.bool), torch.randn(2, 4, 12),
        torch.ones(2, 4, dtype=torch.bool), numbers, numbers + 5,
    )  # fmt: skip
    loss = objective(batch)
    weights = network.state_dict()
    for name, value in objective.slow.state_dict().items():
        torch.testing.assert_close(value, 0.5 * (before[name] + weights[name]))
    motions, texts = objective.slow(batch.motion, batch.mask, batch.tokens, batch.token_mask)
    torch.testing.assert_close(objective.queue.motions[:2], motions)  # so the copies have no dropout
    torch.testing.assert_close(objective.queue.texts[:2], texts)
    assert objective.queue.recordings.tolist() == [8, 9, -1, -1, -1, -1]
    loss.backward()
    assert all(weight.grad is None for weight in objective.slow.parameters())
    assert np.isfinite(loss.item())
