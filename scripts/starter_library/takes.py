"""The takes of every prompt, kept in a folder so that a run that broke off goes on."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path

from reprise.pipelines.base import Engine
from reprise_core.contract import MAX_SEED, Request
from reprise_core.motion import Motion, from_npz, to_npz, write_file


@dataclass(frozen=True)
class Prompt:
    """A prompt with its name as a file; its seeds follow from its words."""

    name: str
    request: Request

    def take(self, number: int) -> Request:
        """The request of one of its takes."""
        first = zlib.crc32(self.request.prompt.encode()) % (MAX_SEED - 100)
        return replace(self.request, seed=first + number)


def made(engine: Engine, prompt: Prompt, take: int, folder: Path) -> Motion:
    """A take, read from the folder, or generated and put there."""
    path = folder / f"{prompt.name}.{take}.npz"
    if not path.is_file():
        motions = engine.generate(prompt.take(take), lambda progress: None, lambda: False)
        write_file(path, to_npz(motions))
    return from_npz(path.read_bytes())[0]
