"""The print on the collector's box: the painted subject before rays of its own colour, its name and its height."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.colour.palette import Palette
from core.generation.sculpt.scene.description import RGB
from core.generation.sculpt.shapes import Image, Plane
from core.generation.sculpt.stand.lettering import draw_text

Canvas = NDArray[np.float32]
"""(h, w, 3) float32 BGR, 0 to 255."""

WIDTH, HEIGHT, DEPTH = 760, 1056, 360
"""The box's sides in pixels of the print."""
BAND = 0.765
"""Where the dark band with the name begins, as a share of the height."""
EDGE = 0.065
"""Margin of all text, as a share of the width."""
INK = np.array([30, 24, 24], np.float32)
IVORY = np.array([236, 246, 250], np.float32)
GOLD = np.array([110, 200, 240], np.float32)
WHITE = np.array([255, 255, 255], np.float32)
RAYS = 14


@dataclass(frozen=True, slots=True)
class BoxText:
    """What is written on the box; `name` may be empty. The words come from the catalogue of messages."""

    name: str
    title: str
    size: str


@dataclass(frozen=True, slots=True)
class BoxArt:
    """The prints of the box, BGR bytes: the front, a side, and the plain colour of the lid."""

    front: Image
    side: Image
    lid: RGB


def box_art(texture: Image, alpha: Plane, palette: Palette, text: BoxText) -> BoxArt:
    """Print a box for a painted cut-out.

    Raises:
        InvalidEngraving: the text has a character that no bundled font has.
    """
    hue, saturation, _ = colorsys.rgb_to_hsv(*palette.background)
    light = _bgr(colorsys.hsv_to_rgb(hue, min(1.0, 2.6 * saturation), 0.88))
    dark = _bgr(colorsys.hsv_to_rgb((hue + 0.03) % 1, min(1.0, 4.2 * saturation), 0.30))
    front = _stick_subject(_rays(light, dark), texture, alpha)
    _write_band(front, text)
    _frame(front)
    side = 0.92 * dark
    blue, green, red = (float(value) / 255 for value in side)
    return BoxArt(_bytes(front), _bytes(_side(side, text)), (red, green, blue))


def _rays(light: NDArray[np.float32], dark: NDArray[np.float32]) -> Canvas:
    """A glow behind the subject's head with faint rays around it."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    x, y = x / WIDTH - 0.5, (y / HEIGHT - 0.40) * HEIGHT / WIDTH
    distance = np.hypot(x, y)
    ray = np.clip(np.sin(np.arctan2(y, x) * RAYS) * distance * 40, -1, 1) * np.clip(distance * 3, 0, 1)
    share = np.clip(distance * 1.35, 0, 1)[..., None]
    return np.asarray(light * (1 - share) + dark * share + 6 * ray[..., None], np.float32)


def _stick_subject(front: Canvas, texture: Image, alpha: Plane) -> Canvas:
    """The subject as a sticker with a white border and a soft shadow, standing on the band."""
    rows, columns = np.where(alpha > 0.5)
    crop = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    high, wide = alpha[crop].shape
    scale = min(WIDTH * 0.84 / wide, HEIGHT * (BAND - 0.12) / high)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    mask, art = np.zeros((HEIGHT, WIDTH), np.float32), np.zeros_like(front)
    left, bottom = (WIDTH - size[0]) // 2, int(HEIGHT * BAND) + 4
    place = np.s_[bottom - size[1] : bottom, left : left + size[0]]
    mask[place] = cv2.resize(alpha[crop], size, interpolation=cv2.INTER_AREA)
    art[place] = cv2.resize(texture[crop], size, interpolation=cv2.INTER_AREA)
    shadow = np.float32(0.55) * cv2.GaussianBlur(np.roll(mask, (10, 6), (0, 1)), (0, 0), 16)
    border = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15)))
    front = _over(front, INK, shadow)
    front = _over(front, WHITE, cv2.GaussianBlur(border, (0, 0), 1.2))
    return _over(front, art, mask)


def _write_band(front: Canvas, text: BoxText) -> None:
    """The dark band with the name, or with the title where there is no name, and the small print."""
    top, margin = int(HEIGHT * BAND), int(WIDTH * EDGE)
    front[top:] = INK
    front[top : top + 6] = GOLD
    usable, small = WIDTH - 2 * margin, HEIGHT - 46
    _write(front, text.name or text.title, (margin, top + 96), 88, usable, IVORY)
    size = _write(front, text.size, (WIDTH - margin, small), 24, usable // 3, GOLD, right=True)
    if text.name:
        _write(front, text.title, (margin, small), 24, usable - size - margin, GOLD)


def _frame(front: Canvas) -> None:
    cv2.rectangle(front, (12, 12), (WIDTH - 13, HEIGHT - 13), (235, 240, 242), 2, cv2.LINE_AA)


def _side(colour: NDArray[np.float32], text: BoxText) -> Canvas:
    """A plain side with the name that runs upwards."""
    side = np.tile(colour, (DEPTH, HEIGHT, 1)).astype(np.float32)
    _write(side, text.name or text.title, (90, DEPTH // 2), 110, int(HEIGHT * 0.72), IVORY)
    side[:, 52:58] = GOLD
    return np.ascontiguousarray(np.rot90(side))


def _write(
    canvas: Canvas,
    line: str,
    place: tuple[int, int],
    capitals: int,
    widest: int,
    colour: NDArray[np.float32],
    right: bool = False,
) -> int:
    """Write a line that starts (or ends, at the right) at a place (x, y), y being its middle; its width in pixels."""
    mask = np.zeros((4 * capitals, widest, 3), np.uint8)
    draw_text(mask, line, (widest / 2, 2.0 * capitals), capitals, widest - 2, (255, 255, 255))
    columns = np.flatnonzero(mask.any((0, 2)))
    if not len(columns):
        return 0
    letters = mask[:, columns[0] : columns[-1] + 1, 0].astype(np.float32) / np.float32(255)
    high, wide = int(letters.shape[0]), int(letters.shape[1])
    x, y = place[0] - wide if right else place[0], place[1] - high // 2
    rows = slice(max(-y, 0), min(high, len(canvas) - y))
    where = np.s_[y + rows.start : y + rows.stop, x : x + wide]
    canvas[where] = _over(canvas[where], colour, letters[rows])
    return wide


def _over(below: Canvas, above: NDArray[np.float32], share: NDArray[np.float32]) -> Canvas:
    return np.asarray(below * (1 - share[..., None]) + above * share[..., None], np.float32)


def _bgr(colour: RGB) -> NDArray[np.float32]:
    return np.array(colour[::-1], np.float32) * np.float32(255)


def _bytes(canvas: Canvas) -> Image:
    return np.asarray(np.clip(canvas + 0.5, 0, 255), np.uint8)
