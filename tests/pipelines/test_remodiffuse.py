"""The engine: what decides a motion, what stops it, and what it refuses."""

import numpy as np
import pytest
import torch

from reprise.features import humanml3d
from reprise.features.fusion import decode_generated
from reprise.library.from_dataset import create_from_dataset
from reprise.models.checkpoint import Checkpoint
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise.pipelines import load
from reprise.pipelines.remodiffuse import ReMoDiffuse
from reprise.training.config import DiffusionTraining, load_config
from reprise_core.contract import References, Request
from reprise_core.errors import Cancelled, RepriseError


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


def generate(engine, on_progress=lambda progress: None, is_cancelled=lambda: False, **values):
    values = {"prompt": "a person does thing 3", "seconds": 1.5, "steps": 6, "seed": 11} | values
    return engine.generate(Request(**values), on_progress, is_cancelled)


def test_the_same_request_gives_the_same_motion(engine):
    first, second = generate(engine)[0], generate(engine)[0]
    np.testing.assert_array_equal(first.positions, second.positions)
    np.testing.assert_array_equal(first.local_rotations, second.local_rotations)
    assert first.frames == 30
    assert first.fps == 20


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 12},
        {"prompt": "another thing"},
        {"references": References(k=1)},
        {"references": References(strength=0.5)},
        {"text_strength": 0.0},
        {"steps": 5},
    ],
)
def test_everything_in_the_request_counts(engine, change):
    assert not np.allclose(generate(engine)[0].positions, generate(engine, **change)[0].positions, atol=1e-4)


def test_a_take_of_many_is_the_take_alone(engine):
    takes = generate(engine, count=3)
    assert [take.meta["seed"] for take in takes] == [11, 12, 13]
    np.testing.assert_allclose(takes[2].positions, generate(engine, seed=13)[0].positions, atol=1e-3)


def test_without_references_the_library_does_not_matter(engine):
    none = generate(engine, references=References(k=0))[0]
    weak = generate(engine, references=References(k=2, strength=0.0))[0]
    np.testing.assert_allclose(none.positions, weak.positions, atol=1e-4)
    assert none.meta["references"] == []


def test_the_meta_names_what_was_used(engine):
    motion = generate(engine)[0]
    used = engine.retrieve(Request("a person does thing 3", 1.5))
    assert [reference["id"] for reference in motion.meta["references"]] == [reference.id for reference in used]
    assert motion.meta["prompt"] == "a person does thing 3"
    assert set(motion.meta["timings"]) == {"text", "retrieval", "sampling", "cleanup"}


def test_cancel_stops_within_a_step(engine):
    seen = []
    with pytest.raises(Cancelled):
        generate(engine, seen.append, lambda: sum(event.stage == "sampling" for event in seen) >= 2)
    assert [event.step for event in seen if event.stage == "sampling"] == [0, 1]


def test_another_encoders_library_is_refused(engine, encoder):
    class Other(type(encoder)):
        name = "other"

    with pytest.raises(RepriseError, match="text encoder"):
        ReMoDiffuse(engine._checkpoint, Other(), engine._library.path, torch.device("cpu"))


def test_unknown_engines_and_devices_are_named():
    with pytest.raises(RepriseError, match="no engine 'gpt'"):
        load("gpt")
    with pytest.raises(RepriseError, match="no device 'abacus'"):
        load(device="abacus")


def test_many_requests_in_a_batch_are_each_what_they_are_alone(engine):
    requests = [
        Request("a person does thing 3", 1.5, seed=11, steps=6),
        Request("another thing", 2.5, seed=4, steps=6, references=References(k=1, strength=0.5)),
        Request("thing 5", 1.0, seed=5, steps=6, references=References(k=0), text_strength=1.5),
    ]
    together = engine.features(requests)
    assert [row.shape for row in together] == [(30, 263), (50, 263), (20, 263)]
    for request, row in zip(requests, together, strict=True):
        np.testing.assert_allclose(row, engine.features([request])[0], atol=1e-4)
        joints = decode_generated(row, engine._std)
        np.testing.assert_allclose(joints, engine.raw_joints(request)[0], atol=1e-4)
    with pytest.raises(RepriseError, match="different steps"):
        engine.features([requests[0], Request("thing 5", 1.0, steps=7)])


def test_the_positions_decide(engine):
    """The Motion's joints follow the decoded features' joints, whatever the rotation block says."""
    motion = generate(engine)[0]
    assert motion.positions.shape == (30, 22, 3)
    lengths = np.linalg.norm(motion.positions[:, 1:] - motion.positions[:, list(motion.parents[1:])], axis=-1)
    np.testing.assert_allclose(lengths.std(axis=0), 0, atol=1e-5)
    assert motion.fps == pytest.approx(humanml3d.FPS)
