"""Encoders for the terminals that show pictures as they are."""

from __future__ import annotations

import base64
import io
import itertools

import numpy as np
from PIL import Image

CHUNK = 4096  # the most that kitty takes at once, in base64's characters
SIXEL_SIDE = 420  # pixels
SIXEL_COLOURS = 128
SIXEL_ROWS = 6  # of pixels in one band


def kitty(image: Image.Image, columns: int) -> str:
    """The picture by kitty's graphics protocol, `columns` cells wide (sw.kovidgoyal.net/kitty/graphics-protocol)."""
    stream = io.BytesIO()
    image.save(stream, "PNG")
    data = base64.b64encode(stream.getvalue()).decode()
    chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
    parts = []
    for number, chunk in enumerate(chunks):
        head = f"a=T,f=100,q=2,c={columns}," if number == 0 else ""
        parts.append(f"\x1b_G{head}m={int(number < len(chunks) - 1)};{chunk}\x1b\\")
    return "".join(parts)


def iterm2(data: bytes, columns: int) -> str:
    """A picture's file by iTerm2's protocol, `columns` cells wide (iterm2.com/documentation-images.html)."""
    body = base64.b64encode(data).decode()
    return f"\x1b]1337;File=inline=1;size={len(data)};width={columns};preserveAspectRatio=1:{body}\x07"


def sixel(image: Image.Image) -> str:
    """The picture in DEC's sixel graphics: bands of six rows, one pass for each colour in a band (VT330/340 manual)."""
    image = image.copy()
    image.thumbnail((SIXEL_SIDE, SIXEL_SIDE))
    indexed = image.convert("RGB").quantize(SIXEL_COLOURS)
    palette = np.asarray(indexed.getpalette() or [], np.uint8).reshape(-1, 3)
    cells = np.asarray(indexed)
    colours = "".join(
        f"#{number};2;{red * 100 // 255};{green * 100 // 255};{blue * 100 // 255}"
        for number, (red, green, blue) in enumerate(palette.tolist())
    )
    bands = (_band(cells[top : top + SIXEL_ROWS]) for top in range(0, len(cells), SIXEL_ROWS))
    return f'\x1bPq"1;1;{indexed.width};{indexed.height}{colours}{"-".join(bands)}\x1b\\'


def _band(rows: np.ndarray) -> str:
    weights = (1 << np.arange(len(rows)))[:, None]
    passes = []
    for colour in np.unique(rows).tolist():
        bits = ((rows == colour) * weights).sum(axis=0)
        passes.append(f"#{colour}{_packed(bits.tolist())}")
    return "$".join(passes)


def _packed(bits: list[int]) -> str:
    """Six pixels a character, repeats written as a count."""
    written = []
    for value, run in itertools.groupby(bits):
        count, character = len(list(run)), chr(63 + value)
        written.append(f"!{count}{character}" if count > 3 else character * count)
    return "".join(written)
