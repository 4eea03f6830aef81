"""ReMoMask's two-dimensional residual vector-quantised autoencoder: motion to a map of tokens and back.

A clip is a map of frames by joints (`pose_map.py`); convolutions bring it down fourfold in time and fourfold over the
joints, so that a cell of the map is one part of the body over four frames, and residual quantisation
(`rvq_codebooks.py`) names each cell by Q codes, from coarse to fine. One map, without the published second branch.
Clip ends: frames are filled up to whole cells with the last pose, and beyond that every layer sees the zeros that it
sees beyond any edge, so that a clip has the same codes alone and in a padded batch.
Shapes: B clips, T frames, F features, T' = ceil(T / 4) by J' = 6 cells, D code dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from reprise.features.representation import of_feature_count

from .pose_map import CHANNELS, EMPTY, SLOTS, feature_of_place, place_of_feature
from .rvq_codebooks import NO_CODE, residual_codes, sum_of_codes

STRIDE = 4  # frames, and joints, that become one cell
COLUMNS = SLOTS // STRIDE
_HALF = 2  # each of the two halvings


@dataclass(frozen=True)
class RVQConfig:
    """`quantisers` codebooks of `codes` vectors of `code_dimension`; `frames` is the longest clip.

    `channels` at half resolution and `width` at the map's; `blocks` residual blocks at either, on both ways.
    """

    features: int = 263
    frames: int = 196
    codes: int = 256
    code_dimension: int = 1024
    quantisers: int = 6
    channels: int = 256
    width: int = 512
    blocks: int = 3


class ResidualVQ2D(nn.Module):
    """Features (B, T, F), normalised, to codes (B, T', J', Q) and back; the first codes are the coarse ones.

    `codebooks` (Q, K, D) and `uses` (Q, K) are learnt by moving averages (`training/rvq.py`).
    """

    codebooks: Tensor
    uses: Tensor
    _feature: Tensor
    _place: Tensor

    def __init__(self, config: RVQConfig) -> None:
        super().__init__()
        self.config = config
        representation = of_feature_count(config.features)
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        layers = (config.quantisers, config.codes)
        self.register_buffer("codebooks", torch.zeros(*layers, config.code_dimension))
        self.register_buffer("uses", torch.zeros(layers))
        feature = torch.tensor(feature_of_place(representation))
        self.register_buffer("_feature", feature.where(feature != EMPTY, config.features), persistent=False)
        self.register_buffer("_place", torch.tensor(place_of_feature(representation)), persistent=False)

    def encode(self, features: Tensor, mask: Tensor) -> Tensor:
        """(B, T, F), real frames (B, T) first in each row -> codes (B, T', J', Q); `NO_CODE` outside of a clip."""
        latent, inside = self.latent(features, mask)
        codes = residual_codes(latent.flatten(0, 2), self.codebooks).unflatten(0, latent.shape[:3])
        return codes.where(inside[:, :, None, None], NO_CODE)

    def decode(self, codes: Tensor, frames: int) -> Tensor:
        """Codes (B, T', J', q) of the first q <= Q layers -> normalised features (B, frames, F), frames <= 4 T'.

        A row of cells whose first code is `NO_CODE` lies outside of the clip; so do the frames it gives.
        """
        return self.from_latent(self.lookup(codes), codes[:, :, 0, 0] != NO_CODE)[:, :frames]

    def lookup(self, codes: Tensor) -> Tensor:
        """Codes (..., q) of the first q <= Q layers -> the sum of their vectors (..., D)."""
        return sum_of_codes(codes, self.codebooks)

    def latent(self, features: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, F), (B, T) -> what is quantised (B, T', J', D), and which rows of cells (B, T') are inside."""
        inside = functional.pad(mask, (0, -mask.shape[1] % STRIDE)).unflatten(1, (-1, STRIDE)).any(dim=2)
        last = mask.sum(dim=1, keepdim=True).clamp_min(1) - 1  # (B, 1)
        rows = torch.arange(inside.shape[1] * STRIDE, device=mask.device).minimum(last)  # (B, 4 T')
        filled = features.gather(1, rows[..., None].expand(-1, -1, features.shape[2]))
        poses = functional.pad(filled, (0, 1))[..., self._feature]  # (B, 4 T', 24, 12)
        return self.encoder(poses.permute(0, 3, 1, 2), inside).permute(0, 2, 3, 1), inside

    def from_latent(self, latent: Tensor, inside: Tensor) -> Tensor:
        """(B, T', J', D), rows of cells inside (B, T') -> normalised features (B, 4 T', F)."""
        poses = self.decoder(latent.permute(0, 3, 1, 2), inside)  # (B, 12, 4 T', 24)
        return poses.permute(0, 2, 3, 1).flatten(2)[..., self._place]


class ResidualBlock(nn.Module):
    """x + W relu(conv(relu(x))), the convolution 3 x 3 and `dilation` frames wide in time."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=(dilation, 1), dilation=(dilation, 1))
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor, inside: Tensor) -> Tensor:
        """(B, C, T, J), 1 inside and 0 outside (B, 1, T, 1) -> (B, C, T, J)."""
        return (x + self.out(functional.relu(self.conv(functional.relu(x))))) * inside


class Encoder(nn.Module):
    """Pose maps (B, 12, 4 T', 24), rows of cells inside (B, T') -> (B, D, T', 6)."""

    def __init__(self, config: RVQConfig) -> None:
        super().__init__()
        self.stem = nn.Conv2d(CHANNELS, config.channels, 4, stride=_HALF, padding=1)
        self.places = nn.Parameter(torch.zeros(config.channels, 1, SLOTS // _HALF))  # tells body parts apart
        self.fine = nn.ModuleList(ResidualBlock(config.channels, 1) for _ in range(config.blocks))
        self.down = nn.Conv2d(config.channels, config.width, 4, stride=_HALF, padding=1)
        self.coarse = nn.ModuleList(ResidualBlock(config.width, 3**i) for i in reversed(range(config.blocks)))
        self.out = nn.Conv2d(config.width, config.code_dimension, 1)

    def forward(self, poses: Tensor, inside: Tensor) -> Tensor:
        cells, halves, whole = _masks(inside)
        x = (self.stem(_laid_out(poses * whole)) + self.places) * halves  # (B, C, 2 T', 12)
        for block in self.fine:
            x = block(x, halves)
        x = self.down(functional.relu(x)) * cells  # (B, W, T', 6)
        for block in self.coarse:
            x = block(x, cells)
        return self.out(x).float()


class Decoder(nn.Module):
    """Sums of codes (B, D, T', 6), rows of cells inside (B, T') -> pose maps (B, 12, 4 T', 24)."""

    def __init__(self, config: RVQConfig) -> None:
        super().__init__()
        self.into = nn.Conv2d(config.code_dimension, config.width, 3, padding=1)
        self.places = nn.Parameter(torch.zeros(config.width, 1, COLUMNS))
        self.coarse = nn.ModuleList(ResidualBlock(config.width, 3**i) for i in reversed(range(config.blocks)))
        self.up = nn.ConvTranspose2d(config.width, config.channels, 4, stride=_HALF, padding=1)
        self.fine = nn.ModuleList(ResidualBlock(config.channels, 1) for _ in range(config.blocks))
        self.out = nn.ConvTranspose2d(config.channels, CHANNELS, 4, stride=_HALF, padding=1)

    def forward(self, latent: Tensor, inside: Tensor) -> Tensor:
        cells, halves, whole = _masks(inside)
        x = (self.into(_laid_out(latent * cells)) + self.places) * cells  # (B, W, T', 6)
        for block in self.coarse:
            x = block(x, cells)
        x = self.up(functional.relu(x)) * halves  # (B, C, 2 T', 12)
        for block in self.fine:
            x = block(x, halves)
        return self.out(functional.relu(x)).float() * whole


def _masks(inside: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of cells inside (B, T') as 0 and 1, (B, 1, ., 1), at a quarter of the frames, at half, at all."""
    cells = inside.float()[:, None, :, None]
    return cells, cells.repeat_interleave(_HALF, dim=2), cells.repeat_interleave(STRIDE, dim=2)


def _laid_out(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)  # convolutions of a CPU are a quarter faster so
