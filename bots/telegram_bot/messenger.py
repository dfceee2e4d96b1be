"""Carries the conversation's messages to Telegram."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import replace
from typing import Final, TypeVar

from telegram import Bot
from telegram.constants import ChatAction

from bots.conversation.events import Chatter, FileRef
from bots.conversation.messages import Reply
from bots.telegram_bot.composing import Composing
from bots.telegram_bot.courtesies import Courtesies
from bots.telegram_bot.fetching import Fetching
from bots.telegram_bot.pace import Pace
from bots.telegram_bot.places import Spot, own_chat, spot_of
from bots.telegram_bot.refusals import (
    FloodWait,
    Moved,
    NoThread,
    Refusal,
    Shut,
)
from bots.telegram_bot.sending import Sender
from core.errors import Undeliverable, Unreachable
from core.ports import Clock
from core.stores import Memos, Posts

Key = TypeVar("Key")
Value = TypeVar("Value")

EDIT_PAUSE: Final = 1.5  # seconds; in groups, bots.telegram_bot.pace asks for more
TYPING_EVERY: Final = 4.0  # seconds; Telegram shows it for five
REMEMBERED: Final = 1024  # chats


class TelegramMessenger:
    """bots.conversation.services.Messenger over one bot. `username` is the bot's own, once it is known."""

    edit_pause = EDIT_PAUSE
    whispers = False

    def __init__(
        self,
        bot: Bot,
        fetching: Fetching,
        posts: Posts,
        courtesies: Courtesies,
        pace: Pace,
        clock: Clock,
        send_mb: int,
        memos: Memos | None = None,
    ) -> None:
        """`send_mb` is the largest file that Telegram takes, in megabytes."""
        self.username = ""
        self._bot = bot
        self._composing = Composing(Sender(bot, memos), posts, pace, clock, send_mb)
        self._fetching = fetching
        self._courtesies = courtesies
        self._pace = pace
        self._moved: OrderedDict[int, int] = OrderedDict()  # groups that have another id now
        self._typed_at: OrderedDict[Spot, float] = OrderedDict()

    async def send(self, chatter: Chatter, reply: Reply) -> None:
        """See Messenger.

        Raises:
            TooHeavyToSend: a file is too large for Telegram; all else has been sent.
            NoAnswer: it may have been sent.
        """
        spot = own_chat(chatter) if reply.private else spot_of(chatter, reply.place)
        try:
            await self._send(spot, reply)
            return
        except Shut:
            if not spot.is_group:
                raise Unreachable from None
        except Refusal as refusal:
            raise Undeliverable(type(refusal).__name__) from None
        await self.send(chatter, replace(reply, place=""))  # The bot was put out of the group.

    async def typing(self, chatter: Chatter, place: str) -> None:
        """See Messenger. At most one every TYPING_EVERY seconds in a chat."""
        spot, now = spot_of(chatter, place), time.monotonic()
        spot = Spot(self._moved.get(spot.chat, spot.chat), thread=spot.thread)
        if now - self._typed_at.get(spot, -TYPING_EVERY) < TYPING_EVERY or not self._pace.spare(spot.chat):
            return
        _remember(self._typed_at, spot, now)
        self._courtesies.do(
            lambda: self._bot.send_chat_action(spot.chat, ChatAction.UPLOAD_PHOTO, message_thread_id=spot.topic)
        )

    async def fetch(self, file: FileRef, most: int) -> bytes:
        """See Messenger."""
        return await self._fetching.fetch(file, most)

    async def thread(self, chatter: Chatter, place: str, title: str) -> str:  # noqa: ARG002 -- replies keep orders apart
        """See Messenger."""
        return place

    def home(self, chatter: Chatter) -> str:  # noqa: ARG002 -- the same for everyone
        """See Messenger."""
        return f"https://t.me/{self.username}?start=photo" if self.username else ""

    async def _send(self, spot: Spot, reply: Reply) -> None:
        """Send to where the chat is now."""
        for _ in range(3):
            spot = replace(spot, chat=self._moved.get(spot.chat, spot.chat))
            try:
                await self._composing.message(spot, reply)
                return
            except Moved as moved:
                _remember(self._moved, spot.chat, moved.chat)
            except NoThread:
                spot = replace(spot, thread=0)
            except FloodWait as wish:
                self._pace.hold(spot.chat, wish.seconds)
                raise
        raise Refusal


def _remember(known: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > REMEMBERED:
        known.popitem(last=False)
