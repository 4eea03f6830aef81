"""A trained network in one safetensors file: weights, normalisation and everything needed to use it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

from .semantics_modulated_transformer import SemanticsModulatedTransformer, TransformerConfig

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
    """Writes the file whole or not at all; floating weights in `dtype`, normalisation always in float32."""
    tensors = {f"network.{key}": value.detach().cpu().to(dtype).contiguous() for key, value in _weights(checkpoint)}
    tensors |= {"mean": checkpoint.mean.float().contiguous(), "std": checkpoint.std.float().contiguous()}
    metadata = {
        "format": FORMAT,
        "network": json.dumps(asdict(checkpoint.network.config)),
        "encoder": checkpoint.encoder,
        "mixture": json.dumps(dict(checkpoint.mixture)),
        "step": str(checkpoint.step),
    }
    write_file(path, save(tensors, metadata))


def load_checkpoint(path: Path, device: str = "cpu") -> Checkpoint:
    """Reads a file of `save_checkpoint`; a missing or foreign one raises `RepriseError`."""
    path = Path(path)
    if not path.is_file():
        raise RepriseError("no_checkpoint", f"There is no checkpoint at {path}.", "Check the path, or train one.")
    try:
        with safe_open(path, framework="pt", device=device) as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise RepriseError("bad_checkpoint", f"{path} is no checkpoint of this version.", "Train it again.")
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
        with torch.device(device):
            network = SemanticsModulatedTransformer(TransformerConfig(**json.loads(metadata["network"])))
        weights = {key.removeprefix("network."): value.float() for key, value in tensors.items() if "." in key}
        network.load_state_dict(weights)
        return Checkpoint(
            network.eval().requires_grad_(False),
            tensors["mean"],
            tensors["std"],
            metadata["encoder"],
            json.loads(metadata["mixture"]),
            int(metadata["step"]),
            path.stem,
        )
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise RepriseError(
            "bad_checkpoint", f"{path} is no usable checkpoint ({reason}).", "Use another file."
        ) from error


def _weights(checkpoint: Checkpoint) -> list[tuple[str, Tensor]]:
    return list(checkpoint.network.state_dict().items())
