"""The retriever's parts, its independence of padding, and its file."""

from dataclasses import replace

import pytest
import torch

from reprise.features.representation import HUMANML3D, KIT_ML
from reprise.models.momentum_checkpoint import RetrieverCheckpoint, load_retriever, save_retriever
from reprise.models.momentum_retriever import MomentumRetriever, RetrieverConfig, part_features
from reprise_core.errors import RepriseError

TINY = RetrieverConfig(latent=16, heads=2, layers=1, feed_forward=16, embedding=8, text_dimension=12, stride=4)


def network(config=TINY) -> MomentumRetriever:
    torch.manual_seed(0)
    return MomentumRetriever(config).eval()


def checkpoint(**changes) -> RetrieverCheckpoint:
    made = RetrieverCheckpoint(network(), torch.zeros(263), torch.ones(263), "all-MiniLM-L6-v2", 5, "made")
    return replace(made, **changes)


@pytest.mark.parametrize("representation", [HUMANML3D, KIT_ML])
def test_six_parts_share_all_features_and_none_twice(representation):
    parts = part_features(representation)
    assert len(parts) == 6
    assert sorted(feature for part in parts for feature in part) == list(range(representation.features))


def test_the_legs_are_the_legs():
    """In HumanML3D a joint's position stands at 4 + 3 (j - 1); the contacts are left ankle and foot, then right."""
    root, right_leg, left_leg, backbone, right_arm, left_arm = map(set, part_features(HUMANML3D))
    assert set(range(4)) <= root
    for joint, part in ((1, left_leg), (10, left_leg), (2, right_leg), (15, backbone), (20, left_arm), (21, right_arm)):
        assert 4 + 3 * (joint - 1) in part
    assert {259, 260} <= left_leg
    assert {261, 262} <= right_leg


@pytest.mark.parametrize("stride", [1, 4])
def test_padding_does_not_matter_and_embeddings_have_length_one(stride):
    made = network(replace(TINY, stride=stride))
    motion, tokens = torch.randn(1, 30, 263), torch.randn(1, 5, 12)
    seen, words = torch.ones(1, 30, dtype=torch.bool), torch.ones(1, 5, dtype=torch.bool)
    plain = made(motion, seen, tokens, words)
    padded = made(
        torch.cat((motion, torch.randn(1, 21, 263)), 1),
        torch.cat((seen, ~seen[:, :21]), 1),
        torch.cat((tokens, torch.randn(1, 3, 12)), 1),
        torch.cat((words, ~words[:, :3]), 1),
    )
    for a, b in zip(plain, padded, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(a.norm(dim=-1), torch.ones(1))


def test_every_part_counts():
    made = network()
    motion, seen = torch.randn(1, 24, 263), torch.ones(1, 24, dtype=torch.bool)
    plain = made.embed_motions(motion, seen)
    for part in part_features(HUMANML3D):
        other = motion.clone()
        other[..., list(part)] = 0.0
        assert (made.embed_motions(other, seen) - plain).abs().max() > 1e-4


def test_a_file_gives_the_network_back(tmp_path):
    path = tmp_path / "retriever.safetensors"
    made = checkpoint()
    save_retriever(made, path)
    read = load_retriever(path)
    assert (read.encoder, read.step, read.name) == ("all-MiniLM-L6-v2", 5, "retriever")
    motion, seen = torch.randn(2, 20, 263), torch.ones(2, 20, dtype=torch.bool)
    torch.testing.assert_close(
        read.network.embed_motions(motion, seen), made.network.embed_motions(motion, seen), atol=5e-3, rtol=0
    )


def test_content_is_what_a_motions_embedding_depends_on():
    plain, other_text, other_motion = checkpoint(), checkpoint(network=network()), checkpoint(network=network())
    with torch.no_grad():
        next(other_text.network.text.parameters()).add_(1.0)
        next(other_motion.network.motion.parameters()).add_(1.0)
    assert other_text.content == plain.content
    assert other_motion.content != plain.content
    assert checkpoint(mean=torch.ones(263)).content != plain.content


def test_a_missing_and_a_damaged_file_are_sentences(tmp_path):
    with pytest.raises(RepriseError, match="no checkpoint at"):
        load_retriever(tmp_path / "none.safetensors")
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"what")
    with pytest.raises(RepriseError, match="no usable checkpoint"):
        load_retriever(path)
