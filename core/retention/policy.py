"""How long what is kept: one table, and the moment that follows from it. It reads no clock, no database, no file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from core.retention.terms import Length, Times, Unit, in_utc
from core.settings import KeySettings, RetentionSettings


class Kind(StrEnum):
    """Everything that is kept of people, and is not kept for ever."""

    PHOTO = "photo"
    UPLOAD = "upload"
    RESULT = "result"
    DRAFT = "draft"
    INBOX_PAYLOAD = "inbox payload"
    INBOX_ROW = "inbox row"
    OUTBOX_PAYLOAD = "outbox payload"
    OUTBOX_ROW = "outbox row"
    TICKET_PICTURE = "ticket picture"
    TICKET_TEXT = "ticket text"
    JOB_ROW = "job row"
    FILE_ROW = "file row"
    AUDIT = "audit"
    WEB_TRACE = "web trace"
    CLOSED_ACCOUNT = "closed account"
    BAR = "bar"
    KEY_BACKUP = "key backup"
    POST = "post"
    LINK_CODE = "link code"
    LINK_TRY = "link try"
    PURCHASE = "payment asked for"
    PAYMENT = "payment"
    SUBSCRIPTION = "plan"
    PROVIDER_EVENT = "provider's message"
    WELCOME = "welcome"


class State(StrEnum):
    """Whether something that is under way needs it, as an order that waits or is being made needs its photo."""

    IDLE = "idle"
    IN_USE = "in use"


class Limits(Protocol):
    """The settings that the table reads. core.settings.Settings is one."""

    @property
    def retention(self) -> RetentionSettings:
        """The section `retention`."""
        ...

    @property
    def keys(self) -> KeySettings:
        """The section `keys`."""
        ...


@dataclass(frozen=True, slots=True)
class After:
    """A length that counts from one of the times. `words` completes "24 hours after …"."""

    words: str
    begin: Callable[[Times], dt.datetime | None]
    length: Callable[[Limits], Length]

    def end(self, times: Times, limits: Limits) -> dt.datetime | None:
        """When it is over, in UTC; None as long as it has not begun."""
        begin = self.begin(times)
        return self.length(limits).after(begin) if begin else None

    def text(self, limits: Limits) -> str:
        """The length and what it counts from, in words."""
        return f"{self.length(limits)} after {self.words}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the policy.

    `what` says what the thing is, `at_latest` is the hard limit, `normally` an earlier end that holds only while
    nothing under way needs it, and `then` says what happens at the end. `expires_orders`: orders that need it expire.
    """

    what: str
    at_latest: After
    then: str
    normally: After | None = None
    expires_orders: bool = False


def _since(times: Times) -> dt.datetime:
    return times.since


def _ended(times: Times) -> dt.datetime | None:
    return times.ended


def _fixed(count: int, unit: Unit) -> Callable[[Limits], Length]:
    return lambda _limits: Length(count, unit)


RULES: Final[Mapping[Kind, Rule]] = {
    Kind.PHOTO: Rule(
        "a photo, decoded and encrypted",
        normally=After(
            "the last figurine made from it, unless an order still needs it",
            _ended,
            lambda limits: Length(limits.retention.photo_minutes_after, Unit.MINUTE),
        ),
        at_latest=After(
            "the first figurine made from it; without any, after it came",
            lambda times: times.first or times.since,
            lambda limits: Length(limits.retention.photo_hours, Unit.HOUR),
        ),
        then="deleted; orders that still need it expire",
        expires_orders=True,
    ),
    Kind.UPLOAD: Rule(
        "a file as it was sent",
        normally=After("it was decoded or refused", _ended, _fixed(0, Unit.HOUR)),
        at_latest=After("it came", _since, lambda limits: Length(limits.retention.draft_hours, Unit.HOUR)),
        then="deleted",
    ),
    Kind.RESULT: Rule(
        "a figurine's file",
        at_latest=After("it was made", _since, lambda limits: Length(limits.retention.results_days, Unit.DAY)),
        then="deleted",
    ),
    Kind.DRAFT: Rule(
        "what a conversation remembers: the open question, the photo in hand",
        at_latest=After(
            "its last change",
            lambda times: times.changed or times.since,
            lambda limits: Length(limits.retention.draft_hours, Unit.HOUR),
        ),
        then="deleted",
    ),
    Kind.INBOX_PAYLOAD: Rule(
        "the content of a message that came in",
        normally=After("it was handled", _ended, _fixed(0, Unit.HOUR)),
        at_latest=After("it came", _since, _fixed(24, Unit.HOUR)),
        then="emptied; its row stays",
    ),
    Kind.INBOX_ROW: Rule(
        "that a message was handled, without its content",
        at_latest=After("it was handled", _ended, lambda limits: Length(limits.retention.receipts_days, Unit.DAY)),
        then="deleted",
    ),
    Kind.OUTBOX_PAYLOAD: Rule(
        "the content of a message that goes out",
        normally=After("it was sent or given up", _ended, _fixed(0, Unit.HOUR)),
        at_latest=After(
            "the result that it is about was made; without one, after it was written",
            _since,
            lambda limits: Length(limits.retention.results_days, Unit.DAY),
        ),
        then="emptied; its row stays",
    ),
    Kind.OUTBOX_ROW: Rule(
        "that a message was sent, without its content",
        at_latest=After(
            "it was sent or given up", _ended, lambda limits: Length(limits.retention.receipts_days, Unit.DAY)
        ),
        then="deleted",
    ),
    Kind.TICKET_PICTURE: Rule(
        "a picture in a request for help",
        at_latest=After("it came", _since, _fixed(24, Unit.HOUR)),
        then="deleted",
    ),
    Kind.TICKET_TEXT: Rule(
        "what was written in a request for help",
        at_latest=After("it was written", _since, _fixed(12, Unit.MONTH)),
        then="deleted",
    ),
    Kind.JOB_ROW: Rule(
        "the row of an order",
        at_latest=After("the order ended", _ended, lambda limits: Length(limits.retention.jobs_days, Unit.DAY)),
        then="deleted",
    ),
    Kind.FILE_ROW: Rule(
        "that there was a photo or a figurine's file, without its content",
        at_latest=After("it was deleted", _ended, lambda limits: Length(limits.retention.receipts_days, Unit.DAY)),
        then="deleted",
    ),
    Kind.AUDIT: Rule(
        "who of the operators did what",
        at_latest=After("it was written", _since, _fixed(24, Unit.MONTH)),
        then="deleted",
    ),
    Kind.WEB_TRACE: Rule(
        "the web address and browser type of a visitor",
        at_latest=After("the visit", _since, _fixed(24, Unit.HOUR)),
        then="deleted",
    ),
    Kind.CLOSED_ACCOUNT: Rule(
        "an account that was closed",
        at_latest=After("it was closed", _ended, lambda limits: Length(limits.retention.closed_days, Unit.DAY)),
        then="deleted, with all that belongs to it",
    ),
    Kind.BAR: Rule(
        "a keyed hash of somebody who is too young",
        at_latest=After("their answer", _since, _fixed(30, Unit.DAY)),
        then="deleted; nothing else was kept",
    ),
    Kind.KEY_BACKUP: Rule(
        "a backup of the keys",
        at_latest=After("it was made", _since, lambda limits: Length(limits.keys.backup_days, Unit.DAY)),
        then="deleted",
    ),
    Kind.POST: Rule(
        "where a message that was sent is on its platform",
        at_latest=After(
            "it was last sent or changed",
            lambda times: times.changed or times.since,
            lambda limits: Length(limits.retention.results_days, Unit.DAY),
        ),
        then="deleted",
    ),
    Kind.LINK_CODE: Rule(
        "a keyed hash of a code that links an account",
        at_latest=After("it was told", _since, _fixed(10, Unit.MINUTE)),
        then="deleted",
    ),
    Kind.LINK_TRY: Rule(
        "that a wrong code was typed",
        at_latest=After("it was typed", _since, _fixed(1, Unit.HOUR)),
        then="deleted",
    ),
    Kind.PURCHASE: Rule(
        "that a payment was asked for which nobody made",
        normally=After("nobody could make it any more", _ended, _fixed(30, Unit.DAY)),
        at_latest=After("it was asked for", _since, _fixed(90, Unit.DAY)),
        then="deleted",
    ),
    Kind.PAYMENT: Rule(
        "a payment, as the law asks; without the person once they are erased",
        at_latest=After("it was made", _since, lambda limits: Length(12 * limits.retention.payments_years, Unit.MONTH)),
        then="deleted",
    ),
    Kind.SUBSCRIPTION: Rule(
        "a plan that somebody had",
        at_latest=After("it ended", _since, _fixed(90, Unit.DAY)),
        then="deleted",
    ),
    Kind.PROVIDER_EVENT: Rule(
        "that a payment provider told something, by its names for it",
        normally=After("it was handled", _ended, _fixed(30, Unit.DAY)),
        at_latest=After("it came", _since, _fixed(90, Unit.DAY)),
        then="deleted",
    ),
    Kind.WELCOME: Rule(
        "a keyed hash of somebody who had the starter credits",
        at_latest=After("they had them, or were erased", _since, _fixed(90, Unit.DAY)),
        then="deleted",
    ),
}


def due(kind: Kind, state: State, times: Times, limits: Limits) -> dt.datetime | None:
    """When the thing must be gone, in UTC; None as long as nothing has happened that its time counts from.

    It is never later than the hard limit, whatever the order of the times: a clock that was moved back changes nothing.
    """
    rule = RULES[kind]
    ends = [rule.at_latest.end(times, limits)]
    if rule.normally and state is State.IDLE:
        ends.append(rule.normally.end(times, limits))
    return min((end for end in ends if end), default=None)


def is_due(at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the moment that `due` gave has come: at that very moment it has.

    Raises:
        ValueError: a time has no timezone.
    """
    return at is not None and in_utc(at) <= in_utc(now)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the policy in words, with the numbers of the settings."""

    kind: Kind
    what: str
    normally: str
    at_latest: str
    then: str


def table(limits: Limits) -> list[Row]:
    """The whole policy for people to read, in the order of `Kind`. `normally` is empty where only the limit counts."""
    rows = []
    for kind in Kind:
        rule = RULES[kind]
        normally = rule.normally.text(limits) if rule.normally else ""
        rows.append(Row(kind, rule.what, normally, rule.at_latest.text(limits), rule.then))
    return rows
