"""What can be evaluated: recorded motion, the references themselves, and engines with and without references."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from reprise import pipelines
from reprise.data.dataset import MAX_FRAMES
from reprise.diffusion.mixture import MIXTURES, SEARCHED, Mixture
from reprise.features import humanml3d
from reprise.library.store import Library
from reprise.masking.guidance import Guidance
from reprise.pipelines.base import Engine, FeatureEngine
from reprise.pipelines.remodiffuse import ReMoDiffuse
from reprise.pipelines.remomask import ReMoMask
from reprise_core.contract import (
    MAX_NAMES,
    MAX_REFERENCES,
    MODEL_FPS,
    RETRIEVAL_METHODS,
    SOLVERS,
    References,
    Request,
)
from reprise_core.errors import RepriseError

CHECKPOINT_GUIDANCE, PUBLISHED_GUIDANCE, SEARCHED_EARLY = "checkpoint", "published", "searched-early"
_BATCH = 32
_OWN = (CHECKPOINT_GUIDANCE, *MIXTURES, SEARCHED_EARLY)
_GUIDANCE_HINT = f"Use {', '.join(_OWN)}, {PUBLISHED_GUIDANCE}, a number of 0 or more, or two."

Features = NDArray[np.float32]
OnDone = Callable[[int, int], None]


@dataclass(frozen=True)
class Sampling:
    """How motion is made. `steps` 0 stands for the engine's own; `length_decay` is Equation 4's lambda, 0 for
    retrieval by meaning alone; `stride` is that of the reference encoder, None the trained one; `method` is that of
    `reprise_core.contract.References`; `precision` that of `ReMoDiffuse`, None fp32.

    `guidance`: the checkpoint's mixture; or, of the two that it may hold, "guidance" or "searched", the latter also
    without what was learnt for the late steps ("searched-early"); or the published coefficients; or a number s,
    guidance w = 1 + s t / 1000 down to where the checkpoint's ends, then the fully conditioned branch; or "s,t", the
    same down to t. With remomask the checkpoint's scales; the paper's; s for both; or "s_t,s_r", a scale each for text
    and references.
    """

    steps: int = 0
    solver: str = SOLVERS[0]
    k: int = 2
    length_decay: float = 0.1
    guidance: str = CHECKPOINT_GUIDANCE
    stride: int | None = None
    method: str = RETRIEVAL_METHODS[0]
    precision: str | None = None

    def __post_init__(self) -> None:
        self.scales()
        if self.stride is not None and not 1 <= self.stride <= MAX_FRAMES:
            raise RepriseError("bad_stride", f"The stride is {self.stride}.", f"It must be from 1 to {MAX_FRAMES}.")

    def scales(self) -> tuple[float, ...] | None:
        """The one or two numbers that `guidance` gives; none for the published ones, None for the checkpoint's own."""
        if self.guidance in (*_OWN, PUBLISHED_GUIDANCE):
            return () if self.guidance == PUBLISHED_GUIDANCE else None
        try:
            given = tuple(map(float, self.guidance.split(",", 1)))
        except ValueError:
            given = (-1.0,)
        if not all(0.0 <= scale < np.inf for scale in given):
            raise RepriseError("bad_guidance", f"The guidance is '{self.guidance}'.", _GUIDANCE_HINT)
        return given

    def to_json(self) -> dict[str, Any]:
        """What decides its figures; later choices are left out where they are the usual ones: older figures go on."""
        usual = {"method": RETRIEVAL_METHODS[0], "precision": None}
        return {key: value for key, value in asdict(self).items() if key not in usual or value != usual[key]}


@dataclass(frozen=True)
class System:
    """One row of a table; `title` says in words what it is."""

    title: str
    source: Literal["real", "retrieval", "engine"]
    engine: str = "remodiffuse"
    sampling: Sampling = field(default_factory=Sampling)

    def varied(self, **changes: Any) -> System:
        """The system with other values of its `Sampling`; recorded motion has none to change."""
        return self if self.source == "real" else replace(self, sampling=replace(self.sampling, **changes))

    def to_json(self) -> dict[str, Any]:
        """What decides its figures."""
        return {"source": self.source, "engine": self.engine, "sampling": self.sampling.to_json()}


SYSTEMS: Mapping[str, System] = MappingProxyType(
    {
        "real": System("recorded motion", "real"),
        "retrieval": System("the first reference itself", "retrieval"),
        "no-references": System("ReMoDiffuse without references", "engine", sampling=Sampling(k=0)),
        "full": System("ReMoDiffuse", "engine"),
        "remomask": System("ReMoMask", "engine", engine="remomask"),
    }
)


@dataclass(frozen=True)
class Asked:
    """One motion that is wanted: a caption, a length in frames, a seed; and the how manieth of this caption it is.

    References come from other recordings than `recording`, which is the caption's own.
    """

    caption: str
    frames: int
    seed: int
    recording: str
    take: int = 0


@dataclass(frozen=True)
class Files:
    """What engines are loaded from: weights by the engine's name; what is not there stands for what ships."""

    checkpoints: Mapping[str, Path] = field(default_factory=dict)
    library: Path | None = None
    device: str = "auto"


@dataclass(frozen=True)
class Made:
    """Motions (T_i, 263), not normalised, in the order asked for; seconds are a clip's share of making all of them."""

    motions: Sequence[Features]
    seconds_per_clip: float


Maker = Callable[[Sequence[Asked], OnDone], Made]


def load(system: System, files: Files) -> Maker:
    """Loads what makes a system's motions (recorded motion is not made).

    Raises `RepriseError` when the engine, its files or its options are not there.
    """
    engine = pipelines.load(
        system.engine, checkpoint=files.checkpoints.get(system.engine), library=files.library, device=files.device
    )
    library = Path(engine.describe()["library"])
    own = clips_by_recording(library)
    if system.source == "retrieval":
        return lambda asked, on_done: _retrieved(
            engine, library, [request_of(system, one, own) for one in asked], asked
        )
    engine = _varied(engine, system.sampling)
    if not isinstance(engine, FeatureEngine):
        raise RepriseError("bad_engine", f"The engine {system.engine} gives no features to evaluate.")
    features = engine.features

    def make(asked: Sequence[Asked], on_done: OnDone) -> Made:
        started = perf_counter()
        made: dict[int, Features] = {}
        order = np.argsort([one.frames for one in asked], kind="stable").tolist()  # little is padding
        for begin in range(0, len(order), _BATCH):
            rows = order[begin : begin + _BATCH]
            on_done(begin, len(order))
            made |= zip(rows, features([request_of(system, asked[row], own) for row in rows]), strict=True)
        return Made([made[row] for row in range(len(asked))], (perf_counter() - started) / len(asked))

    return make


def _varied(engine: Engine, sampling: Sampling) -> Engine:
    """The engine under a system's guidance, stride and precision."""
    scales, stride, precision = sampling.scales(), sampling.stride, sampling.precision
    if sampling.guidance == CHECKPOINT_GUIDANCE and stride is None and precision is None:
        return engine
    if isinstance(engine, ReMoDiffuse):
        return engine.varied(_mixture(engine, sampling.guidance, scales), stride, precision)
    if isinstance(engine, ReMoMask) and stride is None and precision is None and scales is not None:
        return engine.varied(Guidance(*(scales * 2)[:2]) if scales else Guidance())
    what = f"sampled with guidance {sampling.guidance}, stride {stride or 'as trained'} and {precision or 'fp32'}"
    raise RepriseError("bad_system", f"The engine {engine.describe()['engine']} cannot be {what}.")


def _mixture(engine: ReMoDiffuse, guidance: str, scales: tuple[float, ...] | None) -> Mixture | None:
    """What `guidance` names, or the coefficients that it gives; none given are the published ones."""
    if scales == ():
        return Mixture()
    if scales is not None:
        scale, end = (*scales, engine.mixture.late_below)[:2]
        return Mixture(scale, int(end), late=(1.0, 0.0, 0.0))
    if guidance == CHECKPOINT_GUIDANCE:
        return None
    mixture = engine.mixed(SEARCHED if guidance == SEARCHED_EARLY else guidance).mixture
    if guidance == SEARCHED_EARLY and mixture.searched:
        return replace(mixture, searched=replace(mixture.searched, late=mixture.late))
    return mixture


def request_of(system: System, asked: Asked, own: Mapping[str, tuple[str, ...]]) -> Request:
    """What a system's engine is asked for; `own` is of `clips_by_recording`, whose clips of `asked` are left out."""
    sampling = system.sampling
    return Request(
        prompt=asked.caption,
        seconds=asked.frames / MODEL_FPS,
        seed=asked.seed,
        engine=system.engine,
        steps=sampling.steps,
        solver=sampling.solver,
        references=References(
            k=sampling.k,
            length_decay=sampling.length_decay,
            excluded=own.get(asked.recording, ())[:MAX_NAMES],
            method=sampling.method,
        ),
    )


def _retrieved(engine: Engine, library: Path, requests: Sequence[Request], asked: Sequence[Asked]) -> Made:
    """For the first motion of a caption its best reference, for the second the next best, and so on; whole clips."""
    started, made = perf_counter(), []
    with Library.open(library) as opened:
        for request, one in zip(requests, asked, strict=True):
            wanted = replace(request.references, k=min(one.take + 1, MAX_REFERENCES))
            found = engine.retrieve(replace(request, references=wanted))
            if not found:
                raise RepriseError("no_clip", f"The library {library} is empty.", "Name another with --library.")
            made.append(humanml3d.encode_normalized(opened.motion(found[-1].id))[:MAX_FRAMES])
    return Made(made, (perf_counter() - started) / len(asked))


def clips_by_recording(library: Path) -> dict[str, tuple[str, ...]]:
    """The library's clips of each recording."""
    found: dict[str, tuple[str, ...]] = {}
    with Library.open(library) as opened:
        for clip in opened.clips():
            found[clip.recording] = (*found.get(clip.recording, ()), clip.id)
    return found
