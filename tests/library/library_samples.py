"""Clips and an encoder for tests of the library."""

import hashlib

import numpy as np

from reprise.library.rows import LibraryClip
from reprise.library.store import Library
from reprise.text import TextFeatures


class FakeEncoder:
    """Gives each text a fixed random direction: enough where meaning does not matter."""

    def __init__(self, name="fake", dimension=8):
        self.name, self.dimension, self.max_tokens = name, dimension, 4

    def encode(self, texts):
        rows = []
        for text in texts:
            seed = int.from_bytes(hashlib.sha256(f"{self.name} {text}".encode()).digest()[:8], "big")
            row = np.random.default_rng(seed).normal(size=self.dimension)
            rows.append(row / np.linalg.norm(row))
        sentence = np.array(rows, np.float32).reshape(len(texts), self.dimension)
        tokens = np.repeat(sentence[:, None], self.max_tokens, axis=1)
        return TextFeatures(tokens, np.ones((len(texts), self.max_tokens), np.bool_), sentence)


def joints_of(frames, seed=0):
    """(frames + 1, 22, 3) a random walk of a random body."""
    generator = np.random.default_rng(seed)
    body = generator.uniform(-0.9, 0.9, size=(1, 22, 3))
    path = generator.normal(scale=0.02, size=(frames + 1, 22, 3)).cumsum(axis=0) * 0.2
    travel = generator.normal(scale=0.05, size=(frames + 1, 1, 3)).cumsum(axis=0)
    return (body + path + travel).astype(np.float32)


def clip_of(name, captions=("a person walks",), frames=20, recording=None, licence="CC0-1.0", tags=(), source="test"):
    seed = sum(map(ord, name))
    return LibraryClip(name, recording or name, joints_of(frames, seed), captions, source, licence, "train", tags)


def content_of(path):
    """All that a library holds, to compare: ids, motion, labels, captions, features."""
    with Library.open(path) as library:
        clips = [(clip, library.motion(clip.id).tobytes()) for clip in library.clips()]
        features = {}
        for encoder in library.encoders:
            index = library.index(encoder)
            features[encoder] = dict(zip(index.texts, (row.tobytes() for row in index.features), strict=True))
    return clips, features


def files_beside(path):
    """The names of all files that begin with the library's: itself, and what a log leaves."""
    return sorted(file.name for file in path.parent.iterdir() if path.name in file.name)
