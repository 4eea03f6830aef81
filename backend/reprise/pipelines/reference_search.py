"""How every engine finds the references of a request, by whichever method it asks for."""

from __future__ import annotations

from pathlib import Path

from reprise.library.current import CurrentLibrary, Searchable
from reprise.library.index import Index
from reprise.library.motion_index import motion_index, retrieve_by_motion
from reprise.library.retrieval import retrieve
from reprise.library.store import Library
from reprise.text import TextEncoder
from reprise_core.contract import Reference, References

from .momentum_embedding import MomentumEmbedder, library_embeddings


class ReferenceSearch:
    """A library that others may change, a text encoder and, from the first request that asks for it, the retriever."""

    def __init__(self, library: Path, encoder: TextEncoder, retriever: Path, device: str = "cpu") -> None:
        self._library, self._encoder = CurrentLibrary(library, encoder.name), encoder
        self.retriever, self._device = retriever, device
        self._embedder: MomentumEmbedder | None = None
        self._motions: tuple[Index, Index] | None = None  # a state of the library, and its motions

    @property
    def path(self) -> Path:
        """The library's file."""
        return self._library.path

    def searchable(self) -> Searchable:
        """The library as it is now; see `CurrentLibrary.searchable`."""
        return self._library.searchable()

    def find(self, prompt: str, frames: int, wanted: References) -> list[Reference]:
        """The references of a prompt for so many frames, best first; see `retrieve` and `retrieve_by_motion`.

        Raises `RepriseError('no_retriever')` when the method is "momentum" and its weights are not there.
        """
        known = self._library.searchable()
        encoded = self._encoder.encode([prompt])
        sentence = encoded.sentence[0]
        if wanted.method == "hybrid":
            return retrieve(known.index, sentence, frames, wanted, known.search)
        if self._embedder is None:
            self._embedder = MomentumEmbedder.load(self.retriever, self._device, self._encoder)
        motions = self._motions_of(known.index, self._embedder)
        shared = self._embedder.encoder is self._encoder  # then the prompt is encoded once
        embedding = (self._embedder.encoded(encoded) if shared else self._embedder.texts([prompt]))[0]
        return retrieve_by_motion(motions, embedding, known.index, sentence, frames, wanted)

    def _motions_of(self, index: Index, embedder: MomentumEmbedder) -> Index:
        if self._motions is None or self._motions[0] is not index:
            if len(index):
                with Library.open(self._library.path) as library:
                    self._motions = index, motion_index(index, library_embeddings(embedder, library, index.ids))
            else:
                self._motions = index, index
        return self._motions[1]
