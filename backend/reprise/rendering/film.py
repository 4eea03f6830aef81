"""Films: takes side by side, each with a camera that follows it, under the sentence that they were made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError
from reprise_core.looping import repeat
from reprise_core.motion import Motion
from reprise_core.resample import resample
from reprise_core.root_motion import to_world

from .body import check_drawable
from .mp4 import encode
from .scene import Scene
from .writing import Tile, Writing

FPS, WIDTH, HEIGHT = 30.0, 1280, 720
_SMALLEST, _LARGEST = 64, 4096  # pixels
_FASTEST = 120.0  # frames a second
_CYCLE_SECONDS = 4.0  # a cycle goes round for at least that long
_LAST_POSE = 0.4  # seconds that it is shown on
_IN_A_ROW = 4


def film(
    takes: Sequence[Motion],
    fps: float = FPS,
    width: int = WIDTH,
    height: int = HEIGHT,
    on_frame: Callable[[int, int], None] = lambda frame, frames: None,
) -> bytes:
    """An MP4 of one motion, or of several side by side, at `fps` under the first one's prompt.

    A foot in contact has its print below it in its side's colour, which fades where the foot has left. A cycle goes
    round for four seconds or more. Shorter takes wait in their last pose. `on_frame` is told how many of how many
    frames are done. Raises `RepriseError` for motions that cannot be drawn, for a size or rate that players do not
    take, and without a codec.
    """
    check_format(fps, width, height)
    if not takes:
        raise RepriseError("no_motion", "There is no motion to film.")
    for take in takes:
        check_drawable(take)
    shown = [resample(_as_shown(take), fps) for take in takes]
    last = max(take.frames for take in shown) - 1
    waits = 0 if all(take.cycle is not None for take in shown) else round(_LAST_POSE * shown[0].fps)

    def pictures() -> Iterator[NDArray[np.uint8]]:
        tiles = _tiles(len(shown), width, height)
        scenes = [
            Scene(take, right - left, bottom - top)
            for take, (left, top, right, bottom) in zip(shown, tiles, strict=True)
        ]
        writing = Writing(str(takes[0].meta.get("prompt", "")), tiles, width, height)
        for frame in range(last + 1 + waits):
            image = np.empty((height, width, 3), dtype=np.uint8)
            for scene, take, (left, top, right, bottom) in zip(scenes, shown, tiles, strict=True):
                image[top:bottom, left:right] = scene.draw(min(frame, take.frames - 1))
            writing.lay_over(image, min(frame, last), last)
            yield image
            on_frame(frame + 1, last + 1 + waits)

    return encode(pictures(), shown[0].fps, width, height)


def check_format(fps: float, width: int, height: int) -> None:
    """Raises `RepriseError` for a rate or a size in pixels that a film cannot have."""
    if not 0.0 < fps <= _FASTEST:
        sentence = f"A film cannot have {fps:g} frames a second."
        raise RepriseError("bad_fps", sentence, f"Give more than 0 and at most {_FASTEST:g}.")
    if not (_SMALLEST <= width <= _LARGEST and _SMALLEST <= height <= _LARGEST) or width % 2 or height % 2:
        sentence = f"A film cannot be {width}x{height} pixels."
        raise RepriseError("bad_size", sentence, f"Give even sides from {_SMALLEST} to {_LARGEST}, such as 1280x720.")


def _tiles(count: int, width: int, height: int) -> list[Tile]:
    """Left, top, right and bottom of each take's place: up to four in a row."""
    rows = -(-count // _IN_A_ROW)
    columns = -(-count // rows)
    x, y = (np.round(np.linspace(0, size, parts + 1)).astype(int) for size, parts in ((width, columns), (height, rows)))
    tiles = [(int(x[c]), int(y[r]), int(x[c + 1]), int(y[r + 1])) for r in range(rows) for c in range(columns)]
    return tiles[:count]


def _as_shown(take: Motion) -> Motion:
    world = to_world(take)
    return world if world.cycle is None else repeat(world, int(np.ceil(_CYCLE_SECONDS / world.seconds)))
