"""How long a query takes in libraries of up to a million clips, and whether FAISS finds what the exact search finds.

    OMP_NUM_THREADS=1 python scripts/bench_retrieval.py --out DIR [--clips 10000 100000] [--faiss 1000000]

Prints a table and writes DIR/retrieval.json. The sentence features are made up, since a million captioned clips are
not to be had: unit vectors of 384 dimensions, gathered around common sentences, with a spectrum like that of MiniLM on
the captions of a motion library (the first third of the principal components holds 97% of their length squared, two
captions of one cluster have a cosine of about 0.8). Queries lie near captions. Lengths are 20 to 196 frames; every
recording has two clips, as with mirrored twins; k is 2, lambda 0.1. Everything follows from --seed.

Loading is measured with a real library file of 10,000 clips, written to DIR.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reprise.library import equation4, faiss_search, ranking, retrieval
from reprise.library.index import Index
from reprise.library.ranking import Query
from reprise.library.store import Library
from reprise.library.writing import LibraryClip, create
from reprise.text import TextFeatures
from reprise_core.contract import References

DIMENSION = 384
_SPECTRUM = np.arange(1, DIMENSION + 1, dtype=np.float32) ** -0.7
_A_CLUSTER, _SPREAD, _COMMON = 50, 0.5, 0.7  # captions a cluster; how far from its centre, and from all others' mean
_BATCH = 65536


def made_index(clips: int, captions: int, seed: int) -> Index:
    """An index of so many clips with so many captions each."""
    random = np.random.default_rng(seed)
    texts = clips * captions
    mean = _COMMON * random.standard_normal(DIMENSION, dtype=np.float32) * _SPECTRUM
    centres = random.standard_normal((max(16, texts // _A_CLUSTER), DIMENSION), dtype=np.float32) * _SPECTRUM
    features = np.empty((texts, DIMENSION), dtype=np.float32)
    for start in range(0, texts, _BATCH):
        batch = features[start : start + _BATCH]
        batch[:] = random.standard_normal(batch.shape, dtype=np.float32) * _SPECTRUM * _SPREAD + mean
        batch += centres[random.integers(0, len(centres), len(batch))]
        batch /= np.linalg.norm(batch, axis=1, keepdims=True)
    return Index(
        ids=tuple(f"clip{i:07}" for i in range(clips)),
        recordings=tuple(f"recording{i // 2}" for i in range(clips)),
        frames=random.integers(20, 197, clips),
        texts=tuple(f"caption {i}" for i in range(texts)),
        features=features,
        caption_texts=np.arange(texts),
        starts=np.arange(0, texts + 1, captions),
        licences=tuple(("MIT", "CC0-1.0")[i % 2] for i in range(clips)),
    )


def made_queries(index: Index, count: int, seed: int) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Sentence features near captions of the index, at a cosine of about 0.9, with a length each."""
    random = np.random.default_rng(seed)
    for row in random.integers(0, len(index.texts), count):
        noise = 0.45 * random.standard_normal(DIMENSION) * _SPECTRUM / np.linalg.norm(_SPECTRUM)
        yield (index.features[row] + noise).astype(np.float32), int(random.integers(20, 197))


def time_queries(ask: Callable[[NDArray[np.float32], int], object], index: Index, count: int, seed: int) -> Any:
    """Milliseconds of a query: median, 95% and longest, after a few that warm up."""
    for sentence, frames in made_queries(index, 5, seed + 1):
        ask(sentence, frames)
    taken = []
    for sentence, frames in made_queries(index, count, seed + 2):
        started = time.perf_counter()
        ask(sentence, frames)
        taken.append(1000.0 * (time.perf_counter() - started))
    return {"median_ms": np.median(taken), "p95_ms": np.percentile(taken, 95.0), "max_ms": max(taken)}


def bench_exact(clips: int, captions: int, queries: int, seed: int) -> dict[str, Any]:
    """The exact search as a request uses it, without and with a filter."""
    index, wanted = made_index(clips, captions, seed), References(k=2)
    started = time.perf_counter()
    retrieval.retrieve(index, index.features[0], 100, wanted)
    first = time.perf_counter() - started
    times = time_queries(lambda s, frames: retrieval.retrieve(index, s, frames, wanted), index, queries, seed)
    narrow = References(k=2, licences=("MIT",))
    filtered = time_queries(lambda s, frames: retrieval.retrieve(index, s, frames, narrow), index, queries, seed)
    return {
        "search": "exact", "clips": clips, "captions": len(index.texts), "queries": queries, "first_query_s": first,
        **times, "filtered_median_ms": filtered["median_ms"],
    }  # fmt: skip


def bench_faiss(clips: int, queries: int, seed: int) -> dict[str, Any]:
    """The search through FAISS, and how often its clips are those of the exact search."""
    index, wanted = made_index(clips, 1, seed), References(k=2)
    started = time.perf_counter()
    search = faiss_search.make(index)
    made = time.perf_counter() - started
    times = time_queries(lambda s, frames: retrieval.retrieve(index, s, frames, wanted, search), index, queries, seed)
    same = []
    for sentence, frames in made_queries(index, queries, seed + 2):
        unit = equation4.unit(sentence[None])
        query = Query(unit[0], frames, wanted.length_decay, 2)
        same.append(search(query).rows == ranking.exact(index, query, index.sketch.bounds(unit)[0]).rows)
    return {
        "search": "faiss", "clips": clips, "captions": clips, "queries": queries, "make_s": made, **times,
        "same_top_2": float(np.mean(same)), "cells": faiss_search.CELLS, "probed": faiss_search.PROBED,
        "quantisation_error": search.error,
    }  # fmt: skip


class _MadeUpEncoder:
    """Stands in for a text encoder, whose speed is not what is measured here."""

    name, dimension, max_tokens = "made-up", DIMENSION, 1

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def encode(self, texts: Sequence[str]) -> TextFeatures:
        sentence = equation4.unit(self._random.standard_normal((len(texts), DIMENSION))).astype(np.float32)
        return TextFeatures(sentence[:, None], np.ones((len(texts), 1), np.bool_), sentence)


def bench_loading(clips: int, out: Path, seed: int) -> dict[str, Any]:
    """Seconds from a closed library file with three captions a clip to an index that answers."""
    path, random = out / "loading.sqlite", np.random.default_rng(seed)
    figure = random.uniform(-0.9, 0.9, (61, 22, 3)).astype(np.float32)

    def content() -> Iterator[LibraryClip]:
        for i in range(clips):
            captions = tuple(f"a person does thing {i} in way {j}" for j in range(3))
            yield LibraryClip(f"clip{i:06}", f"recording{i // 2}", figure, captions, "made up", "CC0-1.0")

    create(path, content(), _MadeUpEncoder(seed), overwrite=True)
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        with Library.open(path) as library:
            index = library.index(library.encoder)
        retrieval.retrieve(index, index.features[0], 60, References(k=2))
        taken.append(time.perf_counter() - started)
    size = path.stat().st_size
    path.unlink()
    return {"clips": clips, "captions": 3 * clips, "file_mb": size / 1e6, "load_s": min(taken), "loads_s": taken}


def main(arguments: list[str]) -> int:
    """Measures, prints the table and writes the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for retrieval.json and scratch files")
    parser.add_argument("--clips", type=int, nargs="*", default=[10_000, 100_000], help="sizes for the exact search")
    parser.add_argument("--faiss", type=int, nargs="*", default=[], help="sizes for FAISS; a million takes 4 GB")
    parser.add_argument("--load", type=int, default=10_000, help="clips of the library file that is loaded; 0 for none")
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    threads = os.environ.get("OMP_NUM_THREADS", "not set")
    machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "threads": threads}
    results: dict[str, Any] = {"machine": machine, "numpy": np.__version__, "seed": given.seed, "searches": []}
    print(f"{'search':<8}{'clips':>9}{'captions':>10}{'median ms':>11}{'p95 ms':>9}{'max ms':>9}  notes")
    runs = [lambda n=n, c=c: bench_exact(n, c, given.queries, given.seed) for n in given.clips for c in (1, 3)]
    runs += [lambda n=n: bench_faiss(n, given.queries, given.seed) for n in given.faiss]
    for run in runs:
        row = run()
        results["searches"].append(row)
        notes = (
            f"same top 2 in {row['same_top_2']:.1%}, made in {row['make_s']:.0f} s" if row["search"] == "faiss"
            else f"with a filter {row['filtered_median_ms']:.2f} ms, first query {row['first_query_s']:.2f} s"
        )  # fmt: skip
        print(
            f"{row['search']:<8}{row['clips']:>9}{row['captions']:>10}{row['median_ms']:>11.2f}"
            f"{row['p95_ms']:>9.2f}{row['max_ms']:>9.2f}  {notes}"
        )
    if given.load:
        results["loading"] = bench_loading(given.load, given.out, given.seed)
        print(f"loading {given.load} clips with {3 * given.load} captions: {results['loading']['load_s']:.2f} s")
    (given.out / "retrieval.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
