"""How each command of the pages is made small: what is said to it besides its own words, and what it must leave behind.

A block that is marked `small` runs with its own words first: an option that no longer exists fails. What stands behind
them counts instead of what was said before.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from blocks import SHELL
from rigs.skeletons import FAMILY_TREES

from reprise.cli.main import main
from reprise.evaluation import tables
from reprise.evaluation.systems import System

ASSETS = "backend/reprise/assets"
POOL = 5  # clips that the made data sets have in their test split, and in that of validation
_NOTHING: Mapping[str, object] = MappingProxyType({})
_POOLS = {"reprise.evaluation.metrics.POOL": POOL, "reprise.evaluation.metrics.r_precision.__defaults__": (3, POOL)}
_TRAINED = ("model.safetensors", "losses.csv", "config.json")


@dataclass(frozen=True)
class Small:
    """A command that has the words `needs`.

    `most`: no number of these options is larger than that; `more`: words that are added; `constants`: sizes that no
    option changes, by their place in the program; `says`: what its output holds; `inside`: files in its --out; `holds`
    is given the command's words in its folder afterwards, and asserts.
    """

    needs: tuple[str, ...]
    most: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    more: tuple[str, ...] = ()
    constants: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    says: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    holds: Callable[[Sequence[str]], None] = lambda words: None

    def words(self, command: Sequence[str]) -> list[str]:
        """The command's own words and what is added to them."""
        larger = {option: most for option, most in self.most.items() if _number(command, option) > most}
        return [*command, *(word for option, most in larger.items() for word in (option, str(most))), *self.more]


def values(words: Sequence[str], *options: str) -> list[str]:
    """What the words give to options, in order."""
    return [after for word, after in pairwise(words) if word in options]


def small(command: Sequence[str]) -> Small:
    """The first that fits; raises LookupError for a command that nobody knows how to make small."""
    for each in COMMANDS:
        if set(each.needs) <= set(command):
            return each
    raise LookupError(f"nobody knows how to make this small: {' '.join(command)}")


def _number(command: Sequence[str], option: str) -> float:
    return float(next(iter(values(command, option)), "inf"))


def _named_systems_are_measured(words: Sequence[str]) -> None:
    for out in values(words, "--out"):
        measured = json.loads(Path(out).read_text())["systems"]
        assert set(values(words, "--system") or ("real", "retrieval", "no-references", "full")) == set(measured)
        assert all("fid" in one["figures"] for name, one in measured.items() if name != "real")


def _tables_are_written(words: Sequence[str]) -> None:
    """Those of the systems that were measured, each with a row, and the pictures."""
    (folder,) = values(words, "--tables")
    written = (Path(folder) / "results.md").read_text().splitlines()
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in written if line.startswith("| ")}
    measured = tables.all_systems()
    shown = [table.heading for table in tables.TABLES if set(table.systems) & set(measured)]
    assert [line.removeprefix("## ") for line in written if line.startswith("## ")] == shown
    assert {system.title for system in measured.values()} == set(rows) - {""}
    assert f"(n = {POOL})" in rows["ReMoDiffuse"] and " ± " in rows["ReMoDiffuse"]
    pictures = {path.stem for path in Path(folder).glob("*.png")}
    own = {"engines", "rareness", "retrieval", "guidance", "guidance-end", "steps"}
    assert pictures == own | ({"remomask-guidance", "remomask-iterations"} if "remomask" in measured else set())


def _the_run_goes_on(words: Sequence[str]) -> None:
    (out,) = values(words, "--out")
    rows = (Path(out) / "losses.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["2", "4"]


def _the_picture_is_drawn(words: Sequence[str]) -> None:
    (picture,) = (Path(word) for word in words if word.endswith(".png"))
    assert picture.read_bytes().startswith(b"\x89PNG")


def _every_network_is_trained(words: Sequence[str]) -> None:
    (out,) = values(words, "--out")
    trained = {path.parent.name for path in Path(out).glob("*/model.safetensors")}
    assert trained == {"contrastive", "diffusion", "mixture", "retriever", "rvq", "masked", "residual"}


def _few_systems() -> dict[str, System]:
    return {name: _SYSTEMS[name] for name in ("real", "retrieval", "full", "ddim-10")}


def _other_systems() -> dict[str, System]:
    """All but those that a command of the pages measures by name; the first table whole."""
    named = {name for block in SHELL for command in block.commands for name in values(command, "--system")}
    return {name: system for name, system in _SYSTEMS.items() if name not in named or name in tables.TABLES[0].systems}


def _in_process(command: Sequence[str]) -> int:
    assert list(command[:3]) == [sys.executable, "-m", "reprise"]
    return main(list(command[3:]))


def _trains(kind: str) -> Small:
    return Small(("train", kind), more=("--config", "tiny", "steps=2"), says=("model.safetensors",), inside=_TRAINED)


_SYSTEMS = tables.all_systems()
_EVALUATES = {"--repeats": 1, "--texts": 1, "--generations": 2, "--limit": POOL}
_MIXTURE = ("--config", "tiny", "clips=4", "late_clips=4", "step=5", "sampler_steps=4", "late_steps=2", "iterations=1")
_FAMILIES = {name: FAMILY_TREES[name] for name in ("mixamo", "rocketbox")}
_SAMPLERS = ("plain, as published", "ours, bfloat16", "processor")

COMMANDS = (
    Small(("train", "all"), more=("--recipe", "recipe.json", "--processes", "1"),
          constants={"subprocess.call": _in_process}, holds=_every_network_is_trained),
    Small(("train", "diffusion", "--resume"), more=("--config", "tiny", "steps=4"), holds=_the_run_goes_on),
    *(_trains(kind) for kind in ("contrastive", "diffusion", "retriever", "rvq", "masked", "residual")),
    Small(("train", "mixture"), more=_MIXTURE, inside=("model.safetensors", "config.json")),
    Small(("train", "remomask"), says=(".safetensors",)),
    Small(("train", "interpolate"), says=("between.safetensors",)),
    Small(("generate",), more=("--seconds", "2")),
    Small(("data", "humanml3d"), more=("--workers", "1"), says=("1 of the 1 clips in the index",),
          inside=("train.txt", "texts/M000000.txt", "new_joint_vecs/000000.npy")),
    Small(("data", "build"), says=("frames",), inside=("dataset.json",)),
    Small(("evaluate", "--tables", "data/mine"), most=_EVALUATES, says=(f"n = {POOL}",),
          constants={**_POOLS, "reprise.evaluation.tables.all_systems": _few_systems}, holds=_tables_are_written),
    Small(("evaluate", "--tables"), most=_EVALUATES, says=(f"n = {POOL}",),
          constants={**_POOLS, "reprise.evaluation.tables.all_systems": _other_systems}, holds=_tables_are_written),
    Small(("evaluate",), most=_EVALUATES, constants=_POOLS, says=(f"n = {POOL}", "r precision 3", "skate"),
          holds=_named_systems_are_measured),
    Small(("evaluate-retrieval",), says=("text to motion", "median", "to text, against hybrid", "momentum")),
    Small(("bench", "requests"), {"--repeats": 1, "--threads": 1}, ("--seconds", "1"),
          says=("sampling", "cleanup", "a take")),
    Small(("bench", "samplers"), {"--repeats": 1}, ("--size", "tiny"), says=_SAMPLERS,
          constants={"reprise.evaluation.speed.STEPS": 4}),
    Small(("reprise.evaluation.rotations",), says=("position error, recorded", "against the recording's own")),
    Small(("reprise.evaluation.foot_lock",), more=("--every", "200", "--seeds", "1"),
          says=("takes: 3", "locked", "recorded", "remove_jitter")),
    Small(("reprise.evaluation.precision",), {"--clips": POOL}, constants=_POOLS, says=("| fp32 |", "| bf16 |")),
    Small(("reprise.evaluation.reference_value",), says=("| cosine with the best reference |", "| all |")),
    Small(("reprise.evaluation.reconstruction",), says=("perplexity", "continuous", "evaluator: contrastive@2")),
    Small(("reprise.evaluation.joins",), {"--pairs": 4}, says=('"pairs": 4', "velocity", "own_slide"),
          holds=_the_picture_is_drawn),
    Small(("reprise.evaluation.solvers",), more=("--prompts", "1", "--seconds", "1"), says=('"dpm++"', '"body"')),
    Small(("scripts/bench_features.py",), more=("--frames", "284", "--repeats", "1"),
          says=("HumanML3D", "KIT-ML", "decode_batch_s")),
    Small(("scripts/roundtrip_features.py",), says=("segments", "max_error_m")),
    Small(("scripts/bench_retrieval.py",), more=("--clips", "300", "--faiss", "9000", "--load", "20", "--queries", "9"),
          says=("exact", "faiss", "same top 2", "loading 20 clips"), inside=("retrieval.json",)),
    Small(("scripts/bench_retargeting.py",), {"--clips": 1}, says=("| rocketbox |", "| file: Mesh2Motion, add-on |"),
          constants={"rigs.skeletons.FAMILY_TREES": _FAMILIES, "rigs.skeletons.UNKNOWN_TREES": {}}),
)  # fmt: skip
