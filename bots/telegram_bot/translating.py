"""What people do on Telegram, in the conversation's words."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from telegram import CallbackQuery, Message, User
from telegram.constants import ChatType

from bots.conversation import catalogue
from bots.conversation.catalogue import Takes
from bots.conversation.events import HOME, Chatter, Event, PhotoLost, PhotoSent, Place, Pressed, Typed
from bots.conversation.typed import LONGEST_WISH
from bots.telegram_bot.addressing import Said, answers, said
from bots.telegram_bot.pictures import is_file, picture
from bots.telegram_bot.places import Spot
from core.errors import NotAPicture

NAME: Final = "telegram"
ALBUMS: Final = 256  # the newest albums whose first photo was for the bot, since only that one says so


@dataclass(frozen=True, slots=True)
class Happening:
    """Who did what, where, and the album that it belongs to."""

    chatter: Chatter
    event: Event
    place: Place = HOME
    group: str = ""


class Translator:
    """Understands messages and presses. In groups, only what is meant for the bot."""

    def __init__(self) -> None:
        self._albums: deque[str] = deque(maxlen=ALBUMS)

    def message(self, message: Message, me: User) -> Happening | None:
        """What a message means; None if nothing is to be answered."""
        person = message.from_user
        if person is None or person.is_bot or message.sender_chat or message.chat.type == ChatType.CHANNEL:
            return None
        if message.via_bot and message.via_bot.id == me.id:  # Somebody shows around what the bot has made.
            return None
        words = said(message, me)
        if message.chat.type != ChatType.PRIVATE and not self._is_for_us(message, words, me):
            return None
        event = _event(message, words)
        if event is None:
            return None
        album = _album(message) if isinstance(event, PhotoSent) else ""
        return Happening(chatter_of(person), event, _place(message), album)

    def _is_for_us(self, message: Message, words: Said, me: User) -> bool:
        if words.to_others:
            return False
        album = _album(message)
        for_us = words.to_us or answers(message, me) or (bool(album) and album in self._albums)
        if for_us and album and album not in self._albums:
            self._albums.append(album)
        return for_us


def press(query: CallbackQuery) -> Happening | None:
    """What a press of a button means."""
    if query.data is None or query.from_user.is_bot:
        return None
    message, place = query.message, HOME
    if message is not None and message.chat.type != ChatType.PRIVATE:
        spot = Spot(message.chat.id, message.message_id)
        if isinstance(message, Message):
            replied, topic = message.reply_to_message, message.message_thread_id if message.is_topic_message else 0
            if replied and replied.from_user and replied.from_user.id == query.from_user.id:
                spot = Spot(spot.chat, replied.message_id)  # So that the answer reaches whoever pressed.
            spot = Spot(spot.chat, spot.answers, topic or 0)
        place = Place(spot.address, shared=True)
    return Happening(chatter_of(query.from_user), Pressed(query.data), place)


def chatter_of(person: User) -> Chatter:
    """Someone as the conversation knows them. Telegram tells nobody's timezone."""
    return Chatter(NAME, str(person.id), person.language_code or "en", None)


def _event(message: Message, words: Said) -> Event | None:
    file = picture(message)
    if file:
        return PhotoSent(file, caption=words.rest[:LONGEST_WISH])
    if message.text:
        return _about_another(message, words) or Typed(words.words)
    return PhotoLost(NotAPicture()) if message.effective_attachment else None


def _about_another(message: Message, words: Said) -> Event | None:
    """A command for photos that replies to one is as good as the photo itself."""
    command = catalogue.find(words.command) if words.is_command else None
    replied = message.reply_to_message or message.external_reply
    if command is None or replied is None or not any(argument.takes is Takes.PHOTO for argument in command.arguments):
        return None
    file = picture(replied)
    if file:
        return PhotoSent(file, caption=words.rest[:LONGEST_WISH])
    return PhotoLost(NotAPicture()) if is_file(replied) else None


def _place(message: Message) -> Place:
    if message.chat.type == ChatType.PRIVATE:
        return HOME
    topic = message.message_thread_id if message.is_topic_message else 0
    return Place(Spot(message.chat.id, message.message_id, topic or 0).address, shared=True)


def _album(message: Message) -> str:
    return message.media_group_id or ""
