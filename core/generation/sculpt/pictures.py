"""The pictures of a statue: the studio picture, the turntable with its stills, and the all-round sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from core.generation.sculpt import metadata
from core.generation.sculpt.colour.palette import Palette
from core.generation.sculpt.render.picture import photograph
from core.generation.sculpt.scene.box_art import BoxText, box_art
from core.generation.sculpt.scene.desk import desk
from core.generation.sculpt.scene.statue import statue_items
from core.generation.sculpt.scene.studio import studio
from core.generation.sculpt.shapes import Image, Plane, Statue
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


@dataclass(frozen=True, slots=True)
class Shown:
    """A statue with all that its pictures need: painted picture and alpha, style, palette, texts."""

    statue: Statue
    texture: Image
    alpha: Plane
    declared: Sculpt
    palette: Palette
    name: str
    box_title: str


def picture(shown: Shown, advance: Advance) -> FigurineFile:
    """The studio picture, or the desk with the collector's box where the style says so."""
    items = statue_items(shown.statue, shown.texture, shown.declared, shown.palette)
    if shown.declared.scene.set == "desk":
        text = BoxText(shown.name, shown.box_title, f"{shown.statue.height:.0f} mm")
        art = box_art(shown.texture, shown.alpha, shown.palette, text)
        scene = desk(items, art, shown.palette, shown.declared.scene.background)
    else:
        scene = studio(items, shown.declared, shown.palette, WIDTH, HEIGHT)
    return FigurineFile(FileKind.PICTURE, "figurine.png", metadata.png(photograph(scene, advance)))


def turntable(shown: Shown, advance: Advance) -> list[FigurineFile]:
    """One turn as a video, and some of its frames on one sheet."""
    frames = list(_counted(turn(_stage(shown, FRAME_WIDTH, FRAME_HEIGHT), FRAMES), advance))
    video = encode(frames, FRAMES_PER_SECOND, metadata.DESCRIPTION)
    stills = metadata.jpeg(sheet(frames[:: FRAMES // STILLS]))
    return [
        FigurineFile(FileKind.TURNTABLE, "turntable.mp4", video),
        FigurineFile(FileKind.STILLS, "stills.jpg", stills),
    ]


def all_round(shown: Shown, count: int) -> FigurineFile:
    """`count` views from equally spaced sides, the front first, on one sheet."""
    stage = _stage(shown, VIEW_WIDTH, VIEW_HEIGHT)
    whole = sheet(list(views(stage, [360 * step / count for step in range(count)])))
    return FigurineFile(FileKind.VIEWS, "views.png", metadata.png(whole))


def _stage(shown: Shown, width: int, height: int) -> Turntable:
    items = statue_items(shown.statue, shown.texture, shown.declared, shown.palette)
    return Turntable(items, shown.declared.scene.background or shown.palette.background, width, height)


def _counted(frames: Iterable[Image], advance: Advance) -> Iterator[Image]:
    for number, frame in enumerate(frames, start=1):
        advance(number / FRAMES)
        yield frame
