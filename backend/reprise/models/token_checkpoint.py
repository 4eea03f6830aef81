"""A trained masked or residual transformer in one safetensors file, with everything needed to use it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from .masked_transformer import MaskedTransformer
from .residual_transformer import ResidualConfig, ResidualTransformer
from .rvq import ResidualVQ2D
from .token_transformer import TokenTransformerConfig
from .weights_file import filled, read_weights, unusable, write_weights

Network = TypeVar("Network", MaskedTransformer, ResidualTransformer)
_KINDS: Mapping[type, tuple[str, type]] = {
    MaskedTransformer: ("reprise-masked-1", TokenTransformerConfig),
    ResidualTransformer: ("reprise-residual-1", ResidualConfig),
}


@dataclass(frozen=True)
class TokenCheckpoint(Generic[Network]):
    """`encoder` names the text encoder, `codes` (`content_of_codes`) the RVQ that it was trained with.

    `decoding` holds what it is to be decoded with (guidance and sampling; empty for a residual transformer).
    """

    network: Network
    encoder: str
    codes: str
    step: int
    name: str = "model"
    decoding: Mapping[str, Any] = field(default_factory=dict)


def save_tokens(checkpoint: TokenCheckpoint[Network], path: Path) -> None:
    """Writes the file whole or not at all, weights in half precision."""
    metadata = {
        "network": json.dumps(asdict(checkpoint.network.config)),
        "encoder": checkpoint.encoder,
        "codes": checkpoint.codes,
        "step": str(checkpoint.step),
        "decoding": json.dumps(dict(checkpoint.decoding)),
    }
    write_weights(path, _KINDS[type(checkpoint.network)][0], checkpoint.network, {}, metadata)


def load_tokens(kind: type[Network], path: Path, device: str = "cpu") -> TokenCheckpoint[Network]:
    """Reads a file of `save_tokens` with a network of that kind; a missing or foreign one raises `RepriseError`."""
    form, config = _KINDS[kind]
    file = read_weights(path, form, device)
    try:
        with torch.device(device):
            network = kind(config(**json.loads(file.metadata["network"])))
        return TokenCheckpoint(
            filled(network, file),
            file.metadata["encoder"],
            file.metadata["codes"],
            int(file.metadata["step"]),
            file.path.stem,
            json.loads(file.metadata["decoding"]),
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise unusable(file.path, error) from error


def content_of_codes(network: ResidualVQ2D) -> str:
    """SHA-256 of all that an RVQ's codes depend on: its sizes and weights."""
    digest = hashlib.sha256(repr(network.config).encode())
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode() + value.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.hexdigest()
