"""Retrieval's figures: who is right, what captions alone give, and which references fit, against plain computations."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from reprise import text
from reprise.evaluation.reference_fit import fits, length_factors, picked, scores_of_methods, semantic_scores
from reprise.evaluation.retrieval import by_other_captions, split_texts
from reprise.evaluation.retrieval_report import measure
from reprise.library.index import Index
from reprise.library.retrieval import retrieve
from reprise.models.momentum_checkpoint import RetrieverCheckpoint, save_retriever
from reprise.models.momentum_retriever import MomentumRetriever
from reprise.pipelines.momentum_embedding import MomentumEmbedder
from reprise.training.config import RetrieverTraining, load_config
from reprise_core.contract import References
from reprise_core.errors import RepriseError

RANDOM = np.random.default_rng(5)


def unit(*shape):
    values = RANDOM.normal(size=shape)
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


@pytest.fixture(scope="module")
def retriever(dataset, encoder):
    torch.manual_seed(0)
    network = MomentumRetriever(load_config("tiny", [], RetrieverTraining()).network).eval()
    return RetrieverCheckpoint(
        network, torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std), encoder.name, 3, "made"
    )


def test_captions_that_training_has_are_not_unseen(dataset):
    segments = list(dataset.segments)  # the last two are test
    segments[8] = replace(segments[8], captions=("thing 3", "something new"))
    segments[9] = replace(segments[9], captions=("a person does thing 2 to the right", "something new"))
    found = split_texts(replace(dataset, segments=tuple(segments)), "test")
    assert found.rows == (8, 9)
    assert dict(zip(found.texts, found.unseen.tolist(), strict=True)) == {
        "thing 3": False,
        "something new": True,
        "a person does thing 2 to the right": False,  # the mirrored twin's
    }
    assert found.right.tolist() == [[True, False], [True, True], [False, True]]
    with pytest.raises(RepriseError, match="no split 'dev'") as raised:
        split_texts(dataset, "dev")
    assert "test, train" in raised.value.hint


def test_a_motion_counts_by_its_captions_but_the_one_that_asks():
    right = RANDOM.random((9, 5)) < 0.4
    right[:, 4] = False
    right[2, 4] = True  # has this caption alone
    features = unit(9, 4)
    cosines = features @ features.T
    similarity, still_right = by_other_captions(cosines, right)
    for query in range(9):
        for motion in range(5):
            others = [cosines[query, other] for other in range(9) if right[other, motion] and other != query]
            expected = max(others, default=-np.inf)
            assert similarity[query, motion] == expected
            assert still_right[query, motion] == (right[query, motion] and bool(others))


@pytest.fixture(scope="module")
def index():
    starts = np.array([0, 2, 3, 5, 6, 8])
    return Index(
        ids=("a", "b", "c", "d", "e"),
        recordings=("r1", "r1", "r2", "r3", "r4"),
        frames=np.array([30, 40, 60, 90, 120]),
        texts=tuple("uvwxyz"),
        features=unit(6, 5).astype(np.float32),
        caption_texts=np.array([0, 1, 2, 3, 4, 5, 1, 2]),
        starts=starts,
    )


def test_the_compared_equation_4_is_the_products(index):
    queries, frames = unit(6, 5), [25, 60, 100, 40, 40, 190]
    scores = semantic_scores(index, queries) * length_factors(index, frames, 0.1)
    own = ["r9", "r1", "r4", "r2", "r9", "r3"]
    found = picked(scores, index.recordings, own, 2)
    for row, (query, wanted) in enumerate(zip(queries, frames, strict=True)):
        excluded = tuple(name for name, of in zip(index.ids, index.recordings, strict=True) if of == own[row])
        references = retrieve(index, query, wanted, References(k=2, excluded=excluded))
        assert [index.ids[clip] for clip in found[row]] == [reference.id for reference in references]
        assert [scores[row, clip] for clip in found[row]] == pytest.approx([r.score for r in references], abs=1e-6)


def test_both_methods_together():
    captions, motions = np.array([[0.9, 0.5, -0.2]]), np.array([[-0.1, 0.8, 0.6]])
    found = scores_of_methods(captions, motions, np.array([[1.0, 0.5, 1.0]]))
    assert found["hybrid"][0] == pytest.approx([0.9, 0.25, -0.2])
    assert found["momentum"][0] == pytest.approx([-0.1, 0.4, 0.6])
    assert found["product"][0] == pytest.approx([0.0, 0.2, 0.0])
    ranks = ((1, 3), (2, 2), (3, 1))
    assert found["reciprocal ranks"][0] == pytest.approx([1 / (60 + a) + 1 / (60 + b) for a, b in ranks])


def test_fits_are_means_and_differences():
    chosen = {"hybrid": np.array([[0, 1], [2, 0]]), "momentum": np.array([[2, 1], [2, 1]])}
    to_text, to_motion = np.array([[4.0, 2.0, 1.0], [3.0, 5.0, 7.0]]), np.ones((2, 3))
    found = fits(chosen, to_text, to_motion, ["r1", "r2"])
    assert (found["hybrid"].n, found["hybrid"].to_text, found["hybrid"].against) == (2, 4.0, (0.0, 0.0, 0.0))
    assert found["momentum"].to_text == pytest.approx((1.5 + 6.0) / 2)
    mean, low, high = found["momentum"].against
    assert mean == pytest.approx(-0.25)
    assert (low, high) == pytest.approx((-1.5, 1.0))  # of two recordings, a draw may hold one twice
    assert found["hybrid"].to_motion == 1.0


class Judge:
    """Places everything by a few of its numbers."""

    name = "made"

    def motions(self, features):
        return np.stack([motion[:, :3].mean(axis=0) for motion in features])

    def texts(self, captions):
        return np.array([[len(caption), 0.0, 0.0] for caption in captions], float) / 100


def test_the_report_of_a_data_set(dataset, encoder, retriever):
    report = measure(dataset, MomentumEmbedder(retriever, encoder), encoder, Judge(), k=2)
    assert set(report.rankings) == {"made@3", "a clip's other captions", "made"}
    ranked = report.rankings["made@3"]
    assert (ranked["text_to_motion"].n, ranked["text_to_motion"].gallery) == (4, 2)
    assert (ranked["motion_to_text"].n, ranked["motion_to_text"].gallery) == (2, 4)
    assert ranked["text_to_motion"].recall[2] == 1.0
    assert set(report.fits) == {"hybrid", "momentum", "reciprocal ranks", "product", "any motion", "own motion"}
    judge, train = Judge(), [row for row, segment in enumerate(dataset.segments) if segment.split == "train"]
    texts = [caption for row in (8, 9) for caption in dataset.segments[row].captions]
    motions = judge.motions([dataset.features(row) for row in train])
    everything = np.linalg.norm(judge.texts(texts)[:, None] - motions, axis=-1)
    assert report.fits["any motion"].to_text == pytest.approx(everything.mean())
    assert report.fits["own motion"].to_motion == 0.0
    assert not measure(dataset, MomentumEmbedder(retriever, encoder), encoder, None).fits


def test_the_command_prints_what_is_measured(dataset, encoder, retriever, tmp_path, monkeypatch, capsys):
    from reprise.cli.main import main

    monkeypatch.setattr(text, "load", lambda name: encoder)
    save_retriever(retriever, tmp_path / "made.safetensors")
    arguments = ["evaluate-retrieval", "--data", str(dataset.folder), "--retriever", str(tmp_path / "made.safetensors")]
    assert main([*arguments]) == 0
    assert "by chance" in capsys.readouterr().out
    assert main([*arguments, "--split", "dev"]) == 2
    assert "no split 'dev'" in capsys.readouterr().err
