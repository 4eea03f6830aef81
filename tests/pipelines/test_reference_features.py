"""Features of references: kept in the library or computed, the motion is the same; generation writes nothing."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from reprise.features import humanml3d
from reprise.library import adding, writing
from reprise.library import reference_features as kept
from reprise.library.retrieval import retrieve
from reprise.library.store import Library
from reprise.library.verify import find_damage
from reprise.models.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from reprise.models.semantics_modulated_transformer import SemanticsModulatedTransformer
from reprise.pipelines.reference_features import content_of, encode_library, encode_references
from reprise.pipelines.remodiffuse import ReMoDiffuse
from reprise.training.config import DiffusionTraining, load_config
from reprise_core.contract import References, Request
from reprise_core.errors import RepriseError


def made_checkpoint(dataset, encoder, seed=0):
    torch.manual_seed(seed)
    network = SemanticsModulatedTransformer(load_config("tiny", [], DiffusionTraining()).network).eval()
    for weight in network.parameters():  # zero-initialised outputs would make every condition count for nothing
        if not weight.any():
            torch.nn.init.normal_(weight, std=0.1)
    mixture = {"scale": 3.0, "late_below": 100, "late": [1.0, 0.0, 0.0]}
    mean, std = torch.from_numpy(dataset.mean), torch.from_numpy(dataset.std)
    return Checkpoint(network, mean, std, encoder.name, mixture, 1, "made")


@pytest.fixture(scope="module")
def checkpoint(dataset, encoder):
    return made_checkpoint(dataset, encoder)


@pytest.fixture
def path(dataset, encoder, tmp_path):
    clips = [
        writing.LibraryClip(segment.id, segment.recording, dataset.joints(row), segment.captions, "made", "made")
        for row, segment in enumerate(dataset.segments)
    ]
    writing.create(tmp_path / "library.sqlite", clips, encoder)
    return tmp_path / "library.sqlite"


def generate(checkpoint, encoder, path, **values):
    engine = ReMoDiffuse(checkpoint, encoder, path, torch.device("cpu"))
    request = Request(**({"prompt": "a person does thing 3", "seconds": 1.5, "steps": 6, "seed": 11} | values))
    return engine.generate(request, lambda progress: None, lambda: False)[0]


def test_the_same_motion_with_and_without_and_with_some_of_them(checkpoint, encoder, path, tmp_path):
    plain, some = tmp_path / "plain.sqlite", tmp_path / "some.sqlite"
    shutil.copy(path, plain)
    encode_library(path, checkpoint, encoder)
    shutil.copy(path, some)
    with Library.open(path) as library:
        used = generate(checkpoint, encoder, plain).meta["references"]
        assert len(used) == 2
        writing.remove(some, [clip.id for clip in library.clips() if clip.id not in {row["id"] for row in used[:1]}])
        clips = [
            writing.LibraryClip(clip.id, clip.recording, library.motion(clip.id), clip.captions, "made", "made")
            for clip in library.clips()
            if clip.id != used[0]["id"]
        ]
    adding.add(some, clips, [encoder])  # without features
    expected = generate(checkpoint, encoder, plain)
    for each in (path, some):
        found = generate(checkpoint, encoder, each)
        assert found.meta["references"] == expected.meta["references"]
        np.testing.assert_allclose(found.positions, expected.positions, atol=1e-4)


def test_what_is_kept_is_what_is_used(checkpoint, encoder, path):
    """Other features, another motion: so they are read."""
    expected = generate(checkpoint, encoder, path)
    with Library.open(path) as library:
        lengths = {clip.id: -(-clip.frames // checkpoint.network.config.reference_stride) for clip in library.clips()}
    shape = checkpoint.network.config.latent
    wrong = {clip: np.full((length, shape), 0.5, np.float32) for clip, length in lengths.items()}
    kept.keep(path, content_of(checkpoint), "made", wrong, {})
    assert not np.allclose(generate(checkpoint, encoder, path).positions, expected.positions, atol=1e-3)


def test_generating_changes_no_byte(checkpoint, encoder, path):
    encode_library(path, checkpoint, encoder)
    before = path.read_bytes()
    generate(checkpoint, encoder, path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_computed_once_and_only_what_is_lacking(checkpoint, encoder, path, dataset):
    counts = []
    encode_library(path, checkpoint, encoder, lambda done, total: counts.append((done, total)))
    assert counts[-1] == (10, 10)
    counts.clear()
    encode_library(path, checkpoint, encoder, lambda done, total: counts.append((done, total)))
    assert counts == []
    with Library.open(path) as library:
        assert kept.lacking(library, content_of(checkpoint)) == ([], [])
        assert library.info().checkpoints == {"made@1": 10}
        assert find_damage(library) == ()
        other = made_checkpoint(dataset, encoder, seed=1)
        assert [len(part) for part in kept.lacking(library, content_of(other))] == [10, 20]


def test_removing(checkpoint, encoder, path):
    encode_library(path, checkpoint, encoder)
    kept.remove(path, content_of(checkpoint))
    with Library.open(path) as library:
        assert not kept.any_kept(library)
    with pytest.raises(RepriseError, match="no features of this checkpoint"):
        kept.remove(path, content_of(checkpoint))


def test_the_content_is_that_of_the_weights_wherever_they_lie(checkpoint, dataset, encoder, tmp_path):
    for name in ("a", "b"):
        save_checkpoint(checkpoint, tmp_path / f"{name}.safetensors", torch.float32)
    first, second = (load_checkpoint(tmp_path / f"{name}.safetensors") for name in ("a", "b"))
    assert content_of(first) == content_of(second) == content_of(checkpoint)
    assert content_of(made_checkpoint(dataset, encoder, seed=1)) != content_of(checkpoint)
    changed = replace(checkpoint, std=checkpoint.std * 1.001)
    assert content_of(changed) != content_of(checkpoint)


def test_another_encoder_than_the_checkpoints(checkpoint, encoder, path):
    class Other(type(encoder)):
        name = "other"

    with pytest.raises(RepriseError, match="text encoder"):
        encode_library(path, checkpoint, Other())


def test_the_references_are_those_of_the_network_taken_together(checkpoint, encoder, path):
    """One by one or in a padded batch, the condition is the same to rounding."""
    with Library.open(path) as library, torch.inference_mode():
        sentence = encoder.encode(["thing 3"]).sentence[0]
        references = retrieve(library.index(encoder.name), sentence, 40, References(k=3))
        found = encode_references(checkpoint, content_of(checkpoint), encoder, library, references)
        joints = [library.motion(reference.id) for reference in references]
    frames = checkpoint.network.config.frames
    motion, mask = torch.zeros(1, 3, frames, 263), torch.zeros(1, 3, frames, dtype=torch.bool)
    for i, clip in enumerate(joints):
        row = (torch.from_numpy(humanml3d.encode_normalized(clip)) - checkpoint.mean) / checkpoint.std
        motion[0, i, : len(row)], mask[0, i, : len(row)] = row, True
    text = encoder.encode([reference.caption for reference in references])
    tokens, seen = torch.from_numpy(text.tokens)[None], torch.from_numpy(text.mask)[None]
    with torch.inference_mode():
        expected = checkpoint.network.encode_references(motion, mask, tokens, seen)
    torch.testing.assert_close(found.motion[0], expected.motion[0, expected.mask[0]], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found.text[0], expected.text[0, expected.mask[0]], atol=1e-5, rtol=1e-5)


def test_an_engine_that_runs_on_sees_what_is_added_and_removed(checkpoint, encoder, path, dataset):
    engine = ReMoDiffuse(checkpoint, encoder, path, torch.device("cpu"))
    request = Request("a person juggles", 1.5, references=References(k=1))
    assert engine.describe()["clips"] == 10
    clip = writing.LibraryClip("new", "new", dataset.joints(0), ("a person juggles",), "made", "made")
    adding.add(path, [clip], [encoder])
    assert [reference.id for reference in engine.retrieve(request)] == ["new"]
    writing.remove(path, ["new"])
    assert engine.retrieve(request)[0].id != "new"
    path.rename(path.with_name("moved.sqlite"))
    with pytest.raises(RepriseError, match="does not exist"):
        engine.retrieve(request)
