"""The engine: what decides a motion, what stops it, and what it refuses."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from reprise.diffusion.mixture import MIXTURES, Searched
from reprise.features import humanml3d
from reprise.features.fusion import decode_generated
from reprise.pipelines import load
from reprise.pipelines.remodiffuse import ReMoDiffuse
from reprise_core.contract import References, Request
from reprise_core.errors import Cancelled, RepriseError
from reprise_core.motion import to_npz


def test_the_same_request_gives_the_same_motion(engine, generate):
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
        {"solver": "ddim"},
    ],
)
def test_everything_in_the_request_counts(engine, generate, change):
    assert not np.allclose(generate(engine)[0].positions, generate(engine, **change)[0].positions, atol=1e-4)


@pytest.mark.parametrize("solver", ["ddim", "dpm++"])
def test_a_take_of_many_is_the_take_alone(engine, generate, solver):
    takes = generate(engine, count=4, solver=solver)
    assert [take.meta["seed"] for take in takes] == [11, 12, 13, 14]
    assert takes[0].meta["solver"] == solver
    np.testing.assert_allclose(takes[3].positions, generate(engine, seed=14, solver=solver)[0].positions, atol=1e-3)


def test_two_engines_of_the_same_weights_make_the_same_bytes(engine, generate):
    """Nothing that a process has done before counts; only the seconds that it took differ."""
    other = engine.varied()
    generate(other, prompt="another thing", count=2)
    first, second = (replace(generate(each)[0], meta={}) for each in (engine, other))
    assert to_npz([first]) == to_npz([second])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU beside the CPU that it is compared with")
def test_a_gpu_makes_the_motion_that_the_cpu_makes(engine, generate):
    network = copy.deepcopy(engine._network).cuda()
    checkpoint = replace(engine._checkpoint, network=network)
    other = ReMoDiffuse(checkpoint, engine._encoder, engine._library.path, torch.device("cuda"))
    np.testing.assert_allclose(generate(other)[0].positions, generate(engine)[0].positions, atol=1e-3)


def test_without_references_the_library_does_not_matter(engine, generate):
    none = generate(engine, references=References(k=0))[0]
    weak = generate(engine, references=References(k=2, strength=0.0))[0]
    np.testing.assert_allclose(none.positions, weak.positions, atol=1e-4)
    assert none.meta["references"] == []


def test_the_meta_names_what_was_used(engine, generate):
    motion = generate(engine)[0]
    used = engine.retrieve(Request("a person does thing 3", 1.5))
    assert [reference["id"] for reference in motion.meta["references"]] == [reference.id for reference in used]
    assert motion.meta["prompt"] == "a person does thing 3"
    assert set(motion.meta["timings"]) == {"text", "retrieval", "sampling", "cleanup"}


def test_cancel_stops_within_a_step(engine, generate):
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


@pytest.mark.parametrize("preferred", MIXTURES)
def test_a_checkpoint_with_two_mixtures_makes_motion_with_either(engine, generate, preferred):
    searched = Searched((2.0, 0.5, -1.5), (0.5, 0.25, 0.25), 120)
    both = engine.varied(replace(engine.mixture, searched=searched, chosen=preferred))
    chosen = {name: generate(both.mixed(name))[0] for name in MIXTURES}
    assert [chosen[name].meta["mixture"] for name in MIXTURES] == list(MIXTURES)
    np.testing.assert_array_equal(chosen["guidance"].positions, generate(engine)[0].positions)
    np.testing.assert_array_equal(chosen[preferred].positions, generate(both)[0].positions)
    assert not np.allclose(chosen["searched"].positions, chosen["guidance"].positions, atol=1e-3)


def test_a_mixture_that_is_not_there_is_refused(engine):
    assert engine.describe()["mixture"] == "guidance"
    with pytest.raises(RepriseError, match="mixture of made was never searched"):
        engine.mixed("searched")
    with pytest.raises(RepriseError, match="no mixture 'soup'"):
        engine.mixed("soup")


def test_less_precision_is_nearly_the_same_motion(engine, generate):
    motion, exact = generate(engine.varied(precision="bf16"))[0], generate(engine)[0]
    assert (motion.meta["precision"], exact.meta["precision"]) == ("bf16", "fp32")
    apart = np.linalg.norm(motion.positions - exact.positions, axis=-1)
    assert 1e-5 < apart.mean() < 0.02  # bfloat16 has 8 bits
    with pytest.raises(RepriseError, match="no precision 'fp4'"):
        engine.varied(precision="fp4")


@pytest.mark.parametrize("choice", [{"precision": "bf16"}, {"mixture": "guidance"}, {"compiled": True}])
def test_the_other_engine_has_no_such_choices(choice):
    with pytest.raises(RepriseError, match="one precision and no mixture"):
        load("remomask", **choice)


def test_compiling_without_a_compiler_is_refused_before_anything_is_made(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(RepriseError, match=r"Compiling needs a C\+\+ compiler, and there is none \(g\+\+"):
        load(compiled=True)


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


def test_the_positions_decide(engine, generate):
    """The Motion's joints follow the decoded features' joints, whatever the rotation block says."""
    motion = generate(engine)[0]
    assert motion.positions.shape == (30, 22, 3)
    lengths = np.linalg.norm(motion.positions[:, 1:] - motion.positions[:, list(motion.parents[1:])], axis=-1)
    np.testing.assert_allclose(lengths.std(axis=0), 0, atol=1e-5)
    assert motion.fps == pytest.approx(humanml3d.FPS)


def test_weights_that_make_no_numbers_are_told_in_a_sentence(engine, generate):
    broken = copy.deepcopy(engine._checkpoint)
    broken.network.out.bias.data[0] = float("nan")
    other = ReMoDiffuse(broken, engine._encoder, engine._library.path, torch.device("cpu"))
    with pytest.raises(RepriseError, match="no motion for 'a person does thing 3' with the seed 11, but values"):
        generate(other)
