"""Colours around the figurine, taken from its own."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

from core.generation.sculpt.imaging import cluster_centres
from core.generation.sculpt.shapes import Image, Plane

RGB = tuple[float, float, float]
"""sRGB, 0 to 1."""
SEED = 3
CLUSTERS = 4
CALM_HUE = 0.58
"""The background's hue, a light blue, where the subject has no colour of its own."""


@dataclass(frozen=True, slots=True)
class Palette:
    """A background that lets the subject stand out, a dark tone of its own for the stand, and its liveliest colour."""

    background: RGB
    stand: RGB
    accent: RGB


def palette(texture: Image, alpha: Plane) -> Palette:
    """The palette of a painted subject."""
    accent = _liveliest(texture, alpha)
    hue, saturation, _ = colorsys.rgb_to_hsv(*accent)
    opposite = (hue + 0.5) % 1 if saturation > 0.3 else CALM_HUE
    return Palette(
        background=colorsys.hsv_to_rgb(opposite, 0.16, 0.80),
        stand=colorsys.hsv_to_rgb(hue, min(saturation, 0.5) * 0.5, 0.13),
        accent=accent,
    )


def _liveliest(texture: Image, alpha: Plane) -> RGB:
    """The colour with the most saturation and area."""
    pixels = texture[alpha > 0.9][::97].astype(np.float32)
    centres = cluster_centres(pixels, CLUSTERS, SEED)
    if not len(centres):
        return (0.5, 0.5, 0.5)
    nearest = np.argmin(((pixels[:, None] - centres[None]) ** 2).sum(-1), axis=1)
    areas = np.bincount(nearest, minlength=len(centres))
    colours: list[RGB] = [(float(r) / 255, float(g) / 255, float(b) / 255) for b, g, r in centres]
    weighed = zip(areas, colours, strict=True)
    return max(weighed, key=lambda found: colorsys.rgb_to_hsv(*found[1])[1] * float(found[0]) ** 0.5)[1]
