"""The published evaluator (Guo et al., 2022) as an `Evaluator`, for those who have its weights: none are shipped."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from reprise.data.dataset import MAX_FRAMES
from reprise.models.published_evaluator import PARTS, UNIT, EvaluatorNetworks
from reprise_core.errors import RepriseError

from .embedding import Array, Features, check_features, in_batches
from .word_vectors import TaggedWords, load_words

_WEIGHTS = ("text_mot_match/model/finest.tar", "finest.tar")
_STATISTICS = ("Comp_v6_KLD01/meta", "Comp_v6_KLD005/meta", "meta", ".")
_VOCABULARY = ("glove", "../glove", ".")


class PublishedEvaluator:
    """Motions are normalised by the evaluator's own statistics, cut to whole movements of four frames."""

    name = "published"

    def __init__(self, networks: EvaluatorNetworks, mean: Array, std: Array, words: TaggedWords) -> None:
        self._networks, self._words = networks, words
        self._mean, self._std = mean, std

    @staticmethod
    def load(folder: Path, texts: Path | None) -> PublishedEvaluator:
        """From the published folder: weights (`finest.tar`), `mean.npy` and `std.npy`, and the word vectors.

        `texts` is HumanML3D's folder of text files. Raises `RepriseError` for what is missing or unusable.
        """
        weights = _find(folder, _WEIGHTS, "")
        meta = _find(folder, [f"{place}/mean.npy" for place in _STATISTICS], "the mean of its features").parent
        vocabulary = _find(folder, [f"{place}/our_vab_data.npy" for place in _VOCABULARY], "word vectors").parent
        try:
            content = torch.load(weights, map_location="cpu", weights_only=True)
            networks = EvaluatorNetworks({name: content[name] for name in PARTS})
            mean, std = (np.load(meta / f"{name}.npy", allow_pickle=False).astype(float) for name in ("mean", "std"))
            if not mean.shape == std.shape == (263,) or not (std > 0).all():
                raise ValueError("its mean and deviation are not those of 263 features")
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RuntimeError,
            pickle.UnpicklingError,
        ) as error:
            reason = " ".join(str(error).split())[:200]
            raise RepriseError(
                "bad_evaluator", f"{folder} holds no usable evaluator ({reason}).", "Unpack the published one anew."
            ) from error
        return PublishedEvaluator(networks, mean, std, load_words(vocabulary, texts))

    def motions(self, features: Sequence[Features]) -> Array:
        """See `Evaluator.motions`; a motion of fewer than four frames raises `RepriseError`."""
        check_features(features)
        for row, motion in enumerate(features):
            if len(motion) < UNIT:
                raise RepriseError("bad_features", f"Motion {row} has {len(motion)} frames, fewer than {UNIT}.")

        def embed(rows: list[int]) -> Array:
            motion = np.zeros((len(rows), MAX_FRAMES, self._networks.features), np.float32)
            lengths = [min(len(features[row]), MAX_FRAMES) // UNIT * UNIT for row in rows]
            for place, (row, frames) in enumerate(zip(rows, lengths, strict=True)):
                normalized = (features[row][:frames] - self._mean) / self._std
                motion[place, :frames] = normalized[:, : self._networks.features]
            return self._networks.motion(torch.from_numpy(motion), torch.tensor(lengths)).double().numpy()

        return in_batches(embed, [len(motion) for motion in features])

    def texts(self, captions: Sequence[str]) -> Array:
        """See `Evaluator.texts`; a caption without tagged words raises `RepriseError`."""
        read = [self._words.read(caption) for caption in captions]

        def embed(rows: list[int]) -> Array:
            lengths = torch.tensor([len(read[row][0]) for row in rows])
            words, tags = (
                torch.nn.utils.rnn.pad_sequence([torch.from_numpy(read[row][part]) for row in rows], batch_first=True)
                for part in (0, 1)
            )
            return self._networks.text_encoder(words, tags, lengths).double().numpy()

        return in_batches(embed, [len(vectors) for vectors, _ in read])


def _find(folder: Path, places: Sequence[str], what: str) -> Path:
    for place in places:
        if (folder / place).is_file():
            return folder / place
    raise RepriseError(
        "no_evaluator",
        f"'{folder}' lacks {what or 'the weights'} of the published evaluator ({places[0]}).",
        "Name the folder that holds text_mot_match, Comp_v6_KLD01 and glove.",
    )
