"""What is written on a film: the prompt, the takes' names, and a bar that shows how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .body import LEFT

Tile = tuple[int, int, int, int]  # left, top, right and bottom pixel of a take's place in the picture

_INK, _FAINT = "#2b323b", "#66707c"
_TITLE, _BAR = 1 / 30, 1 / 180  # heights of the title's letters and of the bar, of the picture's
_SMALLEST = 8  # pixels of letters


class Writing:
    """Drawn once, laid over every frame."""

    def __init__(self, title: str, tiles: Sequence[Tile], width: int, height: int) -> None:
        size = max(_SMALLEST, round(_TITLE * height))
        self._bar = max(2, round(_BAR * height))
        image = Image.new("RGBA", (width, height), (255, 255, 255, 0))
        canvas = ImageDraw.Draw(image)
        bold, plain = _font("DejaVuSans-Bold.ttf", size), _font("DejaVuSans.ttf", max(_SMALLEST, round(0.75 * size)))
        canvas.text((size, 0.75 * size), _fitted(title, bold, width - 2 * size), fill=_INK, font=bold)
        for take, (left, top, _, _) in enumerate(tiles if len(tiles) > 1 else ()):
            below = 2.3 * size if top == 0 else 0.75 * size
            canvas.text((left + size, top + below), f"take {take}", fill=_FAINT, font=plain)
        self._layers = [(top, *_layer(image, left, top, right, bottom)) for left, top, right, bottom in tiles]

    def lay_over(self, image: NDArray[np.uint8], frame: int, last: int) -> None:
        """Writes on a frame (height, width, 3) of a film whose last one is `last`."""
        for top, left, colour, opacity in self._layers:
            under = image[top : top + colour.shape[0], left : left + colour.shape[1]]
            under[:] = under * (1.0 - opacity) + colour
        done = round(image.shape[1] * (frame / last if last else 1.0))
        image[-self._bar :, :done] = np.round(255 * np.array(to_rgb(LEFT)))


def _layer(
    image: Image.Image, left: int, top: int, right: int, bottom: int
) -> tuple[int, NDArray[np.floating], NDArray[np.floating]]:
    """The left edge, the colours times opacity (H, W, 3) and the opacity (H, W, 1) of a tile's upper part."""
    box = image.crop((left, top, right, bottom)).getbbox() or (0, 0, 1, 1)
    pixels = np.asarray(image.crop((left, top, right, top + box[3])), dtype=np.float32)
    opacity = pixels[..., 3:] / np.float32(255.0)
    return left, pixels[..., :3] * opacity, opacity


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """One of the fonts that come with matplotlib: the same on every machine, and they know Greek and Cyrillic."""
    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / name), size)


def _fitted(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """The text in one line no wider than that, cut with an ellipsis if need be."""
    text = " ".join(text.split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1].rstrip()
    return text + "…"
