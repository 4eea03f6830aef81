"""ReMoMask's three networks in one safetensors file: the RVQ, the masked and the residual transformer on its codes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from reprise_core.errors import RepriseError

from .masked_transformer import MaskedTransformer
from .residual_transformer import ResidualConfig, ResidualTransformer
from .rvq import ResidualVQ2D, RVQConfig
from .rvq_checkpoint import load_rvq
from .token_checkpoint import content_of_codes, load_tokens
from .token_transformer import TokenTransformerConfig
from .weights_file import filled, read_weights, unusable, write_weights

FORMAT = "reprise-remomask-1"
_PARTS = {
    "rvq": (ResidualVQ2D, RVQConfig),
    "masked": (MaskedTransformer, TokenTransformerConfig),
    "residual": (ResidualTransformer, ResidualConfig),
}


@dataclass(frozen=True)
class ReMoMaskCheckpoint:
    """`mean` and `std` (F,) normalise the features, `encoder` names the text encoder, `decoding` holds guidance and
    sampling, `step` is the masked transformer's.
    """

    rvq: ResidualVQ2D
    masked: MaskedTransformer
    residual: ResidualTransformer
    mean: Tensor
    std: Tensor
    encoder: str
    decoding: Mapping[str, Any]
    step: int
    name: str = "model"


def joined_parts(rvq: Path, masked: Path, residual: Path) -> ReMoMaskCheckpoint:
    """The engine of three trained parts; raises `RepriseError` unless both transformers were trained on that RVQ."""
    codes, base, finer = (
        load_rvq(rvq),
        load_tokens(MaskedTransformer, masked),
        load_tokens(ResidualTransformer, residual),
    )
    content = content_of_codes(codes.network)
    for path, part in ((masked, base), (residual, finer)):
        if part.codes != content:
            message = f"{path} was trained on the codes of another RVQ than {rvq}."
            raise RepriseError("wrong_codes", message, "Give the one that its training was given.")
        if part.encoder != base.encoder:
            message = f"{path} was trained with the text encoder {part.encoder}, {masked} with {base.encoder}."
            raise RepriseError("wrong_encoder", message, "Train both with one.")
    networks = codes.network, base.network, finer.network
    return ReMoMaskCheckpoint(*networks, codes.mean, codes.std, base.encoder, base.decoding, base.step)


def save_remomask(checkpoint: ReMoMaskCheckpoint, path: Path) -> None:
    """Writes the file whole or not at all, weights in half precision."""
    networks = {name: getattr(checkpoint, name) for name in _PARTS}
    metadata = {
        **{name: json.dumps(asdict(network.config)) for name, network in networks.items()},
        "encoder": checkpoint.encoder,
        "decoding": json.dumps(dict(checkpoint.decoding)),
        "step": str(checkpoint.step),
    }
    normalization = {"mean": checkpoint.mean, "std": checkpoint.std}
    write_weights(path, FORMAT, nn.ModuleDict(networks), normalization, metadata)


def load_remomask(path: Path, device: str = "cpu") -> ReMoMaskCheckpoint:
    """Reads a file of `save_remomask`; a missing or foreign one raises `RepriseError`."""
    file = read_weights(path, FORMAT, device)
    try:
        with torch.device(device):
            made = {name: kind(config(**json.loads(file.metadata[name]))) for name, (kind, config) in _PARTS.items()}
        networks = filled(nn.ModuleDict(made), file)
        return ReMoMaskCheckpoint(
            cast("ResidualVQ2D", networks["rvq"]),
            cast("MaskedTransformer", networks["masked"]),
            cast("ResidualTransformer", networks["residual"]),
            file.tensors["mean"],
            file.tensors["std"],
            file.metadata["encoder"],
            json.loads(file.metadata["decoding"]),
            int(file.metadata["step"]),
            file.path.stem,
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise unusable(file.path, error) from error
