"""The published evaluator's files, made small and at random here, and what its networks are meant to compute."""

import pickle

import numpy as np
import pytest
import torch

from reprise.evaluation.published import PublishedEvaluator
from reprise.models.published_evaluator import EvaluatorNetworks
from reprise_core.errors import RepriseError

WORDS = ["sos", "eos", "unk", "a", "person", "walks", "left", "kick"]
HIDDEN, MOVEMENT, MOTION, TEXT, EMBEDDING, WORD = 6, 5, 7, 4, 3, 300


def random_state(shapes: dict[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    return {name: torch.randn(shape) * 0.3 for name, shape in shapes.items()}


def recurrent(inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
    gru = {
        f"gru.{name}_l0{way}": shape
        for way in ("", "_reverse")
        for name, shape in {
            "weight_ih": (3 * hidden, hidden),
            "weight_hh": (3 * hidden, hidden),
            "bias_ih": (3 * hidden,),
            "bias_hh": (3 * hidden,),
        }.items()
    }
    return {
        "hidden": (2, 1, hidden),
        "input_emb.weight": (hidden, inputs),
        "input_emb.bias": (hidden,),
        "output_net.0.weight": (hidden, 2 * hidden),
        "output_net.0.bias": (hidden,),
        "output_net.1.weight": (hidden,),
        "output_net.1.bias": (hidden,),
        "output_net.3.weight": (EMBEDDING, hidden),
        "output_net.3.bias": (EMBEDDING,),
    } | gru


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The published layout, in a size of its own."""
    torch.manual_seed(3)
    out = tmp_path_factory.mktemp("published")
    movement = {
        "main.0.weight": (HIDDEN, 259, 4),
        "main.0.bias": (HIDDEN,),
        "main.3.weight": (MOVEMENT, HIDDEN, 4),
        "main.3.bias": (MOVEMENT,),
        "out_net.weight": (MOVEMENT, MOVEMENT),
        "out_net.bias": (MOVEMENT,),
    }
    text = recurrent(WORD, TEXT) | {"pos_emb.weight": (WORD, 15), "pos_emb.bias": (WORD,)}
    parts = {"movement_encoder": movement, "motion_encoder": recurrent(MOVEMENT, MOTION), "text_encoder": text}
    for place in ("text_mot_match/model", "Comp_v6_KLD01/meta", "glove", "texts"):
        (out / place).mkdir(parents=True)
    torch.save(
        {name: random_state(shapes) for name, shapes in parts.items()} | {"epoch": 7},
        out / "text_mot_match/model/finest.tar",
    )
    random = np.random.default_rng(0)
    np.save(out / "Comp_v6_KLD01/meta/mean.npy", random.normal(size=263).astype(np.float32))
    np.save(out / "Comp_v6_KLD01/meta/std.npy", random.uniform(0.5, 2, 263).astype(np.float32))
    np.save(out / "glove/our_vab_data.npy", random.normal(size=(len(WORDS), WORD)))
    (out / "glove/our_vab_words.pkl").write_bytes(pickle.dumps(WORDS))
    (out / "glove/our_vab_idx.pkl").write_bytes(pickle.dumps({word: i for i, word in enumerate(WORDS)}))
    lines = {
        "a person walks left.": "a/DET person/NOUN walks/VERB left/ADJ",
        "a strange kick": "a/DET strange/ADJ kick/VERB",
        "long": " ".join(["walks/VERB"] * 30),
        "cut": " ".join(["walks/VERB"] * 20),
    }
    (out / "texts/000000.txt").write_text("".join(f"{text}#{words}#0.0#0.0\n" for text, words in lines.items()))
    return out


@pytest.fixture(scope="module")
def evaluator(folder):
    return PublishedEvaluator.load(folder, folder / "texts")


def state(folder):
    return torch.load(folder / "text_mot_match/model/finest.tar", weights_only=True)


def gru_step(x, h, weights, way):
    """A GRU's equations (Cho et al., 2014), as PyTorch orders its gates."""
    wi, wh, bi, bh = (weights[f"gru.{name}_l0{way}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    ir, iz, inew = (wi @ x + bi).chunk(3)
    hr, hz, hnew = (wh @ h + bh).chunk(3)
    r, z = torch.sigmoid(ir + hr), torch.sigmoid(iz + hz)
    return (1 - z) * torch.tanh(inew + r * hnew) + z * h


def embed(sequence, weights):
    """A sequence (N, inputs) through the recurrent encoder, written out."""
    inputs = sequence @ weights["input_emb.weight"].T + weights["input_emb.bias"]
    last = []
    for way, rows, first in (("", inputs, 0), ("_reverse", inputs.flip(0), 1)):
        h = weights["hidden"][first, 0]
        for x in rows:
            h = gru_step(x, h, weights, way)
        last.append(h)
    y = weights["output_net.0.weight"] @ torch.cat(last) + weights["output_net.0.bias"]
    y = (y - y.mean()) / (y.var(unbiased=False) + 1e-5).sqrt() * weights["output_net.1.weight"]
    y = torch.nn.functional.leaky_relu(y + weights["output_net.1.bias"], 0.2)
    return weights["output_net.3.weight"] @ y + weights["output_net.3.bias"]


def test_a_text_is_its_words_and_tags_through_the_gru(folder, evaluator):
    weights, vectors = state(folder)["text_encoder"], np.load(folder / "glove/our_vab_data.npy")
    # "left" is a word of place (9), "kick" one of action (12), "strange" unknown and so of no part of speech (14).
    for caption, words, tags in (
        ("a person walks left.", ["sos", "a", "person", "walks", "left", "eos"], [14, 2, 1, 0, 9, 14]),
        ("a strange kick", ["sos", "a", "unk", "kick", "eos"], [14, 2, 14, 12, 14]),
    ):
        rows = torch.tensor(vectors[[WORDS.index(word) for word in words]], dtype=torch.float32)
        sequence = rows + weights["pos_emb.weight"].T[tags] + weights["pos_emb.bias"]
        np.testing.assert_allclose(evaluator.texts([caption])[0], embed(sequence, weights).numpy(), atol=1e-5)


def test_twenty_words_are_read(evaluator):
    long, cut = evaluator.texts(["long", "cut"])
    np.testing.assert_allclose(long, cut, atol=1e-6)


def test_a_motion_is_its_movements_through_the_gru(folder, evaluator):
    content, random = state(folder), np.random.default_rng(1)
    motion = random.normal(size=(43, 263)).astype(np.float32)
    mean, std = (np.load(folder / f"Comp_v6_KLD01/meta/{name}.npy") for name in ("mean", "std"))
    normalized = np.zeros((196, 259))
    normalized[:40] = ((motion - mean) / std)[:40, :259]  # whole movements of four frames
    x = torch.tensor(normalized.T, dtype=torch.float32)[None]
    for layer in ("main.0", "main.3"):
        weight, bias = (content["movement_encoder"][f"{layer}.{name}"] for name in ("weight", "bias"))
        x = torch.nn.functional.leaky_relu(torch.nn.functional.conv1d(x, weight, bias, stride=2, padding=1), 0.2)
    out = content["movement_encoder"]
    movements = x[0].T[:10] @ out["out_net.weight"].T + out["out_net.bias"]
    expected = embed(movements, content["motion_encoder"])
    np.testing.assert_allclose(evaluator.motions([motion])[0], expected.numpy(), atol=1e-5)
    batch = evaluator.motions([motion, random.normal(size=(196, 263)), motion[:8]])
    np.testing.assert_allclose(batch[0], expected.numpy(), atol=1e-5)


def test_what_it_cannot_read_is_said_in_a_sentence(folder, evaluator, tmp_path):
    with pytest.raises(RepriseError, match="the caption 'a new one', which has no tagged words"):
        evaluator.texts(["a new one"])
    with pytest.raises(RepriseError, match="3 frames, fewer than 4"):
        evaluator.motions([np.zeros((3, 263))])
    with pytest.raises(RepriseError, match="lacks the weights"):
        PublishedEvaluator.load(tmp_path, None)
    with pytest.raises(RepriseError, match="no text files"):
        PublishedEvaluator.load(folder, tmp_path)


def test_a_pickle_that_would_run_something_is_refused(folder, tmp_path):
    import os
    import shutil

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    for name in ("glove/our_vab_words.pkl", "text_mot_match/model/finest.tar"):
        copy = tmp_path / name.replace("/", "-")
        shutil.copytree(folder, copy)
        (copy / name).write_bytes(pickle.dumps(Trap(), protocol=2))
        with pytest.raises(RepriseError, match=r"no readable word vectors|no usable evaluator"):
            PublishedEvaluator.load(copy, None)
    assert not (tmp_path / "ran").exists()


def test_weights_that_do_not_fit_together_are_refused(folder):
    parts = {name: dict(value) for name, value in state(folder).items() if name != "epoch"}
    del parts["text_encoder"]["hidden"]
    with pytest.raises(RuntimeError, match="hidden"):
        EvaluatorNetworks(parts)
