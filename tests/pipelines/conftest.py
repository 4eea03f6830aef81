"""An engine with a tiny untrained network whose every condition counts, over a library of made-up clips."""

import pytest
import torch

from reprise.library.from_dataset import create_from_dataset
from reprise.models.checkpoint import Checkpoint
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise.pipelines.remodiffuse import ReMoDiffuse
from reprise.training.config import DiffusionTraining, load_config
from reprise_core.contract import Request


@pytest.fixture(scope="module")
def engine(dataset, encoder, tmp_path_factory):
    torch.manual_seed(0)
    network = SemanticsModulatedTransformer(load_config("tiny", [], DiffusionTraining()).network).eval()
    for weight in network.parameters():  # zero-initialised outputs would make every condition count for nothing
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.1)
    mixture = {"scale": 3.0, "late_below": 100, "late": [1.0, 0.0, 0.0]}
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std) * 0.05
    checkpoint = Checkpoint(network, mean, std, encoder.name, mixture, 1, "made")
    path = tmp_path_factory.mktemp("library") / "library.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reprise.data.dataset.load", lambda folder: dataset)
        create_from_dataset(path, "train", path, encoder)
    return ReMoDiffuse(checkpoint, encoder, path, torch.device("cpu"))


@pytest.fixture
def generate():
    """Generates with some engine: `generate(engine, on_progress, is_cancelled, **what is otherwise in the request)`."""

    def run(engine, on_progress=lambda progress: None, is_cancelled=lambda: False, **values):
        values = {"prompt": "a person does thing 3", "seconds": 1.5, "steps": 6, "seed": 11} | values
        return engine.generate(Request(**values), on_progress, is_cancelled)

    return run
