"""Bulk generation on two nodes of a real Ray cluster on this machine, one of which is killed in the middle."""

import json
from pathlib import Path

import pytest
import ray
import torch
from blocks import BLOCKS, elsewhere
from ray.cluster_utils import Cluster as Nodes

from reprise import assets
from reprise.cli.main import main
from reprise.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise.pipelines.bulk import Counts, recipes_of, run
from reprise.pipelines.cluster import Cluster, Files, _devices, connected
from reprise.pipelines.journal import FILE, Journal
from reprise.training.config import DiffusionTraining, load_config
from reprise_core.errors import RepriseError
from reprise_core.motion import from_npz
from reprise_core.prompt_list import read_prompts

ROWS = 10


@pytest.fixture
def checkpoint(tmp_path, dataset):
    """A network small enough that loading it costs nothing beside starting a process."""
    network = SemanticsModulatedTransformer(load_config("tiny", [], DiffusionTraining()).network).eval()
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
    encoder = load_checkpoint(assets.CHECKPOINT).encoder
    mixture = {"scale": 3.0, "late_below": 100, "late": [1.0, 0.0, 0.0]}
    save_checkpoint(Checkpoint(network, mean, std, encoder, mixture, 1, "tiny"), tmp_path / "tiny.safetensors")
    return tmp_path / "tiny.safetensors"


@pytest.fixture
def prompts(tmp_path):
    lines = [f"row{i},a person walks,{1 + i / 10},{i}" for i in range(ROWS)] + ["late,a person sits,99,"]
    (tmp_path / "prompts.csv").write_text("\n".join(["name,prompt,seconds,seed", *lines]))
    return read_prompts(tmp_path / "prompts.csv")


@pytest.fixture(scope="module")
def nodes():
    patch = pytest.MonkeyPatch()
    patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    patch.setenv("RAY_worker_niceness", "0")
    cluster = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.other = cluster.add_node(num_cpus=1)
    yield cluster
    ray.shutdown()
    cluster.shutdown()
    patch.undo()


def test_bad_weights_are_told_as_on_one_machine(nodes, prompts, tmp_path):
    recipes = recipes_of("remodiffuse", None, None)
    with connected(nodes.address), pytest.raises(RepriseError, match="no usable checkpoint"):
        run(prompts, Journal(tmp_path), recipes, Cluster(Files("remodiffuse", b"nonsense")))


def test_the_command_of_the_page_runs_on_the_cluster(nodes, checkpoint, tmp_path, monkeypatch, capsys):
    here = "tests/pipelines/test_cluster.py::test_the_command_of_the_page_runs_on_the_cluster"
    ((words,),) = (block.commands for block in elsewhere(here, "batch.md"))
    (rows,) = (block.text for block in BLOCKS if block.page == "batch.md" and block.language == "csv")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prompts.csv").write_text(rows + "\n")
    assert words[0] == "reprise" and "--address" in words
    assert main([*words[1:], "--address", nodes.address, "--checkpoint", str(checkpoint)]) == 0
    count = len(rows.splitlines()) - 1
    assert capsys.readouterr().out == f"made: {count} made, 0 there already, 0 failed\n"
    assert len(list(Path("made").glob("*.npz"))) == count


def test_each_gpu_is_a_device_and_a_node_without_one_is_one():
    nodes = [
        {"NodeID": "a", "Alive": True, "Resources": {"CPU": 16.0, "GPU": 2.0}},
        {"NodeID": "b", "Alive": True, "Resources": {"CPU": 8.0}},
        {"NodeID": "c", "Alive": False, "Resources": {"CPU": 8.0}},
    ]
    assert {name: device["gpu"] for name, device in _devices(nodes).items()} == {"a/0": True, "a/1": True, "b/0": False}


def test_a_node_that_is_killed_costs_no_row_and_doubles_none(nodes, checkpoint, prompts, tmp_path):
    workers, seen = [], []

    def on_row(entry):
        seen.append(entry.name)
        if len(seen) == 4:  # the bad row, and three that were made
            dying = nodes.other.node_id
            assert any(device.startswith(dying) for device in workers[0]._actors)
            nodes.remove_node(nodes.other, allow_graceful=False)

    out, files = tmp_path / "out", Files("remodiffuse", checkpoint.read_bytes())
    with connected(nodes.address):
        workers.append(Cluster(files))
        counts = run(prompts, Journal(out), recipes_of("remodiffuse", checkpoint, None), workers[0], on_row)
    assert counts == Counts(made=ROWS, skipped=0, failed=1)
    names = [json.loads(line)["name"] for line in (out / FILE).read_text().splitlines()]
    assert sorted(names) == sorted([f"row{i}" for i in range(ROWS)] + ["late"])
    for i in range(ROWS):
        (motion,) = from_npz((out / f"row{i}.npz").read_bytes())
        assert (motion.meta["seed"], motion.frames) == (i, round((1 + i / 10) * 20))
