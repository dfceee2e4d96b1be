"""What is said beside the intake, to one person alone: nothing of what they did was kept, and why."""

from __future__ import annotations

from typing import Final

from telegram import Bot, CallbackQuery

from bots.conversation.events import HOME, Chatter, Place
from bots.conversation.seldom import Seldom
from bots.conversation.services import Messenger
from bots.conversation.turn import tell_aside
from bots.telegram_bot.courtesies import Courtesies
from bots.telegram_bot.lengths import cut, length
from bots.telegram_bot.pace import Pace

ANSWER: Final = 200  # units of UTF-16 that the answer to a press may have


class Asides:
    """Says it in the background. Nobody waits for it, and there is none where messages to people need the room."""

    def __init__(self, bot: Bot, messenger: Messenger, courtesies: Courtesies, pace: Pace) -> None:
        self._bot = bot
        self._messenger = messenger
        self._courtesies = courtesies
        self._pace = pace
        self._seldom = Seldom()

    def say(self, chatter: Chatter, text: str, place: Place) -> None:
        """Say it, unless this person was told something like it within the last minute."""
        if self._seldom.may(chatter.id) and self._pace.spare(int(chatter.id)):
            self._courtesies.do(lambda: tell_aside(self._messenger, chatter, text, place))

    def answer(self, query: CallbackQuery, chatter: Chatter | None, text: str) -> None:
        """Answer a press, with words or without. What is too long for that is seldom said as a message, too."""
        fits = length(text) <= ANSWER
        shown = text if fits else cut(text, ANSWER - 1) + "…"
        self._courtesies.do(lambda: self._bot.answer_callback_query(query.id, shown or None, show_alert=not fits))
        if not fits and chatter:
            self.say(chatter, text, HOME)
