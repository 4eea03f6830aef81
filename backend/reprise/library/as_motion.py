"""A clip of a library as a Motion: what can be keyed and drawn."""

from __future__ import annotations

from reprise_core.cleanup import to_motion
from reprise_core.contract import MODEL_FPS
from reprise_core.motion import Motion

from . import own
from .store import Library, no_clip


def clip_as_motion(library: Library, clip: str) -> Motion:
    """The clip at 20 fps with its rotations solved, starting over the origin, facing +Z, the floor at y = 0.

    `meta` has `clip`, `prompt` (its first caption), `captions`, `tags`, `source`, `licence`, `seconds` and whether it
    is the user's `own`. Raises `RepriseError('no_clip')` when there is no such clip.
    """
    with library.snapshot():
        found = library.rows("SELECT source, licence, frames FROM clips WHERE id = ?", clip)
        if not found:
            raise no_clip([clip], library.path)
        source, licence, frames = found[0]
        captions, joints = library.captions(clip), library.motion(clip)
        tags = library.rows("SELECT tag FROM tags JOIN clips ON key = clip WHERE id = ? ORDER BY tag", clip)
    meta = {
        "clip": clip,
        "prompt": captions[0] if captions else clip,
        "captions": list(captions),
        "tags": [tag for (tag,) in tags],
        "source": source,
        "licence": licence,
        "seconds": frames / MODEL_FPS,
        "own": source == own.SOURCE,
    }
    return to_motion(joints, MODEL_FPS, meta)
