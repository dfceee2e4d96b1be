"""Updates on their way into the durable inbox. Telegram hears of each of them only once it is kept."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

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
from bots.telegram_bot.courtesies import Courtesies
from bots.telegram_bot.inline import show_own
from bots.telegram_bot.pace import Pace
from bots.telegram_bot.refusals import NoAnswer
from bots.telegram_bot.translating import Happening, Translator, press
from core.errors import TryLater, Undeliverable, Unreachable
from core.stores import Posts

log = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE

ALLOWED: Final = (Update.MESSAGE, Update.CALLBACK_QUERY, Update.INLINE_QUERY, Update.MY_CHAT_MEMBER)
TRIES: Final = 3
AT_ONCE: Final = 32  # people whose updates are kept at the same time
SEEN: Final = "👀"


class NotUnderstood(Exception):
    """Something in an update is not as it should be; to see it again would not help."""


class Keeping:
    """The handlers of one Application. Until there is a conversation, nothing is kept.

    `trouble` is the name of the error with which an update was not kept last.
    """

    def __init__(self, application: App, posts: Posts, courtesies: Courtesies, pace: Pace) -> None:
        self.conversation: Conversation | None = None
        self.trouble = ""
        self._application = application
        self._bot = application.bot
        self._posts = posts
        self._courtesies = courtesies
        self._pace = pace
        self._translator = Translator()
        self._failures: dict[int, Exception] = {}  # of updates that are being kept
        self._tries: dict[int, tuple[int, int]] = {}  # of updates that failed: how often, and what was kept until then
        self._kept = 0
        self._receipts: deque[str] = deque(maxlen=256)  # albums that have theirs
        self._room = asyncio.Semaphore(AT_ONCE)
        application.add_handler(MessageHandler(filters.UpdateType.MESSAGE, self._on_message))
        application.add_handler(CallbackQueryHandler(self._on_press))
        application.add_handler(InlineQueryHandler(self._on_inline))
        application.add_handler(ChatMemberHandler(_on_membership, ChatMemberHandler.MY_CHAT_MEMBER))
        application.add_error_handler(self._on_error)

    async def keep_all(self, updates: Sequence[Update]) -> set[int]:
        """Keep a batch: each person's updates in order, many people's at once. The numbers of those that are kept."""
        people: dict[int, list[Update]] = {}
        for update in updates:
            person = update.effective_user or update.effective_chat
            people.setdefault(person.id if person else 0, []).append(update)
        done = await asyncio.gather(*(self._keep_in_order(theirs) for theirs in people.values()))
        return set().union(*done)

    async def keep(self, update: Update) -> bool:
        """Keep one update. True: Telegram may forget it, since it is kept or can never be."""
        number = update.update_id
        await self._application.process_update(update)
        failure = self._failures.pop(number, None)
        if failure is None:
            self._kept += 1
            self._tries.pop(number, None)
            return True
        self.trouble = type(failure).__name__
        log.debug("update %d was not kept: %s", number, self.trouble)
        return self._is_hopeless(number, failure)

    def _is_hopeless(self, number: int, failure: Exception) -> bool:
        """It failed TRIES times, and not since the store takes nothing: others were kept meanwhile."""
        tries, kept = self._tries.get(number, (0, -1))
        if self._kept != kept or isinstance(failure, NotUnderstood):
            self._tries[number] = (tries + 1, self._kept)
        if self._tries[number][0] < TRIES:
            return False
        log.error("update %d is left out: it can't be kept", number)
        del self._tries[number]
        return True

    async def _keep_in_order(self, updates: Sequence[Update]) -> set[int]:
        done: set[int] = set()
        async with self._room:
            for update in updates:
                if not await self.keep(update):
                    break
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
        await self._receive(update, happening)
        if isinstance(happening.event, PhotoSent):
            self._receipt(message)

    async def _on_press(self, update: Update, _: Context) -> None:
        query = update.callback_query
        if query is None:
            return
        with _understanding():
            happening = press(query)
        told = await self._receive(update, happening) if happening else ""
        self._courtesies.do(lambda: self._bot.answer_callback_query(query.id, told or None))

    async def _on_inline(self, update: Update, _: Context) -> None:
        query, conversation = update.inline_query, self._present()
        if query:
            self._courtesies.do(lambda: show_own(self._bot, query, conversation, self._posts))

    async def _on_error(self, update: object, context: Context) -> None:
        if isinstance(update, Update):
            self._failures[update.update_id] = context.error or NotUnderstood()

    async def _receive(self, update: Update, happening: Happening) -> str:
        """Keep it. What is told to whoever pressed a button."""
        conversation, key, what = self._present(), str(update.update_id), happening.event
        try:
            return await conversation.receive(happening.chatter, what, key, happening.place, happening.group)
        except (TryLater, Unreachable, Undeliverable, NoAnswer):
            # Nothing was to be kept, and the person could not be told so. To try again would hold up everyone.
            log.info("somebody could not be told why nothing is kept")
            return ""

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
