"""`--method` and `--retriever`, and what a library keeps for a retriever."""

import pytest
import torch
from library_samples import FakeEncoder, clip_of

from reprise import text
from reprise.library import writing
from reprise.models.momentum_checkpoint import RetrieverCheckpoint, save_retriever
from reprise.models.momentum_retriever import MomentumRetriever, RetrieverConfig


@pytest.fixture
def files(tmp_path, monkeypatch):
    encoder = FakeEncoder()
    monkeypatch.setattr(text, "load", lambda name: encoder)
    library, retriever = tmp_path / "library.sqlite", tmp_path / "retriever.safetensors"
    writing.create(
        library, [clip_of("walk", ("a person walks",), 40), clip_of("jump", ("a person jumps",), 25)], encoder
    )
    torch.manual_seed(0)
    sizes = RetrieverConfig(latent=8, heads=2, layers=1, feed_forward=8, embedding=4, text_dimension=8, text_layers=1)
    network = MomentumRetriever(sizes).eval()
    save_retriever(RetrieverCheckpoint(network, torch.zeros(263), torch.ones(263), "fake", 7, ""), retriever)
    return library, retriever


def test_the_methods_are_asked_for_by_name(run, files):
    library, retriever = files
    found = {
        method: run(
            "retrieve", "a person jumps", "--library", library, "--method", method, "--retriever", retriever, "--json"
        ).json["references"]
        for method in ("hybrid", "momentum")
    }
    assert {row["id"] for rows in found.values() for row in rows} == {"walk", "jump"}
    assert found["hybrid"][0]["semantic"] == pytest.approx(1.0)
    assert found["momentum"][0]["semantic"] != pytest.approx(found["hybrid"][0]["semantic"])


def test_bad_methods_and_missing_retrievers_are_one_line(run, files, tmp_path):
    library, _ = files
    outcome = run("retrieve", "a person jumps", "--library", library, "--method", "psychic")
    assert (outcome.code, "hybrid, momentum" in outcome.complaint) == (2, True)
    outcome = run(
        "retrieve", "a person jumps", "--library", library, "--method", "momentum", "--retriever", tmp_path / "none"
    )
    assert (outcome.code, "no momentum retriever" in outcome.complaint) == (2, True)


def test_a_library_keeps_embeddings_and_forgets_them(run, files):
    library, retriever = files
    kept = run("library", "encode", library, "--checkpoint", retriever, "--json").json
    assert kept["checkpoints"] == {"retriever@7": 2}
    assert run("library", "verify", library).code == 0
    assert run("library", "encode", library, "--checkpoint", retriever, "--remove", "--json").json["checkpoints"] == {}
