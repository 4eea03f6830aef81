"""The contrastive model learns which caption belongs to which motion, and resumes exactly."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from reprise import text
from reprise.data import dataset as datasets
from reprise.data.padding import pad
from reprise.models.contrastive import ContrastiveConfig, ContrastiveModel, contrastive_loss
from reprise.models.contrastive_checkpoint import load_contrastive
from reprise.training import contrastive
from reprise.training.examples import build_examples
from reprise_core.errors import RepriseError


@pytest.fixture
def made(dataset, encoder, monkeypatch):
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)
    monkeypatch.setattr(text, "load", lambda name: encoder)


def run(out, *overrides, resume=False):
    return contrastive.train(out, out, None if resume else "tiny", list(overrides), resume)


def test_the_loss_of_pairs_at_known_places():
    motions, texts = torch.tensor([[0.0, 0.0], [6.0, 0.0]]), torch.tensor([[0.0, 3.0], [6.0, 4.0]])
    own, crossed = (9.0 + 16.0) / 2, [np.hypot(6, 4), np.hypot(6, 3)]  # motion 0 to text 1, motion 1 to text 0
    pushed = sum(max(0.0, 10.0 - d) ** 2 for d in crossed) / 2
    none = torch.zeros(2, 2, dtype=torch.bool)
    assert contrastive_loss(motions, texts, none, 10.0).item() == pytest.approx(own + pushed, rel=1e-5)
    assert contrastive_loss(motions, texts, ~none, 10.0).item() == pytest.approx(own)
    assert contrastive_loss(motions, texts, none, 1.0).item() == pytest.approx(own)  # far enough apart already


def test_padding_and_contact_labels_do_not_matter():
    torch.manual_seed(0)
    network = ContrastiveModel(ContrastiveConfig(latent=32, feed_forward=32, embedding=8, text_dimension=16)).eval()
    motion, tokens = torch.randn(1, 30, 263), torch.randn(1, 5, 16)
    seen, words = torch.ones(1, 30, dtype=torch.bool), torch.ones(1, 5, dtype=torch.bool)
    plain = network(motion, seen, tokens, words)
    other = motion.clone()
    other[..., 259:] += 5.0
    padded = network(
        torch.cat((other, torch.randn(1, 20, 263)), 1),
        torch.cat((seen, ~seen[:, :20]), 1),
        torch.cat((tokens, torch.randn(1, 3, 16)), 1),
        torch.cat((words, ~words[:, :3]), 1),
    )
    for a, b in zip(plain, padded, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


@pytest.mark.usefixtures("made")
def test_it_learns_which_caption_belongs_to_which_motion(tmp_path, dataset, encoder):
    path = run(tmp_path / "run", "steps=300", "mirror=false")
    network = load_contrastive(path).network
    examples = build_examples(dataset, "train", encoder, references=0, mirror=False, composed=0, seed=0)
    motion, mask = pad(list(examples.motions), 196)
    second = np.array([captions[1] for captions in examples.captions])  # the one whose words tell clips apart
    given = (motion, mask, *examples.text.padded(second))
    motions, texts = network(*map(torch.from_numpy, given))
    nearest = torch.cdist(texts, motions).argmin(dim=1)
    right = [examples.recordings[i] == examples.recordings[j] for i, j in enumerate(nearest.tolist())]
    assert np.mean(right) >= 0.75  # by chance: 2 of 8


@pytest.mark.usefixtures("made")
def test_killed_and_resumed_is_the_same_run(tmp_path, monkeypatch):
    whole = load_file(run(tmp_path / "whole", "network.dropout=0.1"))
    real, calls = contrastive.make_pairs, []

    def dies_at_thirteen(*arguments):
        calls.append(arguments)
        if len(calls) == 14:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(contrastive, "make_pairs", dies_at_thirteen)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "part", "network.dropout=0.1")
    monkeypatch.setattr(contrastive, "make_pairs", real)
    resumed = load_file(run(tmp_path / "part", resume=True))
    for name, weights in whole.items():
        torch.testing.assert_close(resumed[name], weights, atol=1e-3, rtol=1e-3)


@pytest.mark.usefixtures("made")
def test_a_generator_is_no_contrastive_model(tmp_path):
    from reprise.training import diffusion

    path = diffusion.train(tmp_path, tmp_path / "run", "tiny", ["steps=1"])
    with pytest.raises(RepriseError, match="is reprise-diffusion-1, not reprise-contrastive-1"):
        load_contrastive(path)
