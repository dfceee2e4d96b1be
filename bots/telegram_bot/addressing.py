"""Whether something that was said in a group is meant for the bot, and what was said besides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import Message, MessageEntity, User

from bots.conversation import catalogue


@dataclass(frozen=True, slots=True)
class Said:
    """Text or caption without the bot's name. `to_us`: it is for the bot, `to_others`: for another one."""

    words: str
    to_us: bool
    to_others: bool

    @property
    def is_command(self) -> bool:
        """It begins with a slash."""
        return self.words.startswith("/")

    @property
    def command(self) -> str:
        """The command's word, empty for none."""
        words = self.words[1:].split(maxsplit=1) if self.is_command else []
        return words[0] if words else ""

    @property
    def rest(self) -> str:
        """What stands behind the command; everything where there is none."""
        if not self.is_command:
            return self.words
        return self.words.partition(" ")[2].strip() if " " in self.words else self.words.partition("\n")[2].strip()


def said(message: Message, me: User) -> Said:
    """What a message says."""
    text = message.text or message.caption or ""
    entities = message.entities if message.text else message.caption_entities
    ours = [entity for entity in entities if _names(message, entity, me)]
    command, at = _command(message, entities)
    words = _without(text, ours)
    if at:
        words = words.replace(f"{command}@{at}", command, 1)
    to_us = bool(ours) or (bool(command) and at.casefold() == (me.username or "").casefold())
    return Said(words, to_us or (not at and _is_ours_alone(command)), bool(at) and not to_us)


def answers(message: Message, me: User) -> bool:
    """It replies to something that the bot said."""
    replied = message.reply_to_message
    return bool(replied and replied.from_user and replied.from_user.id == me.id and not replied.forum_topic_created)


def _command(message: Message, entities: Sequence[MessageEntity]) -> tuple[str, str]:
    """The command that the message begins with, slash and all, and whose it is said to be."""
    first = next(
        (entity for entity in entities if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0), None
    )
    if first is None:
        return "", ""
    text = message.parse_entity(first) if message.text else message.parse_caption_entity(first)
    command, _, at = text.partition("@")
    return command, at


def _is_ours_alone(command: str) -> bool:
    """Another bot of the same group would hardly be meant with it, though it does not say whom it is for."""
    found = catalogue.find(command[1:]) if command else None
    return found is not None and found.name == command[1:].lower() and (not found.private or found.name == "start")


def _names(message: Message, entity: MessageEntity, me: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    if entity.type != MessageEntity.MENTION:
        return False
    name = message.parse_entity(entity) if message.text else message.parse_caption_entity(entity)
    return name.casefold() == f"@{me.username}".casefold()


def _without(text: str, entities: Sequence[MessageEntity]) -> str:
    """The text without these; Telegram counts in units of UTF-16."""
    if not entities:
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    for entity in sorted(entities, key=lambda entity: entity.offset, reverse=True):
        raw = raw[: 2 * entity.offset] + raw[2 * (entity.offset + entity.length) :]
    return re.sub(r"[ \t]{2,}", " ", raw.decode("utf-16-le", "surrogatepass")).strip()
