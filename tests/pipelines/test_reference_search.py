"""References by either method: what is kept, what is computed, what is missing."""

import hashlib

import numpy as np
import pytest
import torch

from reprise.features import humanml3d
from reprise.library import adding, writing
from reprise.library import reference_features as kept
from reprise.library.store import Library
from reprise.library.verify import find_damage
from reprise.models.checkpoint import Checkpoint
from reprise.models.momentum_checkpoint import RetrieverCheckpoint, load_retriever, save_retriever
from reprise.models.momentum_retriever import MomentumRetriever
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise.pipelines import momentum_embedding
from reprise.pipelines.momentum_embedding import MomentumEmbedder, encode_library
from reprise.pipelines.reference_search import ReferenceSearch
from reprise.pipelines.remodiffuse import ReMoDiffuse
from reprise.training.config import DiffusionTraining, RetrieverTraining, load_config
from reprise_core.contract import References, Request
from reprise_core.errors import RepriseError

MOMENTUM = References(k=3, method="momentum")


@pytest.fixture(scope="module")
def retriever(dataset, encoder, tmp_path_factory):
    torch.manual_seed(0)
    network = MomentumRetriever(load_config("tiny", [], RetrieverTraining()).network).eval()
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
    path = tmp_path_factory.mktemp("retriever") / "made.safetensors"
    save_retriever(RetrieverCheckpoint(network, mean, std, encoder.name, 3, "made"), path)
    return path


def clip(dataset, row, name=None):
    segment = dataset.segments[row]
    joints = dataset.joints(row)
    return writing.LibraryClip(name or segment.id, segment.recording, joints, segment.captions, "made", "made")


@pytest.fixture
def path(dataset, encoder, tmp_path):
    writing.create(tmp_path / "library.sqlite", [clip(dataset, row) for row in range(8)], encoder)
    return tmp_path / "library.sqlite"


def search(path, encoder, retriever):
    return ReferenceSearch(path, encoder, retriever)


def test_the_motions_nearest_to_the_sentence_are_found(path, encoder, retriever):
    embedder = MomentumEmbedder.load(retriever, encoder=encoder)
    prompt = embedder.texts(["a person does thing 3"])[0]
    with Library.open(path) as library:
        scores = {
            info.id: float(embedder.motions([humanml3d.encode_normalized(library.motion(info.id))])[0] @ prompt)
            for info in library.clips()
        }
    wanted = References(k=8, method="momentum", length_decay=0.0, repeats=True)
    found = search(path, encoder, retriever).find("a person does thing 3", 40, wanted)
    assert [reference.id for reference in found] == sorted(scores, key=lambda name: -scores[name])
    assert [r.semantic for r in found] == pytest.approx([scores[r.id] for r in found], abs=1e-5)


def test_embeddings_do_not_depend_on_the_batch(dataset, encoder, retriever):
    embedder = MomentumEmbedder.load(retriever, encoder=encoder)
    features = [dataset.features(row) for row in (7, 0, 4)]
    together = embedder.motions(features)
    for row, one in zip(together, features, strict=True):
        np.testing.assert_allclose(embedder.motions([one])[0], row, atol=1e-5)


def test_kept_or_computed_they_are_the_same_and_retrieval_writes_nothing(path, encoder, retriever):
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    computed = search(path, encoder, retriever).find("thing 2", 40, MOMENTUM)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    embedder = MomentumEmbedder.load(retriever, encoder=encoder)
    done = []
    encode_library(path, embedder, lambda *counts: done.append(counts))
    assert done[-1] == (8, 8)
    with Library.open(path) as library:
        assert library.info().checkpoints == {"made@3": 8}
        assert find_damage(library) == ()
        rows = kept.of_motions(library, embedder.content, ["clip0"])
    assert rows["clip0"].shape == (1, 16)
    assert np.linalg.norm(rows["clip0"]) == pytest.approx(1.0, abs=1e-5)
    stored = search(path, encoder, retriever).find("thing 2", 40, MOMENTUM)
    assert [reference.id for reference in stored] == [reference.id for reference in computed]
    assert [r.score for r in stored] == pytest.approx([r.score for r in computed], abs=1e-5)


def test_kept_embeddings_are_not_computed_again(path, encoder, retriever, monkeypatch):
    encode_library(path, MomentumEmbedder.load(retriever, encoder=encoder))
    monkeypatch.setattr(Library, "motion", lambda self, name: pytest.fail(f"{name} is read again"))
    assert len(search(path, encoder, retriever).find("thing 2", 40, MOMENTUM)) == 3


def test_a_clip_added_meanwhile_is_found(path, dataset, encoder, retriever):
    finder = search(path, encoder, retriever)
    wanted = References(k=8, method="momentum")
    assert "new" not in {reference.id for reference in finder.find("thing 9", 40, wanted)}
    adding.add(path, [clip(dataset, 9, "new")], [encoder])
    assert "new" in {reference.id for reference in finder.find("thing 9", 40, wanted)}


def test_a_missing_retriever_is_one_sentence_and_hybrid_needs_none(path, encoder, tmp_path):
    finder = search(path, encoder, tmp_path / "none.safetensors")
    assert len(finder.find("thing 2", 40, References(k=3))) == 3
    with pytest.raises(RepriseError, match=r"There is no momentum retriever at .*none") as raised:
        finder.find("thing 2", 40, MOMENTUM)
    assert raised.value.code == "no_retriever"
    assert "hybrid" in raised.value.hint


def test_what_would_take_minutes_is_said_instead(path, encoder, retriever, monkeypatch):
    monkeypatch.setattr(momentum_embedding, "MOST_AT_ONCE", 7)
    with pytest.raises(RepriseError, match="no embeddings by the retriever for 8 of its clips") as raised:
        search(path, encoder, retriever).find("thing 2", 40, MOMENTUM)
    assert "library encode" in raised.value.hint


def test_another_encoder_is_refused(retriever):
    class Other:
        name = "another"

    with pytest.raises(RepriseError, match="trained with the text encoder all-MiniLM-L6-v2, not another"):
        MomentumEmbedder(load_retriever(retriever), Other())


@pytest.mark.parametrize("method", ["hybrid", "momentum"])
def test_an_engine_builds_on_what_the_method_finds(method, path, dataset, encoder, retriever):
    network = SemanticsModulatedTransformer(load_config("tiny", [], DiffusionTraining()).network).eval()
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
    mixture = {"scale": 3.0, "late_below": 100, "late": [1.0, 0.0, 0.0]}
    checkpoint = Checkpoint(network, mean, std, encoder.name, mixture, 1, "made")
    engine = ReMoDiffuse(checkpoint, encoder, path, torch.device("cpu"), retriever)
    wanted = References(k=2, method=method)
    request = Request("a person does thing 5", seconds=2.0, steps=2, references=wanted)
    expected = [row.to_json() for row in search(path, encoder, retriever).find(request.prompt, 40, wanted)]
    assert [row.to_json() for row in engine.retrieve(request)] == expected
    assert engine.generate(request, lambda progress: None, lambda: False)[0].meta["references"] == expected
