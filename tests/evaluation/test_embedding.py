"""Evaluators embed each motion and caption by itself, whatever stands beside it."""

import numpy as np
import pytest
import torch

from reprise.evaluation.embedding import ContrastiveEvaluator
from reprise.models.contrastive import ContrastiveConfig, ContrastiveModel
from reprise.models.contrastive_checkpoint import ContrastiveCheckpoint
from reprise_core.errors import RepriseError


@pytest.fixture(scope="module")
def checkpoint() -> ContrastiveCheckpoint:
    torch.manual_seed(0)
    config = ContrastiveConfig(latent=32, feed_forward=32, embedding=8, text_dimension=384, layers=2, text_layers=1)
    mean, std = torch.randn(263), torch.rand(263) + 0.5
    return ContrastiveCheckpoint(ContrastiveModel(config), mean, std, "all-MiniLM-L6-v2", 7)


@pytest.fixture(scope="module")
def motions() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.normal(size=(int(frames), 263)).astype(np.float32) for frames in random.integers(5, 60, 70)]


def test_a_batch_is_its_rows_one_by_one(checkpoint, encoder, motions):
    evaluator = ContrastiveEvaluator(checkpoint, encoder)
    captions = [f"a person does {i % 40}" for i in range(70)]
    for embed, rows in ((evaluator.motions, motions), (evaluator.texts, captions)):
        whole = embed(rows)
        assert whole.shape == (70, 8) and whole.dtype == np.float64
        np.testing.assert_allclose(whole, np.concatenate([embed([row]) for row in rows]), atol=1e-5)
        np.testing.assert_array_equal(whole, embed(rows))


def test_motions_are_normalised_by_the_checkpoint(checkpoint, encoder, motions):
    plain = ContrastiveCheckpoint(checkpoint.network, torch.zeros(263), torch.ones(263), checkpoint.encoder, 0)
    normalized = [(motion - checkpoint.mean.numpy()) / checkpoint.std.numpy() for motion in motions[:5]]
    given = ContrastiveEvaluator(checkpoint, encoder).motions(motions[:5])
    np.testing.assert_allclose(given, ContrastiveEvaluator(plain, encoder).motions(normalized), atol=1e-5)


def test_what_cannot_be_embedded_is_refused(checkpoint, encoder):
    evaluator = ContrastiveEvaluator(checkpoint, encoder)
    for wrong in (np.zeros((5, 251)), np.zeros((0, 263)), np.full((5, 263), np.nan)):
        with pytest.raises(RepriseError, match="Motion 0 has"):
            evaluator.motions([wrong])
    with pytest.raises(RepriseError, match="nothing to embed"):
        evaluator.texts([])
    other = ContrastiveCheckpoint(checkpoint.network, checkpoint.mean, checkpoint.std, "clip", 0)
    with pytest.raises(RepriseError, match="text encoder clip, not all-MiniLM-L6-v2"):
        ContrastiveEvaluator(other, encoder)
