"""The configuration of a training run: a JSON file, overridden by KEY=VALUE, kept beside every checkpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reprise.diffusion.mixture import SEARCHED, Mixture
from reprise.masking.decoding import Sampling
from reprise.masking.guidance import Guidance
from reprise.models.contrastive import ContrastiveConfig
from reprise.models.momentum_retriever import RetrieverConfig
from reprise.models.residual_transformer import ResidualConfig
from reprise.models.rvq import RVQConfig
from reprise.models.rvq_codebooks import CodebookLearning
from reprise.models.semantics_modulated_transformer import TransformerConfig
from reprise.models.token_transformer import TokenTransformerConfig
from reprise_core.errors import RepriseError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


Config = TypeVar("Config", bound="DataclassInstance")


@dataclass(frozen=True)
class Training:
    """What every training of a network is decided by.

    The papers have no EMA, no warm-up and no clipping; `ema`, `warmup` and `clip` switch ours on (0 is off).
    """

    steps: int = 200_000
    batch: int = 128
    learning_rate: float = 2e-4
    weight_decay: float = 0.0
    warmup: int = 0
    clip: float = 0.0
    ema: float = 0.0
    mirror: bool = True
    seed: int = 0
    precision: str = "no"
    save_every: int = 1000
    log_every: int = 50


@dataclass(frozen=True)
class CaptionedTraining(Training):
    """A training on motions and their captions; a motion is cropped with the probability `crop`."""

    encoder: str = "clip-vit-base-patch32"
    crop: float = 0.0


@dataclass(frozen=True)
class DiffusionTraining(CaptionedTraining):
    """Everything that decides a training of the generator; defaults follow the paper where it says.

    `composed` pairs of short clips, one after the other, are added to the training set ("A, then B"); `prolonged` adds
    walks and runs that go on. `displacement` weighs the error of how far joints get (`displacement.py`; the paper has
    none). `start` is a checkpoint of the same network to start from. Every `sheets_every` steps (0: never) TensorBoard
    gets a contact sheet of motions sampled from the weights that ship.
    `compile` runs the network's layers through torch.compile, which needs a C++ compiler.
    """

    network: TransformerConfig = field(default_factory=TransformerConfig)
    mixture: Mixture = field(default_factory=Mixture)
    drop_text: float = 0.1
    drop_references: float = 0.1
    references: int = 2
    composed: int = 0
    prolonged: bool = False
    displacement: float = 0.0
    start: str = ""
    compile: bool = False
    sheets_every: int = 0


@dataclass(frozen=True)
class ContrastiveTraining(CaptionedTraining):
    """Everything that decides a training of the contrastive model; `margin` is that of the loss of Guo et al."""

    network: ContrastiveConfig = field(default_factory=ContrastiveConfig)
    steps: int = 40_000
    learning_rate: float = 1e-4
    margin: float = 10.0


@dataclass(frozen=True)
class RetrieverTraining(CaptionedTraining):
    """Everything that decides a training of the momentum retriever; defaults follow the paper where it says.

    `momentum` is that of the copies, `temperature` InfoNCE's; `queue` pairs are kept, at most as many as there are
    motions to train on.
    """

    network: RetrieverConfig = field(default_factory=RetrieverConfig)
    steps: int = 40_000
    learning_rate: float = 1e-4
    queue: int = 65_536
    momentum: float = 0.99
    temperature: float = 0.07


@dataclass(frozen=True)
class RVQTraining(Training):
    """Everything that decides a training of the residual vector-quantised autoencoder.

    `window` in frames; `quantiser_dropout` is the share of windows that use only their first layers. `velocity`,
    `commitment` and `joints` weigh the parts of the loss (`training/rvq_objective.py`); the paper has no `joints`.
    """

    network: RVQConfig = field(default_factory=RVQConfig)
    codebooks: CodebookLearning = field(default_factory=CodebookLearning)
    steps: int = 100_000
    batch: int = 256
    window: int = 64
    quantiser_dropout: float = 0.2
    velocity: float = 0.5
    commitment: float = 0.02
    joints: float = 0.0


@dataclass(frozen=True)
class TokenTraining(CaptionedTraining):
    """What the trainings on token maps share. `rvq` is the checkpoint whose codes they learn.

    A row sees no condition with the probability `drop_condition` (the paper: .1), no text with `drop_text`, no
    references with `drop_references`. Of each motion there are `versions`: the whole, and others cropped with the
    probability `crop` or, within one activity, shifted.
    """

    network: TokenTransformerConfig = field(default_factory=TokenTransformerConfig)
    rvq: str = "runs/rvq/model.safetensors"
    batch: int = 256
    drop_condition: float = 0.1
    drop_text: float = 0.0
    drop_references: float = 0.0
    references: int = 1
    composed: int = 0
    versions: int = 1


@dataclass(frozen=True)
class MaskedTraining(TokenTraining):
    """Everything that decides a training of the masked transformer, and what it is to be decoded with."""

    guidance: Guidance = field(default_factory=Guidance)
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True)
class ResidualTraining(TokenTraining):
    """Everything that decides a training of the residual transformer."""

    network: ResidualConfig = field(default_factory=ResidualConfig)


@dataclass(frozen=True)
class MixtureTraining:
    """Everything that decides a search of the condition mixture; defaults follow the paper where it says.

    w1 and w2 of the early steps lie on a grid from `low` to `high`. Candidates are measured on `clips` motions of the
    training set, in batches of `batch`; after each of `halvings` rounds on fewer, half of them stay. `refinements`
    look around the best at half the distance. The weights of the `late_steps` last ones of `sampler_steps` are learnt
    on `late_clips` in `iterations` of Adam. `chosen` is the mixture that the checkpoint uses unless told otherwise:
    the FID asks for likely motion, not for the motion of a sentence, so look at both before choosing "searched".
    """

    low: float = -5.0
    high: float = 5.0
    step: float = 0.5
    clips: int = 1024
    halvings: int = 0
    refinements: int = 0
    sampler_steps: int = 50
    late_steps: int = 10
    late_clips: int = 1024
    iterations: int = 1000
    learning_rate: float = 0.01
    references: int = 2
    batch: int = 32
    seed: int = 0
    chosen: str = SEARCHED


def load_config(file: Path | str | None, overrides: Sequence[str], base: Config) -> Config:
    """`base` changed by a config and then by `KEY=VALUE`s, nested keys with dots.

    The config is a JSON file, the name of one that is packaged for this kind of training (`default`, `paper`, `tiny`),
    or None for `default`. Raises `RepriseError` naming what is missing, unknown or of the wrong type.
    """
    packaged = resources.files("reprise.training") / "configs" / _FOLDERS[type(base)]
    if file is not None and Path(file).is_file():
        text = Path(file).read_text(encoding="utf-8")
    elif (packaged / f"{file or 'default'}.json").is_file():
        text = (packaged / f"{file or 'default'}.json").read_text(encoding="utf-8")
    else:
        raise RepriseError(
            "bad_config", f"There is no config '{file}'.", "Give a JSON file, or paper, default or tiny."
        )
    name = str(file or "default")
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise RepriseError("bad_config", f"{name} is no JSON ({error}).", "Start from a packaged config.") from error
    config = from_values(base, values, name)
    for override in overrides:
        key, found, value = override.partition("=")
        if not found:
            raise RepriseError("bad_config", f"'{override}' is no KEY=VALUE.", "Write for example steps=2000.")
        nested: Any = _parsed(value)
        for part in reversed(key.split(".")):
            nested = {part: nested}
        config = from_values(config, nested, f"'{override}'")
    return config


def from_values(base: Config, values: object, where: str) -> Config:
    """A copy of the frozen dataclass `base` with `values` (nested dicts); unknown keys and wrong types raise."""
    if not isinstance(values, dict):
        raise RepriseError("bad_config", f"{where}: {values!r} is no object.", "Use KEY: VALUE pairs.")
    known = {item.name: getattr(base, item.name) for item in fields(base)}
    changes: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            raise RepriseError("bad_config", f"{where}: unknown setting '{key}'.", f"Known are: {', '.join(known)}.")
        current = known[key]
        if is_dataclass(current) and not isinstance(current, type):
            changes[key] = from_values(current, value, where)
        elif isinstance(current, tuple) and isinstance(value, list) and len(value) == len(current):
            changes[key] = tuple(float(item) for item in value)
        elif isinstance(current, float) and isinstance(value, int) and not isinstance(value, bool):
            changes[key] = float(value)
        elif type(value) is type(current):
            changes[key] = value
        else:
            raise RepriseError("bad_config", f"{where}: {key} is {value!r}.", f"It must be like {current!r}.")
    return replace(base, **changes)


def to_values(config: DataclassInstance) -> dict[str, Any]:
    """The JSON object that `from_values` reads."""
    return json.loads(json.dumps(asdict(config)))


_FOLDERS: dict[type, str] = {
    DiffusionTraining: "diffusion",
    ContrastiveTraining: "contrastive",
    RetrieverTraining: "retriever",
    RVQTraining: "rvq",
    MaskedTraining: "masked",
    ResidualTraining: "residual",
    MixtureTraining: "mixture",
}


def _parsed(value: str) -> object:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
