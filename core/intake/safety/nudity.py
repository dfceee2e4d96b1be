"""How likely a photo shows nudity, as a small network sees it. Runs in a process of its own.

The network is Yahoo's open_nsfw. A picture is prepared as its authors do (github.com/yahoo/open_nsfw, classify_nsfw):
squeezed to a square of 256 pixels by Pillow's bilinear filter, saved as a JPEG and read again, cut to the 224 pixels in
the middle, in BGR order, less the mean colour of ImageNet.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from PIL import Image

from core.errors import NetworksMissing
from core.model import Photo

SIDE: Final = 256  # pixels of the square that the authors trained with
EDGE: Final = 16  # pixels that they cut off on each side of it
MEAN_BGR: Final = (104, 117, 123)
NUDITY: Final = 1  # the place of that class among the network's two outputs
THREADS: Final = 2
ERRORS_ONLY: Final = 3  # ONNX Runtime's log level that keeps its notes on missing GPUs out of the log
HALF: Final = 0.5

Box = tuple[float, float, float, float]


class NudityJudge:
    """The network as a worker process holds it. Equal photos get equal scores."""

    def __init__(self, network: str, sha256: str) -> None:
        """`network` is the path of its file, whose bytes must have that SHA-256.

        Raises:
            NetworksMissing: the file is absent or is another one.
        """
        path = Path(network)
        body = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(body).hexdigest() != sha256:
            sentence = f"{path.parent} lacks {path.name}. Run: python -m bots networks"
            raise NetworksMissing(sentence, folder=str(path.parent), files=path.name)
        options = SessionOptions()
        options.intra_op_num_threads = THREADS
        options.log_severity_level = ERRORS_ONLY
        self._session = InferenceSession(body, options, providers=["CPUExecutionProvider"])
        self._entry = self._session.get_inputs()[0].name

    def warm_up(self) -> None:
        """Run the network's first, slower pass."""
        self.score(Photo(SIDE, SIDE, bytes(SIDE * SIDE * 3)))

    def score(self, photo: Photo) -> float:
        """The highest score of the photo's three looks: 0 is harmless, 1 is nudity."""
        return float(self.scores(photo).max())

    def scores(self, photo: Photo) -> NDArray[np.float32]:
        """The score of each look, (3,), in their order."""
        image = Image.frombytes("RGB", (photo.width, photo.height), photo.pixels)
        batch = np.stack([_prepared(image, box) for box in looks(photo.width, photo.height)])
        return np.asarray(self._session.run(None, {self._entry: batch})[0], np.float32)[:, NUDITY]


def looks(width: int, height: int) -> tuple[Box, Box, Box]:
    """What is looked at of a photo of that size, as left, top, right, bottom in pixels.

    The whole is what the authors look at; it squeezes what is tall or wide. The square in the middle keeps its shape,
    and the middle half, at twice the size, finds what is small in the frame.
    """
    side = min(width, height)
    sizes = (width, height), (side, side), (width * HALF, height * HALF)
    whole, square, half = (_middle(width, height, *size) for size in sizes)
    return whole, square, half


def _middle(width: int, height: int, across: float, down: float) -> Box:
    left, top = (width - across) / 2, (height - down) / 2
    return left, top, left + across, top + down


def _prepared(image: Image.Image, box: Box) -> NDArray[np.float32]:
    """A part of an RGB picture as the network's input: (224, 224, 3), BGR, float32."""
    small = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box)
    with io.BytesIO() as stream:
        small.save(stream, "JPEG")
        pixels = np.asarray(Image.open(stream), np.float32)
    kept = pixels[EDGE:-EDGE, EDGE:-EDGE, ::-1]
    return np.asarray(kept - np.asarray(MEAN_BGR, np.float32), np.float32)
