"""Messages on their way out: put into words, their files fetched from the store, handed to the platform."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources

from bots.conversation.events import Chatter, chatter_of, place_here
from bots.conversation.flows import delivery, shop_notices
from bots.conversation.flows.telling import Telling, order_key, order_of
from bots.conversation.messages import Answer, Attachment, Button, Enclosed, Reply, file_name
from bots.conversation.services import Services
from bots.conversation.texts import Texts
from bots.conversation.turn import button, complaint, owned, wrong
from core.errors import FigurineError, Gone, TryLater, Undeliverable, Unreachable
from core.model import FileKind
from core.queue.orders import UNMADE
from core.records import Job, JobStatus, Notice, Parcel, Piece

log = logging.getLogger(__name__)


class MessageCarrier:
    """core.delivery.Carrier over a messenger. `hung_up`: whoever reads has gone away."""

    def __init__(self, platform: str, services: Services) -> None:
        """`platform` is the name of the messenger's."""
        self.hung_up = False
        self._platform = platform
        self._services = services

    async def carry(self, parcel: Parcel) -> None:
        """See core.delivery.Carrier.

        Raises:
            Undeliverable: it can't be handed over as it is, and the person has been told.
        """
        contact = await self._services.store.people.contact(parcel.person_id, self._platform)
        if contact is None:
            raise Unreachable
        chatter = chatter_of(contact)
        try:
            await self._carry(chatter, parcel)
        except BrokenPipeError:
            self.hung_up = True
            raise
        except (TryLater, Unreachable, Undeliverable):
            raise
        except FigurineError as error:
            await self._regret(chatter, parcel, error)
            raise Undeliverable(error.code) from None

    def follow(self, chatter: Chatter, person_id: int, order: int, place: str = "") -> None:
        """Tell from now on how far an order is, where its messages go."""
        telling = Telling(self._services, chatter, person_id, order, place)
        self._services.followers.start(order, telling.follow())

    async def _carry(self, chatter: Chatter, parcel: Parcel) -> None:
        answer = await self._answer(chatter, parcel)
        if answer is None:
            return
        texts = Texts(chatter.locale)
        text = f"{texts('repeat')}\n{answer.text}" if await self._may_be_double(parcel, answer.key) else answer.text
        reply = Reply(
            text,
            answer.buttons,
            (*_exhibited(texts, answer.exhibit), *await self._fetched(parcel.person_id, answer.enclosed)),
            answer.key,
            answer.timings,
            answer.place,
            answer.private,
            answer.first,
            parcel.person_id,
        )
        await self._services.messenger.send(chatter, reply)
        if parcel.notice is Notice.SHOP:
            await self._follow_all(chatter, parcel.person_id)
        order = order_of(answer.key)
        if parcel.notice is Notice.REPLY and order is not None:
            await self._follow_if_open(chatter, parcel.person_id, order, answer.place)

    async def _answer(self, chatter: Chatter, parcel: Parcel) -> Answer | None:
        """The message in words; None if there is nothing to say any more."""
        if parcel.notice is Notice.REPLY:
            said = Answer.unpack(parcel.payload)
            return replace(said, place=place_here(self._platform, said.place))
        if parcel.notice is Notice.SHOP:
            return await self._shop(chatter, parcel)
        answer = await self._notice(chatter, parcel)
        if answer is None:
            return None
        place = "" if parcel.notice is Notice.REMINDER else await self._place(parcel)
        return replace(
            answer, place=place, buttons=owned(answer.buttons, parcel.person_id) if place else answer.buttons
        )

    async def _notice(self, chatter: Chatter, parcel: Parcel) -> Answer | None:
        texts, order = Texts(chatter.locale), parcel.job_id or 0
        await self._services.followers.ended(order)
        if parcel.notice is Notice.ENDED:
            job = await self._services.store.jobs.get(order)
            return self._ended(texts, job, json.loads(parcel.payload or b"{}")) if job else None
        piece = await self._services.store.pieces.get(parcel.person_id, order)
        if piece is None:
            return None
        if parcel.notice is Notice.PICTURE:
            return delivery.picture(texts, piece)
        if parcel.notice is Notice.REMINDER:
            return delivery.reminder(texts, chatter, piece)
        price = self._services.shop.price(piece.job.style)
        return delivery.turntable(texts, chatter, piece, await self._photo_until(piece), price)

    async def _shop(self, chatter: Chatter, parcel: Parcel) -> Answer | None:
        """What happened to money or credits, which is for the person's own chat. Orders that waited for it go on."""
        orders = self._services.orders
        await orders.resume(parcel.person_id)
        going_on = [await orders.state(job) for job in await self._untold(parcel.person_id)]
        return shop_notices.worded(Texts(chatter.locale), chatter, json.loads(parcel.payload), going_on)

    async def _untold(self, person_id: int) -> list[Job]:
        """Orders from here that are under way, and of which nobody tells."""
        jobs = [job for job in await self._services.orders.pending(person_id) if job.status is not JobStatus.ACCEPTED]
        return [job for job in jobs if job.platform == self._platform and not self._services.followers.has(job.id)]

    async def _follow_all(self, chatter: Chatter, person_id: int) -> None:
        for job in await self._untold(person_id):
            _, wanted = await self._services.store.jobs.asked(person_id, job.id)
            self.follow(chatter, person_id, job.id, place_here(self._platform, wanted.place) if wanted else "")

    async def _place(self, parcel: Parcel) -> str:
        """Where the messages about an order go."""
        _, wanted = await self._services.store.jobs.asked(parcel.person_id, parcel.job_id or 0)
        return place_here(self._platform, wanted.place) if wanted else ""

    def _ended(self, texts: Texts, job: Job, fields: Mapping[str, str | int | float]) -> Answer:
        other, key = (button(texts, "other", job.id),), order_key(job.id)
        returned = int(fields.get("returned", 0)) if self._services.shop.is_open else 0
        back = texts.plural("credits.back", returned) if returned else ""
        if job.status is JobStatus.CANCELLED:
            return Answer(texts.joined([texts("cancel.back"), back]) if back else texts("cancel.done"), other, key=key)
        if job.status is JobStatus.EXPIRED and job.kept_until:  # One that was made did cost something.
            return Answer(texts("result.gone"), key=key)
        if job.status is JobStatus.EXPIRED:
            expired = texts.joined([texts("order.expired.back"), back]) if back else texts("order.expired")
            return Answer(expired, key=key)
        return Answer(complaint(texts, job.reason, fields, returned), other, key=key)

    async def _photo_until(self, piece: Piece) -> dt.datetime | None:
        store = self._services.store
        held = [await store.photos.get(piece.job.person_id, photo) for photo in piece.photos]
        return max((photo.due_at for photo in held if photo and photo.due_at), default=None)

    async def _may_be_double(self, parcel: Parcel, key: str) -> bool:
        """Whether the person may see a message twice; one that is changed in place they can't."""
        if not parcel.unsure or not key:
            return parcel.unsure
        return await self._services.store.posts.find(parcel.person_id, self._platform, key) is None

    async def _fetched(self, person_id: int, enclosed: tuple[Enclosed, ...]) -> tuple[Attachment, ...]:
        """The files' bytes.

        Raises:
            Gone: one is not held any more.
        """
        files: list[Attachment] = []
        for order in dict.fromkeys(file.order for file in enclosed):
            piece = await self._services.store.pieces.get(person_id, order)
            if piece is None:
                raise Gone
            stem = f"figurine-{piece.job.style}"
            for wanted in (file for file in enclosed if file.order == order):
                for file in (file for file in piece.files if file.kind is wanted.kind):
                    data = await self._services.store.pieces.read(person_id, file)
                    files.append(Attachment(file.kind, file_name(stem, file.kind, file.name), data, wanted.alt))
        return tuple(files)

    async def _follow_if_open(self, chatter: Chatter, person_id: int, order: int, place: str) -> None:
        job = await self._services.store.jobs.get(order)
        if job and job.status in UNMADE:
            self.follow(chatter, person_id, order, place)

    async def _regret(self, chatter: Chatter, parcel: Parcel, error: FigurineError) -> None:
        """Tell that something could not be handed over. If even that can't be sent, there is nothing left to try."""
        texts = Texts(chatter.locale)
        buttons: tuple[Button, ...] = ()
        if parcel.job_id is not None and not isinstance(error, Gone):
            buttons = (button(texts, "show", parcel.job_id),)
        try:
            # A figurine that is made has its price, so nothing is said of that.
            reply = Reply(wrong(texts, error.code, error.fields), buttons, person=parcel.person_id)
            await self._services.messenger.send(chatter, reply)
        except BrokenPipeError:
            self.hung_up = True
            raise
        except Exception as problem:  # noqa: BLE001 -- see above; the text could hold personal data
            log.error("an apology failed with %s", type(problem).__name__)


def _exhibited(texts: Texts, name: str) -> tuple[Attachment, ...]:
    """A picture that belongs to the bot itself."""
    if not name:
        return ()
    return (Attachment(FileKind.PICTURE, f"{name}.jpg", _picture(name), texts(f"exhibit.{name}"), own=True),)


@cache
def _picture(name: str) -> bytes:
    return (resources.files(__package__) / "pictures" / f"{name}.jpg").read_bytes()
