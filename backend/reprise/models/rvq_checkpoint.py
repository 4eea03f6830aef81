"""A trained residual vector-quantised autoencoder in one safetensors file, with the normalisation it needs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from .rvq import ResidualVQ2D, RVQConfig
from .weights_file import filled, read_weights, unusable, write_weights

FORMAT = "reprise-rvq-1"


@dataclass(frozen=True)
class RVQCheckpoint:
    """`mean` and `std` (F,) normalise the features that go in and come out."""

    network: ResidualVQ2D
    mean: Tensor
    std: Tensor
    step: int


def save_rvq(checkpoint: RVQCheckpoint, path: Path) -> None:
    """Writes the file whole or not at all, weights and codebooks in half precision."""
    metadata = {"network": json.dumps(asdict(checkpoint.network.config)), "step": str(checkpoint.step)}
    write_weights(path, FORMAT, checkpoint.network, {"mean": checkpoint.mean, "std": checkpoint.std}, metadata)


def load_rvq(path: Path, device: str = "cpu") -> RVQCheckpoint:
    """Reads a file of `save_rvq`; a missing or foreign one raises `RepriseError`."""
    file = read_weights(path, FORMAT, device)
    try:
        with torch.device(device):
            network = ResidualVQ2D(RVQConfig(**json.loads(file.metadata["network"])))
        return RVQCheckpoint(
            filled(network, file), file.tensors["mean"], file.tensors["std"], int(file.metadata["step"])
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise unusable(file.path, error) from error
