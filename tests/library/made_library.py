"""Large made-up libraries: chance decides features and lengths, and all clips share a few motions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from reprise.library import connections, joint_codec, schema
from reprise_core.skeleton import humanml3d_skeleton

ENCODER = "synthetic"
_LENGTHS = range(40, 197, 12)  # frames, at 20 a second
_AT_ONCE = 10_000


def create_synthetic(path: Path, clips: int, captions: int = 2, dimension: int = 384, seed: int = 0) -> None:
    """Makes a library of `clips` clips with `captions` captions each and random unit features of the encoder `ENCODER`.

    Replaces a file that is there. 100,000 clips take half a gigabyte.
    """
    random = np.random.default_rng(seed)
    rest = humanml3d_skeleton().rest_positions()
    motions = {frames: joint_codec.pack(np.repeat(rest[None], frames + 1, axis=0)) for frames in _LENGTHS}
    lengths = random.choice(list(_LENGTHS), clips).tolist()
    connections.remove_log(path)
    path.unlink(missing_ok=True)
    with closing(connections.new_file(path)) as connection, connections.transaction(connection):
        schema.set_up(connection)
        connection.execute("INSERT INTO encoders VALUES (1, ?, ?)", (ENCODER, dimension))
        rows = ((key, f"clip{key:07d}", f"clip{key:07d}", frames) for key, frames in enumerate(lengths, 1))
        connection.executemany("INSERT INTO clips VALUES (?, ?, ?, ?, 'synthetic', 'CC0-1.0', '')", rows)
        packed = ((key, motions[frames]) for key, frames in enumerate(lengths, 1))
        connection.executemany("INSERT INTO motion VALUES (?, ?)", packed)
        texts = [(text, f"a person does thing {text}") for text in range(1, clips * captions + 1)]
        connection.executemany("INSERT INTO texts VALUES (?, ?)", texts)
        said = (((text - 1) // captions + 1, (text - 1) % captions, text) for text, _ in texts)
        connection.executemany("INSERT INTO captions VALUES (?, ?, ?)", said)
        features = _features(random, clips * captions, dimension)
        connection.executemany("INSERT INTO sentence_features VALUES (?, 1, ?)", enumerate(features, 1))
        schema.index_words(connection)


def _features(random: np.random.Generator, count: int, dimension: int) -> Iterator[bytes]:
    for begin in range(0, count, _AT_ONCE):
        values = random.standard_normal((min(_AT_ONCE, count - begin), dimension), dtype=np.float32)
        yield from (row.tobytes() for row in values / np.linalg.norm(values, axis=1, keepdims=True))
