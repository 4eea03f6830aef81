"""What a repeat asks for, what may be a reference, and what its figures are of."""

from dataclasses import replace

import numpy as np
import pytest

from reprise.evaluation import metrics, protocol
from reprise.evaluation.embedding import ContrastiveEvaluator
from reprise.evaluation.protocol import Protocol, ask, floor, prepare, repeat
from reprise.evaluation.results import can_be_made
from reprise.evaluation.systems import SYSTEMS, Asked, Files, Made, Sampling, load
from reprise.models.checkpoint import load_checkpoint, save_checkpoint
from reprise_core.errors import RepriseError


def quiet(*_):
    pass


@pytest.fixture
def ground(made):
    return prepare(made.dataset, ContrastiveEvaluator.load(made.contrastive), Protocol(texts=2, generations=3), quiet)


@pytest.fixture
def ground_of_few(made, few):
    evaluator = ContrastiveEvaluator.load(made.contrastive)
    return prepare(made.dataset, evaluator, Protocol(limit=few, texts=2, generations=3), quiet)


def test_a_repeat_follows_from_its_number(ground):
    assert ask(ground, 2) == ask(ground, 2)
    assert [one.seed for one in ask(ground, 2)] != [one.seed for one in ask(ground, 3)]
    for one, row in zip(ask(ground, 2), ground.rows, strict=True):
        segment = ground.dataset.segments[row]
        assert one.caption in segment.captions and one.frames == segment.frames


def test_figures_of_recorded_motion_are_those_of_its_embeddings(ground_of_few):
    ground = ground_of_few
    figures = repeat(ground, SYSTEMS["real"], None, 0, quiet)
    captions = [one.caption for one in ask(ground, 0)]
    motions = [ground.dataset.features(row) for row in ground.rows]
    texts, embedded = ground.evaluator.texts(captions), ground.evaluator.motions(motions)
    assert figures["mm_dist"] == pytest.approx(np.linalg.norm(texts - embedded, axis=1).mean())
    assert "fid" not in figures
    fifths = [figures[name] for name in protocol.FIFTHS]
    assert np.average(fifths, weights=[2, 2, 2, 1, 1]) == pytest.approx(figures["mm_dist"])


def test_the_motions_themselves_have_no_distance_and_a_fid_of_zero(ground_of_few):
    """A system that gives the split's own motions: its figures are those of recorded motion."""
    ground = ground_of_few
    rows = {row: ground.dataset.features(row) for row in ground.rows}

    def copies(asked, on_done):  # noqa: ARG001
        return Made([rows[ground.rows[0]] for _ in asked] if len(asked) == 6 else list(rows.values()), 0.25)

    figures = repeat(ground, SYSTEMS["full"], copies, 1, quiet)
    recorded = repeat(ground, SYSTEMS["real"], None, 1, quiet)
    assert figures["fid"] == pytest.approx(0, abs=1e-6)
    assert figures["seconds_per_clip"] == 0.25
    assert figures["multimodality"] == pytest.approx(0, abs=1e-5)
    for name in ("r_precision_1", "mm_dist", "diversity", "tail_mm", "nearest_training_mm", "foot_slide"):
        assert figures[name] == pytest.approx(recorded[name], rel=1e-4), name


def test_a_caption_never_gets_its_own_recording(made):
    """Training clip 0 and test clip 0 are of one recording; the caption is the training clip's own."""
    files = Files({"remodiffuse": made.checkpoint}, made.library, "cpu")
    make = load(SYSTEMS["retrieval"].varied(k=1), files)
    own = made.dataset.features(36)
    for recording, same in (("shared", False), ("another", True)):
        found = make([Asked("a person does train0", 25, 0, recording)], quiet).motions[0]
        assert np.allclose(found, own, atol=2e-3) == same


def test_the_takes_of_retrieval_are_the_references_in_order(made):
    make = load(SYSTEMS["retrieval"], Files({"remodiffuse": made.checkpoint}, made.library, "cpu"))
    asked = [Asked("a person does train4", 25, 0, "", take) for take in range(3)]
    first, second, third = make(asked, quiet).motions
    assert not np.allclose(first, second, atol=1e-3) and not np.allclose(second, third, atol=1e-3)


@pytest.mark.parametrize(
    "change",
    [
        {"k": 1},
        {"steps": 5},
        {"guidance": "0"},
        {"guidance": "published"},
        {"stride": 2},
        {"k": 0},
        {"precision": "bf16"},
        {"guidance": "searched"},
        {"guidance": "searched-early"},
    ],
)
def test_every_option_of_sampling_counts(made, change):
    files, asked = Files({"remodiffuse": made.checkpoint}, made.library, "cpu"), [Asked("thing 3", 25, 3, "")]
    plain, varied = (load(SYSTEMS["full"].varied(**({"steps": 6} | own)), files) for own in ({}, change))
    assert not np.allclose(plain(asked, quiet).motions[0], varied(asked, quiet).motions[0], atol=1e-4)


def test_the_mixtures_of_a_checkpoint_are_systems_where_it_has_them(made, tmp_path):
    files, asked = Files({"remodiffuse": made.checkpoint}, made.library, "cpu"), [Asked("thing 3", 25, 3, "")]
    of = {name: SYSTEMS["full"].varied(steps=12, guidance=name) for name in ("checkpoint", "guidance", "searched")}
    plain, guided, searched = (load(of[name], files)(asked, quiet).motions[0] for name in of)
    np.testing.assert_array_equal(plain, guided)
    early = load(SYSTEMS["full"].varied(steps=12, guidance="searched-early"), files)(asked, quiet).motions[0]
    assert not np.allclose(early, searched, atol=1e-4) and not np.allclose(early, guided, atol=1e-4)
    checkpoint = load_checkpoint(made.checkpoint)
    never = {key: value for key, value in checkpoint.mixture.items() if key not in ("searched", "chosen")}
    save_checkpoint(replace(checkpoint, mixture=never), tmp_path / "never.safetensors")
    others = Files({"remodiffuse": tmp_path / "never.safetensors"}, made.library, "cpu")
    assert [can_be_made(of[name], files) for name in of] == [True, True, True]
    assert [can_be_made(of[name], others) for name in of] == [True, True, False]
    with pytest.raises(RepriseError, match="never searched"):
        load(of["searched"], others)


def test_unseen_is_without_what_training_knows(made):
    evaluator = ContrastiveEvaluator.load(made.contrastive)
    ground = prepare(made.dataset, evaluator, Protocol(unseen=True), quiet)
    assert ground.n == 35  # test clip 0's recording has a part in training
    assert {caption for said in ground.captions for caption in said}.isdisjoint({"thing 3", "thing 1"})


def test_the_floor_compares_recorded_motion_of_different_recordings(ground):
    figures = floor(ground, 0)
    assert [figures[f"{name}_n"] for name in ("clips", "recordings", "training")] == [6, 6, 12]
    assert all(figures[name] > 0 for name in ("clips", "recordings", "training"))
    assert floor(ground, 0) == figures != floor(ground, 1)


def test_too_few_clips_and_a_missing_split_are_refused(made):
    evaluator = ContrastiveEvaluator.load(made.contrastive)
    with pytest.raises(RepriseError, match="31 clips to evaluate, and R-precision needs pools of 32"):
        prepare(made.dataset, evaluator, Protocol(limit=metrics.POOL - 1), quiet)
    with pytest.raises(RepriseError, match=r"no split 'val'\. It has: test, train"):
        prepare(made.dataset, evaluator, Protocol(split="val"), quiet)


def test_references_by_motion_ask_the_momentum_retriever(made, tmp_path, monkeypatch):
    monkeypatch.setattr("reprise.assets.RETRIEVER", tmp_path / "none.safetensors")
    make = load(SYSTEMS["full"].varied(method="momentum"), Files({"remodiffuse": made.checkpoint}, made.library, "cpu"))
    with pytest.raises(RepriseError, match="no momentum retriever at"):
        make([Asked("thing 3", 25, 3, "")], quiet)


def test_guidance_ends_where_it_is_told_or_where_the_checkpoint_says(made):
    """The checkpoint has s = 3 down to t = 100."""
    files, asked = Files({"remodiffuse": made.checkpoint}, made.library, "cpu"), [Asked("thing 3", 25, 3, "")]
    names = ("guidance", "3", "3,100", "3,500")
    own, scale, same, sooner = (
        load(SYSTEMS["full"].varied(steps=12, guidance=name), files)(asked, quiet).motions[0] for name in names
    )
    np.testing.assert_array_equal(own, scale)
    np.testing.assert_array_equal(own, same)
    assert not np.allclose(own, sooner, atol=1e-4)


def test_an_engine_without_a_stride_is_not_sampled_with_one(made):
    with pytest.raises(RepriseError, match="remomask cannot be sampled with guidance checkpoint, stride 2"):
        load(SYSTEMS["remomask"].varied(stride=2), Files({}, made.library, "cpu"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"guidance": "much"},
        {"guidance": "-1"},
        {"guidance": "nan"},
        {"guidance": "1,2,3"},
        {"guidance": "1,"},
        {"stride": 0},
    ],
)
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(RepriseError, match=r"The (guidance|stride) is"):
        Sampling(**wrong)
