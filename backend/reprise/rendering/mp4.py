"""Pictures to an MP4 that plays everywhere: H.264, 4:2:0, the index in front."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reprise_core.errors import RepriseError

_CODEC = "libx264"
_BT_709 = 1  # the colour space that players assume of films of this size
_QUALITY = {"crf": "20", "preset": "veryfast", "tune": "animation"}


def encode(pictures: Iterable[NDArray[np.uint8]], fps: float, width: int, height: int) -> bytes:
    """The film of pictures (height, width, 3), sRGB, even sides, at `fps`.

    Raises `RepriseError` when this machine's FFmpeg cannot write H.264.
    """
    import av
    from av.error import FFmpegError

    with tempfile.TemporaryDirectory() as folder:  # FFmpeg reads the file again to put the index in front
        path = Path(folder) / "film.mp4"
        with av.open(path, "w", options={"movflags": "+faststart"}) as container:
            try:
                stream = container.add_stream(_CODEC, rate=Fraction(fps).limit_denominator(1001), options=_QUALITY)
            except (FFmpegError, ValueError) as error:
                sentence = f"This PyAV ({av.__version__}) cannot write H.264 films: it has no {_CODEC}."
                raise RepriseError("no_codec", sentence, "Install PyAV from PyPI, or write a .png.") from error
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            context = stream.codec_context
            context.color_primaries = context.color_trc = context.colorspace = _BT_709
            for picture in pictures:
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                container.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709")))
            container.mux(stream.encode(None))
        return path.read_bytes()
