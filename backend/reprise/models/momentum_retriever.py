"""The bidirectional momentum text-motion model that retrieves (ReMoMask, Li et al., 2025): two encoders, one sphere.

Motion: a transformer for each of six parts of the body, whose states are fused. Text: the frozen encoder's token states
through transformer layers. Embeddings have length 1, in training as in search, so that their product is a cosine.
Shapes: B rows, T frames, L words, D latent, E the text encoder's dimension, P features of a part.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reprise.features.representation import HUMANML3D, Representation, of_feature_count

from .contrastive import ContrastiveConfig, TextEncoder, positions, transformer_layers


@dataclass(frozen=True)
class RetrieverConfig(ContrastiveConfig):
    """As `ContrastiveConfig`; `latent`, `heads`, `layers` and `feed_forward` are each part's and the text encoder's.

    `stride` frames make a token (the paper: 1).
    """

    features: int = HUMANML3D.features
    stride: int = 1


def part_features(representation: Representation) -> tuple[tuple[int, ...], ...]:
    """Which features belong to each of six parts: the root, then the skeleton's chains, each feature to one part.

    Of HumanML3D: root, right leg, left leg, backbone, right arm, left arm. A joint has its position, rotation, velocity
    and, on a foot, contact.
    """
    where = representation
    root = [*range(where.positions.start), *_span(where.velocities, 0, 3)]
    chains = [[feature for joint in chain[1:] for feature in _of_joint(where, joint)] for chain in where.chains]
    return tuple(tuple(part) for part in (root, *chains))


class PartEncoder(nn.Module):
    """Tokens of one part (B, T, P), mask (B, T) -> the state (B, D) of a learnt token before them."""

    def __init__(self, features: int, config: RetrieverConfig) -> None:
        super().__init__()
        self.project = nn.Linear(features, config.latent)
        self.token = nn.Parameter(torch.randn(config.latent) * 0.02)
        self.layers = transformer_layers(config, config.layers)

    def forward(self, part: Tensor, mask: Tensor) -> Tensor:
        x = self.project(part)  # (B, T, D)
        x = torch.cat((self.token.expand(len(x), 1, -1), x), dim=1)  # (B, 1 + T, D)
        x = x + positions(x.shape[1], x.shape[2], x.device)
        hidden = torch.cat((torch.zeros_like(mask[:, :1]), ~mask), dim=1)
        return self.layers(x, src_key_padding_mask=hidden)[:, 0]


class PartMotionEncoder(nn.Module):
    """Normalised features (B, T, 263), mask (B, T) -> embeddings (B, embedding), not yet of length 1."""

    def __init__(self, config: RetrieverConfig) -> None:
        super().__init__()
        parts = part_features(of_feature_count(config.features))
        self._parts, self._stride = [list(part) for part in parts], config.stride
        self.parts = nn.ModuleList(PartEncoder(len(part) * config.stride, config) for part in parts)
        self.fuse = nn.Sequential(
            nn.Linear(len(parts) * config.latent, config.latent), nn.GELU(), nn.Linear(config.latent, config.embedding)
        )

    def forward(self, motion: Tensor, mask: Tensor) -> Tensor:
        missing = -motion.shape[1] % self._stride
        motion = F.pad(motion * mask[..., None], (0, 0, 0, missing))
        tokens = motion.unflatten(1, (-1, self._stride))  # (B, T / stride, stride, 263)
        seen = F.pad(mask, (0, missing)).unflatten(1, (-1, self._stride)).any(dim=-1)
        states = [
            encoder(tokens[..., part].flatten(2), seen) for encoder, part in zip(self.parts, self._parts, strict=True)
        ]
        return self.fuse(torch.cat(states, dim=-1))


class MomentumRetriever(nn.Module):
    """Both encoders; the momentum copies and queues of training are in `momentum_contrast`."""

    def __init__(self, config: RetrieverConfig) -> None:
        super().__init__()
        self.config = config
        self.motion, self.text = PartMotionEncoder(config), TextEncoder(config)

    def embed_motions(self, motion: Tensor, mask: Tensor) -> Tensor:
        """Normalised features (B, T, 263), mask (B, T) -> (B, embedding) of length 1."""
        return F.normalize(self.motion(motion, mask).float(), dim=-1)

    def embed_texts(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Token states (B, L, E), mask (B, L) -> (B, embedding) of length 1."""
        return F.normalize(self.text(tokens, mask).float(), dim=-1)

    def forward(self, motion: Tensor, mask: Tensor, tokens: Tensor, token_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings of motions and of texts, (B, embedding) each."""
        return self.embed_motions(motion, mask), self.embed_texts(tokens, token_mask)


def _of_joint(where: Representation, joint: int) -> list[int]:
    features = [*_span(where.positions, joint - 1, 3), *_span(where.rotations, joint - 1, 6)]
    features += _span(where.velocities, joint, 3)
    if joint in where.contact_joints:
        features.append(where.contacts.start + where.contact_joints.index(joint))
    return features


def _span(block: slice, place: int, width: int) -> range:
    return range(block.start + place * width, block.start + (place + 1) * width)
