"""How far joints get from one frame to the next, as a predicted motion's places and travel say it.

The features hold this twice: as velocities, and in the root's travel and the joints' places, of which the motion is
decoded. The squared error of the features counts four numbers of the root as any other four of 263, so a network learns
poses long before their travel fits them. After the losses on velocities and feet of MDM (Tevet et al., 2023, Equations
4 and 5), but of every joint and with the root's own travel in it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reprise.features.humanml3d import POSITIONS, ROOT_XZ, ROOT_YAW, VELOCITIES
from reprise.features.yaw import turn


def displacements(features: Tensor) -> Tensor:
    """(..., T, 263) features in metres and radians -> (..., T - 1, 21, 3) metres that all joints but the root move.

    From each frame to the next, over the ground, in the heading of the earlier one: what the velocities of encoded
    joints are (`features/codec.py`), but from the root's travel and the joints' places alone.
    """
    places = features[..., POSITIONS].unflatten(-1, (-1, 3))
    x, z = features[..., :-1, ROOT_XZ].unbind(-1)
    travel = torch.stack((x, torch.zeros_like(x), z), dim=-1)
    back = -2.0 * features[..., :-1, ROOT_YAW]  # the features hold half of the turn to the next frame
    return turn(places[..., 1:, :, :] + travel[..., None, :], back) - places[..., :-1, :, :]


class DisplacementError(nn.Module):
    """The squared error of displacements, in units of the velocities' own spread. `mean` and `std` (263,)."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)

    def forward(self, predicted: Tensor, true: Tensor) -> Tensor:
        """Normalised features, twice (B, T, 263) -> (B, T - 1) means over joints and axes."""
        spread = self.std[VELOCITIES][3:].unflatten(-1, (-1, 3))
        moved, asked = (displacements(each * self.std + self.mean) for each in (predicted, true))
        return ((moved - asked) / spread).square().mean(dim=(-2, -1))
