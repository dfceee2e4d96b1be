"""One message of the conversation as Telegram's messages: in the place of an earlier one, with or without files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from bots.conversation.messages import Attachment, Reply
from bots.telegram_bot.keyboards import keyboard
from bots.telegram_bot.lengths import split
from bots.telegram_bot.pace import Pace
from bots.telegram_bot.places import Spot
from bots.telegram_bot.posted import Post
from bots.telegram_bot.refusals import (
    Moved,
    NoAnswer,
    NoThread,
    NotModified,
    Refusal,
    Shut,
    TooBig,
    TooHeavyToSend,
    Uneditable,
)
from bots.telegram_bot.sending import Sender, fits_caption, is_document
from bots.telegram_bot.translating import NAME
from core.errors import Gone, TryLater
from core.ports import Clock
from core.stores import Posts

Result = TypeVar("Result")

MEGA: Final = 1_000_000
EDIT_AGAIN: Final = 5.0  # seconds; an edit that was not answered can be made twice without harm
TOGETHER: Final = 10  # files of one album
TRIES: Final = 3  # of a further part of a message


class Composing:
    """Sends whole messages."""

    def __init__(self, sender: Sender, posts: Posts, pace: Pace, clock: Clock, send_mb: int) -> None:
        """`send_mb` is the largest file that Telegram takes, in megabytes."""
        self._sender = sender
        self._posts = posts
        self._pace = pace
        self._clock = clock
        self._send_mb = send_mb

    async def message(self, spot: Spot, reply: Reply) -> None:
        """Send it.

        Raises:
            TryLater: nothing of it was sent.
            NoAnswer: some of it may have been sent.
            TooHeavyToSend: all of it was sent but what is too large.
            Unreachable, Undeliverable, Refusal: it can't be sent there.
        """
        light = [file for file in reply.files if len(file.data) <= self._send_mb * MEGA]
        heavy = [file for file in reply.files if len(file.data) > self._send_mb * MEGA]
        if light or not heavy:
            try:
                await self._parts(spot, reply, light)
            except TooBig:
                heavy = heavy or light
        if heavy:
            size = max(len(file.data) for file in heavy) / MEGA
            raise TooHeavyToSend(size=round(size, 1), limit=self._send_mb)

    async def _parts(self, spot: Spot, reply: Reply, files: list[Attachment]) -> None:
        """The text with its buttons, in the place of the earlier message if there is one, and the files with it."""
        earlier = await self._earlier(spot, reply)
        post: Post | None
        if len(files) == 1 and fits_caption(_captioned(reply.text, files[0])):
            post = await self._file(spot, reply, files[0], earlier)
            files = []
        else:
            post = await self._text(spot, reply, earlier)
        if post and post != earlier and reply.key and reply.person:
            with suppress(Gone):  # They have been erased meanwhile.
                await self._posts.keep(reply.person, NAME, reply.key, post.pack(), self._clock.now())
        await self._rest(spot, files)

    async def _earlier(self, spot: Spot, reply: Reply) -> Post | None:
        """The message with the reply's key, if it is in the same chat."""
        payload = await self._posts.find(reply.person, NAME, reply.key) if reply.key and reply.person else None
        post = Post.unpack(payload) if payload else None
        return post if post and post.chat == spot.chat else None

    async def _text(self, spot: Spot, reply: Reply, earlier: Post | None) -> Post | None:
        parts, markup = split(reply.text), keyboard(reply.buttons)
        if earlier and len(parts) == 1:
            try:
                await self._pace.edit(spot.chat)
                return await self._sender.edit_text(earlier, parts[0], markup)
            except NotModified:
                return earlier
            except Uneditable:
                pass
            except NoAnswer:
                raise TryLater(EDIT_AGAIN) from None
        post = None
        for number, part in enumerate(parts, start=1):
            last = markup if number == len(parts) else None
            if number == 1:
                await self._pace.turn(spot.chat)
                post = await self._sender.text(spot, part, last)
            else:
                post = await self._further(spot, 1, partial(self._sender.text, spot, part, last))
        return post

    async def _file(self, spot: Spot, reply: Reply, file: Attachment, earlier: Post | None) -> Post:
        markup, words = keyboard(reply.buttons), _captioned(reply.text, file)
        await self._pace.turn(spot.chat)
        if earlier:
            try:
                return await self._sender.edit_file(earlier, file, words, markup)
            except NotModified:
                return earlier
            except (Moved, NoThread, Shut, TooBig):
                raise
            except Refusal:
                pass
            except NoAnswer:
                raise TryLater(EDIT_AGAIN) from None
        return await self._sender.file(spot, file, words, markup)

    async def _rest(self, spot: Spot, files: list[Attachment]) -> None:
        """Files that did not fit under the text: pictures and films one by one, the others together."""
        for file in (file for file in files if not is_document(file)):
            await self._further(spot, 1, partial(self._sender.file, spot, file, "", None))
        documents = [file for file in files if is_document(file)]
        for group in _groups(documents, self._send_mb * MEGA):
            if len(group) > 1:
                await self._further(spot, len(group), partial(self._sender.documents, spot, group))
            else:
                await self._further(spot, 1, partial(self._sender.file, spot, group[0], group[0].alt, None))

    async def _further(self, spot: Spot, count: int, send: Callable[[], Awaitable[Result]]) -> Result:
        """A further part of a message that has begun: it is waited for, since what was sent can't be taken back.

        Raises:
            NoAnswer: Telegram does not take it for too long.
        """
        for _ in range(TRIES):
            await self._pace.turn(spot.chat, count, patient=True)
            try:
                return await send()
            except TryLater as wish:
                self._pace.hold(spot.chat, wish.seconds)
        raise NoAnswer("telegram")


def _captioned(text: str, file: Attachment) -> str:
    """The words under one file; what a picture shows is seen, what a document is for is said."""
    return f"{text}\n{file.alt}".strip() if is_document(file) else text


def _groups(files: list[Attachment], most: int) -> list[list[Attachment]]:
    """The files in groups of up to TOGETHER, and of up to `most` bytes."""
    groups: list[list[Attachment]] = []
    for file in files:
        full = not groups or len(groups[-1]) == TOGETHER
        if full or sum(len(other.data) for other in groups[-1]) + len(file.data) > most:
            groups.append([])
        groups[-1].append(file)
    return groups
