"""Equation 4 over a million clips, through FAISS (Johnson, Douze, Jegou, 2019): an inverted file of captions.

FAISS knows cosines only; the length factor and the choice of one clip a recording are ours, and exact. The captions
nearest to the query, quickly found, give clips whose k-th score s no answer may fall below. A clip of the answer then
has a cosine of at least s over the largest length factor there is (over the smallest, if s is negative), and FAISS is
asked for all captions above that, less the largest error of storing them in half precision, measured when it is made.
The only thing that may be missed is a caption in a cell of the inverted file that FAISS did not probe. Where very many
captions would come, as for a lambda that lets lengths decide, or too few, as with a filter that little passes, the
exact search is used.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError
from reprise_core.motion import write_file

from . import equation4, ranking
from .index import Index, spans
from .ranking import Query, Ranking

CELLS = 2048
PROBED = 320  # cells a query
_FIRST, _FIRST_PROBED = 128, 32  # captions, and cells probed for them, that a first score is taken from
_MOST = 16384  # captions beyond which the exact search is as quick
_TRAINING, _ITERATIONS = 40, 6  # captions a cell that the cells are fitted to, and how often
_BATCH = 65536
_ROUNDING = 1e-4  # of FAISS's own float32 sums


@dataclass(frozen=True)
class FaissSearch:
    """Ranks the clips of `index` through `captions`, a FAISS index of its captions.

    `error` is the largest distance of a caption from its quantised form.
    """

    index: Index
    captions: Any
    error: float

    def __call__(self, query: Query) -> Ranking:
        """What `ranking.exact` gives, up to captions in cells that FAISS did not probe."""
        if query.count < 1 or not len(self.index):
            return Ranking([], -np.inf)
        of_lengths, factors = equation4.length_factors(self.index, query.frames, query.decay)
        first = self._rank(query, *self._nearest(query), factors)
        factor = of_lengths.max() if first.worst > 0.0 else of_lengths.min()
        if np.isfinite(first.worst) and factor > 0.0:
            texts, cosines = self._above(query, first.worst / factor)
            if len(texts) <= _MOST:
                return self._rank(query, texts, cosines, factors)
        return ranking.exact(self.index, query, self.index.sketch.bounds(query.sentence[None])[0])

    def _nearest(self, query: Query) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Some captions near the query, and numbers that their cosines do not exceed."""
        parameters = self._parameters(query, _FIRST_PROBED)
        cosines, texts = self.captions.search(query.sentence[None].astype(np.float32), _FIRST, params=parameters)
        there = texts[0] >= 0
        return texts[0][there].astype(np.intp), cosines[0][there] + np.float64(self.error + _ROUNDING)

    def _above(self, query: Query, cosine: float) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """All captions in the probed cells whose cosine may be that much or more, and numbers not below theirs."""
        radius = float(cosine) - self.error - _ROUNDING
        sentence = query.sentence[None].astype(np.float32)
        _, cosines, texts = self.captions.range_search(sentence, radius, params=self._parameters(query, PROBED))
        return texts.astype(np.intp), cosines + np.float64(self.error + _ROUNDING)

    def _parameters(self, query: Query, probed: int) -> Any:
        faiss = _faiss()
        selector = None if query.allowed is None else _captions_of(faiss, self.index, query.allowed)
        return faiss.SearchParametersIVF(nprobe=probed, sel=selector)

    def _rank(
        self, query: Query, texts: NDArray[np.intp], cosines: NDArray[np.float64], factors: NDArray[np.float64]
    ) -> Ranking:
        clips, starts = self.index.clips_of_texts
        rows = clips[spans(starts[texts], starts[texts + 1])]
        bounds = np.repeat(cosines, starts[texts + 1] - starts[texts])
        order = np.lexsort((-bounds, rows))
        rows, first = np.unique(rows[order], return_index=True)  # by the nearest of a clip's captions
        bounds = bounds[order][first]
        if query.allowed is not None:
            kept = query.allowed[rows]
            rows, bounds = rows[kept], bounds[kept]
        return ranking.among(self.index, query, rows, bounds, factors[rows])


def make(index: Index) -> FaissSearch:
    """Makes the FAISS index: about a minute and 0.8 GB for a million captions. `RepriseError` without FAISS."""
    faiss, features = _faiss(), index.features
    count, dimension = features.shape
    cells = max(1, min(CELLS, count // 40))
    quantizer = faiss.IndexFlatIP(dimension)
    captions = faiss.IndexIVFScalarQuantizer(
        quantizer, dimension, cells, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    )
    captions.cp.niter, captions.cp.max_points_per_centroid = _ITERATIONS, _TRAINING
    captions.train(features[:: max(1, count // (cells * _TRAINING))])
    error = 0.0
    for start in range(0, count, _BATCH):
        batch = np.ascontiguousarray(features[start : start + _BATCH], dtype=np.float32)
        captions.add(batch)
        quantised = captions.sq.decode(captions.sq.compute_codes(batch))
        error = max(error, float(np.linalg.norm(quantised - batch, axis=1).max()))
    return FaissSearch(index, captions, error)


def beside(library: Path, index: Index) -> FaissSearch | None:
    """The search whose FAISS index lies beside the library, None unless it is of these very captions.

    None without FAISS too: the exact search finds the same. Raises `RepriseError` when the file is damaged.
    """
    path = _path(library)
    if not path.is_file() or find_spec("faiss") is None:
        return None
    faiss = _faiss()
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["captions"]) != _fingerprint(index):
                return None
            return FaissSearch(index, faiss.deserialize_index(file["faiss"]), float(file["error"]))
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, BadZipFile) as error:
        raise RepriseError(
            "bad_faiss", f"{path} is no readable FAISS index ({error}).", "Remove it; the library does without."
        ) from error


def make_beside(library: Path, index: Index) -> FaissSearch:
    """Makes the FAISS index of a library and writes it beside it, whole or not at all."""
    search = make(index)
    buffer = io.BytesIO()
    stored = _faiss().serialize_index(search.captions)
    np.savez(buffer, faiss=stored, error=np.float64(search.error), captions=np.array(_fingerprint(index)))
    write_file(_path(library), buffer.getvalue())
    return search


def _path(library: Path) -> Path:
    return library.with_name(f"{library.name}.faiss.npz")


def _fingerprint(index: Index) -> str:
    """Of the captions in their order, and of some of their features: enough to tell another text encoder."""
    digest = hashlib.blake2b("\n".join(index.texts).encode(), digest_size=16)
    digest.update(str(index.features.shape).encode())
    digest.update(np.ascontiguousarray(index.features[:: max(1, len(index.texts) // 64)]).tobytes())
    return digest.hexdigest()


def _captions_of(faiss: ModuleType, index: Index, allowed: NDArray[np.bool_]) -> Any:
    """FAISS's filter to the captions that an allowed clip has."""
    captions = np.zeros(len(index.texts), dtype=np.bool_)
    captions[index.caption_texts[np.repeat(allowed, np.diff(index.starts))]] = True
    return faiss.IDSelectorBitmap(np.packbits(captions, bitorder="little"))


def _faiss() -> ModuleType:
    try:
        import faiss
    except ImportError as error:
        raise RepriseError(
            "no_faiss", "FAISS is not installed.", "Run: pip install 'reprise[faiss]', or search without it."
        ) from error
    return faiss
