"""FAISS against the exact search on clustered captions, its bound, and the file beside a library."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from reprise.library import equation4, faiss_search, ranking
from reprise.library.index import Index
from reprise.library.ranking import Query
from reprise_core.errors import RepriseError

DIMENSION = 48


def clustered(clips, seed, per_clip=2):
    """An index of clips whose captions gather around common sentences; some captions belong to several clips."""
    random = np.random.default_rng(seed)
    texts = clips * per_clip * 3 // 4
    centres = random.normal(size=(60, DIMENSION))
    features = centres[random.integers(0, 60, texts)] + 0.4 * random.normal(size=(texts, DIMENSION)) + 0.5
    return Index(
        ids=tuple(f"clip{i:05}" for i in range(clips)),
        recordings=tuple(f"r{i // 2}" for i in range(clips)),
        frames=random.integers(20, 197, clips),
        texts=tuple(f"caption {i}" for i in range(texts)),
        features=equation4.unit(features).astype(np.float32),
        caption_texts=random.integers(0, texts, clips * per_clip),
        starts=np.arange(0, clips * per_clip + 1, per_clip),
        licences=tuple(("MIT", "CC0-1.0")[i % 2] for i in range(clips)),
    )


@pytest.fixture(scope="module")
def index():
    return clustered(6000, 0)


@pytest.fixture(scope="module")
def search(index):
    return faiss_search.make(index)


def queries(index, count, seed, decay=0.1, **changes):
    random = np.random.default_rng(seed)
    near = index.features[random.integers(0, len(index.texts), count)]
    for sentence in equation4.unit(near + 0.3 / DIMENSION**0.5 * random.normal(size=near.shape)):
        yield replace(Query(sentence, int(random.integers(20, 197)), decay, 2), **changes)


def exact(index, query):
    return ranking.exact(index, query, index.sketch.bounds(query.sentence[None])[0])


@pytest.mark.parametrize("decay", [0.0, 0.1, 2.0, 50.0])
@pytest.mark.parametrize("filtered", [False, True])
def test_with_every_cell_probed_it_is_the_exact_search(index, search, monkeypatch, decay, filtered):
    """So the length factor, the recordings and the filters are handled by bounds, and only cells can be missed."""
    monkeypatch.setattr(faiss_search, "PROBED", faiss_search.CELLS)
    monkeypatch.setattr(faiss_search, "_FIRST", 16)
    allowed = np.arange(len(index)) % 5 == 0 if filtered else None
    for query in queries(index, 25, 1, decay, allowed=allowed):
        assert search(query) == exact(index, query)


def test_opposite_queries_whose_cosines_are_negative(index, search, monkeypatch):
    monkeypatch.setattr(faiss_search, "PROBED", faiss_search.CELLS)
    lone = np.flatnonzero((index.features[index.caption_texts[::2]] @ index.features.mean(axis=0)) > 0.5)
    allowed = np.zeros(len(index), dtype=np.bool_)
    allowed[lone] = True
    query = Query(equation4.unit(-index.features.mean(axis=0)[None])[0], 60, 2.0, 2, allowed)
    found = exact(index, query)
    assert found.worst < 0.0
    assert search(query) == found


def test_by_default_nearly_all_are_the_same(index, search):
    same = [search(query).rows == exact(index, query).rows for query in queries(index, 200, 2)]
    assert np.mean(same) >= 0.99


def test_the_error_holds_for_every_caption(index, search):
    stored = search.captions.sq.decode(search.captions.sq.compute_codes(index.features))
    for query in queries(index, 10, 3):
        apart = np.abs((stored - index.features) @ query.sentence)
        assert apart.max() <= search.error


def test_more_wanted_than_there_are(index, search):
    allowed = np.zeros(len(index), dtype=np.bool_)
    allowed[[3, 8, 9]] = True
    query = replace(next(queries(index, 1, 4, allowed=allowed)), count=5)
    assert sorted(search(query).rows) in ([3, 8], [3, 9])


def test_the_file_beside_the_library(tmp_path, index):
    library = tmp_path / "moves.sqlite"
    assert faiss_search.beside(library, index) is None
    made = faiss_search.make_beside(library, index)
    assert [path.name for path in tmp_path.iterdir()] == ["moves.sqlite.faiss.npz"]
    read = faiss_search.beside(library, index)
    for query in queries(index, 5, 5):
        assert read(query) == made(query)
    other = replace(index, texts=(*index.texts[:-1], "another caption"))
    assert faiss_search.beside(library, other) is None, "the library has changed since"
    assert faiss_search.beside(library, replace(index, features=-index.features)) is None
    file = tmp_path / "moves.sqlite.faiss.npz"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(RepriseError, match=r"moves\.sqlite\.faiss\.npz"):
        faiss_search.beside(library, index)


def test_without_faiss_one_sentence(monkeypatch, index):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(RepriseError, match="FAISS is not installed") as error:
        faiss_search.make(index)
    assert "reprise[faiss]" in error.value.hint
