"""A network in one safetensors file (never a pickle): weights, other tensors beside them, and metadata as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

Network = TypeVar("Network", bound=nn.Module)
_PREFIX = "network."
_REASON = 200  # characters: missing weights are listed by the hundred


@dataclass(frozen=True)
class WeightsFile:
    """What a file holds: float32 `weights` by their names in the network, other `tensors`, text `metadata`."""

    path: Path
    weights: Mapping[str, Tensor]
    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]


def write_weights(
    path: Path,
    form: str,
    network: nn.Module,
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str],
    dtype: torch.dtype = torch.float16,
) -> None:
    """Writes the file whole or not at all: the network in `dtype`, `tensors` in float32; `form` names the format."""
    content = {_PREFIX + key: value.detach().cpu().to(dtype) for key, value in network.state_dict().items()}
    content |= {key: value.detach().cpu().float() for key, value in tensors.items()}
    write_file(path, save({key: value.contiguous() for key, value in content.items()}, {"format": form, **metadata}))


def form_of(path: Path) -> str:
    """Which format a file of `write_weights` has; a missing or damaged one raises `RepriseError`."""
    path = Path(path)
    if not path.is_file():
        raise RepriseError("no_checkpoint", f"There is no checkpoint at {path}.", "Check the path, or train one.")
    try:
        with safe_open(path, framework="pt") as file:
            return (file.metadata() or {}).get("format", "no checkpoint of ours")
    except SafetensorError as error:
        raise unusable(path, error) from error


def read_weights(path: Path, form: str, device: str = "cpu") -> WeightsFile:
    """Reads a file of `write_weights`; a missing, damaged or foreign one raises `RepriseError`."""
    path, found = Path(path), form_of(path)
    if found != form:
        raise RepriseError("bad_checkpoint", f"{path} is {found}, not {form}.", "Use another file.")
    try:
        with safe_open(path, framework="pt", device=device) as file:
            metadata = file.metadata() or {}
            # Copied: a tensor that maps the file ends the process (SIGBUS) when somebody overwrites the file.
            tensors = {
                key: file.get_tensor(key).to(torch.float32, copy=True)
                for key in file.keys()  # noqa: SIM118 (not a mapping)
            }
    except SafetensorError as error:
        raise unusable(path, error) from error
    weights = {key.removeprefix(_PREFIX): value for key, value in tensors.items() if key.startswith(_PREFIX)}
    return WeightsFile(
        path, weights, {key: value for key, value in tensors.items() if not key.startswith(_PREFIX)}, metadata
    )


def filled(network: Network, file: WeightsFile) -> Network:
    """The network with the file's weights, ready for inference; weights of another shape raise `RepriseError`."""
    try:
        network.load_state_dict(dict(file.weights))
    except RuntimeError as error:
        raise unusable(file.path, error) from error
    return network.eval().requires_grad_(False)


def unusable(path: Path, error: Exception) -> RepriseError:
    """What to tell when a file's content is damaged or incomplete."""
    lines = [line.strip() for line in str(error).splitlines()]
    reason = next((line for line in lines if not line.endswith(":")), lines[0]).rstrip(".")[:_REASON]
    return RepriseError("bad_checkpoint", f"{path} is no usable checkpoint ({reason}).", "Use another file.")
