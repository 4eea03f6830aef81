"""The evaluator that the field's published figures are made with (Guo et al., CVPR 2022, section 4.3 and appendix).

Movement encoder: two stride-2 convolutions over the normalised features without contact labels. Motion and text: a
bidirectional GRU each, with a learnt first state, whose last states go through one hidden layer. Parameters are named
as in the published file, whose sizes decide those here. B rows, T frames, L words.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

PARTS = ("movement_encoder", "motion_encoder", "text_encoder")
UNIT = 4  # frames that the two convolutions make one movement of
_SLOPE = 0.2
_KERNEL = 4


class MovementEncoder(nn.Module):
    """(B, T, features) -> (B, T / 4, movement)."""

    def __init__(self, features: int, hidden: int, movement: int) -> None:
        super().__init__()
        # Dropout has no parameters and does nothing here; it keeps the published numbers of the layers.
        self.main = nn.Sequential(
            nn.Conv1d(features, hidden, _KERNEL, stride=2, padding=1),
            nn.Dropout(),
            nn.LeakyReLU(_SLOPE),
            nn.Conv1d(hidden, movement, _KERNEL, stride=2, padding=1),
            nn.Dropout(),
            nn.LeakyReLU(_SLOPE),
        )
        self.out_net = nn.Linear(movement, movement)

    def forward(self, motion: Tensor) -> Tensor:
        return self.out_net(self.main(motion.transpose(1, 2)).transpose(1, 2))


class SequenceEncoder(nn.Module):
    """Sequences (B, N, inputs) of lengths (B,) -> embeddings (B, embedding)."""

    def __init__(self, inputs: int, hidden: int, embedding: int) -> None:
        super().__init__()
        self.input_emb = nn.Linear(inputs, hidden)
        self.gru = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        self.hidden = nn.Parameter(torch.zeros(2, 1, hidden))
        self.output_net = nn.Sequential(
            nn.Linear(2 * hidden, hidden), nn.LayerNorm(hidden), nn.LeakyReLU(_SLOPE), nn.Linear(hidden, embedding)
        )

    def forward(self, sequence: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.input_emb(sequence), lengths.cpu(), batch_first=True, enforce_sorted=False)
        _, last = self.gru(packed, self.hidden.expand(-1, len(sequence), -1).contiguous())  # (2, B, hidden)
        return self.output_net(torch.cat((last[0], last[1]), dim=-1))


class TextEncoder(SequenceEncoder):
    """Word vectors (B, L, word), one-hot parts of speech (B, L, tags), lengths (B,) -> embeddings (B, embedding)."""

    def __init__(self, word: int, tags: int, hidden: int, embedding: int) -> None:
        super().__init__(word, hidden, embedding)
        self.pos_emb = nn.Linear(tags, word)

    def forward(self, words: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(words + self.pos_emb(tags), lengths)


class EvaluatorNetworks(nn.Module):
    """The three networks, sized and filled by the published file's `PARTS`; ready for inference.

    Raises `KeyError` or `RuntimeError` when parts or parameters are missing or do not fit together.
    """

    def __init__(self, parts: Mapping[str, Mapping[str, Tensor]]) -> None:
        super().__init__()
        movement, motion, text = (parts[name] for name in PARTS)
        hidden, features, _ = movement["main.0.weight"].shape
        self.movement_encoder = MovementEncoder(features, hidden, len(movement["out_net.bias"]))
        width, inputs = motion["input_emb.weight"].shape
        self.motion_encoder = SequenceEncoder(inputs, width, len(motion["output_net.3.bias"]))
        word, tags = text["pos_emb.weight"].shape
        self.text_encoder = TextEncoder(word, tags, len(text["input_emb.bias"]), len(text["output_net.3.bias"]))
        for name in PARTS:
            self.get_submodule(name).load_state_dict(dict(parts[name]))
        self.eval().requires_grad_(False)

    @property
    def features(self) -> int:
        """How many of a motion's features are seen."""
        return self.movement_encoder.main[0].in_channels  # type: ignore[return-value]

    def motion(self, motion: Tensor, lengths: Tensor) -> Tensor:
        """Normalised motions (B, T, features), zero past their ends, and lengths (B,) in frames -> embeddings."""
        return self.motion_encoder(self.movement_encoder(motion), lengths // UNIT)
