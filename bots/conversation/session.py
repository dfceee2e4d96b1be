"""What the conversation remembers of one person between two messages. In memory only, and not for long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final, Protocol

from bots.conversation.events import PhotoSent
from core.model import Figurine, FigurineRequest, Photo, Subject

RESULTS_KEPT: Final = 3  # figurines of one person, some 15 MB each


class Question(Enum):
    """What the next line of text answers."""

    NAME = "name"


@dataclass(frozen=True, slots=True)
class InHand:
    """The photo that the next figurine is made from. `until` is when it is let go (UTC)."""

    photo: Photo
    subject: Subject
    until: dt.datetime
    wish: str = ""
    engraving: str = ""


@dataclass(frozen=True, slots=True)
class Ordered:
    """What is being made, and until when its photo may be kept (UTC)."""

    request: FigurineRequest
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Made:
    """A finished figurine, what was ordered (none once the photo is gone), and until when both are kept (UTC)."""

    figurine: Figurine
    request: FigurineRequest | None
    until: dt.datetime


@dataclass(slots=True)
class Session:
    """One person's conversation.

    `early` is a photo that came before the consent, with the moment it came (UTC). `ordered` and `made` are by the
    orders' numbers.
    """

    early: tuple[PhotoSent, dt.datetime] | None = None
    hand: InHand | None = None
    question: Question | None = None
    ordered: dict[int, Ordered] = field(default_factory=dict)
    made: dict[int, Made] = field(default_factory=dict)
    _users: int = field(default=0, init=False, repr=False)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Meanwhile the session is not idle: an answer may be about to put something into it."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1

    @property
    def is_idle(self) -> bool:
        """Whether nothing is remembered, and nobody is being answered."""
        return not (self._users or self.early or self.hand or self.question or self.ordered or self.made)

    def keep(self, job_id: int, made: Made) -> None:
        """Keep a result; the oldest gives way."""
        self.made[job_id] = made
        while len(self.made) > RESULTS_KEPT:
            del self.made[next(iter(self.made))]

    @property
    def holds_photo(self) -> bool:
        """Whether any photo of this person is in memory."""
        return bool(self.early or self.hand or self.ordered or any(made.request for made in self.made.values()))

    def forget_photos(self) -> None:
        """Let go of every photo but those of figurines in the making."""
        self.early = self.hand = self.question = None
        self.made = {job_id: replace(made, request=None) for job_id, made in self.made.items()}

    def forget_old(self, now: dt.datetime, photo_life: dt.timedelta) -> None:
        """Let go of what has been kept long enough."""
        if self.early and self.early[1] + photo_life <= now:
            self.early = None
        if self.hand and self.hand.until <= now:
            self.hand = self.question = None
        self.made = {job_id: made for job_id, made in self.made.items() if made.until > now}

    def overdue(self, now: dt.datetime) -> list[int]:
        """The orders in the making whose photos may not be kept any longer."""
        return [job_id for job_id, ordered in self.ordered.items() if ordered.until <= now]


class Sessions(Protocol):
    """Where sessions are."""

    def of(self, person_id: int) -> Session:
        """The person's session, made when new."""
        ...

    def forget_old(self, now: dt.datetime, photo_life: dt.timedelta) -> None:
        """See Session.forget_old, for everyone. Sessions with nothing left in them go."""
        ...

    def overdue(self, now: dt.datetime) -> list[tuple[int, int]]:
        """See Session.overdue, for everyone: the person's number with the order's."""
        ...


class MemorySessions:
    """Sessions that end with the process."""

    def __init__(self) -> None:
        self._sessions: dict[int, Session] = {}

    def of(self, person_id: int) -> Session:
        """See Sessions."""
        return self._sessions.setdefault(person_id, Session())

    def forget_old(self, now: dt.datetime, photo_life: dt.timedelta) -> None:
        """See Sessions."""
        for session in self._sessions.values():
            session.forget_old(now, photo_life)
        self._sessions = {person: session for person, session in self._sessions.items() if not session.is_idle}

    def overdue(self, now: dt.datetime) -> list[tuple[int, int]]:
        """See Sessions."""
        return [(person, job_id) for person, session in self._sessions.items() for job_id in session.overdue(now)]
