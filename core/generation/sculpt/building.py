"""From the cut-out to the statue: caricature, paint, solid, colours, stand."""

from __future__ import annotations

from dataclasses import replace

from core.generation.sculpt.caricature import exaggerate
from core.generation.sculpt.colour.labels import label
from core.generation.sculpt.colour.skin import skin
from core.generation.sculpt.facets import facets
from core.generation.sculpt.imaging import bleed
from core.generation.sculpt.paint import despill, paint
from core.generation.sculpt.shapes import Cutout, Image, Statue
from core.generation.sculpt.solid.sculpt import sculpt
from core.generation.sculpt.stages import Stages
from core.generation.sculpt.stand.mounting import figure_height, mount
from core.generation.styles import Base, Sculpt


def painted(cutout: Cutout, declared: Sculpt) -> tuple[Cutout, Image]:
    """The cut-out in the style's proportions, without a fringe of background, and its painted picture."""
    cutout = exaggerate(cutout, declared.proportions)
    cutout = replace(cutout, image=bleed(cutout.image, cutout.alpha))
    clean = cutout.image if cutout.faces else despill(cutout.image, cutout.alpha)
    return cutout, bleed(paint(clean, cutout.alpha, cutout.faces, declared.paint), cutout.alpha)


def statue_of(
    cutout: Cutout, texture: Image, declared: Sculpt, engraving: str, height_mm: float, stages: Stages
) -> Statue:
    """The coloured figure on its stand, `height_mm` high as a whole, from what `painted` returned.

    Raises:
        InvalidEngraving: see mounting.mount.
    """
    bust = cutout.edges.bottom
    base = _base(declared.base, cutout)
    with stages.stage("sculpt"):
        labels = label(cutout.image, cutout.alpha, cutout.faces)
        own_height = figure_height(base, bust, height_mm)
        solid = sculpt(cutout, texture, labels, declared.surface, own_height, base.shape == "socle")
    with stages.stage("colour"):
        coloured = skin(solid, cutout, texture, labels, declared)
    with stages.stage("stand"):
        shell = None
        if declared.surface.facets:
            coloured, shell = facets(coloured, declared.surface.facets)
        return mount(coloured, bust, base, engraving, height_mm, shell)


def _base(declared: Base, cutout: Cutout) -> Base:
    """A socle carries a person's bust; cut below like one, anything else has too wide a foot for it."""
    return declared if cutout.faces else declared.model_copy(update={"shape": declared.shape.replace("socle", "disc")})
