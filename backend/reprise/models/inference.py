"""The trained denoiser in the form that samples fastest: the same function as `SemanticsModulatedTransformer.forward`.

What makes it faster changes nothing but rounding (1e-4, held by tests):

- text and references are merged into one set of sums for each branch of the mixture, once a request;
- scale and shift of every stylization block depend on t alone: a table, made once for the steps that are visited, and
  folded with the block's layer norm;
- branches of one take see the same frames until the first attention: its queries, keys and values are computed once;
- queries, keys and values are one product, with the affine part of the layer norm before it folded in;
- on x86 the weights are packed once for oneDNN, and GELU is applied within its product, where this torch can;
- or the whole prediction goes through torch.compile, which fuses what is not a product: for GPUs, and where oneDNN's
  packed products are missing.

Products of lower precision are not the same function: what they cost in quality `reprise.evaluation.precision` says.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from .linear_attention import AttentionSums, drop, merged
from .semantics_modulated_transformer import (
    Condition,
    DecoderLayer,
    SemanticsModulatedTransformer,
    StylizationBlock,
    time_features,
)

Product = Callable[[Tensor], Tensor]
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class _Layer:
    query_key_value: Product
    attention_out: Product
    widen_and_gelu: Product
    narrow: Product
    feed_forward_out: Product


class InferenceTransformer:
    """Made of a trained network, whose later changes it does not follow.

    `precision`, one of `PRECISIONS`, is that of the large products; attention and its sums stay in float32. What is
    `compiled` takes its first call half a minute of a processor, and again where several takes follow one.

    `predict` is `_predict`, compiled or not.
    """

    def __init__(self, network: SemanticsModulatedTransformer, precision: str = "fp32", compiled: bool = False) -> None:
        self.config, self.dtype = network.config, (dtype := PRECISIONS[precision])
        self._network = network
        # What oneDNN packed cannot be looked into.
        product = partial(_product, dtype=dtype, pack=not compiled)
        self._in, self._out = product(network.motion_in), product(network.out)
        self._positions = network.positions.detach().to(dtype)
        decoders = [layer for layer in network.layers if isinstance(layer, DecoderLayer)]
        self._layers = [_layer(layer, product) for layer in decoders]
        self._stylizations = [part.stylization for layer in decoders for part in (layer.attention, layer.feed_forward)]
        self.predict = torch.compile(self._predict, dynamic=True) if compiled else self._predict

    @torch.inference_mode()
    def norms(self, timesteps: Sequence[int]) -> Tensor:
        """Weight and bias of every stylization block's norm, (steps, 2 * layers, 2, D): what is left of t."""
        steps = torch.tensor(list(timesteps), device=self._positions.device)
        time = self._network.time(time_features(steps, self.config.latent))
        return torch.stack([_norm(block, time) for block in self._stylizations], dim=1).to(self.dtype)

    @torch.inference_mode()
    def branch_sums(self, condition: Condition, branches: Sequence[tuple[bool, bool]]) -> list[AttentionSums]:
        """For each layer what each branch (text, references) sees of C rows of them: row c * len(branches) + branch."""
        rows = condition.text[0].peak.shape[0]
        use_text, use_references = torch.tensor(branches, device=self._positions.device).repeat(rows, 1).T

        def repeated(sums: AttentionSums, keep: Tensor) -> AttentionSums:
            return drop(AttentionSums(*(part.repeat_interleave(len(branches), dim=0) for part in sums)), keep)

        return [
            merged([repeated(text, use_text), repeated(references, use_references)])
            for text, references in zip(condition.text, condition.references, strict=True)
        ]

    def _predict(
        self,
        x: Tensor,
        norms: Tensor,
        sums: Sequence[AttentionSums],
        rows: Tensor,
        picked: Tensor,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Predicts x0 (N, T, features) for N pairs of a take and a branch.

        x (B, T, features) at the step whose row of `norms` is given; `rows` (N,) says which take a pair is of, `picked`
        (N,) which row of `branch_sums` it sees; mask (B, T) is True on the frames of a take, None where all are.
        """
        h = self._in(x.to(self.dtype)) + self._positions[: x.shape[1]]  # (B, T, D)
        for index, (layer, seen) in enumerate(zip(self._layers, sums, strict=True)):
            q, k, v = layer.query_key_value(_standardized(h)).chunk(3, dim=-1)
            motion = self._motion_sums(k, v, mask)
            if index == 0:
                h, q, motion = h[rows], q[rows], AttentionSums(*(part[rows] for part in motion))
                mask = None if mask is None else mask[rows]
            y = self._attend(q, merged([AttentionSums(*(part[picked] for part in seen)), motion]))
            h = h + layer.attention_out(_stylized(y, norms[2 * index]))
            y = layer.narrow(layer.widen_and_gelu(h))
            h = h + layer.feed_forward_out(_stylized(y, norms[2 * index + 1]))
        return self._out(h).float()

    def _motion_sums(self, keys: Tensor, values: Tensor, mask: Tensor | None) -> AttentionSums:
        k, v = (part.unflatten(-1, (self.config.heads, -1)).transpose(1, 2) for part in (keys.float(), values.float()))
        if mask is not None:
            k = k.masked_fill(~mask[:, None, :, None], -torch.inf)  # (B, H, T, D / H)
        peak = k.amax(dim=2)
        weights = torch.exp(k - peak[:, :, None])
        return AttentionSums(peak, weights.sum(dim=2), weights.transpose(2, 3) @ v)

    def _attend(self, queries: Tensor, sums: AttentionSums) -> Tensor:
        context = sums.value / sums.weight[..., None]  # (N, H, D / H, D / H)
        q = torch.softmax(queries.float().unflatten(-1, (self.config.heads, -1)), dim=-1).transpose(1, 2)
        return (q @ context).transpose(1, 2).flatten(2).to(queries.dtype)


def _layer(layer: DecoderLayer, product: Callable[..., Product]) -> _Layer:
    attention, feed_forward = layer.attention, layer.feed_forward
    widen, _, _, narrow = feed_forward.body
    return _Layer(
        product(_behind(attention.norm, (attention.query, attention.key, attention.value))),
        product(attention.stylization.out[-1]),
        product(widen, gelu=True),
        product(narrow),
        product(feed_forward.stylization.out[-1]),
    )


def _behind(norm: nn.LayerNorm, linears: Sequence[nn.Linear]) -> nn.Linear:
    """Several maps as one of standardized input n: W (g n + b) + c = (W g) n + (W b + c)."""
    weight = torch.cat([linear.weight for linear in linears])
    bias = torch.cat([linear.bias for linear in linears]) + weight @ norm.bias
    whole = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    whole.weight, whole.bias = nn.Parameter(weight * norm.weight), nn.Parameter(bias)
    return whole


def _product(linear: nn.Module, dtype: torch.dtype, pack: bool, gelu: bool = False) -> Product:
    """The map of a linear layer, and GELU after it if so wanted."""
    weight, bias = (part.detach().to(dtype) for part in linear.parameters())
    if pack and weight.device.type == "cpu" and _can_pack(dtype):
        return _packed(weight, bias, gelu)
    return _plain(weight, bias, gelu)


def _plain(weight: Tensor, bias: Tensor, gelu: bool) -> Product:
    if gelu:
        return lambda x: functional.gelu(functional.linear(x, weight, bias))
    return lambda x: functional.linear(x, weight, bias)


def _packed(weight: Tensor, bias: Tensor, gelu: bool) -> Product:
    # What torch.compile makes of a linear layer, without needing a compiler.
    packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous())
    after = ("gelu", [], "none") if gelu else ("none", [], "")
    return lambda x: torch.ops.mkldnn._linear_pointwise(x, packed, bias, *after)


@cache
def _can_pack(dtype: torch.dtype) -> bool:
    """Whether this torch, on this processor, packs weights as we ask: its operators for that are not public."""
    if platform.machine() not in ("x86_64", "AMD64") or not torch.backends.mkldnn.is_available():
        return False
    part = torch.linspace(-1.0, 1.0, 16).to(dtype)
    sample = part[:, None] * part.roll(1)  # (16, 16), both weights and rows
    try:
        with torch.inference_mode():
            return all(
                torch.allclose(_packed(sample, part, gelu)(sample), _plain(sample, part, gelu)(sample), 0.02, 0.02)
                for gelu in (False, True)
            )
    except (AttributeError, RuntimeError, TypeError):  # gone, refused, or called otherwise
        return False


def _norm(block: StylizationBlock, time: Tensor) -> Tensor:
    """LN(y) (1 + scale) + shift as one affine norm: its weight and bias, (steps, 2, D)."""
    scale, shift = block.embedding(time).chunk(2, dim=-1)
    return torch.stack((block.norm.weight * (1 + scale), block.norm.bias * (1 + scale) + shift), dim=1)


def _standardized(x: Tensor) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:])


def _stylized(y: Tensor, norm: Tensor) -> Tensor:
    return functional.silu(functional.layer_norm(y, y.shape[-1:], norm[0], norm[1]), inplace=True)
