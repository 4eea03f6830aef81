"""Weights between those that a training began with and those that it ended with.

A network that was trained on for one end loses some of what it knew; between both it has most of the one and the other
(Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022, Equation 1: (1 - a) theta_0 + a theta_1).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from reprise.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from reprise_core.errors import RepriseError


def interpolate(first: Path, last: Path, share: float, out: Path) -> Path:
    """Writes the weights (1 - share) `first` + share `last`, with the rest of `last`; returns `out`.

    Raises `RepriseError` for a share outside 0 to 1, for checkpoints that are missing or foreign, and where the last
    was not trained on from the first: networks of another size, other normalisation or another text encoder.
    """
    if not 0.0 <= share <= 1.0:
        raise RepriseError("bad_share", f"The share must be from 0 to 1, not {share:g}.", "Such as --share 0.7.")
    begun, ended = load_checkpoint(first), load_checkpoint(last)
    if reason := _stranger(begun, ended):
        hint = "Name the checkpoint that the training of the last one began with (start=FILE)."
        raise RepriseError("bad_start", f"{last} was not trained on from {first}: it has {reason}.", hint)
    weights = ended.network.state_dict()
    mixed = {name: torch.lerp(value, weights[name], share) for name, value in begun.network.state_dict().items()}
    ended.network.load_state_dict(mixed)
    save_checkpoint(replace(ended, name=out.stem), out)
    return out


def _stranger(begun: Checkpoint, ended: Checkpoint) -> str:
    if begun.network.config != ended.network.config:
        return "a network of another size"
    if begun.encoder != ended.encoder:
        return f"the text encoder {ended.encoder}, not {begun.encoder}"
    same = torch.equal(begun.mean, ended.mean) and torch.equal(begun.std, ended.std)
    return "" if same else "another normalisation"
