"""A trained momentum retriever in one safetensors file, with the normalisation and the text encoder it needs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from .momentum_retriever import MomentumRetriever, RetrieverConfig
from .weights_file import filled, read_weights, unusable, write_weights

FORMAT = "reprise-retriever-1"


@dataclass(frozen=True)
class RetrieverCheckpoint:
    """`mean` and `std` (263,) normalise the features that go in; `encoder` names the text encoder."""

    network: MomentumRetriever
    mean: Tensor
    std: Tensor
    encoder: str
    step: int
    name: str

    @property
    def content(self) -> str:
        """SHA-256 of all that a motion's embedding depends on."""
        return self._digest(self.network.motion)

    @property
    def whole_content(self) -> str:
        """SHA-256 of all that a motion's and a text's embedding depend on."""
        return self._digest(self.network)

    def _digest(self, part: nn.Module) -> str:
        digest = hashlib.sha256(repr((self.network.config, self.encoder)).encode())
        for name, value in sorted((part.state_dict() | {"mean": self.mean, "std": self.std}).items()):
            digest.update(name.encode() + value.detach().cpu().float().contiguous().numpy().tobytes())
        return digest.hexdigest()


def save_retriever(checkpoint: RetrieverCheckpoint, path: Path) -> None:
    """Writes the file whole or not at all, weights in half precision."""
    metadata = {
        "network": json.dumps(asdict(checkpoint.network.config)),
        "encoder": checkpoint.encoder,
        "step": str(checkpoint.step),
    }
    write_weights(path, FORMAT, checkpoint.network, {"mean": checkpoint.mean, "std": checkpoint.std}, metadata)


def load_retriever(path: Path, device: str = "cpu") -> RetrieverCheckpoint:
    """Reads a file of `save_retriever`; a missing or foreign one raises `RepriseError`."""
    file = read_weights(path, FORMAT, device)
    try:
        with torch.device(device):
            network = MomentumRetriever(RetrieverConfig(**json.loads(file.metadata["network"])))
        return RetrieverCheckpoint(
            filled(network, file),
            file.tensors["mean"],
            file.tensors["std"],
            file.metadata["encoder"],
            int(file.metadata["step"]),
            file.path.stem,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise unusable(file.path, error) from error
