import subprocess
import sys

import numpy as np
import pytest

from reprise import text
from reprise.text import minilm
from reprise_core.errors import RepriseError

SENTENCES = [
    "a person walks forward",
    "A person is walking ahead.",
    "someone jumps over a puddle and lands on both feet",
    "the man plays the guitar",
    "",
    "ein Mensch tanzt, \u00fcberraschend \U0001f57a",
]


@pytest.fixture(scope="module")
def encoder():
    return text.load()


@pytest.fixture(scope="module")
def features(encoder):
    return encoder.encode(SENTENCES)


def test_agrees_with_the_reference_implementation(features):
    """The states of `transformers`' own BERT under the sentence-transformers recipe."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BertModel

    folder = minilm.installed_folder()
    model = BertModel.from_pretrained(folder, local_files_only=True).eval()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(32)
    for row, sentence in enumerate(SENTENCES):
        ids = tokenizer.encode(sentence).ids
        with torch.no_grad():
            states = model(torch.tensor([ids])).last_hidden_state[0]
        pooled = torch.nn.functional.normalize(states.mean(dim=0), dim=0)
        assert features.mask[row].sum() == len(ids)
        np.testing.assert_allclose(features.tokens[row, : len(ids)], states, atol=2e-5)
        np.testing.assert_allclose(features.sentence[row], pooled, atol=2e-6)


def test_shapes_types_and_padding(encoder, features):
    assert (encoder.name, encoder.dimension, encoder.max_tokens) == ("all-MiniLM-L6-v2", 384, 32)
    assert features.tokens.shape == (6, 32, 384)
    assert features.tokens.dtype == np.float32
    assert features.sentence.dtype == np.float32
    assert features.mask.dtype == np.bool_
    assert not features.tokens[~features.mask].any()
    np.testing.assert_allclose(np.linalg.norm(features.sentence, axis=-1), 1.0, atol=1e-6)


def test_meaning_beats_wording(features):
    walks, walking, jumps, guitar = features.sentence[:4]
    assert walks @ walking > 0.8
    assert walks @ walking > max(walks @ jumps, walks @ guitar) + 0.2


def test_what_a_text_is_batched_with_does_not_matter(encoder, features):
    alone = np.stack([encoder.encode([sentence]).sentence[0] for sentence in SENTENCES])
    np.testing.assert_allclose(alone, features.sentence, atol=1e-6)


def test_is_repeatable_to_the_bit(encoder):
    first, second = encoder.encode(SENTENCES[:1]), encoder.encode(SENTENCES[:1])
    assert np.array_equal(first.tokens, second.tokens)
    assert np.array_equal(first.sentence, second.sentence)


def test_long_text_is_cut_and_no_text_is_empty(encoder):
    long = encoder.encode(["walk and turn " * 100])
    assert long.mask.all()
    assert len(encoder.encode([])) == 0


def test_progress_reaches_the_end(encoder):
    seen = []
    encoder.encode(["a person walks"] * 33, lambda done, total: seen.append((done, total)))
    assert seen == [(32, 33), (33, 33)]


def test_loading_leaves_torch_random_state_and_threads_alone():
    import torch

    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    minilm.load()
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.get_num_threads() == threads


def test_wrong_weights_are_refused(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"not the official file")
    with pytest.raises(RepriseError, match="not the official all-MiniLM-L6-v2") as error:
        minilm.load(tmp_path)
    assert error.value.code == "bad_weights"


def test_a_folder_without_weights_is_named(tmp_path):
    with pytest.raises(RepriseError) as error:
        text.load(str(tmp_path))
    assert error.value.code == "no_weights"
    assert str(tmp_path) in error.value.message


def test_a_local_copy_works(tmp_path, features):
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (tmp_path / name).symlink_to(minilm.installed_folder() / name)
    local = text.load(str(tmp_path))
    assert local.name == "all-MiniLM-L6-v2"
    np.testing.assert_allclose(local.encode(SENTENCES).sentence, features.sentence, atol=1e-6)


def test_unknown_name():
    with pytest.raises(RepriseError, match="no text encoder 'word2vec'"):
        text.load("word2vec")


def test_import_is_cheap_and_encoding_needs_neither_network_nor_transformers():
    program = """
import socket, sys
def refuse(*_): raise AssertionError("network")
socket.socket.connect = refuse
import reprise.text
assert not {"torch", "transformers", "tokenizers"} & set(sys.modules)
assert reprise.text.load().encode(["a person jumps"]).sentence.shape == (1, 384)
assert "transformers" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
