"""Semantic spatio-temporal attention over a 2-D token map (ReMoMask, Li et al., 2025): the trunk of its transformers.

Shapes: B rows, a map of T times by J joints of the token map, N = T * J tokens in time-major order, L words, k
references of F times, C condition tokens, H heads, D latent, E the text encoder's dimension.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from .text_head import TextHead

_UNSEEN = -1e4  # added to the logits of keys that must not be seen: their weight is 0 in every float type


@dataclass(frozen=True)
class TokenTransformerConfig:
    """Sizes of the network; the defaults are the paper's where it says.

    `codes` a codebook, `joints` columns of the token map. Without `semantic_attention` text and references are one
    token each in front of the map, under plain self-attention (the ablation).
    """

    codes: int = 256
    joints: int = 6
    latent: int = 512
    heads: int = 8
    layers: int = 6
    feed_forward: int = 1024
    text_dimension: int = 512
    text_layers: int = 1
    reference_layers: int = 1
    reference_stride: int = 4
    semantic_attention: bool = True
    dropout: float = 0.1


class References(NamedTuple):
    """k references a row: base-layer codes (B, k, F, J), mask (B, k, F), their captions' sentence features (B, k, E).

    A reference whose mask is all False counts as absent.
    """

    codes: Tensor
    mask: Tensor
    sentences: Tensor


class Condition(NamedTuple):
    """Text and references, encoded once for all iterations.

    `prefix` (B, P, D) tokens in front of the map (none under semantic attention), `keys` and `values` of every layer
    (B, H, C, D / H) (none without it); `mask` (B, P + C) tokens that count, `is_text` (P + C,) which of them are text.
    """

    prefix: Tensor
    keys: list[Tensor]
    values: list[Tensor]
    mask: Tensor
    is_text: Tensor

    def rows(self, count: int) -> Condition:
        """One row's condition for `count` rows."""
        return Condition(
            self.prefix.expand(count, -1, -1),
            [keys.expand(count, -1, -1, -1) for keys in self.keys],
            [values.expand(count, -1, -1, -1) for values in self.values],
            self.mask.expand(count, -1),
            self.is_text,
        )


class ReferenceEncoder(nn.Module):
    """R^m and R^t: some tokens a reference from its codes, `stride` times each; one from its caption, beside them."""

    def __init__(self, config: TokenTransformerConfig) -> None:
        super().__init__()
        part = config.latent // 4
        self.stride = config.reference_stride
        self.embedding = nn.Embedding(config.codes, part)
        self.project = nn.Linear(config.joints * part, config.latent)
        layer = nn.TransformerEncoderLayer(
            config.latent, config.heads, config.feed_forward, config.dropout, activation="gelu", batch_first=True
        )
        self.layers = nn.TransformerEncoder(layer, config.reference_layers, enable_nested_tensor=False)
        self.motion_norm = nn.LayerNorm(config.latent)
        self.text = nn.Sequential(nn.Linear(config.text_dimension, config.latent), nn.LayerNorm(config.latent))

    def forward(self, references: References) -> tuple[Tensor, Tensor, Tensor]:
        """R^m, R^t (B, M, D) and their mask (B, M), the references one after the other."""
        rows, count, times = references.mask.shape
        mask = references.mask.flatten(0, 1)  # (B k, F)
        x = self.project(self.embedding(references.codes.flatten(0, 1)).flatten(2))  # (B k, F, D)
        x = x + time_features(torch.arange(times, device=x.device), x.shape[-1]).to(x.dtype)
        # Of an absent reference let the first token be seen, so that its softmax is defined.
        readable = mask | (torch.arange(times, device=x.device) == 0)
        x = self.layers(x, src_key_padding_mask=~readable)
        motion, mask = pooled(self.motion_norm(x), mask, self.stride)  # (B k, M / k, D)
        text = self.text(references.sentences.flatten(0, 1))[:, None].expand_as(motion)
        return tuple(part.unflatten(0, (rows, count)).flatten(1, 2) for part in (motion, text, mask))  # type: ignore[return-value]


class SemanticAttention(nn.Module):
    """Q = W_q z, K = [W_k z; W_kt t; W_kr [R^m; R^t]], V = [W_v z; W_vt t; W_vr R^m]; one softmax over all of it.

    z is the flattened map, so that every token sees every time and every joint (Figure 2c).
    """

    def __init__(self, config: TokenTransformerConfig) -> None:
        super().__init__()
        latent, self.heads = config.latent, config.heads
        self.norm = nn.LayerNorm(latent)
        self.query_key_value, self.out = nn.Linear(latent, 3 * latent), nn.Linear(latent, latent)
        if config.semantic_attention:
            self.text_key_value = nn.Linear(latent, 2 * latent)
            self.reference_key, self.reference_value = nn.Linear(2 * latent, latent), nn.Linear(latent, latent)

    def condition(self, text: Tensor, motion: Tensor, motion_text: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (B, H, C, D / H) of text (B, L, D) and references (B, M, D), C = L + M."""
        text_key, text_value = self.text_key_value(text).chunk(2, dim=-1)
        keys = torch.cat((text_key, self.reference_key(torch.cat((motion, motion_text), dim=-1))), dim=1)
        values = torch.cat((text_value, self.reference_value(motion)), dim=1)
        return self._split(keys), self._split(values)

    def forward(self, z: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
        """z (B, N, D) with a condition's keys and values; bias (B, 1, 1, N + C), `_UNSEEN` where nothing is to see."""
        q, k, v = (self._split(part) for part in self.query_key_value(self.norm(z)).chunk(3, dim=-1))
        k, v = torch.cat((k, keys.to(k.dtype)), dim=2), torch.cat((v, values.to(v.dtype)), dim=2)
        # Written out: with a mask, torch's fused attention takes twice to three times as long on a CPU in training.
        y = torch.softmax((q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + bias.to(q.dtype), dim=-1) @ v
        return self.out(y.transpose(1, 2).flatten(2))

    def _split(self, tokens: Tensor) -> Tensor:
        return tokens.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class SemanticLayer(nn.Module):
    """Semantic spatio-temporal attention and a feed-forward, both residual."""

    def __init__(self, config: TokenTransformerConfig) -> None:
        super().__init__()
        self.attention = SemanticAttention(config)
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(config.latent),
            nn.Linear(config.latent, config.feed_forward),
            nn.GELU(),
            nn.Linear(config.feed_forward, config.latent),
            nn.Dropout(config.dropout),
        )

    def forward(self, z: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
        z = z + self.attention(z, keys, values, bias)
        return z + self.feed_forward(z)


class TokenTransformer(nn.Module):
    """Embedded tokens and a condition in, latents out. Encode the condition once; every iteration uses it again."""

    def __init__(self, config: TokenTransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.text_head = TextHead(
            config.text_dimension, config.latent, layers=config.text_layers, heads=config.heads,
            feed_forward=config.feed_forward, dropout=config.dropout,
        )  # fmt: skip
        self.references = ReferenceEncoder(config)
        self.joints = nn.Parameter(torch.randn(config.joints, config.latent) * 0.02)
        self.layers = nn.ModuleList(SemanticLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.latent)

    def encode_condition(self, tokens: Tensor, token_mask: Tensor, references: References) -> Condition:
        """Token states of the prompt (B, L, E) with their mask (B, L), and references."""
        text = self.text_head(tokens, token_mask)  # (B, L, D)
        motion, motion_text, motion_mask = self.references(references)  # (B, M, D) twice, (B, M)
        if self.config.semantic_attention:
            pairs = [layer.attention.condition(text, motion, motion_text) for layer in self.layers]  # type: ignore[union-attr, operator]
            keys, values = map(list, zip(*pairs, strict=True))
            mask, prefix = torch.cat((token_mask, motion_mask), dim=1), text[:, :0]
        else:
            (text, token_mask), (motion, motion_mask) = (
                pooled(part, seen, part.shape[1]) for part, seen in ((text, token_mask), (motion, motion_mask))
            )
            keys, values = [], []
            mask, prefix = torch.cat((token_mask, motion_mask), dim=1), torch.cat((text, motion), dim=1)
        is_text = torch.arange(mask.shape[1], device=mask.device) < token_mask.shape[1]
        return Condition(prefix, keys, values, mask, is_text)

    def forward(
        self, z: Tensor, mask: Tensor, condition: Condition, use_text: Tensor, use_references: Tensor
    ) -> Tensor:
        """Embedded tokens (B, T, J, D) -> latents (B, T, J, D).

        mask (B, T) times that belong to the motion; use_text and use_references (B,) say which condition a row sees.
        """
        rows, times, joints, latent = z.shape
        time = time_features(torch.arange(times, device=z.device), latent).to(z.dtype)
        z = (z + time[:, None] + self.joints).flatten(1, 2)  # (B, N, D), 2-D positions
        wanted = torch.where(condition.is_text, use_text[:, None], use_references[:, None])  # (B, P + C)
        own, given = mask.repeat_interleave(joints, dim=1), condition.mask & wanted
        front = condition.prefix.shape[1]
        parts = (given, own) if front else (own, given)
        bias = torch.where(torch.cat(parts, dim=1)[:, None, None], 0.0, _UNSEEN)  # (B, 1, 1, P + N + C)
        z = torch.cat((condition.prefix.to(z.dtype), z), dim=1)
        nothing = z.new_zeros(rows, self.config.heads, 0, latent // self.config.heads)
        for index, layer in enumerate(self.layers):
            keys, values = (part[index] if part else nothing for part in (condition.keys, condition.values))
            z = layer(z, keys, values, bias)
        return self.norm(z[:, front:]).unflatten(1, (times, joints))


def pooled(x: Tensor, mask: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """Means of `stride` tokens each over those that count: (B, N, D), (B, N) -> (B, M, D), (B, M), M = ceil(N / s)."""
    missing = -x.shape[1] % stride
    x = functional.pad(x, (0, 0, 0, missing)).unflatten(1, (-1, stride))
    seen = functional.pad(mask, (0, missing)).unflatten(1, (-1, stride))
    count = seen.sum(dim=2)
    return (x * seen[..., None]).sum(dim=2) / count.clamp_min(1)[..., None], count > 0


def time_features(times: Tensor, dimension: int) -> Tensor:
    """(N,) times -> (N, dimension) sinusoids (Vaswani et al., 2017)."""
    rates = torch.exp(-math.log(10000.0) * torch.arange(dimension // 2, device=times.device) / (dimension // 2))
    angles = times[:, None] * rates
    return torch.cat((torch.cos(angles), torch.sin(angles)), dim=-1)
