"""The masked engine: what decides a motion, what stops it, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from reprise import pipelines
from reprise.cli.train import remomask as put_together
from reprise.evaluation import systems
from reprise.library.from_dataset import create_from_dataset
from reprise.masking.decoding import Sampling
from reprise.masking.guidance import Guidance
from reprise.models.masked_transformer import MaskedTransformer
from reprise.models.remomask_checkpoint import ReMoMaskCheckpoint, joined_parts, load_remomask, save_remomask
from reprise.models.residual_transformer import ResidualTransformer
from reprise.models.rvq import STRIDE, ResidualVQ2D
from reprise.models.rvq_checkpoint import RVQCheckpoint, load_rvq, save_rvq
from reprise.models.token_checkpoint import TokenCheckpoint, content_of_codes, save_tokens
from reprise.pipelines.remomask import ReMoMask
from reprise.training.config import MaskedTraining, ResidualTraining, RVQTraining, load_config
from reprise_core.contract import References, Request, Segment
from reprise_core.errors import Cancelled, RepriseError

DECODING = {"guidance": {"text": 2.0, "references": 1.0}, "sampling": {"temperature": 1.0, "top_k": 8}}


def made_rvq(seed):
    torch.manual_seed(seed)
    network = ResidualVQ2D(load_config("tiny", [], RVQTraining()).network).eval()
    torch.nn.init.normal_(network.codebooks)
    return network


@pytest.fixture(scope="module")
def checkpoint(dataset, encoder):
    torch.manual_seed(0)
    masked = MaskedTransformer(load_config("tiny", [], MaskedTraining()).network).eval()
    residual = ResidualTransformer(load_config("tiny", [], ResidualTraining()).network).eval()
    for weight in (*masked.parameters(), *residual.parameters()):
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.3)
    # A hundredth of the real deviation: random codes must not make a figure that flies away.
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std) * 0.01
    return ReMoMaskCheckpoint(made_rvq(0), masked, residual, mean, std, encoder.name, DECODING, 7, "made")


@pytest.fixture(scope="module")
def library(dataset, encoder, tmp_path_factory):
    path = tmp_path_factory.mktemp("library") / "library.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reprise.data.dataset.load", lambda folder: dataset)
        create_from_dataset(path, "train", path, encoder)
    return path


@pytest.fixture(scope="module")
def engine(checkpoint, encoder, library):
    return ReMoMask(checkpoint, encoder, library, torch.device("cpu"))


def asked(**values):
    return Request(**({"prompt": "a person does thing 3", "seconds": 1.6, "seed": 11, "engine": "remomask"} | values))


def generate(engine, on_progress=lambda progress: None, is_cancelled=lambda: False, **values):
    return engine.generate(asked(**values), on_progress, is_cancelled)


def test_ten_iterations_unless_it_is_said(engine):
    seen = []
    motion = generate(engine, seen.append)[0]
    assert motion.meta["steps"] == 10
    assert sum(event.stage == "sampling" for event in seen) == 10
    np.testing.assert_array_equal(motion.positions, generate(engine, steps=10)[0].positions)
    assert (motion.frames, motion.fps) == (32, 20)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 12},
        {"prompt": "another thing"},
        {"references": References(k=1)},
        {"references": References(strength=0.3)},
        {"text_strength": 0.0},
        {"steps": 3},
    ],
)
def test_everything_in_the_request_counts(engine, change):
    (row,), (other,) = (engine.features([request]) for request in (asked(), asked(**change)))
    assert not np.array_equal(row, other)


def test_a_take_of_many_is_exactly_the_take_alone(engine):
    takes = generate(engine, count=3)
    assert [take.meta["seed"] for take in takes] == [11, 12, 13]
    np.testing.assert_array_equal(takes[2].positions, generate(engine, seed=13)[0].positions)


def test_a_batch_of_requests_is_each_alone(engine):
    requests = [asked(), asked(prompt="thing 5", seconds=1.0, seed=2, steps=4)]
    for request, row in zip(requests, engine.features(requests), strict=True):
        assert row.shape == (request.frames, 263)
        np.testing.assert_array_equal(row, engine.features([request])[0])


def test_without_references_the_library_does_not_matter(engine):
    none, weak = (engine.features([asked(references=each)])[0] for each in (References(k=0), References(strength=0.0)))
    np.testing.assert_array_equal(none, weak)
    assert generate(engine, references=References(k=0))[0].meta["references"] == []


def test_other_references_make_another_motion_unless_they_do_not_count(engine):
    found = [reference.id for reference in engine.retrieve(asked(references=References(k=4)))]

    def made(strength, *pinned):
        return engine.features([asked(references=References(k=2, pinned=pinned, strength=strength))])[0]

    assert not np.array_equal(made(1.0, *found[:2]), made(1.0, *found[2:]))
    np.testing.assert_array_equal(made(0.0, *found[:2]), made(0.0, *found[2:]))


def test_without_text_the_prompt_matters_through_retrieval_alone(engine):
    pinned = References(k=1, pinned=(engine.retrieve(asked())[0].id,))
    one, other = (
        engine.features([asked(text_strength=0.0, prompt=prompt, references=pinned)])[0]
        for prompt in ("a person does thing 3", "another sentence")
    )
    np.testing.assert_array_equal(one, other)


def test_guidance_of_nothing_is_the_conditional_model(engine, monkeypatch):
    """With both scales 0 the networks are only ever asked with both conditions."""
    seen = []
    masked = engine._checkpoint.masked
    real = masked.forward
    monkeypatch.setattr(masked, "forward", lambda *given: seen.append(given[3:]) or real(*given))
    engine.varied(guidance=Guidance(0.0, 0.0)).features([asked()])
    assert len(seen) == 10
    assert all(text.tolist() == [True] and references.tolist() == [True] for text, references in seen)


def test_cancel_stops_within_an_iteration(engine):
    seen = []
    with pytest.raises(Cancelled):
        generate(engine, seen.append, lambda: sum(event.stage == "sampling" for event in seen) >= 2)
    assert [event.step for event in seen if event.stage == "sampling"] == [0, 1]


def test_a_sequence_goes_on_from_what_was_decoded(engine):
    """The first segment's frames, but those that a coming column may change, are what it is alone."""
    then = (Segment("thing 5", 1.2), Segment("thing 1", 1.0))
    whole, alone = engine.features([asked(then=then)])[0], engine.features([asked()])[0]
    assert whole.shape == (32 + 24 + 20, 263)
    columns = [
        engine._checkpoint.rvq.encode(torch.zeros(1, len(row), 263), torch.ones(1, len(row)) > 0).shape[1]
        for row in (whole, alone)
    ]
    assert columns == [-(-len(whole) // STRIDE), -(-len(alone) // STRIDE)]
    np.testing.assert_allclose(whole[:4], alone[:4], atol=1e-4)
    motion = generate(engine, then=then)[0]
    assert [part["start"] for part in motion.meta["segments"]] == [0, 32, 56]
    assert motion.frames == 76


def test_sampling_counts(engine):
    likeliest = engine.varied(sampling=Sampling(1.0, 1))
    rows = [likeliest.features([asked(seed=seed)])[0] for seed in (1, 2)]
    np.testing.assert_array_equal(*rows)  # with one code to draw from, the seed decides nothing


def test_the_description_names_what_is_loaded(engine, library):
    told = engine.describe()
    assert (told["engine"], told["checkpoint"], told["step"], told["steps"]) == ("remomask", "made", 7, 10)
    assert told["library"] == str(library)
    assert told["guidance"] == DECODING["guidance"]


def test_three_parts_in_one_file_are_the_engine(checkpoint, encoder, library, tmp_path):
    paths = [tmp_path / f"{name}.safetensors" for name in ("rvq", "masked", "residual")]
    save_rvq(RVQCheckpoint(checkpoint.rvq, checkpoint.mean, checkpoint.std, 1), paths[0])
    content = content_of_codes(load_rvq(paths[0]).network)
    save_tokens(TokenCheckpoint(checkpoint.masked, encoder.name, content, 7, decoding=DECODING), paths[1])
    save_tokens(TokenCheckpoint(checkpoint.residual, encoder.name, content, 5), paths[2])
    file = tmp_path / "engine.safetensors"
    save_remomask(joined_parts(*paths), file)
    read = load_remomask(file)
    assert (read.name, read.step, read.encoder, dict(read.decoding)) == ("engine", 7, encoder.name, DECODING)
    for name in ("rvq", "masked", "residual"):
        for given, kept in zip(getattr(checkpoint, name).parameters(), getattr(read, name).parameters(), strict=True):
            torch.testing.assert_close(kept, given, atol=2e-3, rtol=1e-3)
    assert content_of_codes(read.rvq) == content
    ReMoMask(read, encoder, library, torch.device("cpu")).features([asked(steps=1)])
    put_together(*paths, file, guidance=0.5)  # `reprise train remomask`
    told = load_remomask(file).decoding
    assert told == {**DECODING, "guidance": {"text": 0.5, "references": 0.5}}
    save_rvq(RVQCheckpoint(made_rvq(1), checkpoint.mean, checkpoint.std, 1), paths[0])
    with pytest.raises(RepriseError, match="another RVQ"):
        joined_parts(*paths)


def test_what_does_not_fit_is_refused(checkpoint, encoder, library, tmp_path):
    with pytest.raises(RepriseError, match="text encoder"):
        ReMoMask(replace(checkpoint, encoder="other"), encoder, library, torch.device("cpu"))
    rvq = tmp_path / "rvq.safetensors"
    save_rvq(RVQCheckpoint(checkpoint.rvq, checkpoint.mean, checkpoint.std, 1), rvq)
    with pytest.raises(RepriseError, match="reprise-rvq-1, not reprise-remomask-1"):
        pipelines.load("remomask", checkpoint=rvq, library=library)


def test_evaluation_varies_the_guidance(checkpoint, encoder, library, tmp_path, monkeypatch):
    monkeypatch.setattr("reprise.text.load", lambda name: encoder)
    path = tmp_path / "engine.safetensors"
    save_remomask(checkpoint, path)
    files = systems.Files({"remomask": path}, library, "cpu")
    asked = systems.Asked("a person does thing 3", 24, 5, "nobody's")
    request = Request(asked.caption, 1.2, 5, engine="remomask")
    engine = pipelines.load("remomask", checkpoint=path, library=library, device="cpu")
    scales = {"checkpoint": None, "0": Guidance(0.0, 0.0), "1,0.5": Guidance(1.0, 0.5), "published": Guidance(4.0, 4.0)}
    for guidance, expected in scales.items():
        system = systems.System("", "engine", "remomask", systems.Sampling(guidance=guidance))
        made = systems.load(system, files)([asked], lambda done, total: None).motions[0]
        np.testing.assert_array_equal(made, engine.varied(expected).features([request])[0])
