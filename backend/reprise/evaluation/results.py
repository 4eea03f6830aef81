"""Figures in a file that grows: each repeat of each system is kept when it is done, and none is measured twice."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from reprise import assets
from reprise.data.dataset import DESCRIPTION
from reprise.diffusion.mixture import SEARCHED
from reprise.models.checkpoint import load_checkpoint
from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

from . import protocol
from .kept_motions import kept
from .metrics import Interval
from .protocol import Figures, Ground, OnStage
from .systems import SEARCHED_EARLY, Files, Maker, System, load

FORMAT = "reprise-evaluation-1"


@dataclass(frozen=True)
class Measured:
    """What is known of a system: its repeats in order."""

    title: str
    system: Mapping[str, Any]
    repeats: Sequence[Figures]

    def figures(self) -> dict[str, Interval]:
        """Name to mean and interval."""
        return protocol.intervals(self.repeats)


@dataclass(frozen=True)
class Results:
    """All figures under one set of settings; `floor` is recorded motion against recorded motion, `n` clips each."""

    settings: Mapping[str, Any]
    n: int
    floor: Sequence[Figures]
    systems: Mapping[str, Measured]

    def to_json(self) -> dict[str, Any]:
        """The file's content; means and intervals stand beside the repeats that they are of."""
        return {
            "format": FORMAT,
            "settings": dict(self.settings),
            "machine": {"processor": platform.machine(), "threads": torch.get_num_threads()},
            "n": self.n,
            "floor": {"figures": _means(protocol.intervals(self.floor)), "repeats": list(self.floor)},
            "systems": {
                name: {
                    "title": measured.title,
                    "system": measured.system,
                    "figures": _means(measured.figures()),
                    "repeats": list(measured.repeats),
                }
                for name, measured in self.systems.items()
                if measured.repeats
            },
        }


def settings_of(ground: Ground, evaluator: Path, files: Files) -> dict[str, Any]:
    """All that decides the figures besides the system, files by their content."""
    return {
        **asdict(ground.protocol),
        "data": _digest(ground.dataset.folder / DESCRIPTION),
        "evaluator": f"{ground.evaluator.name} {_digest(evaluator)}",
        "library": _digest(files.library or assets.LIBRARY),
    }


def measure(
    ground: Ground,
    settings: Mapping[str, Any],
    systems: Mapping[str, System],
    files: Files,
    repeats: int,
    path: Path | None,
    motions: Path | None,
    on_stage: OnStage,
) -> Results:
    """Measures what is missing until every system has its `repeats`; `path` is read first and written after each.

    Motions that were made are kept in the folder `motions`, and taken from there.

    Raises `RepriseError` when `path` holds figures of other settings, or of another system under the same name.
    """
    before = read(path) if path and path.exists() else Results(settings, ground.n, (), {})
    _check_same(path, before.settings, settings)
    known, floors = dict(before.systems), list(before.floor)
    floors += [protocol.floor(ground, number) for number in range(len(floors), repeats)]
    results = Results(settings, ground.n, floors, known)
    for name, system in systems.items():
        known.setdefault(name, Measured(system.title, _decides(system, files), ()))
        _check_same(path, known[name].system, _decides(system, files))
    makers: dict[str, Maker | None] = {}
    for number in range(repeats):  # all systems once before any twice: what is there when it is stopped compares
        for name, system in systems.items():
            if number < len(known[name].repeats):
                continue
            if name not in makers:
                makers[name] = _maker(str(settings["library"]), system, files, motions)

            def stage(what: str, done: int, total: int, name: str = name, number: int = number) -> None:
                on_stage(f"{name} {number + 1}/{repeats}: {what}", done, total)

            figures = protocol.repeat(ground, system, makers[name], number, stage)
            known[name] = replace(known[name], repeats=(*known[name].repeats, figures))
            if path:
                write_file(path, json.dumps(results.to_json(), indent=1).encode())
    return results


def can_be_made(system: System, files: Files) -> bool:
    """Whether the weights that a system needs are there, and hold the mixture that it asks for."""
    weights = _weights(system, files)
    there = all(path.is_file() for path in weights.values())
    if not there or system.sampling.guidance not in (SEARCHED, SEARCHED_EARLY):
        return there
    return bool(load_checkpoint(weights["checkpoint"]).mixture.get("searched"))


def _weights(system: System, files: Files) -> dict[str, Path]:
    """The files that its motions depend on besides the library."""
    engine = {"checkpoint": files.checkpoints.get(system.engine, assets.CHECKPOINTS[system.engine])}
    retriever = {"retriever": assets.RETRIEVER}
    return (engine if system.source == "engine" else {}) | (retriever if system.sampling.method == "momentum" else {})


def _decides(system: System, files: Files) -> dict[str, Any]:
    """All of a system that decides its motions; the weights by their content."""
    weights = _weights(system, files)
    for path in weights.values():
        if not path.is_file():
            raise RepriseError("no_checkpoint", f"There is no checkpoint at {path}.", "Check the path, or train one.")
    return {**system.to_json(), **{name: _digest(path) for name, path in weights.items()}}


def _maker(library: str, system: System, files: Files, motions: Path | None) -> Maker | None:
    if system.source == "real":
        return None
    make = load(system, files)
    if not motions:
        return make
    weights = {"checkpoint": None} | {name: _digest(path) for name, path in _weights(system, files).items()}
    return kept(make, motions, {"system": system.to_json(), "library": library, **weights})


def read(path: Path) -> Results:
    """Reads a file of `measure`; raises `RepriseError` for any other."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']!r}")
        systems = {
            name: Measured(one["title"], one["system"], tuple(one["repeats"]))
            for name, one in content["systems"].items()
        }
        return Results(content["settings"], content["n"], tuple(content["floor"]["repeats"]), systems)
    except (ValueError, KeyError, TypeError) as error:
        raise RepriseError("bad_results", f"{path} holds no figures of ours ({error}).", "Use another file.") from error


def _means(figures: Mapping[str, Interval]) -> dict[str, dict[str, float]]:
    return {name: asdict(interval) for name, interval in figures.items()}


def _check_same(path: Path | None, kept: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for name, value in wanted.items():
        if kept.get(name) != value:
            message = f"{path} holds figures with another {name} ({kept.get(name)}, not {value})."
            raise RepriseError("other_settings", message, "Choose another output, or remove this one.")


def _digest(path: Path) -> str:
    """The beginning of the SHA-256 of a file, or of all files of a folder."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
