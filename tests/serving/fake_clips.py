"""A scripted library for tests of whatever stands on one: `clip0`, `clip1`, ... of the scripted engine, in memory.

A file that begins with `[bad]` holds no motion, one with `[busy]` finds the library locked.
"""

from __future__ import annotations

from dataclasses import replace

from fake_engine import waving

from reprise.library.contributing import Contribution
from reprise.serving.clips import Upload
from reprise_core.contract import Request
from reprise_core.errors import RepriseError
from reprise_core.motion import to_npz


class FakeClips:
    """Clip i waves with the swing of seed i and is `own` if it was added."""

    def __init__(self) -> None:
        self.captions = {f"clip{i}": f"a person walks ({i})" for i in range(8)}
        self.added: dict[str, Upload] = {}

    def motion(self, clip: str) -> bytes:
        self._check(clip)
        seed = list(self.captions).index(clip)
        motion = waving(Request(self.captions[clip], seconds=4.0, seed=seed))
        meta = {"clip": clip, "prompt": self.captions[clip], "source": "fake", "licence": "CC0-1.0"}
        return to_npz([replace(motion, meta=meta | {"own": clip in self.added})])

    def add(self, upload: Upload) -> Contribution:
        if upload.data.startswith(b"[bad]"):
            raise RepriseError("no_motion", f"'{upload.name}' was not added: it holds no motion.")
        if upload.data.startswith(b"[busy]"):
            raise RepriseError("library_busy", "The library is being changed by another program.", "Try again.")
        clip = f"own{len(self.added)}"
        self.captions[clip] = upload.captions[0] if upload.captions else upload.name
        self.added[clip] = upload
        return Contribution(added=(clip,))

    def remove(self, clip: str) -> None:
        self._check(clip)
        if clip not in self.added:
            raise RepriseError("not_own", f"The clip '{clip}' was not added by you.", "Exclude it instead.")
        del self.captions[clip], self.added[clip]

    def _check(self, clip: str) -> None:
        if clip not in self.captions:
            raise RepriseError("unknown_clip", f"The library has no clip '{clip}'.")
