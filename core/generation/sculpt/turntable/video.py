"""H.264 in MP4, in memory, as chat clients play it inline."""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction

import av

from core.generation.sculpt.shapes import Image

QUALITY = {"crf": "19", "preset": "veryfast", "tune": "animation"}
CONTAINER = {"moov_size": "32768"}
"""Room for the index at the start, so that playing begins before all has arrived. It is enough for a thousand frames;
the usual `faststart` would have to read the file back, which a buffer in memory can't offer."""
BT709 = 1


def encode(frames: Iterable[Image], frames_per_second: int, comment: str) -> bytes:
    """An MP4 file of BGR frames of one even size; `comment` becomes its comment tag.

    Raises:
        ValueError: there are no frames, or their sides are odd.
    """
    buffer = io.BytesIO()
    stream = None
    with av.open(buffer, "w", format="mp4", container_options=CONTAINER) as container:
        container.metadata["comment"] = comment
        for image in frames:
            if stream is None:
                stream = _stream(container, image, frames_per_second)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            converted = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
            container.mux(stream.encode(converted))
        if stream is None:
            raise ValueError("a video needs a frame")
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _stream(container: av.container.OutputContainer, image: Image, frames_per_second: int) -> av.VideoStream:
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        raise ValueError(f"{width} by {height} pixels can't be encoded, both must be even")
    stream = container.add_stream("libx264", rate=Fraction(frames_per_second), options=dict(QUALITY))
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.thread_count = 2
    return stream
