"""Reading a file of motion that a client sent."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from reprise.data.imported import Unreadable
from reprise.library import own
from reprise.library.rows import LibraryClip
from reprise.library.sources import Labels, clips_of

from .clips import Upload


def read_upload(upload: Upload) -> tuple[list[LibraryClip], list[Unreadable]]:
    """The clips in a file that was sent, and what could not be read of it. It is on disk only for as long as that.

    What is not a zip is put into one: the sender's name is then a member's, and no file is ever called so.
    """
    labels = Labels(tags=upload.tags, licence=upload.licence.strip())
    clips: list[LibraryClip] = []
    left_out: list[Unreadable] = []
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder:
        file = Path(folder) / "motion.zip"
        if upload.name.lower().endswith(".zip"):
            file.write_bytes(upload.data)
        else:
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(_plain(upload.name), upload.data)
        for clip in clips_of([file], labels):
            if isinstance(clip, Unreadable):
                named = (words.replace(str(file), upload.name) for words in (clip.name, clip.reason))
                left_out.append(Unreadable(*named))
            else:
                captions = upload.captions or clip.captions
                clips.append(replace(clip, captions=captions, source=own.SOURCE, split=""))
    return clips, left_out


def _plain(name: str) -> str:
    """The last part of what may be a path, and no hidden one."""
    return name.replace("\\", "/").rpartition("/")[2].lstrip(".") or "motion"
