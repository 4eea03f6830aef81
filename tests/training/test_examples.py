"""What a training query may retrieve, and how a batch is drawn."""

import math
import tracemalloc

import numpy as np
import pytest
import torch
from gaits import walker

from reprise.data.dataset import load
from reprise.data.dataset_writer import ClipWords, DatasetWriter, Window
from reprise.features import humanml3d
from reprise.models.momentum_checkpoint import RetrieverCheckpoint, save_retriever
from reprise.models.momentum_retriever import MomentumRetriever
from reprise.pipelines.momentum_embedding import MomentumEmbedder
from reprise.training.batches import make_batch, rows_of_step
from reprise.training.config import DiffusionTraining, RetrieverTraining, load_config
from reprise.training.examples import build_examples


@pytest.fixture(scope="module")
def examples(dataset, encoder):
    with pytest.MonkeyPatch.context() as patch:  # wriggling figures do not fit together
        patch.setattr("reprise.data.compose.MAX_DISTANCE", 9.0)
        patch.setattr("reprise.data.compose.MAX_SLIDE", 9.0)
        return build_examples(dataset, "train", encoder, references=2, mirror=True, composed=4, seed=1)


def test_twins_and_composed_pairs_are_there(examples, dataset):
    assert examples.database == 16
    assert len(examples.motions) == len(examples.lengths) == len(examples.captions) == 20
    assert {len(recording) for recording in examples.recordings[16:]} == {2}
    assert [len(examples.motions[i]) for i in range(20)] == examples.lengths.tolist()
    np.testing.assert_allclose(examples.motions[0] * dataset.std + dataset.mean, dataset.features(0), atol=1e-4)
    np.testing.assert_allclose(examples.motions[1] * dataset.std + dataset.mean, dataset.features(0, True), atol=1e-4)


def test_gaits_that_go_on_learn_from_others_and_are_never_references(encoder, tmp_path):
    with DatasetWriter(tmp_path / "set") as writer:
        for name, frames in (("a", 50), ("b", 54), ("c", 58)):
            joints = humanml3d.normalize(walker(frames=frames, speed=0.8)[0]).astype(np.float32)
            captions = (f"a person walks like {name}.", f"a person walks like {name} and stops.")
            writer.add(ClipWords(name, name, "train", "made", "made"), name, captions, joints)
        writer.finish()
    built = build_examples(
        load(tmp_path / "set"), "train", encoder, references=2, mirror=True, composed=0, prolonged=True, seed=0
    )
    assert (built.database, len(built.motions)) == (6, 6 + 3 * 4)
    assert built.lengths[6:].min() > 60 > built.lengths[:6].max()
    for own in range(6, 18):
        assert built.captions[own].tolist() == built.captions[(own - 6) // 4 * 2][:1].tolist()
        assert len(built.motions[own]) == built.lengths[own]
        for row in built.references[own].flat:
            assert row < 6
            assert built.recordings[row].isdisjoint(built.recordings[own])


def test_captions_are_padded_like_the_encoders(examples, dataset, encoder):
    motion, texts = 2, list(dataset.segments[1].captions)
    tokens, mask = examples.text.padded(examples.captions[motion][None])
    encoded = encoder.encode(texts)
    np.testing.assert_allclose(tokens[0], encoded.tokens, atol=2e-3)
    np.testing.assert_array_equal(mask[0], encoded.mask)
    np.testing.assert_array_equal(examples.text.sentence()[examples.captions[motion]], encoded.sentence)


def test_what_was_prepared_once_is_found_again(examples, dataset):
    class Refusing:
        name, dimension, max_tokens = "all-MiniLM-L6-v2", 384, 4

        def encode(self, texts):
            raise AssertionError(f"{len(texts)} captions are encoded again")

    again = build_examples(dataset, "train", Refusing(), references=2, mirror=True, composed=4, seed=1)
    for motion in (0, 17, 19):
        np.testing.assert_array_equal(again.motions[motion], examples.motions[motion])
    other = sorted(path.name for path in (dataset.folder / "cache").iterdir())
    assert not [name for name in other if name.startswith(".")]


def test_examples_do_not_hold_the_motions(dataset, encoder, tmp_path):
    """Building the examples of fifteen megabytes of features, and a batch of them, takes a fraction of that."""
    with DatasetWriter(tmp_path / "set") as writer:
        for i in range(60):
            words = ClipWords(f"a{i}", f"r{i % 6}", "train", "s", "l")
            writer.add(words, f"a{i}", (f"thing {i}",), dataset.joints(9))
        writer.finish()
    data = load(tmp_path / "set")
    config = load_config("tiny", [], DiffusionTraining())
    tracemalloc.start()
    built = build_examples(data, "train", encoder, references=2, mirror=True, composed=0, seed=0)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(built.motions) == 120
    assert sum(file.nbytes for file in data.encoded.files) > 7e6
    assert held < 1e6
    assert isinstance(built.motions.dataset.features(3), np.memmap)
    assert make_batch(built, config, 0).x0.shape[0] == config.batch


def test_a_window_of_one_activity_is_drawn_anywhere_in_it(dataset, encoder, tmp_path):
    joints = dataset.joints(9)
    with DatasetWriter(tmp_path / "set") as writer:
        words = [ClipWords(name, name, "train", "s", "l") for name in "abc"]
        windows = [Window("a-0", 0, 24, ("one", "two")), Window("a-1", 24, 48, ("three",))]
        writer.add_stretch(words[0], windows, joints)
        for other in words[1:]:
            writer.add(other, other.clip, ("four",), joints)
        writer.finish()
    data = load(tmp_path / "set")
    built = build_examples(data, "train", encoder, references=2, mirror=True, composed=0, seed=0)
    random = np.random.default_rng(0)
    heights = {round(float(built.motions.drawn(0, random)[0, 3]), 6) for _ in range(200)}
    slack = len(joints) - 1 - 24
    assert data.slack(0) == slack
    assert 0.6 * slack < len(heights) <= slack + 1
    assert len(built.motions.drawn(0, random)) == 24
    np.testing.assert_array_equal(built.motions.drawn(4, random), built.motions[4])


def test_a_query_never_retrieves_its_own_recording(examples):
    for motion, references in enumerate(examples.references):
        assert references.shape == (len(examples.captions[motion]), 2)
        for reference in references.flat:
            assert reference < examples.database
            assert not examples.recordings[reference] & examples.recordings[motion]


def test_references_are_equation_4(examples):
    """Against the definition, clip by clip: the best caption's cosine times exp(-0.1 |l_i - L| / max(l_i, L))."""
    lengths, sentence = examples.lengths, examples.text.sentence()
    for motion in (0, 5, 17):
        for row, references in zip(examples.captions[motion], examples.references[motion], strict=True):
            scores = {}
            for other in range(examples.database):
                if examples.recordings[other] & examples.recordings[motion]:
                    continue
                cosine = max(float(np.dot(sentence[row], sentence[r])) for r in examples.captions[other])
                gap = abs(lengths[other] - lengths[motion]) / max(lengths[other], lengths[motion])
                scores[other] = cosine * math.exp(-0.1 * gap)
            best: dict[frozenset[str], float] = {}  # of a recording only one
            for other, score in scores.items():
                best[examples.recordings[other]] = max(score, best.get(examples.recordings[other], -2.0))
            found = [scores[int(reference)] for reference in references]
            assert found == pytest.approx(sorted(best.values(), reverse=True)[:2], abs=1e-6)
            assert len({examples.recordings[int(reference)] for reference in references}) == 2


def test_with_a_retriever_references_are_the_nearest_motions_of_other_recordings(dataset, encoder, tmp_path):
    torch.manual_seed(0)
    network = MomentumRetriever(load_config("tiny", [], RetrieverTraining()).network).eval()
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
    made, path = RetrieverCheckpoint(network, mean, std, encoder.name, 1, "made"), tmp_path / "made.safetensors"
    save_retriever(made, path)
    built = build_examples(dataset, "train", encoder, references=2, mirror=True, composed=0, seed=0, retriever=path)
    embedder, texts = MomentumEmbedder.load(path, encoder=encoder), list(dict.fromkeys(dataset.segments[2].captions))
    shown = embedder.motions([dataset.features(row, twin) for row in range(8) for twin in (False, True)])
    motion = 4  # segment 2 as it is
    for query, references in zip(embedder.texts(texts), built.references[motion], strict=True):
        scores = {}
        for other in range(16):
            gap = abs(built.lengths[other] - built.lengths[motion]) / max(built.lengths[other], built.lengths[motion])
            recording = dataset.segments[other // 2].recording
            score = float(shown[other] @ query) * math.exp(-0.1 * gap)
            if recording != dataset.segments[2].recording:
                scores[recording] = max(score, scores.get(recording, -2.0))
        assert {dataset.segments[row // 2].recording for row in references} == set(
            sorted(scores, key=lambda name: -scores[name])[:2]
        )


def test_an_epoch_visits_every_motion_once():
    lengths = np.arange(100) % 37 + 20
    rows = np.concatenate([rows_of_step(lengths, 10, 3, step) for step in range(10)])
    assert sorted(rows) == list(range(100))
    assert not np.array_equal(rows_of_step(lengths, 10, 3, 0), rows_of_step(lengths, 10, 3, 10))


def test_a_batch_is_a_function_of_seed_and_step(examples):
    config = load_config("tiny", [], DiffusionTraining())
    one, again, other = (make_batch(examples, config, step) for step in (7, 7, 8))
    for name, value in vars(one).items():
        assert np.array_equal(value, getattr(again, name))
    assert not one.noise.equal(other.noise[: len(one.noise)])
    assert one.x0.shape[0] == config.batch
    assert not one.x0[~one.mask].any()
