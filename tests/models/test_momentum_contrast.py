"""Momentum copies, queues and the loss, each against a computation in plain loops."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from reprise.models.momentum_contrast import PairQueue, symmetric_info_nce, update_momentum


def unit(seed: int, *shape: int) -> torch.Tensor:
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_the_copy_is_the_weighted_sum_of_all_earlier_weights():
    torch.manual_seed(0)
    network, copy = nn.Linear(3, 2), nn.Linear(3, 2)
    start, seen = copy.weight.detach().clone(), []
    for _ in range(4):
        with torch.no_grad():
            network.weight.normal_()
        seen.append(network.weight.detach().clone())
        update_momentum(copy, network, 0.9)
    expected = 0.9**4 * start + sum(0.1 * 0.9 ** (3 - i) * weight for i, weight in enumerate(seen))
    torch.testing.assert_close(copy.weight.detach(), expected)
    torch.testing.assert_close(network.weight.detach(), seen[-1], atol=0, rtol=0)


@pytest.mark.parametrize(("size", "batches"), [(7, (3, 3, 3, 3)), (4, (4, 4)), (10, (3, 2)), (5, (5, 1, 4))])
def test_the_queue_holds_the_last_pairs_and_forgets_the_oldest(size, batches):
    queue, pushed = PairQueue(size, 2), []
    for number, count in enumerate(batches):
        motions, texts = unit(number, count, 2), unit(number + 50, count, 2)
        captions = torch.arange(count) + 100 * number
        recordings = captions + 10_000
        queue.push(motions, texts, captions, recordings)
        pushed += list(zip(motions, texts, captions.tolist(), recordings.tolist(), strict=True))
    wanted = {caption: (motion, text, recording) for motion, text, caption, recording in pushed[-size:]}
    held = [place for place in range(size) if queue.recordings[place] >= 0]
    assert {int(queue.captions[place]) for place in held} == set(wanted)
    for place in held:
        motion, text, recording = wanted[int(queue.captions[place])]
        assert torch.equal(queue.motions[place], motion)
        assert torch.equal(queue.texts[place], text)
        assert int(queue.recordings[place]) == recording


def test_same_caption_same_recording_and_empty_places_are_no_negatives():
    queue = PairQueue(5, 2)
    queue.push(unit(0, 3, 2), unit(1, 3, 2), torch.tensor([7, 8, 9]), torch.tensor([70, 80, 90]))
    captions, recordings = torch.tensor([7, 1, 2]), torch.tensor([10, 80, 10])
    found = queue.no_negatives(captions, recordings)
    others = [(7, 10), (1, 80), (2, 10), (7, 70), (8, 80), (9, 90), None, None]
    for row, own in enumerate(zip(captions.tolist(), recordings.tolist(), strict=True)):
        for column, other in enumerate(others):
            expected = other is None or own[0] == other[0] or own[1] == other[1]
            assert bool(found[row, column]) == expected, (row, column)


def test_the_loss_is_the_sum_over_all_negatives_in_both_directions():
    size, queue, temperature = 3, 4, 0.2
    motions, texts = unit(0, size, 5), unit(1, size, 5)
    key_motions, key_texts = unit(2, size + queue, 5), unit(3, size + queue, 5)
    hidden = torch.rand(size, size + queue, generator=torch.Generator().manual_seed(4)) < 0.4
    total = 0.0
    for queries, keys in ((motions, key_texts), (texts, key_motions)):
        for row in range(size):
            own = math.exp(float(queries[row] @ keys[row]) / temperature)
            negatives = sum(
                math.exp(float(queries[row] @ keys[column]) / temperature)
                for column in range(size + queue)
                if column != row and not hidden[row, column]
            )
            total -= math.log(own / (own + negatives)) / (2 * size)
    found = symmetric_info_nce(motions, texts, key_motions, key_texts, hidden, temperature)
    assert found.item() == pytest.approx(total, rel=1e-5)


def test_what_is_no_negative_gets_no_gradient():
    texts = unit(1, 2, 5).requires_grad_()
    motions = unit(0, 2, 5)
    hidden = torch.tensor([[False, True], [True, False]])
    loss = symmetric_info_nce(motions, texts, motions, texts, hidden, 0.07)
    assert loss.item() == pytest.approx(0.0, abs=1e-6)
    loss.backward()
    assert texts.grad is not None
    assert texts.grad.abs().max() < 1e-6
