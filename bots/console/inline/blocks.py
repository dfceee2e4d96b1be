"""A preview of coloured half blocks, or of shades where there is no colour."""

from __future__ import annotations

from PIL import Image, ImageOps
from rich.color import Color
from rich.style import Style
from rich.text import Text

HALF = "▀"
SHADES = " .:-=+*#%@"


def half_blocks(image: Image.Image, columns: int) -> Text:
    """Two pixels a character, one above the other. Rich takes colours down to what the terminal has."""
    image = _fitted(image, columns, pixels_per_row=2).convert("RGB")
    text = Text(no_wrap=True)
    for top in range(0, image.height - 1, 2):
        for left in range(image.width):
            upper, lower = (Color.from_rgb(*_pixel(image, left, top + row)) for row in (0, 1))
            text.append(HALF, Style(color=upper, bgcolor=lower))
        text.append("\n")
    return text


def shades(image: Image.Image, columns: int) -> Text:
    """One character for each pixel, dark on light paper."""
    image = ImageOps.autocontrast(_fitted(image, columns, pixels_per_row=1).convert("L"))
    characters = [SHADES[-1 - value * len(SHADES) // 256] for value in image.tobytes()]
    rows = ["".join(characters[start : start + image.width]) for start in range(0, len(characters), image.width)]
    return Text("\n".join(row.rstrip() for row in rows) + "\n", no_wrap=True)


def _fitted(image: Image.Image, columns: int, pixels_per_row: int) -> Image.Image:
    """As wide as the columns, as high as keeps the proportions: a character is twice as high as it is wide."""
    rows = max(1, round(columns * image.height / image.width / 2))
    return image.resize((columns, rows * pixels_per_row), Image.Resampling.LANCZOS)


def _pixel(image: Image.Image, left: int, top: int) -> tuple[int, int, int]:
    red, green, blue = image.getpixel((left, top))  # type: ignore[misc]
    return int(red), int(green), int(blue)
