"""The pictures of a statue: the studio picture, the turntable with its stills, and the all-round sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from core.generation.sculpt import metadata
from core.generation.sculpt.colour.palette import Palette
from core.generation.sculpt.render.picture import photograph
from core.generation.sculpt.scene.box_art import BoxText, box_art
from core.generation.sculpt.scene.description import RGB, Item
from core.generation.sculpt.scene.desk import desk
from core.generation.sculpt.scene.statue import statue_items
from core.generation.sculpt.scene.studio import studio
from core.generation.sculpt.shapes import Image, Plane, Statue
from core.generation.sculpt.turntable.baking import Baked, bake
from core.generation.sculpt.turntable.frames import turn, views
from core.generation.sculpt.turntable.sheets import sheet
from core.generation.sculpt.turntable.stage import Turntable
from core.generation.sculpt.turntable.video import encode
from core.generation.styles import Sculpt
from core.model import FigurineFile, FileKind

WIDTH, HEIGHT = 819, 1024
FRAME_WIDTH, FRAME_HEIGHT = 432, 540
FRAMES, FRAMES_PER_SECOND = 36, 12
STILLS = 6
VIEW_WIDTH, VIEW_HEIGHT = 360, 450

Advance = Callable[[float], None]


@dataclass(frozen=True)
class Shown:
    """A statue with all that its pictures need: painted picture and alpha, style, palette, texts."""

    statue: Statue
    texture: Image
    alpha: Plane
    declared: Sculpt
    palette: Palette
    name: str
    box_title: str

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The statue's surfaces, made once for all pictures."""
        return statue_items(self.statue, self.texture, self.declared, self.palette)

    @property
    def background(self) -> RGB:
        """Of the turntable."""
        return self.declared.scene.background or self.palette.background


def picture(shown: Shown, advance: Advance) -> FigurineFile:
    """The studio picture, or the desk with the collector's box where the style says so."""
    if shown.declared.scene.set == "desk":
        text = BoxText(shown.name, shown.box_title, f"{shown.statue.height:.0f} mm")
        art = box_art(shown.texture, shown.alpha, shown.palette, text)
        scene = desk(shown.items, art, shown.palette, shown.declared.scene.background)
    else:
        scene = studio(shown.items, shown.declared, shown.palette, WIDTH, HEIGHT)
    return FigurineFile(FileKind.PICTURE, "figurine.png", metadata.png(photograph(scene, advance)))


def turntable(shown: Shown, count: int, advance: Advance) -> list[FigurineFile]:
    """One turn as a video, some of its frames on one sheet, and `count` (or no) views from all sides on another."""
    baked = bake(shown.items)
    stage = Turntable(baked, shown.background, FRAME_WIDTH, FRAME_HEIGHT)
    frames = list(_counted(turn(stage, FRAMES), advance))
    video = encode(frames, FRAMES_PER_SECOND, metadata.DESCRIPTION)
    stills = metadata.jpeg(sheet(frames[:: FRAMES // STILLS]))
    files = [
        FigurineFile(FileKind.TURNTABLE, "turntable.mp4", video),
        FigurineFile(FileKind.STILLS, "stills.jpg", stills),
    ]
    return [*files, _all_round(baked, shown.background, count)] if count else files


def _all_round(baked: Baked, background: RGB, count: int) -> FigurineFile:
    """`count` views from equally spaced sides, the front first, on one sheet."""
    stage = Turntable(baked, background, VIEW_WIDTH, VIEW_HEIGHT)
    whole = sheet(list(views(stage, [360 * step / count for step in range(count)])))
    return FigurineFile(FileKind.VIEWS, "views.png", metadata.png(whole))


def _counted(frames: Iterable[Image], advance: Advance) -> Iterator[Image]:
    for number, frame in enumerate(frames, start=1):
        advance(number / FRAMES)
        yield frame
