"""What is kept of people and orders, and what they are told, as plain immutable values. Moments are in UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.model import FileKind, MeshFacts, Progress, Subject


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
    """What a person agreed to, when (UTC), and the age that they said to have reached."""

    policy_version: str
    given_at: dt.datetime
    minimum_age: int = 13


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person has chosen once for all figurines; empty values leave it to the service.

    `language` is a locale, `style` a style's name, `background` one of core.generation.backdrops. `shared`: where
    others read along, results are shown there. `reminders`: they want to hear before a figurine is deleted.
    """

    language: str = ""
    style: str = ""
    engraving: str = ""
    height_mm: float = 0.0
    background: str = ""
    shared: bool = True
    reminders: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who talks to the bot, on one platform or on several that are linked.

    `id` is the service's own opaque number, never a platform's.
    """

    id: int
    consent: Consent | None = None
    preferences: Preferences = Preferences()


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a person is reached, and in which language and timezone.

    The timezone is an IANA name or an offset in minutes; empty where the platform does not tell it.
    """

    platform: str
    platform_id: str
    locale: str = "en"
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class HeldPhoto:
    """A photo in the store: whose it is, what it shows, when it came, until when it is held (None: it is gone). UTC."""

    id: int
    person_id: int
    subject: Subject
    arrived_at: dt.datetime
    due_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for. Sealed in the store, since a name and a wish are in it.

    `place` is where its messages go, in the words of the platform that it came from; empty for the person's own chat.
    """

    style: str
    engraving: str = ""
    box_title: str = ""
    wish: str = ""
    seed: int = 0
    height_mm: float = 100.0
    background: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class NewJob:
    """An order to be placed.

    `platform` is where it came from, and where its messages go. `origin` is the message that it came from, so that the
    same one places it once. `cost_ms` is what it is expected to take in
    milliseconds of one worker; `priority` is 1 for subscribers, 0 otherwise.
    """

    person_id: int
    photos: tuple[int, ...]
    wanted: Wanted
    origin: str
    price: int = 1
    cost_ms: int = 25_000
    priority: int = 0
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One order's row: who, what, how far. Pictures are never part of it.

    `fence` counts how often it was given to a worker, `attempts` how often that counts against it. `kept_until` is when
    its figurine is deleted. `cancel_asked`: its person took it back while it was being made.
    """

    id: int
    person_id: int
    style: str
    status: JobStatus
    created_at: dt.datetime
    changed_at: dt.datetime
    reason: str = ""
    price: int = 1
    cost_ms: int = 0
    fence: int = 0
    attempts: int = 0
    kept_until: dt.datetime | None = None
    cancel_asked: bool = False
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in the hands of a worker, with all that it needs."""

    job: Job
    wanted: Wanted
    photos: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is done before a waiting job: how many jobs, their cost together, what is left of each that runs, in ms.

    `behind_ms` is how far it stands behind a newcomer, in milliseconds of work, and `horizon_ms` for how long from now
    on newcomers would go before it if nothing were worked on: 0 where they go behind it.
    """

    jobs: int
    cost_ms: int
    running_ms: tuple[int, ...]
    behind_ms: int = 0
    horizon_ms: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is remembered of a finished figurine beside its files."""

    subject: Subject
    facts: MeshFacts
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A finished file in the store. `blob` is its name there, `size` its length in bytes."""

    kind: FileKind
    name: str
    blob: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A figurine in the store: its order, what was asked for, what came of it, its files, until `job.kept_until`."""

    job: Job
    wanted: Wanted
    photos: tuple[int, ...]
    outcome: Outcome
    files: tuple[StoredFile, ...]


class ParcelState(StrEnum):
    """The steps of a message that must arrive. DROPPED: it can't, and nobody tries any more."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"


class Notice(StrEnum):
    """What a message that must arrive is about. REPLY brings its words; the others are put into words when sent.

    REMINDER waits for all others, since nobody waits for it. SHOP brings what happened to money or credits as JSON:
    "kind" and its fields.
    """

    REPLY = "reply"
    PICTURE = "picture"
    TURNTABLE = "turntable"
    ENDED = "ended"
    REMINDER = "reminder"
    SHOP = "shop"


@dataclass(frozen=True, slots=True)
class NewParcel:
    """A message that must arrive. `origin` says what it came from, so that it is put into the outbox once.

    `platform` is where it goes; empty for the one that its order came from.
    """

    person_id: int
    notice: Notice
    origin: str
    job_id: int | None = None
    payload: bytes = field(default=b"", repr=False)
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message on its way. `unsure`: it may have arrived before."""

    id: int
    person_id: int
    notice: Notice
    job_id: int | None
    unsure: bool
    attempts: int
    payload: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Update:
    """Something that a person did, out of the inbox. `attempts` counts how often it was begun."""

    id: int
    person_id: int
    attempts: int
    received_at: dt.datetime
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose messages a process carries: a platform's, or there those of one person only (None: everyone's)."""

    platform: str
    person_id: int | None = None


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
class Ended:
    """The order has come to its end: made or delivered, or without a figurine, and then nothing was charged."""

    job: Job


JobEvent = Waiting | Working | Ended
"""What someone who watches a job is told. The last one ends it."""
