"""From a finished statue to the scene of its picture."""

from __future__ import annotations

from core.generation.sculpt.colour.palette import palette
from core.generation.sculpt.scene.box_art import BoxText, box_art
from core.generation.sculpt.scene.description import Scene
from core.generation.sculpt.scene.desk import desk
from core.generation.sculpt.scene.statue import statue_items
from core.generation.sculpt.scene.studio import studio
from core.generation.sculpt.shapes import Image, Plane, Statue
from core.generation.styles import Sculpt

WIDTH, HEIGHT = 819, 1024


def picture_scene(statue: Statue, texture: Image, alpha: Plane, sculpt: Sculpt, text: BoxText) -> Scene:
    """The set that the style asks for. `texture` and `alpha` are the painted cut-out, `text` is for the desk's box.

    Raises:
        InvalidEngraving: the text has a character that no bundled font has.
    """
    colours = palette(texture, alpha)
    items = statue_items(statue, texture, sculpt, colours)
    if sculpt.scene.set == "desk":
        return desk(items, box_art(texture, alpha, colours, text), colours, sculpt.scene.background)
    return studio(items, sculpt, colours, WIDTH, HEIGHT)
