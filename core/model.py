"""The words of the product: photos, subjects, orders and figurines, as plain immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FileKind(StrEnum):
    """What a delivered file is."""

    PICTURE = "picture"
    TURNTABLE = "turntable"
    STILLS = "stills"
    GLB = "glb"
    STL = "stl"
    THREEMF = "3mf"
    VIEWS = "views"


class SubjectKind(StrEnum):
    """What the photo shows, as far as the figurine is concerned."""

    FACE = "face"
    BUST = "bust"
    PERSON = "person"
    PEOPLE = "people"
    ANIMAL = "animal"
    THING = "thing"


@dataclass(frozen=True, slots=True)
class Photo:
    """A decoded photo: upright, sRGB, no alpha, no metadata.

    `pixels` holds height * width * 3 bytes, rows from the top, RGB order.
    """

    width: int
    height: int
    pixels: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subject:
    """What was recognised in a photo.

    `count` is the number of people (0 for animals and things); `whole` is false where the frame cuts the subject.
    """

    kind: SubjectKind
    count: int
    whole: bool


@dataclass(frozen=True, slots=True)
class FigurineRequest:
    """Everything an engine needs for one figurine.

    `engraving` is the name on the base, `box_title` a line for the collector's box in the person's language, `views` 0
    or the number of views on the all-round sheet. `beside` are further photos whose subjects stand beside the first.
    `background` is one of core.generation.backdrops; empty leaves it to the style.
    """

    photo: Photo
    style: str
    engraving: str = ""
    box_title: str = ""
    wish: str = ""
    seed: int = 0
    height_mm: float = 100.0
    views: int = 0
    beside: tuple[Photo, ...] = ()
    background: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A worker's sign of life: the stage's name, the fraction of the whole that is done (0 to 1), seconds left."""

    stage: str
    fraction: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class MeshFacts:
    """What a printer cares about. `size_mm` is width, depth, height; `min_wall_mm` is the thinnest wall measured."""

    watertight: bool
    bodies: int
    min_wall_mm: float
    thin_share: float
    size_mm: tuple[float, float, float]
    triangles: int


@dataclass(frozen=True, slots=True)
class FigurineFile:
    """One finished file, in memory."""

    kind: FileKind
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Figurine:
    """The finished work: its files, what was measured on the mesh, and what it cost to make."""

    files: tuple[FigurineFile, ...]
    subject: Subject
    facts: MeshFacts
    seconds: Mapping[str, float]
    peak_mb: float
    style: str
    seed: int
