"""The whole of ReMoMask on eight clips: its three trainings, one file, and the engine that gives the clips back."""

import numpy as np
import torch

from reprise import text
from reprise.data import dataset as datasets
from reprise.features import humanml3d
from reprise.library.from_dataset import create_from_dataset
from reprise.masking.decoding import Sampling
from reprise.masking.guidance import Guidance
from reprise.models.remomask_checkpoint import joined_parts, load_remomask, save_remomask
from reprise.pipelines.remomask import ReMoMask
from reprise.text import TextFeatures
from reprise.training import masked, residual, rvq
from reprise_core.contract import Request


class Words:
    """Eight tokens a text, a fixed random vector a word, so that every clip's captions are its own."""

    name, dimension, max_tokens = "made-words", 384, 8

    def encode(self, texts):
        words = [(each.split() * 8)[:8] for each in texts]
        tokens = np.stack([np.stack([self._vector(word) for word in row]) for row in words]).astype(np.float32)
        sentence = tokens.mean(axis=1)
        sentence /= np.linalg.norm(sentence, axis=1, keepdims=True)
        return TextFeatures(tokens, np.ones(tokens.shape[:2], np.bool_), sentence)

    @staticmethod
    def _vector(word):
        return np.random.default_rng(int.from_bytes(word.encode(), "little") % 2**32).normal(size=384)


def test_eight_clips_are_learnt_and_given_back(dataset, tmp_path, monkeypatch):
    encoder = Words()
    monkeypatch.setattr(datasets, "load", lambda folder: dataset)
    monkeypatch.setattr(text, "load", lambda name: encoder)
    folder = dataset.folder
    codes = rvq.train(folder, tmp_path / "rvq", "tiny", ["steps=300", "save_every=300", "mirror=false"])
    both = [
        f"rvq={codes}", f"encoder={encoder.name}", "mirror=false", "versions=1", "batch=8", "ema=0.0",
        "save_every=1000", "network.latent=64", "network.feed_forward=128", "learning_rate=3e-3", "drop_condition=0.05",
    ]  # fmt: skip
    base = masked.train(folder, tmp_path / "masked", "tiny", [*both, "steps=300"])
    finer = residual.train(folder, tmp_path / "residual", "tiny", [*both, "steps=150"])
    save_remomask(joined_parts(codes, base, finer), tmp_path / "engine.safetensors")
    create_from_dataset(folder, "train", tmp_path / "library.sqlite", encoder)
    checkpoint = load_remomask(tmp_path / "engine.safetensors")
    engine = ReMoMask(checkpoint, encoder, tmp_path / "library.sqlite", torch.device("cpu"))
    likeliest = engine.varied(Guidance(0.0, 0.0), Sampling(1.0, 1))
    errors, losses = [], []
    for row, segment in enumerate(dataset.segments):
        if segment.split != "train":
            continue
        real = dataset.features(row)
        request = Request(segment.captions[1], segment.frames / 20, engine="remomask")
        errors.append(_distance(likeliest.features([request])[0], real))
        features = torch.from_numpy((real - dataset.mean) / dataset.std)[None]
        codes = checkpoint.rvq.encode(features, torch.ones(features.shape[:2], dtype=torch.bool))
        rebuilt = checkpoint.rvq.decode(codes, segment.frames)[0].numpy()
        losses.append(_distance(rebuilt * dataset.std + dataset.mean, real))
    assert np.mean(errors) < 1.5 * np.mean(losses)  # what the codes themselves lose is all but all that is lost


def _distance(features, real):
    """Mean distance of the joints, metres."""
    return np.linalg.norm(humanml3d.decode(features) - humanml3d.decode(real), axis=-1).mean()
