"""What references are worth: bins by the cosine, changes with intervals over clips, the network's own errors."""

import numpy as np
import pytest
import torch

from reprise import pipelines
from reprise.evaluation.reference_value import Errors, binned, markdown, measure
from reprise.models.checkpoint import load_checkpoint


def test_bins_take_each_caption_once_and_the_last_row_takes_all():
    cosine = np.array([0.2, 0.55, 0.65, 0.65, 0.95, 1.0])
    without = np.full(6, 0.5)
    errors = Errors(np.array([0, 0, 1, 2, 3, 3]), cosine, without, without * [1.2, 1.2, 0.9, 0.9, 0.8, 0.5], without)
    rows = binned(errors)
    assert [(row.captions, row.clips) for row in rows] == [(2, 1), (2, 2), (1, 1), (1, 1), (6, 4)]
    assert [row.change for row in rows[:4]] == pytest.approx([0.2, -0.1, -0.2, -0.5])
    for row in rows:
        assert row.interval[0] <= row.change <= row.interval[1]
    assert rows[0].interval == pytest.approx((0.2, 0.2))  # of one clip nothing else can be drawn
    lines = markdown(rows).splitlines()
    assert lines[2].startswith("| below 0.6 | 2 (1) | 0.500 | 0.600 | 0.500 | +20.0 % ")
    assert [line.split(" | ")[0] for line in lines[-2:]] == ["| the same words", "| all"]


def test_errors_are_those_of_the_network_on_the_clips_captions(made):
    engine = pipelines.load(checkpoint=made.checkpoint, library=made.library, device="cpu")
    checkpoint = load_checkpoint(made.checkpoint)
    errors = measure(engine, checkpoint, made.dataset, "test", 0)
    captions = [segment.captions for segment in made.dataset.segments if segment.split == "test"]
    assert len(errors.clip) == sum(map(len, captions))
    assert len(np.unique(errors.clip)) == len(captions)
    assert (errors.cosine <= 1.0 + 1e-6).all()
    assert not np.allclose(errors.own, errors.without) and not np.allclose(errors.own, errors.others)
    with torch.no_grad():  # a network that says nothing is wrong by the mean square of the features
        checkpoint.network.out.weight.zero_()
        checkpoint.network.out.bias.zero_()
    silent = measure(engine, checkpoint, made.dataset, "test", 0)
    mean, std = checkpoint.mean.numpy(), checkpoint.std.numpy()
    for clip, error in zip(silent.clip, silent.without, strict=True):
        normalised = (made.dataset.features(int(clip)) - mean) / std
        assert error == pytest.approx(np.square(normalised).mean(), rel=1e-3)
    np.testing.assert_array_equal(silent.without, silent.others)
