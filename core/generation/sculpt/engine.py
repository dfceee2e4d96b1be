"""The sculpt engine as the worker process calls it: the stages of one figurine, one after another."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from core.generation.backdrops import BACKDROPS
from core.generation.sculpt import pictures
from core.generation.sculpt.building import painted, statue_of
from core.generation.sculpt.colour.palette import Palette, palette
from core.generation.sculpt.export.glb import glb_bytes
from core.generation.sculpt.export.stl import stl_bytes
from core.generation.sculpt.export.threemf import threemf_bytes
from core.generation.sculpt.lastlook import LastLook
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.perception.subject import perceive
from core.generation.sculpt.perception.together import together
from core.generation.sculpt.printable import inspect
from core.generation.sculpt.render.path_trace import warm_up as load_renderer
from core.generation.sculpt.shapes import Cutout, Image, Statue
from core.generation.sculpt.stages import Stages
from core.generation.sculpt.stand.engraving import clean_engraving
from core.generation.styles import Sculpt, style
from core.model import Figurine, FigurineFile, FigurineRequest, FileKind, MeshFacts, Photo, Subject
from core.ports import Report

USUAL_SECONDS: Mapping[str, float] = {
    "cutout": 0.9,
    "paint": 0.5,
    "sculpt": 1.0,
    "colour": 0.6,
    "stand": 0.6,
    "picture": 4.5,
    "turntable": 5.0,
    "files": 1.2,
}
"""The stages in their order, and what each takes on two cores."""


class SculptMaker:
    """core.ports.Maker by sculpting. One object serves one order at a time."""

    def __init__(self, networks: Path) -> None:
        """`networks` is the folder that set-up filled."""
        self._folder = Path(networks)
        self._loaded: Networks | None = None
        self._last = LastLook()

    def warm_up(self) -> None:
        """Load the networks and the renderer.

        Raises:
            NetworksMissing: a network is not there.
        """
        self._networks.warm_up()
        load_renderer()

    def look(self, photo: Photo) -> Subject:
        """See core.ports.Maker."""
        seen = self._perceived(photo)
        self._last.keep(photo, seen)
        return seen[0]

    def make(self, request: FigurineRequest, report: Report) -> Figurine:
        """See core.ports.Maker. The mesh depends on photo, style, engraving, height and seed alone."""
        declared = _before(style(request.style).sculpt, request.background)
        engraving = clean_engraving(request.engraving)
        stages = Stages(USUAL_SECONDS, report)
        with stages.stage("cutout"):
            subject, cutout = together([self._perceived(photo) for photo in (request.photo, *request.beside)])
        with stages.stage("paint"):
            cutout, texture = painted(cutout, declared)
        statue = statue_of(cutout, texture, declared, engraving, request.height_mm, stages)
        colours = palette(texture, cutout.alpha)
        shown = pictures.Shown(statue, texture, cutout.alpha, declared, colours, engraving, request.box_title)
        with stages.stage("picture") as advance:
            files = [pictures.picture(shown, advance)]
        with stages.stage("turntable") as advance:
            files += pictures.turntable(shown, request.views, advance)
        with stages.stage("files"):
            files += _printer_files(statue, texture, declared, colours, engraving, request.seed)
            facts = inspect(statue.body, request.seed)
        return _figurine(files, subject, facts, stages, request)

    def _perceived(self, photo: Photo) -> tuple[Subject, Cutout]:
        return self._last.take(photo) or perceive(_image(photo), self._networks)

    @property
    def _networks(self) -> Networks:
        if self._loaded is None:
            self._loaded = Networks(self._folder)
        return self._loaded


def _before(declared: Sculpt, backdrop: str) -> Sculpt:
    """The style before a backdrop; as it is where nobody knows the name, since an old order may have it."""
    colour = BACKDROPS.get(backdrop)
    if colour is None:
        return declared
    return declared.model_copy(update={"scene": declared.scene.model_copy(update={"background": colour})})


def _image(photo: Photo) -> Image:
    """The engine's BGR from a photo's RGB."""
    pixels = np.frombuffer(photo.pixels, np.uint8).reshape(photo.height, photo.width, 3)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8)


def _printer_files(
    statue: Statue, texture: Image, declared: Sculpt, colours: Palette, engraving: str, seed: int
) -> list[FigurineFile]:
    stand, lettering = declared.base.colour or colours.stand, declared.base.lettering
    title = engraving or "Figurine"
    return [
        FigurineFile(FileKind.GLB, "figurine.glb", glb_bytes(statue, texture, declared.finish, stand, lettering)),
        FigurineFile(FileKind.STL, "figurine.stl", stl_bytes(statue.body)),
        FigurineFile(FileKind.THREEMF, "figurine.3mf", threemf_bytes(statue, texture, stand, lettering, title, seed)),
    ]


def _figurine(
    files: list[FigurineFile], subject: Subject, facts: MeshFacts, stages: Stages, request: FigurineRequest
) -> Figurine:
    return Figurine(
        files=tuple(files),
        subject=subject,
        facts=facts,
        seconds=dict(stages.seconds),
        peak_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        style=request.style,
        seed=request.seed,
    )
