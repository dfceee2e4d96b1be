"""The sculpt engine with small pictures, which take most of its time and on which its meshes do not depend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.generation.sculpt import pictures
from core.generation.sculpt.engine import SculptMaker
from core.generation.sculpt.render.picture import photograph
from core.generation.sculpt.scene.description import Scene
from core.generation.sculpt.shapes import Image

SMALLER = 5
"""How many times the pictures' sides are shorter."""


class SmallPicturesMaker(SculptMaker):
    """core.ports.Maker. To be built in a worker process only, since it changes what holds in its whole process."""

    def __init__(self, networks: str) -> None:
        super().__init__(networks)
        pictures.photograph = _small
        pictures.FRAMES = pictures.STILLS
        pictures.FRAME_WIDTH, pictures.FRAME_HEIGHT = 96, 120


def _small(scene: Scene, report: Callable[[float], None]) -> Image:
    camera = replace(scene.camera, width=scene.camera.width // SMALLER, height=scene.camera.height // SMALLER)
    return photograph(replace(scene, camera=camera), report, samples=1)
