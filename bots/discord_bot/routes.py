"""The ways on which a message reaches somebody, the best first. What is private never goes where others read."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from bots.conversation.events import Chatter
from bots.conversation.messages import Button, Reply
from bots.conversation.texts import Texts
from bots.discord_bot.places import Address, Post
from bots.discord_bot.rendering import DEFAULT_MOST, Part, parts
from bots.discord_bot.rest import ACKNOWLEDGED, ORIGINAL, Line, Refused, UnlessClosed
from bots.discord_bot.waiting import Pending, Pendings
from core.errors import TryLater, Undeliverable, Unreachable

LIGHT: Final = 256 * 1024  # bytes of files that are surely sent before Discord gives an interaction up
POINTED_MOST: Final = 1_000  # messages of which it is remembered that their answer was pointed to


@dataclass(frozen=True, slots=True)
class Letter:
    """A message, whom it is for, and where it goes. `cap`: the largest file in bytes, where it is known better."""

    chatter: Chatter
    reply: Reply
    address: Address
    cap: int | None = None

    def smaller(self) -> Letter:
        """Without the largest of its files."""
        sizes = [len(file.data) for file in self.reply.files if self.cap is None or len(file.data) <= self.cap]
        return replace(self, cap=max(sizes, default=0) - 1)

    @property
    def is_light(self) -> bool:
        """Whether it takes no time to send."""
        return sum(len(file.data) for file in self.reply.files) <= LIGHT

    @property
    def texts(self) -> Texts:
        """The words in the person's language."""
        return Texts(self.chatter.locale)

    @property
    def whispered(self) -> bool:
        """Whether nobody else may see it."""
        return (self.reply.private and not self.address.alone) or self.address.whispered

    def parts(self, most: int = 0, before: str = "") -> list[Part]:
        """As Discord's messages; see rendering.parts."""
        limit = most or DEFAULT_MOST
        return parts(self.reply, self.texts, limit if self.cap is None else min(limit, self.cap), before)


class Routes:
    """Sends and changes messages."""

    def __init__(self, line: Line, pendings: Pendings) -> None:
        self._line = line
        self._pendings = pendings
        self._pointed: deque[str] = deque(maxlen=POINTED_MOST)

    async def can_answer(self, address: Address) -> bool:
        """Whether an interaction's token can be used; waits until the interaction is acknowledged."""
        return address.is_fresh(time.time()) and await self._pendings.settled(address.token)

    async def acknowledge(self, letter: Letter, pending: Pending) -> Post | None:
        """As the acknowledgement itself, which the caller has taken. Raises Refused as `answer` does."""
        address = letter.address
        first, *more = letter.parts(address.most)
        try:
            sent = await self._line.respond(pending.number, address.token, first, letter.whispered)
        except Refused as error:
            if error.code == ACKNOWLEDGED:  # The gateway told of it twice, or what was repeated had arrived.
                pending.settle()
                return await self.answer(letter)
            if error.closed:
                pending.settle(dead=True)
            else:
                pending.give_back()
            raise
        except BaseException:
            pending.give_back()
            raise
        pending.settle()
        return await self._more(letter, sent, first, more)

    async def answer(self, letter: Letter) -> Post | None:
        """In the place of what shows that the bot thinks. Raises Refused: the token is of no use any more."""
        address = letter.address
        if letter.whispered and not address.whispered:
            # Others see it, and what follows first would inherit that. So it goes, and the answer is whispered.
            with UnlessClosed():
                await self._line.withdraw(address.application, address.token)
            return await self._follow(letter)
        first, *more = letter.parts(address.most)
        sent = await self._line.answer(address.application, address.token, first)
        return await self._more(letter, sent, first, more)

    async def _more(self, letter: Letter, sent: dict[str, Any], first: Part, more: list[Part]) -> Post | None:
        """What did not fit into the first message."""
        address = letter.address
        for part in more:
            sent = await self._line.follow(address.application, address.token, part, letter.whispered)
        return _post(sent, address, letter.whispered, bool((more or [first])[-1].files))

    async def release(self, address: Address, letter: Letter) -> None:
        """Nothing more comes to an interaction: what shows that the bot thinks leads elsewhere, or goes."""
        if not await self.can_answer(address):
            return
        target = letter.address
        if target.channel and target.channel != address.channel and not target.whispered:
            await self._line.answer(address.application, address.token, Part(f"<#{target.channel}>"))
        else:
            await self._line.withdraw(address.application, address.token)

    async def edit(self, letter: Letter, post: Post) -> Post | None:
        """Change a message, by whatever token or right there is; None if that can't be done any more."""
        address, now = letter.address, time.time()
        made = letter.parts(address.most)
        if len(made) > 1:
            return None
        clear = post.filled
        with UnlessClosed():
            if address.pressed and address.message == post.message and await self.can_answer(address):
                sent = await self._line.answer(address.application, address.token, made[0], ORIGINAL, clear)
                return _post(sent, address, post.whispered, bool(made[0].files), post)
        with UnlessClosed():
            if post.is_fresh(now):
                sent = await self._line.answer(post.application, post.token, made[0], post.message, clear)
                return replace(post, filled=bool(made[0].files))
        with UnlessClosed():
            if not post.whispered:
                await self._line.change(post.channel, post.message, made[0], clear)
                return replace(post, filled=bool(made[0].files))
        return None

    async def send(self, letter: Letter) -> Post | None:
        """A new message.

        Raises:
            Unreachable: it goes to the person's own chat, and Discord lets the bot not write there.
            Undeliverable: it goes elsewhere, and neither there nor to the person's own chat does it get.
        """
        address = letter.address
        with UnlessClosed():
            if await self.can_answer(address):
                return await self._follow(letter)
        elsewhere = bool(address.channel) and not letter.whispered
        if address.present and elsewhere:
            with UnlessClosed():
                return await self._in_channel(letter)
        try:
            post = await self._directly(letter, elsewhere)
        except Refused as error:
            if not error.closed:
                raise
            await self._ask_to_open(letter)
            raise (Undeliverable if address.channel else Unreachable)(f"discord {error}") from None
        await self._point_home(letter)
        return post

    async def _follow(self, letter: Letter) -> Post | None:
        address = letter.address
        sent: dict[str, Any] = {}
        made = letter.parts(address.most)
        for part in made:
            sent = await self._line.follow(address.application, address.token, part, letter.whispered)
        return _post(sent, address, letter.whispered, bool(made[-1].files))

    async def _in_channel(self, letter: Letter) -> Post | None:
        address = letter.address
        sent: dict[str, Any] = {}
        made = letter.parts(address.usual)
        theirs = address.message and not address.pressed
        # Whoever used a command a while ago has written nothing that could be replied to, so they are called by name.
        called = letter.chatter.id if address.token and not theirs else ""
        for part in made:
            first = part is made[0]
            reply_to, person = (address.message, called) if first else ("", "")
            sent = await self._line.post(address.channel, part, reply_to, ping=bool(theirs) and first, person=person)
        return _post(sent, Address(address.channel), False, bool(made[-1].files))

    async def _directly(self, letter: Letter, elsewhere: bool) -> Post | None:
        """`elsewhere`: it should have gone to a channel, which is said."""
        channel = await self._line.direct(letter.chatter.id)
        before = letter.texts("discord.elsewhere") if elsewhere and letter.texts.has("discord.elsewhere") else ""
        sent: dict[str, Any] = {}
        made = letter.parts(0, before)
        for part in made:
            sent = await self._line.post(channel, part)
        return _post(sent, Address(channel), False, bool(made[-1].files), alone=True)

    async def _point_home(self, letter: Letter) -> None:
        """Who wrote in a channel and is answered alone is told there, once, where to look for it."""
        address, texts = letter.address, letter.texts
        asked_aloud = address.present and address.message and not address.token and not address.alone
        if not (asked_aloud and letter.whispered) or address.message in self._pointed:
            return
        self._pointed.append(address.message)
        home = Button("home", texts("button.home"), url=self._line.home)
        with suppress(Refused, TryLater, ConnectionError):  # What matters has arrived.
            await self._line.post(address.channel, Part(texts("group.private"), (home,)), address.message, ping=True)

    async def _ask_to_open(self, letter: Letter) -> None:
        """Who spoke to the bot in a channel and takes no direct messages is told so there; it says nothing private."""
        address, key = letter.address, "discord.closed"
        if address.present and address.message and not address.token and letter.texts.has(key):
            self._line.try_soon(letter.chatter.id)
            with UnlessClosed():
                await self._line.post(address.channel, Part(letter.texts(key)), address.message, ping=True)


def _post(
    sent: dict[str, Any],
    address: Address,
    whispered: bool,
    filled: bool,
    before: Post | None = None,
    alone: bool = False,
) -> Post | None:
    """The message that was sent, as it is remembered."""
    if "id" not in sent:
        return None
    channel = str(sent.get("channel_id") or address.channel)
    private = alone or whispered or bool(before and before.alone) or address.alone
    return Post(channel, str(sent["id"]), address.application, address.token, address.at, whispered, private, filled)
