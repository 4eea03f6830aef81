"""ReMoMask's two-dimensional residual vector-quantised autoencoder: motion to a map of tokens and back.

A clip is a map of frames by joints (`pose_map.py`). Four frames of one part of the body (four joints) are a cell; each
part has its own way into a cell's vector and out of it, residual convolutions over time and parts lie between, and
residual quantisation (`rvq_codebooks.py`) names each cell by Q codes, from coarse to fine. One map, without the
published second branch. The published network halves twice with strided convolutions; here a cell's vector begins as
its 192 numbers themselves, as in the residual autoencoding of DC-AE (Chen et al., 2024), so that training starts from
lossless cells and has to learn only what the codes lose.
Clip ends: frames are filled up to whole cells with the last pose, and beyond that every layer sees the zeros that it
sees beyond any edge, so that a clip has the same codes alone and in a padded batch.
Shapes: B clips, T frames, F features, T' = ceil(T / 4) by J' = 6 cells, D code dimensions, W width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from reprise.features.representation import Representation, of_feature_count

from .pose_map import CHANNELS, EMPTY, SLOTS, feature_of_place, place_of_feature
from .rvq_codebooks import NO_CODE, residual_codes, sum_of_codes

STRIDE = 4  # frames, and joints, that become one cell
COLUMNS = SLOTS // STRIDE
CELL = STRIDE * STRIDE * CHANNELS  # numbers in a cell


@dataclass(frozen=True)
class RVQConfig:
    """`quantisers` codebooks of `codes` vectors of `code_dimension`; `frames` is the longest clip.

    `width` channels in `blocks` residual blocks before the codes and as many behind them. Cells pass without loss
    where `width` and `code_dimension` are at least `CELL`, 192.
    """

    features: int = 263
    frames: int = 196
    codes: int = 256
    code_dimension: int = 1024
    quantisers: int = 6
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
    _weight: Tensor

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
        self.register_buffer("_weight", _weights(representation), persistent=False)

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
        poses = functional.pad(filled * self._weight, (0, 1))[..., self._feature]  # (B, 4 T', 24, 12)
        return self.encoder(_cut(poses), inside), inside

    def from_latent(self, latent: Tensor, inside: Tensor) -> Tensor:
        """(B, T', J', D), rows of cells inside (B, T') -> normalised features (B, 4 T', F)."""
        poses = _joined(self.decoder(latent, inside))  # (B, 4 T', 24, 12)
        return poses.flatten(2)[..., self._place] / self._weight


class Encoder(nn.Module):
    """Cells (B, T', 6, 192), rows of cells inside (B, T') -> (B, T', 6, D)."""

    def __init__(self, config: RVQConfig) -> None:
        super().__init__()
        self.into = nn.Parameter(_passing(CELL, config.width))
        self.blocks = _blocks(config)
        self.out = _passing_conv(config.width, config.code_dimension)

    def forward(self, cells: Tensor, inside: Tensor) -> Tensor:
        kept = _kept(inside)
        x = torch.einsum("btjc,jcw->bwtj", cells, self.into).contiguous(memory_format=torch.channels_last) * kept
        for block in self.blocks:
            x = block(x, kept)
        return self.out(x).float().permute(0, 2, 3, 1)


class Decoder(nn.Module):
    """Sums of codes (B, T', 6, D), rows of cells inside (B, T') -> cells (B, T', 6, 192)."""

    def __init__(self, config: RVQConfig) -> None:
        super().__init__()
        self.into = _passing_conv(config.code_dimension, config.width)
        self.parts = nn.Parameter(torch.zeros(config.width, 1, COLUMNS))  # tells the body's parts apart
        self.blocks = _blocks(config)
        self.out = nn.Parameter(_passing(config.width, CELL))

    def forward(self, latent: Tensor, inside: Tensor) -> Tensor:
        kept = _kept(inside)
        x = (self.into(latent.permute(0, 3, 1, 2)) + self.parts) * kept  # (B, W, T', 6)
        for block in self.blocks:
            x = block(x, kept)
        return torch.einsum("bwtj,jwc->btjc", x, self.out).float()


class ResidualBlock(nn.Module):
    """x + W relu(conv(relu(x))), the convolution spans three parts and three cells, `dilation` apart; W starts at 0."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=(dilation, 1), dilation=(dilation, 1))
        self.out = nn.Conv2d(width, width, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, kept: Tensor) -> Tensor:
        """(B, W, T', 6), 1 inside and 0 outside (B, 1, T', 1) -> (B, W, T', 6)."""
        return (x + self.out(functional.relu(self.conv(functional.relu(x))))) * kept


def _weights(representation: Representation) -> Tensor:
    """(F,) how much a feature counts when a code is chosen: joints are decoded from root and positions.

    The root's travel and turn count most, since their errors add up along the way (as the feature bias of Guo et al.,
    2022); rotations, velocities and contacts follow from the positions.
    """
    weights = torch.full((representation.features,), 0.5)
    weights[:3], weights[3:4], weights[representation.positions] = 5.0, 2.0, 2.0
    return weights


def _blocks(config: RVQConfig) -> nn.ModuleList:
    return nn.ModuleList(ResidualBlock(config.width, 3**i) for i in reversed(range(config.blocks)))


def _passing(rows: int, columns: int) -> Tensor:
    """(6, rows, columns): for each part a matrix that passes as many numbers on unchanged as it can."""
    return torch.eye(rows, columns).repeat(COLUMNS, 1, 1)


def _passing_conv(before: int, after: int) -> nn.Conv2d:
    """A 1 x 1 convolution that begins as the identity, as far as the sizes allow."""
    conv = nn.Conv2d(before, after, 1)
    nn.init.dirac_(conv.weight)
    nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
    return conv


def _cut(poses: Tensor) -> Tensor:
    """(B, 4 T', 24, 12) -> cells (B, T', 6, 192)."""
    cut = poses.unflatten(2, (COLUMNS, STRIDE)).unflatten(1, (-1, STRIDE))  # (B, T', 4, 6, 4, 12)
    return cut.transpose(2, 3).flatten(3)


def _joined(cells: Tensor) -> Tensor:
    """(B, T', 6, 192) -> (B, 4 T', 24, 12): the inverse of `_cut`."""
    joined = cells.unflatten(3, (STRIDE, STRIDE, CHANNELS)).transpose(2, 3)  # (B, T', 4, 6, 4, 12)
    return joined.flatten(3, 4).flatten(1, 2)


def _kept(inside: Tensor) -> Tensor:
    """Rows of cells inside (B, T') as 0 and 1, (B, 1, T', 1)."""
    return inside.float()[:, None, :, None]
