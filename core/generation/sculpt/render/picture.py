"""A scene's finished picture."""

from __future__ import annotations

from collections.abc import Callable

from core.generation.sculpt.render.denoise import denoise
from core.generation.sculpt.render.focus import soften
from core.generation.sculpt.render.guides import guides
from core.generation.sculpt.render.path_trace import path_trace
from core.generation.sculpt.render.tonemap import tone_map
from core.generation.sculpt.scene.description import Scene
from core.generation.sculpt.shapes import Image

SAMPLES = 4
TRACING = 0.80
"""The share of the time that goes into tracing."""


def photograph(scene: Scene, report: Callable[[float], None], samples: int = SAMPLES) -> Image:
    """The picture, BGR bytes; `report` gets the fraction that is done several times on the way."""
    radiance = path_trace(scene, samples, lambda fraction: report(TRACING * fraction))
    seen = guides(scene)
    report(0.9)
    clean = denoise(radiance, seen.albedo, seen.normals)
    picture = tone_map(soften(clean, seen.depth, scene.camera))
    report(1.0)
    return picture
