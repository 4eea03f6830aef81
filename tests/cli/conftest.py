"""Runs commands in this process, with the scripted engine of the service's tests where an engine is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fake_engine import FakeEngine

from reprise.cli.main import main


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line on standard error of a command that failed and printed nothing else."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        return line


Run = Callable[..., Outcome]


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("logs")))  # where tracebacks are left

    def run_one(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run_one


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """The engine that every command gets; `engine.loaded_with` is what it was asked for."""
    fake = FakeEngine(step_seconds=0.0)
    fake.loaded_with = None

    def load(name: str = "remodiffuse", **options: object) -> FakeEngine:
        fake.loaded_with = (name, options)
        return fake

    monkeypatch.setattr("reprise.pipelines.load", load)
    return fake
