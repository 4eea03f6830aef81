"""scripts/bench_server.py as docs/reliability.md calls it, in small: no answer is lost, mixed up or given twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from blocks import ROOT, elsewhere, variables_and_words
from server_bench.load import KINDS

HERE = "tests/serving/test_bench_server.py"


def measured(test: str, folder: Path, *more: str) -> dict[str, Any]:
    """What the command of the page says at its end, with the words `more`; each answer is held to be the right one.

    Promises of speed are the machine's to keep; the exit code must say whether it did.
    """
    (block,) = elsewhere(f"{HERE}::{test}", "reliability.md")
    variables, (_, script, *words) = variables_and_words(*block.commands)
    done = subprocess.run(
        [sys.executable, str(ROOT / script), *words, *more],
        env=os.environ | variables, cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == (0 if all(result["promises"].values()) else 1), done.stderr
    load = result["load"]
    assert load["wrong"] == []
    assert sum(load["kinds"].values()) == load["requests"]
    asked = dict.fromkeys(KINDS, 0) | load["kinds"]
    ends = {"done": asked["whole"] + asked["return"], "cancelled": asked["cancel"], "abandoned": asked["vanish"]}
    assert {name: load["ends"].get(name, 0) for name in ends} == ends
    return result


def test_a_small_load_of_clients_that_cancel_vanish_and_return(tmp_path: Path):
    small = ("--fake", "--requests", "60", "--pairs", "1", "--starts", "1")
    result = measured("test_a_small_load_of_clients_that_cancel_vanish_and_return", tmp_path, *small)
    assert json.loads((tmp_path / "FILE.json").read_text()).items() <= result.items()
    load = result["load"]
    assert (load["kinds"].keys(), load["requests"]) == (set(KINDS), 60)
    assert load["resident_mb"][-1] - load["resident_mb"][0] < 16


def test_one_start_of_the_shipped_weights(tmp_path: Path):
    result = measured("test_one_start_of_the_shipped_weights", tmp_path, "--starts", "1")
    assert result["engine"] == "remodiffuse, shipped weights"
    (start,) = result["startup"]["starts"]
    assert 0 < start["ready_s"] < start["loaded_s"]
    assert start["first_motion_s"] > 0.01  # fifteen steps of a network take their time
