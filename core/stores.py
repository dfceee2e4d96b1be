"""What the core needs of the storage: Protocols only. Moments are timezone-aware, in UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeAlias

from core.model import Figurine, Photo, Subject
from core.records import (
    Ahead,
    Claimed,
    Consent,
    Contact,
    HeldPhoto,
    Job,
    JobStatus,
    NewJob,
    NewParcel,
    Outcome,
    Parcel,
    Person,
    Piece,
    Preferences,
    Scope,
    StoredFile,
    Update,
    Wanted,
)

Transaction: TypeAlias = Any
"""An open transaction, handed on to all that must happen together or not at all.

Opaque here: only the storage that made it looks inside. A Protocol without members would keep the storage from saying
what it needs of it.
"""


class Transactions(Protocol):
    """Where transactions come from."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction: committed at the end of the block, undone where that raises. DiskFull: nothing was changed."""
        ...


class People(Protocol):
    """Persons, how they are reached, and their consent."""

    async def is_barred(self, contact: Contact, now: dt.datetime) -> bool:
        """Whether they said that they are too young, not long ago."""
        ...

    async def find(self, contact: Contact) -> Person:
        """The person behind a platform's id, made when new. Language and timezone are remembered as they are now."""
        ...

    async def met(self, contact: Contact) -> Person | None:
        """The person behind a platform's id, if they are known. Nothing is changed."""
        ...

    async def contact(self, person_id: int, platform: str, chosen: bool = True) -> Contact | None:
        """How a person is reached there, in the language that they prefer; None if they are not known there.

        Without `chosen`, the language is the platform's, whatever they have chosen.
        """
        ...

    async def known(self, person_id: int) -> Person | None:
        """That person; None if there is nobody of that number any more."""
        ...

    async def platforms(self, person_id: int) -> list[str]:
        """Where a person is reached: one platform, or those that are linked, sorted."""
        ...

    async def prefer(self, tx: Transaction, person_id: int, preferences: Preferences) -> None:
        """Remember what a person has chosen."""
        ...

    async def agree(self, person_id: int, consent: Consent) -> None:
        """Record a consent."""
        ...

    async def bar(self, person_id: int, until: dt.datetime) -> None:
        """Remember by a keyed hash alone that this person is too young."""
        ...

    async def erase(self, person_id: int, now: dt.datetime) -> int:
        """Destroy the person's key, then the bytes, then the rows; how many rows and blobs are gone."""
        ...


class Links(Protocol):
    """One account on several platforms."""

    async def issue(self, person_id: int, code: str, until: dt.datetime) -> None:
        """Remember a code, as a keyed hash, in the place of the person's last one."""
        ...

    async def tries(self, person_id: int, now: dt.datetime) -> tuple[int, int]:
        """How many wrong codes were typed within the last hour: by this person, and by all together."""
        ...

    async def missed(self, person_id: int, now: dt.datetime) -> None:
        """A wrong code was typed."""
        ...

    async def issuer(self, code: str, now: dt.datetime) -> int | None:
        """Whose code it is; None if there is no such code, or no more."""
        ...

    async def used(self, person_id: int, code: str, now: dt.datetime) -> bool:
        """Whether that code, while it held, has made this person's account what it still is."""
        ...

    async def merge(self, person_id: int, other_id: int, now: dt.datetime, code: str = "") -> None:
        """Everything of `other_id` belongs to `person_id` from now on, who is reached where the other was, too.

        It happens as a whole and once, or not at all; both accounts' codes are used up. Of `code`, the other's, `used`
        tells so as long as it would have held.

        Raises:
            LinkTaken: both are on one platform, or they are one already.
            LinkBusy: an order of the other is under way, or a message of theirs is not answered yet.
        """
        ...

    async def unlink(self, person_id: int, platform: str) -> bool:
        """The account is not reached there any more, and whoever writes there is a newcomer. Everything stays with it.

        What is on its way there goes to another platform of the person. False if it is their only one, or none.
        """
        ...


class Posts(Protocol):
    """Messages that were sent and may be changed or shown again: the platform's own words for where each is."""

    async def find(self, person_id: int, platform: str, key: str) -> bytes | None:
        """The message with that key."""
        ...

    async def keep(self, person_id: int, platform: str, key: str, payload: bytes, now: dt.datetime) -> None:
        """Remember, in the place of an earlier one with the same key, as long as figurines are kept."""
        ...

    def all_of(self, platform: str, key: str, since: dt.datetime, most: int) -> AsyncIterator[tuple[int, bytes]]:
        """Everybody's message with that key that was kept since then, with whose it is; the newest first."""
        ...


class Memos(Protocol):
    """Small facts about the service itself, such as which commands a platform was told of last. Nothing personal."""

    async def get(self, name: str) -> str:
        """The fact, empty if there is none."""
        ...

    async def put(self, name: str, value: str) -> None:
        """Remember it."""
        ...


class Reminders(Protocol):
    """Figurines that will soon be deleted."""

    async def due(self, now: dt.datetime, until: dt.datetime, limit: int) -> list[Job]:
        """Delivered ones that go between the two, whose person wants to know and has not been told yet."""
        ...


class Photos(Protocol):
    """Photos, encrypted."""

    async def keep(self, person_id: int, photo: Photo, subject: Subject, arrived_at: dt.datetime) -> HeldPhoto:
        """Keep a photo until its time is over."""
        ...

    async def get(self, person_id: int, photo_id: int) -> HeldPhoto | None:
        """A person's own photo, None if it is somebody else's or gone."""
        ...

    async def held(self, person_id: int) -> list[HeldPhoto]:
        """Every photo of a person that is not gone, oldest first."""
        ...

    async def load(self, photo_id: int) -> Photo:
        """The photo itself. Raises PhotoGone."""
        ...

    async def forget(self, person_id: int) -> int:
        """Delete every photo of a person that no open order needs, now; how many."""
        ...


class Uploads(Protocol):
    """Files as they came, encrypted, until they are handled."""

    async def keep(self, person_id: int, data: bytes) -> str:
        """Keep a file; its name in the store."""
        ...

    async def load(self, person_id: int, name: str) -> bytes:
        """The file. Raises Gone."""
        ...

    async def drop(self, person_id: int, names: Sequence[str]) -> None:
        """Delete files of a person's own, now."""
        ...


class Jobs(Protocol):
    """The rows of orders: the truth about every one of them. The history is written with each step."""

    async def add(self, tx: Transaction, new: NewJob, now: dt.datetime) -> tuple[Job, bool]:
        """A new row with status `accepted`, and True; or the one of the same origin, and False.

        Raises:
            PhotoGone: a photo is not held any more, or is not theirs.
        """
        ...

    async def counts(self, tx: Transaction, person_id: int, since: dt.datetime) -> tuple[int, int]:
        """How many orders of a person have not ended, and how many were placed since then."""
        ...

    async def move(
        self,
        tx: Transaction,
        job_id: int,
        status: JobStatus,
        now: dt.datetime,
        reason: str = "",
        fence: int | None = None,
    ) -> Job:
        """One step. With `fence`, only while that claim holds.

        Raises:
            IllegalTransition: the table of transitions does not allow it, or there is no such job.
            LeaseLost: the claim does not hold any more.
        """
        ...

    async def enqueue(
        self,
        tx: Transaction,
        job_id: int,
        now: dt.datetime,
        reason: str = "",
        fence: int | None = None,
        pause: float = 0.0,
        forgive: bool = False,
    ) -> Job:
        """Into the queue: for the first time with a place in the fair order, later with the one it had.

        It is not given to a worker before `pause` seconds are over. With `forgive` the last attempt does not count.
        Raises as `move`.
        """
        ...

    async def finish(
        self, tx: Transaction, job_id: int, fence: int, outcome: Outcome, files: Sequence[StoredFile], now: dt.datetime
    ) -> Job:
        """The step to `made`, with its outcome and files, and the times of its photos. Raises LeaseLost."""
        ...

    async def ask_to_cancel(self, person_id: int, job_id: int) -> bool:
        """Mark a person's own running job; False if it does not run."""
        ...

    async def get(self, job_id: int) -> Job | None:
        """One job."""
        ...

    async def asked(self, person_id: int, job_id: int) -> tuple[tuple[int, ...], Wanted | None]:
        """The photos and the wishes of a person's own order; nothing and None if it is not theirs."""
        ...

    async def open(self, person_id: int | None = None) -> list[Job]:
        """Every job that has not ended, or those of one person, oldest first."""
        ...

    async def ahead(self, job_id: int, now: dt.datetime) -> Ahead:
        """What is done before a waiting job."""
        ...


class Leases(Protocol):
    """Jobs in the hands of workers, each for a time and under a number that is never given again."""

    async def claim(self, worker: str, now: dt.datetime, lease: float) -> Claimed | None:
        """Give the next job of the fair order to a worker for `lease` seconds; None if none is due."""
        ...

    async def beat(self, job_id: int, fence: int, now: dt.datetime, lease: float) -> bool:
        """Prolong a claim; whether the person asked to cancel. Raises LeaseLost."""
        ...

    async def lost(self, now: dt.datetime, everyone: bool = False) -> list[Job]:
        """Running jobs whose lease is over, or every running one."""
        ...


class Pieces(Protocol):
    """Finished figurines."""

    async def store(self, job: Job, figurine: Figurine, now: dt.datetime) -> list[StoredFile]:
        """Encrypt and keep the files. They belong to the job once Jobs.finish has named them."""
        ...

    async def discard(self, files: Sequence[StoredFile]) -> None:
        """Destroy files that no job was given."""
        ...

    async def get(self, person_id: int, job_id: int) -> Piece | None:
        """A person's own finished figurine; None if it is not theirs, not made, or gone."""
        ...

    async def all_of(self, person_id: int) -> list[Piece]:
        """A person's figurines that are still held, newest first."""
        ...

    async def read(self, person_id: int, file: StoredFile) -> bytes:
        """A file's bytes. Raises Gone."""
        ...

    async def forget(self, person_id: int, job_id: int) -> bool:
        """Delete one figurine's files now; False if there is nothing to delete."""
        ...


class Inbox(Protocol):
    """What happened on a platform, before it is handled."""

    async def receive(
        self, person_id: int, scope: Scope, key: str, payload: bytes, now: dt.datetime, group: str = ""
    ) -> tuple[int, bool]:
        """Keep an update under the platform's own key for it; its number, and whether it is new.

        `group` is the platform's name for what it belongs together with, such as an album; kept as a keyed hash.
        """
        ...

    async def begin(
        self, person_id: int, scope: Scope, key: str, payload: bytes, now: dt.datetime, group: str, lease: float
    ) -> tuple[int, bool, Update | None]:
        """As `receive`, and the update at once as `next` would give it, if it is new and nothing else of theirs waits.

        A storage that can't tell this for sure gives none, always.
        """
        ...

    async def siblings(self, update_id: int) -> list[Update]:
        """The other unhandled updates of the same person and group, oldest first; none for one without a group."""
        ...

    async def next(self, scope: Scope, now: dt.datetime, lease: float, busy: Sequence[int]) -> Update | None:
        """The lowest unhandled update of anyone who is not in `busy` and has none under way, leased."""
        ...

    async def handled(self, tx: Transaction, update_id: int, now: dt.datetime) -> None:
        """It is done with: its content goes."""
        ...

    async def prolong(self, update_id: int, until: dt.datetime) -> None:
        """It is still being handled: its lease ends then."""
        ...

    async def later(self, update_id: int, at: dt.datetime) -> None:
        """It can't be handled before that time, which is nobody's fault: the attempt does not count."""
        ...

    async def waiting(self, person_id: int) -> int:
        """How much of a person is unhandled."""
        ...

    async def release(self, scope: Scope) -> None:
        """End every lease: whoever held one has died."""
        ...


class Outbox(Protocol):
    """Messages that must arrive."""

    async def add(self, tx: Transaction, parcel: NewParcel, now: dt.datetime) -> None:
        """Put a message in. One of the same origin changes nothing."""
        ...

    async def begin(self, tx: Transaction, parcel: NewParcel, now: dt.datetime, lease: float) -> Parcel | None:
        """Put a message in, marked as being sent, to be sent once this is committed.

        None where something else goes to the same person there, or that can't be told: it waits for its turn.
        """
        ...

    async def next(self, scope: Scope, now: dt.datetime, lease: float) -> Parcel | None:
        """The next message that is due, one of each person at a time in order, marked as being sent."""
        ...

    async def sent(self, tx: Transaction, parcel_id: int, now: dt.datetime) -> None:
        """It arrived: its content goes."""
        ...

    async def later(self, parcel_id: int, at: dt.datetime) -> None:
        """It could not be sent, for certain; the next try is at that time."""
        ...

    async def drop(self, parcel_id: int, now: dt.datetime, all_of_person: bool = False, same_job: bool = False) -> None:
        """It can't arrive: nobody tries any more. Nor what else waits for this person, or is about the same order."""
        ...

    async def prolong(self, parcel_id: int, until: dt.datetime) -> None:
        """It is still being sent: its lease ends then."""
        ...

    async def waiting(self, person_id: int) -> bool:
        """Whether anything is on its way to a person."""
        ...

    async def soon(self, scope: Scope, until: dt.datetime) -> bool:
        """Whether anything is to be sent by then."""
        ...

    async def release(self, scope: Scope, now: dt.datetime) -> None:
        """Whoever was sending has died: what was being sent may have arrived, and is sent again, marked so."""
        ...


class SessionStore(Protocol):
    """What the conversation remembers of a person, as bytes that only it can read."""

    async def load(self, person_id: int) -> bytes | None:
        """The bytes, None if nothing is remembered."""
        ...

    async def save(self, tx: Transaction, person_id: int, payload: bytes | None, now: dt.datetime) -> None:
        """Remember, or forget if None."""
        ...


class Credits(Protocol):
    """What an order costs a person, and who keeps count. Each of these happens once for one job."""

    async def reserve(self, tx: Transaction, person_id: int, job_id: int, amount: int) -> bool:
        """Set credits aside; false when there are too few."""
        ...

    async def capture(self, tx: Transaction, job_id: int) -> None:
        """Spend what was set aside."""
        ...

    async def release(self, tx: Transaction, job_id: int) -> None:
        """Give back what was set aside."""
        ...


class Attic(Protocol):
    """Everything that has a time at which it must be gone. Each call takes one batch, and says how many it took."""

    async def expire_orders(self, now: dt.datetime, limit: int) -> list[int]:
        """The open jobs whose photos' time is over."""
        ...

    async def delete_blobs(self, now: dt.datetime, limit: int, dry: bool = False) -> int:
        """Photos, uploads and results: key, then bytes, then the row is marked."""
        ...

    async def delete_rows(self, table: str, now: dt.datetime, limit: int, dry: bool = False) -> int:
        """Rows of a table whose `due_at` has come; of blobs, those that were gone by `now`."""
        ...

    async def closed_people(self, before: dt.datetime, limit: int) -> list[int]:
        """Accounts that were closed before then, and those of people who are too young."""
        ...

    async def strangers(self, before: dt.datetime, limit: int) -> list[int]:
        """People who came before then and never agreed, and of whom nothing is under way."""
        ...

    async def orphans(self, before: dt.datetime, dry: bool = False) -> Mapping[str, int]:
        """Bytes and keys that no row knows, and rows without them, that are older; deleted, and counted by kind."""
        ...

    async def checkpoint(self) -> None:
        """What was deleted is in no file any more."""
        ...
