"""The conversation: what people do is kept, then handed to the flow that answers it, and the answer goes out."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from bots.conversation import kept
from bots.conversation.carrier import MessageCarrier
from bots.conversation.events import HOME, Chatter, Event, FileRef, Place, chatter_of, kept_place, place_here
from bots.conversation.flows.results import described
from bots.conversation.flows.telling import order_key
from bots.conversation.kept import PhotoKept
from bots.conversation.routing import hand_on, is_theirs
from bots.conversation.services import Services
from bots.conversation.session import Session
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn, tell_aside
from core.bells import OUTBOX
from core.delivery import Delivery
from core.errors import FigurineError, PhotoGone, Tampered, TryLater
from core.intake.reception import ATTEMPTS, Reception
from core.queue.orders import UNMADE
from core.records import JobStatus, NewParcel, Notice, Parcel, Person, Update

log = logging.getLogger(__name__)

BACKLOG = 100  # messages of one person that wait to be answered; more are not taken, since they would fill the disk
PATIENCE = dt.timedelta(minutes=3)  # with a file that does not come; meanwhile its person is not answered
ALBUM_PAUSE = 0.8  # seconds without another photo after which an album is taken for whole
ALBUM_LOOKS = 10
UNDER_WAY = UNMADE - {JobStatus.ACCEPTED}  # An order that nobody has paid waits for its person.
LOOK_EVERY = 0.25  # seconds between two looks at what another process may have changed


@dataclass(frozen=True, slots=True)
class Shown:
    """A figurine that its person may show around: whose it is, the key of the post with its picture, and what it is."""

    person: int
    key: str
    title: str


class Conversation:
    """One conversation with each of many people, over one platform. Use as `async with`."""

    def __init__(
        self, platform: str, services: Services, reception: Reception, carrier: MessageCarrier, delivery: Delivery
    ) -> None:
        """`reception` hands what it kept to `answer`; `carrier` sends what was answered, when `delivery` says so."""
        self._platform = platform
        self._services = services
        self._reception = reception
        self._carrier = carrier
        self._delivery = delivery

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._services.followers.close()

    async def receive(self, chatter: Chatter, event: Event, key: str, place: Place = HOME, group: str = "") -> str:
        """Keep what happened, under the platform's own key for it. Once this returns, the platform may be told.

        Gives nothing; or, where nothing is kept, why, which is for this person alone and is to be said beside the
        intake, and seldom: they are too young, have too much under way, or pressed another person's button.

        The same key again changes nothing. `group` is the platform's name for an album whose photos come one by one.

        Raises:
            DiskFull: there is no room; nothing was kept.
        """
        store = self._services.store
        if await store.people.is_barred(chatter.contact, self._services.clock.now()):
            return Texts(chatter.locale)("start.young", age=self._services.settings.consent.minimum_age)
        person = await store.people.find(chatter.contact)
        if place.shared and not self._services.messenger.whispers and not await is_theirs(store, person.id, event):
            return (await self._words_for(person, chatter))("button.other-person")
        if await store.inbox.waiting(person.id) >= BACKLOG:
            return (await self._words_for(person, chatter))("inbox.full", limit=BACKLOG)
        files = kept.files_of(event)
        uploads = [file if isinstance(file, FileRef) else await store.uploads.keep(person.id, file) for file in files]
        payload = kept.pack(event, tuple(uploads), place, group)
        _, new = await self._reception.receive(person.id, key, payload, group)
        stored = [upload for upload in uploads if isinstance(upload, str)]
        if not new and stored:
            await store.uploads.drop(person.id, stored)
        return ""

    async def _words_for(self, person: Person, chatter: Chatter) -> Texts:
        """The words in somebody's language, as it was told before where the platform does not tell it now."""
        known = await self._services.store.people.contact(person.id, chatter.platform)
        return Texts(known.locale if known else chatter.locale)

    async def handle(self, chatter: Chatter, event: Event, place: Place = HOME) -> None:
        """Keep one event and wait until it is answered. Progress and results go on in the background.

        Raises:
            BrokenPipeError: the person has gone.
        """
        told = await self.receive(chatter, event, secrets.token_hex(16), place)
        if told:
            await tell_aside(self._services.messenger, chatter, told, place)
        await self._quiet(chatter, jobs=False)

    async def settled(self, chatter: Chatter) -> None:
        """Wait until nothing of this person's is pending. Raises BrokenPipeError if they have gone."""
        await self._quiet(chatter, jobs=True)

    async def resume(self, chatter: Chatter) -> None:
        """Go on telling somebody who comes back how far their orders are."""
        store = self._services.store
        if await store.people.is_barred(chatter.contact, self._services.clock.now()):
            return
        person = await store.people.find(chatter.contact)
        for job in await self._services.orders.pending(person.id):
            if job.status in UNDER_WAY:
                self._carrier.follow(chatter, person.id, job.id)

    async def resume_all(self) -> None:
        """Go on telling everybody here how far their orders are."""
        store = self._services.store
        for job in await store.jobs.open():
            contact = (
                await store.people.contact(job.person_id, self._platform) if job.platform == self._platform else None
            )
            if contact and job.status in UNDER_WAY:
                _, wanted = await store.jobs.asked(job.person_id, job.id)
                self._carrier.follow(
                    chatter_of(contact),
                    job.person_id,
                    job.id,
                    place_here(self._platform, wanted.place) if wanted else "",
                )

    async def gallery(self, chatter: Chatter) -> list[Shown]:
        """A person's own figurines that are still held, newest first, to be shown elsewhere. Nothing of it is kept."""
        store = self._services.store
        if await store.people.is_barred(chatter.contact, self._services.clock.now()):
            return []
        person = await store.people.met(chatter.contact)
        if person is None:
            return []
        texts = Texts(person.preferences.language or chatter.locale)
        pieces = await store.pieces.all_of(person.id)
        return [Shown(person.id, order_key(piece.job.id), described(texts, piece)) for piece in pieces]

    async def answer(self, update: Update) -> None:
        """Answer one update out of the inbox; a core.intake.reception.Handler."""
        event, place = kept.unpack(update.payload)
        turn = await self._turn(update, place)
        if turn is None:  # They have been erased meanwhile, or are not reached here any more.
            await self._handled([update.id])
            return
        try:
            if update.attempts > ATTEMPTS:  # It may be what brings the service down.
                raise FigurineError
            await hand_on(turn, await self._whole(turn, event))
        except TryLater:  # The platform asks to wait before it hands over a file; nothing has been done.
            if self._services.clock.now() - update.received_at < PATIENCE:
                raise
            turn.apologise(PhotoGone.code, {})
        except FigurineError as error:
            turn.apologise(error.code, error.fields)
        except Exception as error:  # one person's trouble is not everyone's; the text could hold personal data
            log.error("an update failed with %s", type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
            turn.apologise(FigurineError.code, {})
        if not turn.erased:
            await self._commit(turn, place)

    async def _handled(self, updates: list[int]) -> None:
        async with self._services.store.transactions.transaction() as tx:
            for update in updates:
                await self._services.store.inbox.handled(tx, update, self._services.clock.now())

    async def _turn(self, update: Update, place: Place) -> Turn | None:
        store = self._services.store
        person = await store.people.known(update.person_id)
        contact = await store.people.contact(update.person_id, self._platform)
        if person is None or contact is None:
            return None
        chatter, session = chatter_of(contact), await self._session(person.id)
        texts, again = Texts(chatter.locale), update.attempts > 1
        when = update.received_at
        return Turn(update.id, when, chatter, person, session, texts, self._services, place, repeated=again)

    async def _session(self, person_id: int) -> Session:
        """What is remembered of the talk; nothing, if it is damaged or was written by another version."""
        try:
            return Session.unpack(await self._services.store.sessions.load(person_id))
        except (Tampered, ValueError, KeyError, TypeError) as error:
            log.error("a session can't be read: %s", type(error).__name__)
            return Session()

    async def _whole(self, turn: Turn, event: kept.KeptEvent) -> kept.KeptEvent:
        """The event, with the other photos of its album, which the platform sent one by one."""
        if not (isinstance(event, PhotoKept) and event.album):
            return event
        joined = await self._joined(turn.number)
        parts = [part for part, _ in (kept.unpack(update.payload) for update in joined) if isinstance(part, PhotoKept)]
        turn.joined.extend(update.id for update in joined)
        uploads = tuple(upload for part in (event, *parts) for upload in part.uploads)
        caption = next((part.caption for part in (event, *parts) if part.caption), "")
        return replace(event, uploads=uploads, caption=caption)

    async def _joined(self, number: int) -> list[Update]:
        """What came with an update, once nothing more has come for a moment."""
        inbox = self._services.store.inbox
        joined = await inbox.siblings(number)
        for _ in range(ALBUM_LOOKS):
            await asyncio.sleep(ALBUM_PAUSE)
            before, joined = joined, await inbox.siblings(number)
            if len(joined) == len(before):
                break
        return joined

    async def _commit(self, turn: Turn, place: Place) -> None:
        """The answers, what is remembered, and that the update is handled: together or not at all."""
        store, now, person = self._services.store, self._services.clock.now(), turn.person.id
        if place.waits and not turn.left:
            _answer_who_waits(turn, place)
        first: Parcel | None = None
        async with store.transactions.transaction() as tx:
            for number, answer in enumerate(turn.answers):
                origin = f"update:{turn.number}:{number}"
                payload = replace(answer, place=kept_place(self._platform, answer.place)).pack()
                parcel = NewParcel(person, Notice.REPLY, origin, payload=payload, platform=self._platform)
                if number == 0 and (lease := self._delivery.lease):
                    first = await store.outbox.begin(tx, parcel, now, lease)
                else:
                    await store.outbox.add(tx, parcel, now)
            for platform, whom, answer in turn.told:
                origin = f"update:{turn.number}:{platform}"
                parcel = NewParcel(whom, Notice.REPLY, origin, payload=answer.pack(), platform=platform)
                await store.outbox.add(tx, parcel, now)
            if turn.prefers is not None:
                await store.people.prefer(tx, person, turn.prefers)
            await store.sessions.save(tx, person, turn.session.pack(), now)
            for update in (turn.number, *turn.joined):
                await store.inbox.handled(tx, update, now)
        if first:
            self._delivery.take(first)
        if first is None or turn.told or len(turn.answers) > 1:
            self._services.bells.ring(OUTBOX)
        if turn.spent:
            await store.uploads.drop(person, turn.spent)

    async def _quiet(self, chatter: Chatter, jobs: bool) -> None:
        """Wait until nothing of a person is unhandled or on its way, with `jobs` not even an order."""
        store, bells = self._services.store, self._services.bells
        if await store.people.is_barred(chatter.contact, self._services.clock.now()):
            return
        person = (await store.people.find(chatter.contact)).id
        while True:
            if self._carrier.hung_up:
                raise BrokenPipeError
            bell = bells.listen(OUTBOX)
            # In this order, since each of them puts its end into the next in one transaction.
            if not ((jobs and await self._is_waiting(person)) or await self._is_busy(person)):
                return
            await bells.wait(bell, LOOK_EVERY)

    async def _is_busy(self, person_id: int) -> bool:
        store = self._services.store
        return await store.inbox.waiting(person_id) > 0 or await store.outbox.waiting(person_id)

    async def _is_waiting(self, person_id: int) -> bool:
        """Whether an order is under way that will end by itself."""
        return any(job.status in UNDER_WAY for job in await self._services.orders.pending(person_id))


def _answer_who_waits(turn: Turn, place: Place) -> None:
    """Mark the answer that a waiting platform gets. It would show for ever that it waits if there were none."""
    here = [number for number, answer in enumerate(turn.answers) if answer.place == place.address]
    if not here:
        turn.say(turn.texts("done"), private=turn.services.messenger.whispers, place=place)
        here = [len(turn.answers) - 1]
    turn.answers[here[0]] = replace(turn.answers[here[0]], first=True)
