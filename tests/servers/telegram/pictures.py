"""What Telegram does with photos: it turns them upright, makes them smaller, and makes them JPEG."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Final

from PIL import Image, ImageOps

LONGEST: Final = 1280
SIDES: Final = (90, 320, 800, 1280)
UNREADABLE: Final = (800, 600)


def dimensions(data: bytes) -> tuple[int, int] | None:
    """Width and height; none if this is no picture."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


@lru_cache(maxsize=64)
def as_sent(data: bytes) -> tuple[bytes, int, int]:
    """A photo as it arrives when a person sends it "as a photo", with width and height; what is no picture stays."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return data, *UNREADABLE
    upright.thumbnail((LONGEST, LONGEST))
    return _jpeg(upright), *upright.size


def sizes(width: int, height: int) -> list[tuple[int, int]]:
    """The sizes that a photo is kept in, the smallest first."""
    longest = max(width, height)
    fitting = [side for side in SIDES if side < longest] + [min(longest, LONGEST)]
    return [(max(1, round(width * side / longest)), max(1, round(height * side / longest))) for side in fitting]


def scaled(data: bytes, width: int, height: int) -> bytes:
    """A photo in one of its smaller sizes."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return _jpeg(picture.convert("RGB").resize((width, height)))
    except (OSError, ValueError):
        return data


def _jpeg(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=87)
    return target.getvalue()
