"""ReMoDiffuse's semantics-modulated transformer (Zhang et al., ICCV 2023, section 3.3): predicts x0 from x_t.

Shapes: B rows, T frames, L words, k references of F frames, D latent, E the text encoder's dimension.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .linear_attention import AttentionSums, attend, attention_sums, drop, split_heads
from .text_head import TextHead


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes of the network; the defaults are the paper's (HumanML3D setting)."""

    features: int = 263
    frames: int = 196
    latent: int = 512
    heads: int = 8
    layers: int = 4
    feed_forward: int = 1024
    time_embedding: int = 2048
    text_dimension: int = 512
    text_latent: int = 256
    text_layers: int = 2
    text_heads: int = 4
    text_feed_forward: int = 2048
    reference_layers: int = 2
    reference_stride: int = 4
    dropout: float = 0.0


class References(NamedTuple):
    """Encoded references: `motion` R^m (B, N, D), `text` R^t (B, N, D) repeated over its frames, `mask` (B, N)."""

    motion: Tensor
    text: Tensor
    mask: Tensor


class Condition(NamedTuple):
    """What every decoder layer keeps of text and references: sums over their tokens, one a layer."""

    text: list[AttentionSums]
    references: list[AttentionSums]

    def rows(self, picked: Tensor) -> Condition:
        """The condition of some rows (N,), as often as they are named; one row that serves all stays as it is."""
        if len(self.text[0].peak) == 1:
            return self
        return Condition(*([AttentionSums(*(part[picked] for part in sums)) for sums in layers] for layers in self))


def joined(conditions: Sequence[Condition]) -> Condition:
    """Conditions of B rows in all as one: sums do not grow with what they are over, so there is nothing to pad."""

    def layers(source: int) -> list[AttentionSums]:
        by_layer = zip(*(condition[source] for condition in conditions), strict=True)
        return [AttentionSums(*map(torch.cat, zip(*sums, strict=True))) for sums in by_layer]

    return Condition(layers(0), layers(1))


class StylizationBlock(nn.Module):
    """Figure 3: `Linear0(Dropout(SiLU(LN(y) * (1 + scale) + shift)))`, scale and shift from the time embedding."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.embedding = nn.Sequential(nn.SiLU(), nn.Linear(config.time_embedding, 2 * config.latent))
        self.norm = nn.LayerNorm(config.latent)
        self.out = nn.Sequential(
            nn.SiLU(), nn.Dropout(config.dropout), _zeroed(nn.Linear(config.latent, config.latent))
        )

    def forward(self, y: Tensor, time: Tensor) -> Tensor:  # (B, T, D), (B, time_embedding)
        scale, shift = self.embedding(time)[:, None].chunk(2, dim=-1)  # (B, 1, D) each
        return self.out(self.norm(y) * (1 + scale) + shift)


class SemanticsModulatedAttention(nn.Module):
    """One linear attention over the motion itself, the text and the references (section 3.3, Figure 2b).

    K = [W_kt text; W_kr [R^m; R^t]; W_km x] along the sequence, V = [W_vt text; W_vr R^m; W_vm x].
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        latent, self.heads = config.latent, config.heads
        self.norm, self.text_norm = nn.LayerNorm(latent), nn.LayerNorm(config.text_latent)
        self.reference_key_norm, self.reference_value_norm = nn.LayerNorm(2 * latent), nn.LayerNorm(latent)
        self.query, self.key, self.value = (nn.Linear(latent, latent) for _ in range(3))
        self.text_key, self.text_value = (nn.Linear(config.text_latent, latent) for _ in range(2))
        self.reference_key = nn.Linear(2 * latent, latent)
        self.reference_value = _zeroed(nn.Linear(latent, latent))
        self.stylization = StylizationBlock(config)

    def text_sums(self, text: Tensor, mask: Tensor) -> AttentionSums:  # (B, L, text_latent), (B, L)
        text = self.text_norm(text)
        return attention_sums(self._split(self.text_key(text)), self._split(self.text_value(text)), mask)

    def reference_sums(self, references: References) -> AttentionSums:
        keys = self.reference_key(self.reference_key_norm(torch.cat((references.motion, references.text), dim=-1)))
        values = self.reference_value(self.reference_value_norm(references.motion))
        return attention_sums(self._split(keys), self._split(values), references.mask)

    def forward(self, x: Tensor, mask: Tensor, time: Tensor, text: AttentionSums, references: AttentionSums) -> Tensor:
        h = self.norm(x)  # (B, T, D)
        motion = attention_sums(self._split(self.key(h)), self._split(self.value(h)), mask)
        y = attend(self._split(self.query(h)), [text, references, motion])
        return x + self.stylization(y.to(x.dtype), time)

    def _split(self, tokens: Tensor) -> Tensor:
        return split_heads(tokens, self.heads)


class FeedForward(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(config.latent, config.feed_forward),
            nn.GELU(),
            nn.Dropout(config.dropout),
            _zeroed(nn.Linear(config.feed_forward, config.latent)),
        )
        self.stylization = StylizationBlock(config)

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        return x + self.stylization(self.body(x), time)


class DecoderLayer(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.attention = SemanticsModulatedAttention(config)
        self.feed_forward = FeedForward(config)

    def forward(self, x: Tensor, mask: Tensor, time: Tensor, text: AttentionSums, references: AttentionSums) -> Tensor:
        return self.feed_forward(self.attention(x, mask, time, text, references), time)


class ReferenceLayer(nn.Module):
    """Efficient self-attention and a feed-forward, both residual: a layer of the reference motion encoder."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        latent, self.heads = config.latent, config.heads
        self.attention_norm, self.feed_forward_norm = nn.LayerNorm(latent), nn.LayerNorm(latent)
        self.query_key_value, self.out = nn.Linear(latent, 3 * latent), nn.Linear(latent, latent)
        self.feed_forward = nn.Sequential(
            nn.Linear(latent, config.feed_forward), nn.GELU(), nn.Linear(config.feed_forward, latent)
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        q, k, v = (split_heads(part, self.heads) for part in self.query_key_value(self.attention_norm(x)).chunk(3, -1))
        x = x + self.out(attend(q, [attention_sums(k, v, mask)]).to(x.dtype))
        return x + self.feed_forward(self.feed_forward_norm(x))


def _text_head(config: TransformerConfig, latent: int) -> TextHead:
    return TextHead(
        config.text_dimension,
        latent,
        layers=config.text_layers,
        heads=config.text_heads,
        feed_forward=config.text_feed_forward,
        dropout=config.dropout,
    )


class SemanticsModulatedTransformer(nn.Module):
    """x_t, t and the condition in, x0 out. Encode the condition once; every sampler step uses it again."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.text_head = _text_head(config, config.text_latent)
        self.reference_text_head = _text_head(config, config.latent)
        self.reference_in = nn.Linear(config.features, config.latent)
        self.reference_positions = nn.Parameter(torch.randn(config.frames, config.latent) * 0.02)
        self.reference_layers = nn.ModuleList(ReferenceLayer(config) for _ in range(config.reference_layers))
        self.motion_in = nn.Linear(config.features, config.latent)
        self.positions = nn.Parameter(torch.randn(config.frames, config.latent))
        self.time = nn.Sequential(
            nn.Linear(config.latent, config.time_embedding),
            nn.SiLU(),
            nn.Linear(config.time_embedding, config.time_embedding),
        )
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.layers))
        self.out = _zeroed(nn.Linear(config.latent, config.features))

    def encode_references(self, motion: Tensor, motion_mask: Tensor, tokens: Tensor, token_mask: Tensor) -> References:
        """k references a row -> R^m and R^t, the references laid one after the other along the sequence.

        motion (B, k, F, features) normalised, motion_mask (B, k, F), tokens (B, k, L, E), token_mask (B, k, L).
        A reference whose mask is all False counts as absent.
        """
        rows, count, _ = motion_mask.shape
        x, mask = self.encode_reference_motions(motion.flatten(0, 1), motion_mask.flatten(0, 1))  # (B k, N, D)
        text = self.encode_reference_texts(tokens.flatten(0, 1), token_mask.flatten(0, 1))
        text = text[:, None].expand_as(x)
        return References(*(part.unflatten(0, (rows, count)).flatten(1, 2) for part in (x, text, mask)))

    def encode_reference_motions(self, motion: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """R^m (B, F / stride, D) and its mask, of clips (B, F, features), normalised, with mask (B, F)."""
        x = self.reference_in(motion) + self.reference_positions[: mask.shape[1]]  # (B, F, D)
        for layer in self.reference_layers:
            x = layer(x, mask)
        return x[:, :: self.config.reference_stride], mask[:, :: self.config.reference_stride]

    def encode_reference_texts(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """R^t (B, D) of captions (B, L, E), mask (B, L)."""
        last = (mask.sum(dim=-1) - 1).clamp_min(0)  # the end-of-text token holds the sentence
        # An absent reference has no words: let its first (empty) token be seen, so that its softmax is defined.
        readable = mask | (torch.arange(tokens.shape[1], device=tokens.device) == 0)
        return self.reference_text_head(tokens, readable)[torch.arange(len(tokens), device=tokens.device), last]

    def encode_condition(self, tokens: Tensor, token_mask: Tensor, references: References) -> Condition:
        """Text tokens (B, L, E), mask (B, L) and encoded references -> the sums that every decoder layer merges."""
        text = self.text_head(tokens, token_mask)
        attentions = [layer.attention for layer in self.layers]
        return Condition(
            [attention.text_sums(text, token_mask) for attention in attentions],  # type: ignore[union-attr, operator]
            [attention.reference_sums(references) for attention in attentions],  # type: ignore[union-attr, operator]
        )

    def forward(
        self, x: Tensor, t: Tensor, mask: Tensor, condition: Condition, use_text: Tensor, use_references: Tensor
    ) -> Tensor:
        """Predicts x0 (B, T, features) from x_t.

        t (B,) diffusion steps, mask (B, T) True on frames of the clip; use_text and use_references (B,) say which
        condition a row sees (classifier-free training and guidance).
        """
        time = self.time(time_features(t, self.config.latent))
        h = self.motion_in(x) + self.positions[: x.shape[1]]  # (B, T, D)
        for layer, text, references in zip(self.layers, condition.text, condition.references, strict=True):
            h = layer(h, mask, time, drop(text, use_text), drop(references, use_references))
        return self.out(h)


def time_features(t: Tensor, dimension: int) -> Tensor:
    """(B,) diffusion steps -> (B, dimension) sinusoids (Vaswani et al., 2017)."""
    half = dimension // 2
    rates = torch.exp(-math.log(10000.0) * torch.arange(half, device=t.device, dtype=torch.float32) / half)
    angles = t[:, None].float() * rates
    return torch.cat((torch.cos(angles), torch.sin(angles)), dim=-1)


def _zeroed(linear: nn.Linear) -> nn.Linear:
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear
