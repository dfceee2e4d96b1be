"""Styles: one TOML file each in this folder. A file dropped in here is a style; nothing else has to change."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.errors import UnknownStyle

Colour = tuple[
    Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]
]


class _Declaration(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Proportions(_Declaration):
    """The caricature. 1 leaves the photo's own proportions."""

    head: float = Field(1.0, ge=0.8, le=3)
    eyes: float = Field(1.0, ge=0.8, le=2)
    legs: float = Field(1.0, ge=0.4, le=1.2)


class Surface(_Declaration):
    """How the solid is sculpted. Lengths in mm."""

    voxel_mm: float = Field(0.45, ge=0.3, le=1.0)
    fullness: float = Field(0.80, ge=0.3, le=1.2, description="half-depth of the body against its half-width")
    back: float = Field(0.92, ge=0.3, le=1.2, description="depth of the back against that of the front")
    roundness: float = Field(0.62, ge=0.2, le=2, description="how far from the rim a part keeps getting thicker")
    crease: float = Field(1.0, ge=0, le=2, description="depth of folds along strong edges of the photo")
    detail: float = Field(1.0, ge=0, le=3, description="strength of the relief read from brightness")
    detail_mm: float = Field(0.9, ge=0, le=2, description="height of that relief")
    smoothing: int = Field(2, ge=0, le=20, description="Taubin passes")
    facets: int = Field(0, ge=0, le=20000, description="number of planar facets; 0 keeps the smooth surface")
    taper: float = Field(0.40, ge=0, le=0.9, description="how far a bust's shoulders close in above the stand")


class Paint(_Declaration):
    """How the photo's colours become paint."""

    colours: Literal["photo", "marble", "bronze"] = "photo"
    strength: float = Field(1.0, ge=0, le=3, description="smoothing of the photo's small detail")
    saturation: float = Field(1.18, ge=0, le=2)
    flatness: float = Field(0.55, ge=0, le=1, description="how far brightness is gathered into few tones")


class Finish(_Declaration):
    """The surface as light sees it (Disney's principled material)."""

    roughness: float = Field(0.32, ge=0.02, le=1)
    clearcoat: float = Field(0.35, ge=0, le=1)
    metallic: float = Field(0.0, ge=0, le=1)


class Base(_Declaration):
    """What the figurine stands on. `colour` and `lettering` are sRGB; no colour takes one from the photo."""

    shape: Literal["disc", "socle", "block", "puck"] = "disc"
    colour: Colour | None = None
    lettering: Colour = (0.95, 0.78, 0.42)


class Scene(_Declaration):
    """Where the picture is taken. `background` is sRGB; none takes one that suits the photo."""

    set: Literal["studio", "desk"] = "studio"
    background: Colour | None = None


class Sculpt(_Declaration):
    """The style's side for the sculpt engine."""

    proportions: Proportions = Proportions()
    surface: Surface = Surface()
    paint: Paint = Paint()
    finish: Finish = Finish()
    base: Base = Base()
    scene: Scene = Scene()


class Style(_Declaration):
    """One style. The file's name is its name; `label` and `summary` are message ids of the catalogue."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,23}$")
    order: int = Field(description="place in menus")
    label: str = Field(min_length=1, max_length=24)
    summary: str = Field(min_length=1, max_length=120)
    sculpt: Sculpt = Sculpt()


@cache
def styles() -> dict[str, Style]:
    """Every style by name, in the menu's order.

    Raises:
        pydantic.ValidationError: a declaration has an unknown key or a value out of range.
    """
    found = []
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(".toml"):
            declared = tomllib.loads(file.read_text("utf-8")) | {"name": file.name.removesuffix(".toml")}
            found.append(Style.model_validate(declared))
    return {style.name: style for style in sorted(found, key=lambda style: style.order)}


def style(name: str) -> Style:
    """The style of that name.

    Raises:
        UnknownStyle: with the names that there are.
    """
    try:
        return styles()[name]
    except KeyError:
        raise UnknownStyle(style=name[:40], known=", ".join(styles())) from None
