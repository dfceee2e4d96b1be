"""The words of the product: photos, subjects, orders and figurines, as plain immutable values."""

from __future__ import annotations

import datetime as dt
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
    or the number of views on the all-round sheet.
    """

    photo: Photo
    style: str
    engraving: str = ""
    box_title: str = ""
    wish: str = ""
    seed: int = 0
    height_mm: float = 100.0
    views: int = 0


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


class JobStatus(StrEnum):
    """The steps of an order; core.queue.transitions says which may follow which."""

    ACCEPTED = "accepted"
    RESERVED = "reserved"
    QUEUED = "queued"
    RUNNING = "running"
    MADE = "made"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to, and when (UTC)."""

    policy_version: str
    given_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who talks to the bot. `id` is the service's own opaque number, never a platform's."""

    id: int
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One order's row: who, what, how far. Pictures are never part of it."""

    id: int
    person_id: int
    style: str
    status: JobStatus
    created_at: dt.datetime
    changed_at: dt.datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The order waits: its place (1 is next or running) and the expected seconds until it is done."""

    place: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Working:
    """The order is being worked on."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class Finished:
    """The figurine is made."""

    figurine: Figurine


@dataclass(frozen=True, slots=True)
class Failed:
    """The order ended without a figurine; nothing was charged. `code` is a key of the message catalogue."""

    code: str
    fields: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The person took the order back."""


JobEvent = Waiting | Working | Finished | Failed | Cancelled
"""What someone who watches a job is told. The last three end it."""
