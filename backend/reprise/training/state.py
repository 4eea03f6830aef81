"""The state of a training run: weights, their moving average, Adam's moments and the step, in one safetensors file."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

_MOMENTS = ("step", "exp_avg", "exp_avg_sq")
_KINDS = ("network.", "ema.", "carried.")
Network = TypeVar("Network", bound=nn.Module)


@dataclass
class TrainingState(Generic[Network]):
    """Changes with every step; the batches and their noise follow from the step alone.

    `carried` are further tensors that steps change in place, such as a queue.
    """

    network: Network
    ema: Network
    optimizer: torch.optim.Optimizer
    step: int
    carried: Mapping[str, Tensor] = field(default_factory=dict)

    @staticmethod
    def start(network: Network, learning_rate: float, weight_decay: float) -> TrainingState[Network]:
        """Step 0 of a fresh network under AdamW."""
        optimizer = torch.optim.AdamW(network.parameters(), learning_rate, weight_decay=weight_decay)
        return TrainingState(network, copy.deepcopy(network).requires_grad_(False), optimizer, 0)

    @torch.no_grad()
    def update_ema(self, decay: float) -> None:
        """ema <- decay ema + (1 - decay) weights; early on the decay is smaller, so that the start is forgotten."""
        decay = min(decay, (1 + self.step) / (10 + self.step))
        averages, weights = (network.state_dict().values() for network in (self.ema, self.network))
        for average, weight in zip(averages, weights, strict=True):
            average.lerp_(weight, 1.0 - decay)


def save_state(state: TrainingState[Network], path: Path) -> None:
    """Writes the file whole or not at all."""
    tensors: dict[str, Tensor] = {"step": torch.tensor(state.step)}
    tensors |= {f"carried.{name}": value for name, value in state.carried.items()}
    moments = state.optimizer.state
    for kind, network in (("network", state.network), ("ema", state.ema)):
        tensors |= {f"{kind}.{name}": value for name, value in network.state_dict().items()}
    for name, weight in state.network.named_parameters():
        tensors |= {f"{key}.{name}": moments[weight][key] for key in _MOMENTS if weight in moments}
    write_file(path, save({key: value.cpu().contiguous() for key, value in tensors.items()}))


def restore(state: TrainingState[Network], path: Path) -> None:
    """Puts a fresh state where `save_state` stopped; a file of another network raises `RepriseError`."""
    try:
        with safe_open(path, framework="pt") as file, torch.no_grad():
            state.step = int(file.get_tensor("step"))
            names = set(file.keys())
            own = {f"carried.{name}": value for name, value in state.carried.items()}
            for kind, network in (("network", state.network), ("ema", state.ema)):
                own |= {f"{kind}.{name}": value for name, value in network.state_dict().items()}
            if further := [name for name in names if name.startswith(_KINDS) and name not in own]:
                raise RuntimeError(f"it has {min(further)}, which this network lacks")
            for name, value in own.items():
                kept = file.get_tensor(name)
                if kept.shape != value.shape:
                    raise RuntimeError(f"{name} is {tuple(kept.shape)}, not {tuple(value.shape)}")
                value.copy_(kept)
            for name, weight in state.network.named_parameters():
                if f"exp_avg.{name}" in names:
                    state.optimizer.state[weight] = {key: file.get_tensor(f"{key}.{name}") for key in _MOMENTS}
    except (SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise RepriseError("bad_run", f"{path} does not fit this config ({reason}).", "Start a new run.") from error
