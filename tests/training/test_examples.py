"""What a training query may retrieve, and how a batch is drawn."""

import math

import numpy as np
import pytest

from reprise.training.batches import make_batch, rows_of_step
from reprise.training.config import DiffusionTraining, load_config
from reprise.training.examples import build_examples


@pytest.fixture(scope="module")
def examples(dataset, encoder):
    return build_examples(dataset, "train", encoder, references=2, mirror=True, composed=4, seed=1)


def test_twins_and_composed_pairs_are_there(examples, dataset):
    assert examples.database == 16
    assert len(examples.motions) == 20
    assert {len(recording) for recording in examples.recordings[16:]} <= {1, 2}
    np.testing.assert_allclose(examples.motions[0] * dataset.std + dataset.mean, dataset.features(0), atol=1e-4)


def test_a_query_never_retrieves_its_own_recording(examples):
    for motion, references in enumerate(examples.references):
        assert references.shape == (len(examples.captions[motion]), 2)
        for reference in references.flat:
            assert reference < examples.database
            assert not examples.recordings[reference] & examples.recordings[motion]


def test_references_are_equation_4(examples):
    """Against the definition, clip by clip: the best caption's cosine times exp(-0.1 |l_i - L| / max(l_i, L))."""
    lengths, sentence = examples.lengths, examples.text.sentence
    for motion in (0, 5, 17):
        for row, references in zip(examples.captions[motion], examples.references[motion], strict=True):
            scores = {}
            for other in range(examples.database):
                if examples.recordings[other] & examples.recordings[motion]:
                    continue
                cosine = max(float(np.dot(sentence[row], sentence[r])) for r in examples.captions[other])
                gap = abs(lengths[other] - lengths[motion]) / max(lengths[other], lengths[motion])
                scores[other] = cosine * math.exp(-0.1 * gap)
            best = sorted(scores.values(), reverse=True)[:2]
            found = [scores[int(reference)] for reference in references]
            assert found == pytest.approx(best, abs=1e-6)


def test_an_epoch_visits_every_motion_once():
    lengths = np.arange(100) % 37 + 20
    rows = np.concatenate([rows_of_step(lengths, 10, 3, step) for step in range(10)])
    assert sorted(rows) == list(range(100))
    assert not np.array_equal(rows_of_step(lengths, 10, 3, 0), rows_of_step(lengths, 10, 3, 10))


def test_a_batch_is_a_function_of_seed_and_step(examples):
    config = load_config("tiny", [], DiffusionTraining())
    one, again, other = (make_batch(examples, config, step) for step in (7, 7, 8))
    for name, value in vars(one).items():
        assert np.array_equal(value, getattr(again, name))
    assert not one.noise.equal(other.noise[: len(one.noise)])
    assert one.x0.shape[0] == config.batch
    assert not one.x0[~one.mask].any()
