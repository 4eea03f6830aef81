"""All that an evaluation needs, tiny: a data set with pools of 32, a library, a generator and a contrastive model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from reprise import text
from reprise.data import dataset as datasets
from reprise.data.dataset import MotionDataset
from reprise.data.dataset_writer import ClipWords, DatasetWriter
from reprise.evaluation import metrics
from reprise.features import humanml3d
from reprise.library.from_dataset import create_from_dataset
from reprise.models.checkpoint import Checkpoint, save_checkpoint
from reprise.models.contrastive import ContrastiveModel
from reprise.models.contrastive_checkpoint import ContrastiveCheckpoint, save_contrastive
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise.training.config import ContrastiveTraining, DiffusionTraining, load_config


@dataclass(frozen=True)
class Made:
    """Files of a made evaluation."""

    data: Path
    library: Path
    checkpoint: Path
    contrastive: Path
    dataset: MotionDataset


@pytest.fixture(scope="session")
def made(dataset, encoder, tmp_path_factory) -> Made:
    """36 test clips and 12 training clips of 25 frames; test clip 0's recording has a part in training as well."""
    out = tmp_path_factory.mktemp("evaluation")
    with DatasetWriter(out / "data") as writer:
        for i in range(48):
            split, name = ("train", f"train{i - 36}") if i >= 36 else ("test", f"test{i}")
            recording = "shared" if i in (0, 36) else name
            joints = humanml3d.face_forward(dataset.joints(i % 10, mirrored=i % 2 == 1)[i // 10 : i // 10 + 26])
            captions = (f"a person does {name}", "thing 3") if i < 46 else ("thing 1",)
            writer.add(ClipWords(name, recording, split, "made", "made"), name, captions, joints)
        writer.finish()
    loaded = datasets.load(out / "data")
    create_from_dataset(out / "data", "train", out / "library.sqlite", encoder)
    torch.manual_seed(0)
    network = SemanticsModulatedTransformer(load_config("tiny", [], DiffusionTraining()).network).eval()
    for weight in network.parameters():  # zero-initialised outputs would make every condition count for nothing
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.1)
    mean, std = torch.from_numpy(loaded.mean), torch.from_numpy(loaded.std)
    found = {"early": [2.0, 0.5, -1.5], "late": [0.5, 0.25, 0.25], "late_below": 100}
    mixture = {"scale": 3.0, "late_below": 100, "late": [1.0, 0.0, 0.0], "searched": found, "chosen": "guidance"}
    save_checkpoint(
        Checkpoint(network, mean, std * 0.05, encoder.name, mixture, 1, "made"), out / "generator.safetensors"
    )
    contrastive = ContrastiveModel(load_config("tiny", [], ContrastiveTraining()).network)
    save_contrastive(ContrastiveCheckpoint(contrastive, mean, std, encoder.name, 5), out / "contrastive.safetensors")
    return Made(
        out / "data", out / "library.sqlite", out / "generator.safetensors", out / "contrastive.safetensors", loaded
    )


@pytest.fixture
def few(monkeypatch) -> int:
    """So many clips are enough for a pool of R-precision: for tests that ask how figures are made, not how good."""
    monkeypatch.setattr(metrics, "POOL", 8)
    monkeypatch.setattr(metrics.r_precision, "__defaults__", (3, 8))
    return 8


@pytest.fixture(autouse=True)
def words(request, monkeypatch):
    """Where made files are used, the made encoder stands for the one that they name."""
    if "made" in request.fixturenames:
        encoder = request.getfixturevalue("encoder")
        monkeypatch.setattr(text, "load", lambda name="": encoder)
