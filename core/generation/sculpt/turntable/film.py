"""What people get of the turntable: a video of one turn, stills, and sheets of views."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from core.generation.sculpt.colour.palette import palette
from core.generation.sculpt.metadata import DESCRIPTION
from core.generation.sculpt.scene.statue import statue_items
from core.generation.sculpt.shapes import Image, Plane, Statue
from core.generation.sculpt.turntable.frames import turn, views
from core.generation.sculpt.turntable.sheets import sheet
from core.generation.sculpt.turntable.stage import Turntable
from core.generation.sculpt.turntable.video import encode
from core.generation.styles import Sculpt

WIDTH, HEIGHT = 400, 500
FRAMES, FRAMES_PER_SECOND = 48, 16
STILLS = 6


@dataclass(frozen=True, slots=True)
class Film:
    """An MP4 file of one turn that can be looped, and a sheet (BGR bytes) of some of its frames."""

    video: bytes = field(repr=False)
    stills: Image = field(repr=False)


def turntable_of(statue: Statue, texture: Image, alpha: Plane, sculpt: Sculpt) -> Turntable:
    """The statue in the studio, ready to be turned. `texture` and `alpha` are the painted cut-out."""
    colours = palette(texture, alpha)
    items = statue_items(statue, texture, sculpt, colours)
    return Turntable(items, sculpt.scene.background or colours.background, WIDTH, HEIGHT)


def film(turntable: Turntable, report: Callable[[float], None]) -> Film:
    """One turn; `report` gets the fraction that is done after every frame."""
    stills: list[Image] = []

    def frames() -> Iterator[Image]:
        for number, image in enumerate(turn(turntable, FRAMES)):
            if number % (FRAMES // STILLS) == 0:
                stills.append(image)
            yield image
            report((number + 1) / FRAMES)

    video = encode(frames(), FRAMES_PER_SECOND, DESCRIPTION)
    return Film(video, sheet(stills))


def all_round(turntable: Turntable, count: int) -> Image:
    """A sheet of `count` views at equal steps, the front first.

    Raises:
        ValueError: `count` is less than 1.
    """
    return sheet(list(views(turntable, [360 * step / count for step in range(count)])))
