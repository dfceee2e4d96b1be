"""What brightness tells of the surface: creases along strong edges, and fine detail."""

from __future__ import annotations

import cv2
import numpy as np

from core.generation.sculpt.imaging import smoothstep
from core.generation.sculpt.landmarks import OVAL
from core.generation.sculpt.shapes import Face, Image, Plane
from core.generation.sculpt.solid.grid import Grid
from core.generation.sculpt.solid.plane import blur, disc, polygon

FINE_MM = 0.45
"""The cell for which the filters' widths were chosen."""
HIGHLIGHT_MM = 2.2
"""Highlights are bright spots narrower than twice this."""


def relief(texture: Image, grid: Grid, faces: tuple[Face, ...], strength: float) -> tuple[Plane, Plane]:
    """Strength of creases (0 to 1.2) and height of detail (about -1 to 1), both on the grid; faces are in cells."""
    lab = _without_highlights(grid.sample(texture), grid)
    finer = FINE_MM / grid.style_mm
    face = _face_mask(grid, faces)
    creases = np.clip(_gradient(lab, finer) - 0.55, 0, 1.2) * (1 - np.clip(face * 1.3, 0, 1))
    brightness = lab[..., 0] / 255
    cloth = np.clip(blur(brightness, 0.6) - blur(brightness, 3.2 * finer), -0.12, 0.12) * 5.5
    skin = np.clip(blur(brightness, 0.4) - blur(brightness, 2.6 * finer), -0.1, 0.1) * 4.5
    return np.asarray(creases, np.float32), np.asarray((cloth * (1 - face) + skin * face) * strength, np.float32)


def _without_highlights(image: Image, grid: Grid) -> Plane:
    """Lab, 0 to 255, with the highlights of dark, shiny things removed: they would become dents."""
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB).astype(np.float32)
    brightness = lab[..., 0]
    opened = cv2.morphologyEx(brightness, cv2.MORPH_OPEN, disc(max(2, int(grid.cells(HIGHLIGHT_MM)))))
    highlight = smoothstep(brightness - opened, 45, 80) * (opened < 120)
    highlight = blur(cv2.dilate(highlight, np.ones((5, 5))), 1)
    lab[..., 0] = brightness * (1 - highlight) + opened * highlight
    return np.asarray(lab, np.float32)


def _gradient(lab: Plane, finer: float) -> Plane:
    total = np.zeros(lab.shape[:2], np.float32)
    for channel in cv2.split(lab):
        smooth = blur(channel, 1.3 * finer)
        total += cv2.magnitude(cv2.Sobel(smooth, -1, 1, 0), cv2.Sobel(smooth, -1, 0, 1))
    return total / np.float32(60 * finer)


def _face_mask(grid: Grid, faces: tuple[Face, ...]) -> Plane:
    mask = np.zeros(grid.shape, np.float32)
    for face in faces:
        mask[polygon(face.landmarks[OVAL], grid.shape)] = 1
        mask = blur(mask, max(1.0, face.radius * 0.08))
    return mask
