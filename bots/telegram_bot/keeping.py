"""Updates on their way into the durable inbox. Telegram hears of each of them only once it is kept."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakValueDictionary

from telegram import Message, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bots.conversation.conversation import Conversation
from bots.conversation.events import PhotoSent
from bots.telegram_bot.asides import Asides
from bots.telegram_bot.courtesies import Courtesies
from bots.telegram_bot.giving_up import Fate, GivingUp, NotUnderstood
from bots.telegram_bot.inline import show_own
from bots.telegram_bot.pace import Pace
from bots.telegram_bot.translating import Happening, Translator, press
from core.stores import Posts

App = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE

ALLOWED: Final = (Update.MESSAGE, Update.CALLBACK_QUERY, Update.INLINE_QUERY, Update.MY_CHAT_MEMBER)
AT_ONCE: Final = 32  # people whose updates are kept at the same time
SEEN: Final = "👀"


class Keeping:
    """The handlers of one Application. Until there is a conversation, nothing is kept."""

    def __init__(self, application: App, posts: Posts, courtesies: Courtesies, pace: Pace, asides: Asides) -> None:
        self.conversation: Conversation | None = None
        self._application = application
        self._bot = application.bot
        self._posts = posts
        self._courtesies = courtesies
        self._pace = pace
        self._asides = asides
        self._translator = Translator()
        self._failures: dict[int, Exception] = {}  # of updates that are being kept
        self._giving_up = GivingUp()
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()  # of people, while they are needed
        self._receipts: deque[str] = deque(maxlen=256)  # albums that have theirs
        self._room = asyncio.Semaphore(AT_ONCE)
        application.add_handler(MessageHandler(filters.UpdateType.MESSAGE, self._on_message))
        application.add_handler(CallbackQueryHandler(self._on_press))
        application.add_handler(InlineQueryHandler(self._on_inline))
        application.add_handler(ChatMemberHandler(_on_membership, ChatMemberHandler.MY_CHAT_MEMBER))
        application.add_error_handler(self._on_error)

    @property
    def trouble(self) -> str:
        """The name of the error with which an update was not kept last."""
        return self._giving_up.trouble

    async def keep_all(self, updates: Sequence[Update]) -> set[int]:
        """Keep a batch: each person's updates in order, many people's at once. The numbers of those that are kept."""
        people: dict[int, list[Update]] = {}
        for update in updates:
            people.setdefault(_person(update), []).append(update)
        done = await asyncio.gather(*(self._keep_in_order(theirs) for theirs in people.values()))
        return set().union(*done)

    async def keep(self, update: Update) -> bool:
        """Keep one update, after what its person did before. True: it is kept or never can be, so it may be forgotten.

        A webhook brings several updates at once.
        """
        turn = self._turns.setdefault(_person(update), asyncio.Lock())
        async with turn:
            return (await self._keep(update)).is_over

    async def _keep(self, update: Update) -> Fate:
        number = update.update_id
        await self._application.process_update(update)
        return self._giving_up.fate(_person(update), number, self._failures.pop(number, None))

    async def _keep_in_order(self, updates: Sequence[Update]) -> set[int]:
        done: set[int] = set()
        async with self._room:
            for update in updates:
                fate = await self._keep(update)
                if fate is Fate.WAITS:
                    break
                if fate.is_over:
                    done.add(update.update_id)
        return done

    async def _on_message(self, update: Update, _: Context) -> None:
        message = update.message
        if message is None:
            return
        with _understanding():
            happening = self._translator.message(message, self._bot.bot)
        if happening is None:
            return
        told = await self._receive(update, happening)
        if told:
            self._asides.say(happening.chatter, told, happening.place)
        elif isinstance(happening.event, PhotoSent):
            self._receipt(message)

    async def _on_press(self, update: Update, _: Context) -> None:
        query = update.callback_query
        if query is None:
            return
        with _understanding():
            happening = press(query)
        told = await self._receive(update, happening) if happening else ""
        self._asides.answer(query, happening.chatter if happening else None, told)

    async def _on_inline(self, update: Update, _: Context) -> None:
        query, conversation = update.inline_query, self._present()
        if query:
            self._courtesies.do(lambda: show_own(self._bot, query, conversation, self._posts))

    async def _on_error(self, update: object, context: Context) -> None:
        if isinstance(update, Update):
            self._failures[update.update_id] = context.error or NotUnderstood()

    async def _receive(self, update: Update, happening: Happening) -> str:
        """Keep it. Nothing, or why it is not kept."""
        key, what = str(update.update_id), happening.event
        return await self._present().receive(happening.chatter, what, key, happening.place, happening.group)

    def _present(self) -> Conversation:
        if self.conversation is None:
            raise RuntimeError
        return self.conversation

    def _receipt(self, message: Message) -> None:
        """A quiet sign that the photo has arrived; one for each album."""
        album = message.media_group_id or ""
        if album in self._receipts or not self._pace.spare(message.chat.id):
            return
        if album:
            self._receipts.append(album)
        self._courtesies.do(lambda: self._bot.set_message_reaction(message.chat.id, message.message_id, SEEN))


@contextmanager
def _understanding() -> Iterator[None]:
    """Whatever is raised is raised as NotUnderstood: the error's own text may be personal."""
    try:
        yield
    except Exception:  # noqa: BLE001 -- see above
        raise NotUnderstood from None


async def _on_membership(_: Update, __: Context) -> None:
    """The bot was let in, put out or blocked: whoever sends the next message finds out."""


def _person(update: Update) -> int:
    """Whose updates are kept in order with it."""
    person = update.effective_user or update.effective_chat
    return person.id if person else 0
