"""`reprise train all`: the trainings of a recipe in order, each a process of its own, resumed when stopped."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

from .loop import CHECKPOINT, CONFIG, STATE

FINISHED = "finished.json"
_SHARES_BATCHES = ("diffusion",)  # trainings that several processes speed up
_HINT = 'Write [{"train": "diffusion", "config": "default", "set": ["steps=2000"]}, ...].'

Run = Callable[[Sequence[str]], int]  # a command line -> its exit code


@dataclass(frozen=True)
class Stage:
    """One training: its kind, packaged config or file, settings to change, and options that name earlier stages.

    `{out}` in a setting stands for the recipe's folder.
    """

    train: str
    config: str = "default"
    set: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def arguments(self, data: Path, out: Path) -> list[str]:
        """What stands behind `reprise` on the command line; it goes on with a run that is there."""
        own = out / self.train
        found = ["--data", str(data), "--out", str(own)]
        for option, stage in self.files.items():
            found += [f"--{option}", str(out / stage / CHECKPOINT)]
        started = (own / STATE).is_file() or (bool(self.files) and (own / CONFIG).is_file())
        found += ["--resume"] if started else ["--config", self.config]
        return ["train", self.train, *found, *(each.replace("{out}", str(out)) for each in self.set)]


def read_recipe(name: str) -> list[Stage]:
    """The stages of a JSON file or a packaged recipe (default, paper); raises `RepriseError` naming what is wrong."""
    packaged = resources.files("reprise.training") / "configs" / "recipes" / f"{name}.json"
    if Path(name).is_file():
        content = Path(name).read_text(encoding="utf-8")
    elif packaged.is_file():
        content = packaged.read_text(encoding="utf-8")
    else:
        raise RepriseError("bad_recipe", f"There is no recipe '{name}'.", "Give a JSON file, or default or paper.")
    try:
        values = json.loads(content)
        stages = [_stage(each) for each in values]
    except (ValueError, TypeError, KeyError) as error:
        raise RepriseError("bad_recipe", f"The recipe '{name}' cannot be read ({error}).", _HINT) from error
    for i, stage in enumerate(stages):
        for needed in stage.files.values():
            if needed not in [earlier.train for earlier in stages[:i]]:
                message = f"The recipe '{name}' trains {stage.train} before {needed}, which it needs."
                raise RepriseError("bad_recipe", message, "Change the order.")
    return stages


def train_all(data: Path, out: Path, recipe: str, processes: int, run: Run) -> list[Path]:
    """Runs what is not finished yet, in order; returns the checkpoints.

    `run` starts one command line of `reprise`, or of torchrun where `processes` share the batches. Raises
    `RepriseError` when one of them fails: started again, the recipe goes on there.
    """
    stages = read_recipe(recipe)
    for stage in stages:
        own = out / stage.train
        if (own / FINISHED).is_file():
            continue
        arguments = stage.arguments(data, out)
        several = processes > 1 and stage.train in _SHARES_BATCHES
        launch = ["torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", "-m"] if several else []
        code = run([sys.executable, "-m", *launch, "reprise", *arguments])
        if code:
            raise RepriseError(
                "stage_failed",
                f"Training {stage.train} ended with exit code {code}.",
                "Its own message stands above; the same command goes on from there.",
            )
        write_file(own / FINISHED, json.dumps({"command": ["reprise", *arguments]}).encode())
    return [out / stage.train / CHECKPOINT for stage in stages]


def _stage(values: Mapping[str, Any]) -> Stage:
    return Stage(**{**values, "set": tuple(values.get("set", ()))})
