"""What the core needs from outside, and what engines offer: Protocols only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Protocol

from core.model import Figurine, FigurineRequest, Photo, Progress, Subject
from core.records import Consent, Job, JobStatus, Person

Report = Callable[[Progress], None]


class Clock(Protocol):
    """The one source of time, so that tests can move it."""

    def now(self) -> dt.datetime:
        """The present moment, timezone-aware, in UTC."""
        ...


class Maker(Protocol):
    """The synchronous side of an engine. It lives in a worker process and handles one order at a time."""

    def warm_up(self) -> None:
        """Load what the first order would otherwise wait for.

        Raises:
            NetworksMissing: a network is not in the cache.
        """
        ...

    def look(self, photo: Photo) -> Subject:
        """Tell what the photo shows.

        Raises:
            NoClearSubject: nothing stands out.
        """
        ...

    def make(self, request: FigurineRequest, report: Report) -> Figurine:
        """Make the figurine, reporting progress at least once a stage.

        Raises:
            NoClearSubject, UnknownStyle, InvalidEngraving
        """
        ...


class Engine(Protocol):
    """The asynchronous side: what the queue's worker loop and the chat call. Cancelling the call cancels the work."""

    async def decode(self, upload: bytes) -> Photo:
        """Decode an uploaded file outside of the calling process.

        Raises:
            NotAPicture, PhotoTooSmall, PhotoTooLarge
        """
        ...

    async def look(self, photo: Photo) -> Subject:
        """See Maker.look. Raises EngineFailed as well."""
        ...

    async def make(self, request: FigurineRequest, report: Report) -> Figurine:
        """See Maker.make. Raises EngineFailed after the one retry that a crash is given."""
        ...


class Safety(Protocol):
    """Whoever looks whether a photo may be used at all. A photo counts as harmless only if `check` returns."""

    async def check(self, photo: Photo) -> None:
        """Return if the photo may be used.

        Raises:
            UnsafePhoto: it shows what no figurine is made of here.
            EngineFailed: it could not be told.
        """
        ...


class People(Protocol):
    """Persons and their consent."""

    async def find(self, platform: str, platform_id: str) -> Person:
        """The person behind a platform's id, made when new."""
        ...

    async def agree(self, person_id: int, consent: Consent) -> None:
        """Record a consent."""
        ...


class Jobs(Protocol):
    """The rows of orders: the truth about every one of them."""

    async def add(self, person_id: int, style: str, now: dt.datetime) -> Job:
        """A new row with status `accepted`."""
        ...

    async def move(self, job_id: int, status: JobStatus, now: dt.datetime, reason: str = "") -> Job:
        """One step, with its time and reason, in one transaction.

        Raises:
            IllegalTransition: the table of transitions does not allow it.
        """
        ...

    async def open(self) -> list[Job]:
        """Every job that has not ended, oldest first."""
        ...


class Credits(Protocol):
    """What an order costs a person, and who keeps count."""

    async def reserve(self, person_id: int, job_id: int, amount: int) -> bool:
        """Set credits aside; false when there are too few. Doing it twice for one job is doing it once."""
        ...

    async def capture(self, job_id: int) -> None:
        """Spend what was set aside. Called again later if it fails."""
        ...

    async def release(self, job_id: int) -> None:
        """Give back what was set aside."""
        ...


class Alerts(Protocol):
    """What an operator must know. An alert is up from the time that it is raised until it is cleared."""

    async def raise_alert(self, name: str, detail: str) -> None:
        """Put an alert up, or renew its detail: one line for the operator, with nothing about a person.

        `name` has at most 40 characters, `detail` at most 200.
        """
        ...

    async def clear(self, name: str) -> None:
        """Take an alert down; nothing if it is not up."""
        ...


class Beats(Protocol):
    """Signs of life of all that must happen again and again."""

    async def beat(self, name: str, at: dt.datetime) -> None:
        """Remember that it has just happened. `name` has at most 40 characters, `at` is in UTC."""
        ...
