"""How far joints get, as places and travel say it, is what their velocities say of a true motion."""

import numpy as np
import pytest
import torch

from reprise.diffusion.schedule import linear_schedule
from reprise.features.humanml3d import ROOT_XZ, VELOCITIES, encode_normalized
from reprise.features.yaw import turn
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise.training.batches import make_batch
from reprise.training.config import DiffusionTraining, load_config
from reprise.training.displacement import DisplacementError, displacements
from reprise.training.examples import build_examples
from reprise.training.objective import DiffusionObjective


@pytest.fixture
def turning(dataset):
    """Features of a figure that wriggles along and turns all the while, so that no two headings are the same."""
    joints = dataset.joints(9).astype(np.float64)
    return torch.from_numpy(encode_normalized(turn(joints, np.linspace(0.0, 4.0, len(joints))[:, None])))


def test_of_an_encoded_motion_they_are_the_velocities(turning):
    features = turning
    velocities = features[:-1, VELOCITIES].unflatten(-1, (-1, 3))[:, 1:]
    assert velocities.abs().max() > 0.01
    torch.testing.assert_close(displacements(features), velocities, atol=2e-6, rtol=0)


def test_the_error_of_too_much_travel_is_its_square_in_units_of_the_spread(turning):
    features = turning[None]
    mean, std = torch.zeros(263), torch.ones(263)
    std[VELOCITIES] = 0.02
    error = DisplacementError(mean, std)
    gliding = features.clone()
    gliding[..., ROOT_XZ] += torch.tensor([0.03, 0.04])  # five centimetres a frame more
    assert error(features, features).max() == 0.0
    torch.testing.assert_close(
        error(gliding, features), torch.full((1, features.shape[1] - 1), (0.05 / 0.02) ** 2 / 3), rtol=1e-4, atol=0
    )


def test_the_objective_counts_it_in_real_frames_only(dataset, encoder):
    config = load_config("tiny", [], DiffusionTraining())
    examples = build_examples(dataset, "train", encoder, references=2, mirror=True, composed=0, seed=0)
    batch = make_batch(examples, config, 3)
    assert not batch.mask.all()
    network = SemanticsModulatedTransformer(config.network).eval()
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
    with torch.no_grad():
        torch.nn.init.normal_(network.out.weight, std=0.3)
        plain = DiffusionObjective(network, linear_schedule())
        weighed = DiffusionObjective(network, linear_schedule(), DisplacementError(mean, std), 0.5)
        caught = []
        network.register_forward_hook(lambda module, given, result: caught.append(result))
        difference = weighed(batch) - plain(batch)
        lengths = batch.mask.sum(dim=1)
        rows = [
            DisplacementError(mean, std)(caught[0][i : i + 1, :n], batch.x0[i : i + 1, :n]).sum()
            for i, n in enumerate(lengths)
        ]
    torch.testing.assert_close(difference, 0.5 * sum(rows) / float(lengths.sum()), rtol=1e-4, atol=1e-5)
