"""A trained contrastive model in one safetensors file, with the normalisation and the text encoder it needs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from .contrastive import ContrastiveConfig, ContrastiveModel
from .weights_file import filled, read_weights, unusable, write_weights

FORMAT = "reprise-contrastive-1"


@dataclass(frozen=True)
class ContrastiveCheckpoint:
    """`mean` and `std` (263,) normalise the features that go in; `encoder` names the text encoder."""

    network: ContrastiveModel
    mean: Tensor
    std: Tensor
    encoder: str
    step: int


def save_contrastive(checkpoint: ContrastiveCheckpoint, path: Path) -> None:
    """Writes the file whole or not at all, weights in half precision."""
    metadata = {
        "network": json.dumps(asdict(checkpoint.network.config)),
        "encoder": checkpoint.encoder,
        "step": str(checkpoint.step),
    }
    write_weights(path, FORMAT, checkpoint.network, {"mean": checkpoint.mean, "std": checkpoint.std}, metadata)


def load_contrastive(path: Path, device: str = "cpu") -> ContrastiveCheckpoint:
    """Reads a file of `save_contrastive`; a missing or foreign one raises `RepriseError`."""
    file = read_weights(path, FORMAT, device)
    try:
        with torch.device(device):
            network = ContrastiveModel(ContrastiveConfig(**json.loads(file.metadata["network"])))
        return ContrastiveCheckpoint(
            filled(network, file),
            file.tensors["mean"],
            file.tensors["std"],
            file.metadata["encoder"],
            int(file.metadata["step"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise unusable(file.path, error) from error
