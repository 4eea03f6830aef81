"""A trained generator in one safetensors file: weights, normalisation and everything needed to use it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .semantics_modulated_transformer import SemanticsModulatedTransformer, TransformerConfig
from .weights_file import filled, read_weights, unusable, write_weights

FORMAT = "reprise-diffusion-1"


@dataclass(frozen=True)
class Checkpoint:
    """`mean` and `std` (263,) normalise the features; `encoder` names the text encoder it was trained with."""

    network: SemanticsModulatedTransformer
    mean: Tensor
    std: Tensor
    encoder: str
    mixture: Mapping[str, Any]
    step: int
    name: str


def save_checkpoint(checkpoint: Checkpoint, path: Path, dtype: torch.dtype = torch.float16) -> None:
    """Writes the file whole or not at all; weights in `dtype`, normalisation always in float32."""
    metadata = {
        "network": json.dumps(asdict(checkpoint.network.config)),
        "encoder": checkpoint.encoder,
        "mixture": json.dumps(dict(checkpoint.mixture)),
        "step": str(checkpoint.step),
    }
    normalization = {"mean": checkpoint.mean, "std": checkpoint.std}
    write_weights(path, FORMAT, checkpoint.network, normalization, metadata, dtype)


def load_checkpoint(path: Path, device: str = "cpu") -> Checkpoint:
    """Reads a file of `save_checkpoint`; a missing or foreign one raises `RepriseError`."""
    file = read_weights(path, FORMAT, device)
    try:
        with torch.device(device):
            network = SemanticsModulatedTransformer(TransformerConfig(**json.loads(file.metadata["network"])))
        return Checkpoint(
            filled(network, file),
            file.tensors["mean"],
            file.tensors["std"],
            file.metadata["encoder"],
            json.loads(file.metadata["mixture"]),
            int(file.metadata["step"]),
            file.path.stem,
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise unusable(file.path, error) from error
