"""The conversation: what people do is kept, then handed to the flow that answers it, and the answer goes out."""

from __future__ import annotations

import logging
import secrets
from types import TracebackType
from typing import Self

from bots.conversation import kept
from bots.conversation.carrier import MessageCarrier
from bots.conversation.events import Chatter, Event, chatter_of
from bots.conversation.flows import consent
from bots.conversation.messages import Reply
from bots.conversation.routing import hand_on
from bots.conversation.services import Services
from bots.conversation.session import Session
from bots.conversation.texts import Texts
from bots.conversation.turn import Turn
from core.bells import OUTBOX
from core.errors import FigurineError
from core.intake.reception import ATTEMPTS, Reception
from core.queue.orders import UNMADE
from core.records import JobStatus, NewParcel, Notice, Update

log = logging.getLogger(__name__)

BACKLOG = 100  # messages of one person that wait to be answered; more are not taken, since they would fill the disk
LOOK_EVERY = 0.25  # seconds between two looks at what another process may have changed


class Conversation:
    """One conversation with each of many people, over one platform. Use as `async with`."""

    def __init__(self, services: Services, reception: Reception, carrier: MessageCarrier) -> None:
        """`reception` hands what it kept to `answer`; `carrier` sends what was answered."""
        self._services = services
        self._reception = reception
        self._carrier = carrier

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._services.followers.close()

    async def receive(self, chatter: Chatter, event: Event, key: str) -> None:
        """Keep what happened, under the platform's own key for it. Once this returns, the platform may be told.

        The same key again changes nothing. Somebody who is too young is told so, and nothing is kept.

        Raises:
            DiskFull: there is no room; nothing was kept.
        """
        store = self._services.store
        if await store.people.is_barred(chatter.contact, self._services.clock.now()):
            await consent.too_young(self._services.messenger, chatter, self._services.settings.consent)
            return
        person = await store.people.find(chatter.contact)
        if await store.inbox.waiting(person.id) >= BACKLOG:
            text = Texts(chatter.locale)("inbox.full", limit=BACKLOG)
            await self._services.messenger.send(chatter, Reply(text))
            return
        uploads = [await store.uploads.keep(person.id, data) for data in kept.files_of(event)]
        _, new = await self._reception.receive(person.id, key, kept.pack(event, tuple(uploads)))
        if not new and uploads:
            await store.uploads.drop(person.id, uploads)

    async def handle(self, chatter: Chatter, event: Event) -> None:
        """Keep one event and wait until it is answered. Progress and results go on in the background.

        Raises:
            BrokenPipeError: the person has gone.
        """
        await self.receive(chatter, event, secrets.token_hex(16))
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
            self._carrier.follow(chatter, person.id, job.id)

    async def answer(self, update: Update) -> None:
        """Answer one update out of the inbox; a core.intake.reception.Handler."""
        contact = await self._services.store.people.contact(update.person_id)
        if contact is None:  # They have been erased meanwhile.
            return
        turn = await self._turn(chatter_of(contact), update)
        try:
            if update.attempts > ATTEMPTS:  # It may be what brings the service down.
                raise FigurineError
            await hand_on(turn, kept.unpack(update.payload))
        except FigurineError as error:
            turn.apologise(error.code, error.fields)
        except Exception as error:  # one person's trouble is not everyone's; the text could hold personal data
            log.error("an update failed with %s", type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
            turn.apologise(FigurineError.code, {})
        if not turn.erased:
            await self._commit(turn)

    async def _turn(self, chatter: Chatter, update: Update) -> Turn:
        store = self._services.store
        person = await store.people.find(chatter.contact)
        session = Session.unpack(await store.sessions.load(person.id))
        return Turn(update.id, update.received_at, chatter, person, session, Texts(chatter.locale), self._services)

    async def _commit(self, turn: Turn) -> None:
        """The answers, what is remembered, and that the update is handled: together or not at all."""
        store, now, person = self._services.store, self._services.clock.now(), turn.person.id
        async with store.transactions.transaction() as tx:
            for number, answer in enumerate(turn.answers):
                parcel = NewParcel(person, Notice.REPLY, f"update:{turn.number}:{number}", payload=answer.pack())
                await store.outbox.add(tx, parcel, now)
            await store.sessions.save(tx, person, turn.session.pack(), now)
            await store.inbox.handled(tx, turn.number, now)
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
        under_way = UNMADE - {JobStatus.ACCEPTED}
        return any(job.status in under_way for job in await self._services.orders.pending(person_id))
