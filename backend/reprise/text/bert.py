"""BERT's encoder (Devlin et al. 2018), as MiniLM uses it, under the parameter names of Hugging Face checkpoints.

Written out here because importing `transformers` takes longer than everything else that a first prompt waits for.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Hugging Face's path inside a layer -> ours; each has .weight and .bias
_NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "attended",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "expand",
    "output.dense": "contract",
    "output.LayerNorm": "norm2",
}


class BertLayer(nn.Module):
    """One post-norm transformer layer with `heads` heads."""

    def __init__(self, width: int, hidden: int, heads: int, epsilon: float) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.attended = (nn.Linear(width, width) for _ in range(4))
        self.norm1 = nn.LayerNorm(width, epsilon)
        self.expand = nn.Linear(width, hidden)
        self.contract = nn.Linear(hidden, width)
        self.norm2 = nn.LayerNorm(width, epsilon)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """`x` (B, L, D), `mask` (B, 1, 1, L) True where a token may be attended to -> (B, L, D)."""
        q, k, v = (
            project(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, L, D / H)
            for project in (self.query, self.key, self.value)
        )
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.norm1(x + self.attended(y.transpose(1, 2).flatten(-2)))
        return self.norm2(x + self.contract(F.gelu(self.expand(x))))


class Bert(nn.Module):
    """Token ids to token states of the last layer; segment ids are all zero."""

    def __init__(
        self, vocabulary: int, positions: int, width: int, hidden: int, layers: int, heads: int, epsilon: float
    ) -> None:
        super().__init__()
        self.words, self.positions, self.segments = (_embedding(rows, width) for rows in (vocabulary, positions, 2))
        self.norm = nn.LayerNorm(width, epsilon)
        self.layers = nn.ModuleList(BertLayer(width, hidden, heads, epsilon) for _ in range(layers))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """`ids` (B, L) int64, `mask` (B, L) bool -> (B, L, D)."""
        x = self.words(ids) + self.segments.weight[0] + self.positions.weight[: ids.shape[1]]
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x, mask[:, None, None])
        return x


def _embedding(rows: int, width: int) -> nn.Embedding:
    """A table that waits for its weights: drawing normal numbers on "meta" would load all of torch's compiler."""
    return nn.Embedding.from_pretrained(torch.empty(rows, width), freeze=False)


def from_hugging_face(weights: Mapping[str, Tensor], heads: int, epsilon: float = 1e-12) -> Bert:
    """A `Bert` around the weights of a Hugging Face checkpoint; its sizes are read off them.

    Raises `KeyError` or `RuntimeError` when tensors are missing or do not fit together.
    """
    vocabulary, width = weights["embeddings.word_embeddings.weight"].shape
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
    ours = {
        "words.weight": weights["embeddings.word_embeddings.weight"],
        "positions.weight": weights["embeddings.position_embeddings.weight"],
        "segments.weight": weights["embeddings.token_type_embeddings.weight"],
        "norm.weight": weights["embeddings.LayerNorm.weight"],
        "norm.bias": weights["embeddings.LayerNorm.bias"],
    }
    for layer in range(layers):
        for theirs, name in _NAMES.items():
            for kind in ("weight", "bias"):
                ours[f"layers.{layer}.{name}.{kind}"] = weights[f"encoder.layer.{layer}.{theirs}.{kind}"]
    hidden = len(ours["layers.0.expand.weight"])
    # On "meta" nothing is initialised: no time spent, and torch's global generator stays as it was.
    with torch.device("meta"):
        model = Bert(vocabulary, len(ours["positions.weight"]), width, hidden, layers, heads, epsilon)
    model.load_state_dict(ours, assign=True)
    return model.eval().requires_grad_(False)
