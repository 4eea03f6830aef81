"""A data set small enough to train on in a test: wriggling figures with made-up captions."""

from collections.abc import Iterator

import numpy as np
import pytest

import runner  # noqa: F401 - makes the package `reprise_addon`, also where only one file is tested
from reprise.data.dataset import MotionDataset, load
from reprise.data.dataset_writer import ClipWords, DatasetWriter
from reprise.features import humanml3d
from reprise.text import TextFeatures
from reprise_core import quaternion as quat
from reprise_core.kinematics import forward_kinematics
from reprise_core.skeleton import PARENTS, humanml3d_skeleton


@pytest.fixture(scope="session", autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps the tests, and the programs that they start, away from the library of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPRISE_DATA", str(tmp_path_factory.mktemp("data")))
        yield


def wriggle(seed: int, frames: int) -> np.ndarray:
    """(frames, 22, 3) normalised joints of a figure that sways and steps along."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None] / 20
    axes = quat.normalize(random.normal(size=(22, 3)))
    local = quat.from_axis_angle(axes, 0.3 * np.sin(3 * time + random.uniform(0, 6, 22)))
    root = np.concatenate((0.1 * np.sin(time), 1 + 0.02 * np.sin(5 * time), 0.8 * time), axis=1)
    joints = forward_kinematics(PARENTS, humanml3d_skeleton().rest_offsets, root, local)[0]
    return humanml3d.normalize(joints).astype(np.float32)


class WordEncoder:
    """Stands in for MiniLM where its meaning does not matter: a fixed random vector a word, 4 tokens of 384."""

    name, dimension, max_tokens = "all-MiniLM-L6-v2", 384, 4

    def encode(self, texts):
        def word(text):
            return np.random.default_rng(abs(hash_text(text))).normal(size=self.dimension).astype(np.float32)

        tokens = np.stack([np.stack([word(w) for w in (text.split() * 4)[:4]]) for text in texts])
        sentence = tokens.mean(axis=1)
        return TextFeatures(
            tokens, np.ones(tokens.shape[:2], bool), sentence / np.linalg.norm(sentence, axis=1, keepdims=True)
        )


def hash_text(text: str) -> int:
    return int.from_bytes(text.encode(), "little") % 2**32


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> MotionDataset:
    out = tmp_path_factory.mktemp("dataset") / "made"
    with DatasetWriter(out) as writer:
        for i in range(10):
            words = ClipWords(f"clip{i}", f"recording{i // 2}", "train" if i < 8 else "test", "made", "made")
            captions = (f"a person does thing {i} to the left", f"thing {i}")
            writer.add(words, f"clip{i}", captions, wriggle(i, 31 + 3 * i))
        writer.finish()
    return load(out)


@pytest.fixture(scope="session")
def encoder() -> WordEncoder:
    return WordEncoder()
