"""The retention policy, asked for what a row's `due_at` shall be."""

from __future__ import annotations

import datetime as dt

from core.retention.policy import Kind, Limits, State, due
from core.retention.terms import Times


class Deadlines:
    """The moments at which rows and blobs must be gone. Arguments and results are aware and in UTC."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def photo(
        self, arrived_at: dt.datetime, first: dt.datetime | None, last: dt.datetime | None, in_use: bool
    ) -> dt.datetime:
        """Of a photo: when it came, when figurines of it were made, whether an order needs it."""
        state = State.IN_USE if in_use else State.IDLE
        return self._sure(Kind.PHOTO, Times(since=arrived_at, first=first, ended=last), state)

    def photo_limit(self, arrived_at: dt.datetime, first: dt.datetime | None) -> dt.datetime:
        """Of a photo, whatever needs it."""
        return self._sure(Kind.PHOTO, Times(since=arrived_at, first=first), State.IN_USE)

    def upload(self, arrived_at: dt.datetime) -> dt.datetime:
        """Of a file as it came."""
        return self._sure(Kind.UPLOAD, Times(since=arrived_at))

    def result(self, made_at: dt.datetime) -> dt.datetime:
        """Of a figurine's files."""
        return self._sure(Kind.RESULT, Times(since=made_at))

    def draft(self, changed_at: dt.datetime) -> dt.datetime:
        """Of what the conversation remembers."""
        return self._sure(Kind.DRAFT, Times(since=changed_at, changed=changed_at))

    def update(self, received_at: dt.datetime, handled_at: dt.datetime | None) -> dt.datetime:
        """Of an inbox row: the row's once it was handled, its content's before."""
        kind = Kind.INBOX_ROW if handled_at else Kind.INBOX_PAYLOAD
        return self._sure(kind, Times(since=received_at, ended=handled_at))

    def parcel(self, created_at: dt.datetime, ended_at: dt.datetime | None) -> dt.datetime:
        """Of an outbox row: the row's once it was sent or given up, its content's before."""
        kind = Kind.OUTBOX_ROW if ended_at else Kind.OUTBOX_PAYLOAD
        return self._sure(kind, Times(since=created_at, ended=ended_at))

    def post(self, sent_at: dt.datetime) -> dt.datetime:
        """Of where a message that was sent is."""
        return self._sure(Kind.POST, Times(since=sent_at, changed=sent_at))

    def link_try(self, at: dt.datetime) -> dt.datetime:
        """Of a wrong code that was typed."""
        return self._sure(Kind.LINK_TRY, Times(since=at))

    def purchase(self, asked_at: dt.datetime, closed_at: dt.datetime | None) -> dt.datetime:
        """Of a payment that was not made: when it was asked for, and when nobody could make it any more."""
        return self._sure(Kind.PURCHASE, Times(since=asked_at, ended=closed_at))

    def payment(self, paid_at: dt.datetime) -> dt.datetime:
        """Of a payment that was made."""
        return self._sure(Kind.PAYMENT, Times(since=paid_at))

    def subscription(self, ended_at: dt.datetime) -> dt.datetime:
        """Of a plan that has ended."""
        return self._sure(Kind.SUBSCRIPTION, Times(since=ended_at))

    def provider_event(self, received_at: dt.datetime, handled_at: dt.datetime | None) -> dt.datetime:
        """Of what a provider told."""
        return self._sure(Kind.PROVIDER_EVENT, Times(since=received_at, ended=handled_at))

    def welcome(self, at: dt.datetime) -> dt.datetime:
        """Of who had the starter credits then, or was erased then and had had them."""
        return self._sure(Kind.WELCOME, Times(since=at))

    def job_row(self, ended_at: dt.datetime) -> dt.datetime:
        """Of an order's row."""
        return self._sure(Kind.JOB_ROW, Times(since=ended_at, ended=ended_at))

    def _sure(self, kind: Kind, times: Times, state: State = State.IDLE) -> dt.datetime:
        moment = due(kind, state, times, self._limits)
        assert moment is not None, kind  # noqa: S101 -- each of these has begun to count
        return moment
