"""How well a retriever in training ranks motions and captions that it has not learnt from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from reprise.data.padding import pad
from reprise.evaluation.ranking import figures
from reprise.models.momentum_retriever import MomentumRetriever

from .examples import Examples

VALIDATION = "validation.csv"  # step, mean reciprocal rank
_BATCH = 32


def mean_reciprocal_rank(network: MomentumRetriever, examples: Examples) -> float:
    """The mean of both directions over all motions and different captions; a motion's captions are right for it."""
    device = next(network.parameters()).device
    texts = np.unique(np.concatenate(examples.captions))
    with torch.inference_mode():
        motions = []
        for begin in range(0, len(examples.motions), _BATCH):
            rows = range(begin, min(begin + _BATCH, len(examples.motions)))
            motion, mask = pad([examples.motions[row] for row in rows], int(examples.lengths[rows].max()))
            motions.append(
                network.embed_motions(torch.from_numpy(motion).to(device), torch.from_numpy(mask).to(device))
            )
        words = (torch.from_numpy(array).to(device) for array in examples.text.padded(texts))
        similarity = (network.embed_texts(*words) @ torch.cat(motions).T).cpu().numpy()  # (texts, motions)
    right = np.array([np.isin(texts, captions) for captions in examples.captions]).T
    both = figures(similarity, right), figures(similarity.T, right.T)
    return float(np.mean([figure.mean_reciprocal_rank for figure in both]))


def log_validation(out: Path, step: int, rank: float) -> None:
    """Adds a row to the run's `validation.csv`."""
    with (out / VALIDATION).open("a", encoding="utf-8") as file:
        file.write(f"{step},{rank:.4f}\n")
