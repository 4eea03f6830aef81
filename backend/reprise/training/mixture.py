"""`reprise train mixture`: the condition mixture of a trained generator (ReMoDiffuse, section 3.4).

First the early weights are searched, then the late ones learnt; both minimise the FID of motions made for captions of
the training set, measured in the space of the contrastive model. What is measured is kept in the run's folder, so that
a run that broke off goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from reprise import text
from reprise.data import dataset as datasets
from reprise.diffusion.ddim import seeded_generator
from reprise.diffusion.mixture import MIXTURES, Mixture, Searched
from reprise.diffusion.schedule import spaced_timesteps
from reprise.evaluation.embedding import ContrastiveEvaluator
from reprise.evaluation.metrics import frechet_distance
from reprise.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from reprise.models.contrastive_checkpoint import ContrastiveCheckpoint, load_contrastive
from reprise.models.inference import InferenceTransformer
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

from .cache import fingerprint
from .config import MixtureTraining, load_config, to_values
from .devices import device
from .examples import Examples, build_examples
from .failures import told_in_a_sentence
from .frechet import fitted
from .loop import CHECKPOINT, CONFIG
from .mixture_late import LateObjective, Step, learnt
from .mixture_log import MixtureLog
from .mixture_search import Candidate, grid, refined, rungs, successive_halving, work
from .prompted import Prompted, prompted, sampled, sampled_until

INPUTS, RESULT = "inputs.json", "result.json"
_FREE = ("low", "high", "step", "refinements", "iterations", "chosen")  # may change when a run goes on


@dataclass(frozen=True)
class Bench:
    """What motions are made and measured with; `real` (N, D) are the training motions' embeddings."""

    settings: MixtureTraining
    checkpoint: Checkpoint
    sampler: InferenceTransformer
    evaluator: ContrastiveEvaluator
    examples: Examples
    real: NDArray[np.float64]
    timesteps: Sequence[int]

    @property
    def late_below(self) -> int:
        """The largest t of the late steps."""
        return self.timesteps[-self.settings.late_steps]

    def features(self, prompts: Prompted, mixture: Mixture) -> list[NDArray[np.float32]]:
        """A motion (T, 263) a row in metres and radians, as the checkpoint makes it under the mixture."""
        x0 = sampled(self.sampler, prompts, mixture, self.timesteps) * self.checkpoint.std
        whole, lengths = (x0 + self.checkpoint.mean).cpu().numpy(), prompts.mask.sum(dim=1).tolist()
        return [row[:length] for row, length in zip(whole, lengths, strict=True)]

    def fid(self, batches: Sequence[Prompted], mixture: Mixture) -> float:
        """The FID of motions made for all batches under the mixture."""
        made = [motion for prompts in batches for motion in self.features(prompts, mixture)]
        return frechet_distance(self.real, self.evaluator.motions(made))


def train(
    data: Path,
    checkpoint: Path,
    contrastive: Path,
    out: Path,
    config: Path | None = None,
    overrides: Sequence[str] = (),
    resume: bool = False,
) -> Path:
    """Searches the mixture of `checkpoint`; returns a checkpoint that holds it beside the same weights.

    `data` is the set that the generator was trained on, `contrastive` a checkpoint of `reprise train contrastive`.
    `out` gets the config, every figure (search.csv, late_*.csv), result.json and model.safetensors. Raises
    `RepriseError` for bad input, and for a run that is resumed with other input.
    """
    out = Path(out)
    if resume and not (out / CONFIG).is_file():
        raise RepriseError("no_run", f"There is no run to resume in {out}.", "Leave out --resume to start one.")
    if not resume and (out / CONFIG).exists():
        raise RepriseError("run_exists", f"{out} already holds a run.", "Add --resume, or choose another folder.")
    settings = load_config(out / CONFIG if resume and config is None else config, overrides, MixtureTraining())
    _check(settings)
    where = device()
    dataset, generator = datasets.load(data), load_checkpoint(checkpoint, where.type)
    judge = load_contrastive(contrastive, where.type)
    console = Console(stderr=True)
    with told_in_a_sentence(out, "Lower batch, late_clips or clips."):
        _keep_inputs(out, settings, dataset, {"checkpoint": checkpoint, "contrastive": contrastive})
        write_file(out / CONFIG, json.dumps(to_values(settings), indent=2).encode())
        with console.status("preparing"):
            encoder = text.load(generator.encoder)
            evaluator = ContrastiveEvaluator(judge, text.load(judge.encoder))
            examples = build_examples(
                dataset, "train", encoder, references=settings.references, mirror=True, composed=0, seed=settings.seed
            )
            own = np.flatnonzero(~examples.motions.mirrored)
            real = evaluator.motions([dataset.features(int(examples.motions.rows[row])) for row in own])
        steps = spaced_timesteps(settings.sampler_steps)
        bench = Bench(settings, generator, InferenceTransformer(generator.network), evaluator, examples, real, steps)
        result = _found(bench, judge, own, out, console)
        mixture = {**generator.mixture, "searched": result["searched"], "chosen": settings.chosen}
        save_checkpoint(replace(generator, mixture=mixture), out / CHECKPOINT)
        write_file(out / RESULT, json.dumps(result, indent=2).encode())
    return out / CHECKPOINT


def _found(
    bench: Bench, judge: ContrastiveCheckpoint, own: NDArray[np.intp], out: Path, console: Console
) -> dict[str, Any]:
    """Both stages, and the FIDs of what was found beside those of guidance."""
    settings = bench.settings
    order = seeded_generator(settings.seed, stream=5).permutation(own)
    clips = order[: settings.clips]
    sizes = rungs(-(-len(clips) // settings.batch), settings.halvings)
    batches = _batches(bench, clips, sizes)
    candidates = grid(settings.low, settings.high, settings.step)
    start = Mixture.from_json(bench.checkpoint.mixture)
    with MixtureLog(out, work(len(candidates), sizes, settings.refinements), settings.iterations, console) as log:

        def measured(candidate: Candidate, count: int) -> float:
            both, words = candidate
            tried = Searched((both, words, 1.0 - both - words), start.late, bench.late_below)
            rows = [
                log.kept(candidate, i, lambda i=i: _embedded(bench, batches[i], Mixture(searched=tried)))
                for i in range(count)
            ]
            made = np.concatenate(rows)
            fid = frechet_distance(bench.real, made) if np.isfinite(made).all() else float("inf")
            return log.measured(candidate, len(made), fid)

        best = successive_halving(candidates, sizes, measured)
        both, words = refined(best, settings.step, settings.refinements, sizes[-1], measured)
        early = (both, words, 1.0 - both - words)
        steps = _learn_late(bench, judge, batches, Searched(early, start.late, bench.late_below), log)
    late = min(steps, key=lambda step: step.fid).weights if steps else start.late
    searched = Searched(early, late, bench.late_below)
    if (known := _finished(out)) and known["searched"] == json.loads(json.dumps(asdict(searched))):
        return known
    fresh = order[settings.clips : 2 * settings.clips]
    return {
        "searched": asdict(searched),
        "figures": [
            _figures(bench, start, searched, batches, "clips of the search"),
            *([_figures(bench, start, searched, _batches(bench, fresh, []), "other clips")] if len(fresh) > 1 else []),
        ],
    }


def _finished(out: Path) -> dict[str, Any] | None:
    """The result of a run that is resumed after its end, whose figures need not be made again."""
    path = out / RESULT
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _learn_late(
    bench: Bench, judge: ContrastiveCheckpoint, batches: Sequence[Prompted], found: Searched, log: MixtureLog
) -> list[Step]:
    settings, network = bench.settings, bench.checkpoint.network
    some = batches[: -(-settings.late_clips // settings.batch)]
    if not settings.iterations:
        return []
    first = len(bench.timesteps) - settings.late_steps
    mixture = Mixture(searched=found)
    noisy = [sampled_until(bench.sampler, prompts, mixture, bench.timesteps, first) for prompts in some]
    objective = LateObjective(
        network,
        bench.checkpoint.mean,
        bench.checkpoint.std,
        judge,
        fitted(bench.real, judge.mean.device),
        some,
        noisy,
        bench.timesteps[first:],
    )
    return learnt(objective, found.late, settings.iterations, settings.learning_rate, log.steps(found), log.step)


def _figures(
    bench: Bench, start: Mixture, searched: Searched, batches: Sequence[Prompted], what: str
) -> Mapping[str, Any]:
    """FIDs from the training motions, all on the same captions, lengths and noise.

    `real` is that of the captions' own motions.
    """
    dataset, rows = bench.examples.motions.dataset, np.concatenate([prompts.rows for prompts in batches])
    own = bench.evaluator.motions([dataset.features(int(bench.examples.motions.rows[row])) for row in rows])
    return {
        "what": what,
        "clips": len(rows),
        "training motions": len(bench.real),
        "contrastive": bench.evaluator.name,
        "fid": {
            "real": frechet_distance(bench.real, own),
            "guidance": bench.fid(batches, replace(start, searched=None)),
            "searched, late steps not learnt": bench.fid(batches, Mixture(searched=replace(searched, late=start.late))),
            "searched": bench.fid(batches, Mixture(searched=searched)),
        },
    }


def _batches(bench: Bench, clips: NDArray[np.intp], sizes: Sequence[int]) -> list[Prompted]:
    """The clips in batches of like lengths; those of each round are the first ones of the next."""
    size = bench.settings.batch
    ends = [count * size for count in sizes if count * size < len(clips)]
    sorted_clips = np.concatenate(
        [part[np.argsort(bench.examples.lengths[part], kind="stable")] for part in np.split(clips, ends)]
    )
    network, seed = bench.checkpoint.network, bench.settings.seed
    return [
        prompted(network, bench.examples, sorted_clips[begin : begin + size], seed)
        for begin in range(0, len(clips), size)
    ]


def _embedded(bench: Bench, prompts: Prompted, mixture: Mixture) -> NDArray[np.float64]:
    """(B, D); not finite where weights far off blow a motion up."""
    made = bench.features(prompts, mixture)
    if not all(np.isfinite(motion).all() for motion in made):
        return np.full((len(made), bench.real.shape[1]), np.nan)
    return bench.evaluator.motions(made)


def _keep_inputs(
    out: Path, settings: MixtureTraining, dataset: datasets.MotionDataset, files: Mapping[str, Path]
) -> None:
    """Remembers what the kept figures follow from; raises when a resumed run is given something else."""
    stamp = {name: value for name, value in to_values(settings).items() if name not in _FREE}
    stamp["data"] = fingerprint(segment.id for segment in dataset.segments)
    stamp |= {name: fingerprint([Path(path).read_bytes().hex()]) for name, path in files.items()}
    path = out / INPUTS
    if path.is_file() and (kept := json.loads(path.read_text(encoding="utf-8"))) != stamp:
        other = next(name for name in stamp if kept.get(name) != stamp[name])
        raise RepriseError("other_input", f"The run in {out} was begun with another {other}.", "Start a new run.")
    write_file(path, json.dumps(stamp, indent=2).encode())


def _check(settings: MixtureTraining) -> None:
    """Raises for sizes that make no search, and for a choice that there is not."""
    if settings.chosen not in MIXTURES:
        raise RepriseError("bad_config", f"chosen is '{settings.chosen}'.", f"It must be {' or '.join(MIXTURES)}.")
    for name in ("step", "learning_rate"):
        if getattr(settings, name) <= 0.0:
            raise RepriseError("bad_config", f"{name} is {getattr(settings, name)}.", "It must be above 0.")
    if settings.high < settings.low:
        raise RepriseError("bad_config", f"high is {settings.high} and low {settings.low}.", "high must not be below.")
    if not 1 <= settings.late_steps < settings.sampler_steps:
        sentence = f"late_steps is {settings.late_steps} of {settings.sampler_steps} sampler_steps."
        raise RepriseError("bad_config", sentence, "It must be from 1 to one less than the sampler's steps.")
    for name, least in (("clips", 2), ("late_clips", 2), ("batch", 1), ("halvings", 0), ("refinements", 0)):
        if getattr(settings, name) < least:
            raise RepriseError("bad_config", f"{name} is {getattr(settings, name)}.", f"It must be at least {least}.")
