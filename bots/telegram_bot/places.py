"""Where a message goes: a chat, the message that it answers, the topic of a forum."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import ReplyParameters

from bots.conversation.events import Chatter


@dataclass(frozen=True, slots=True)
class Spot:
    """Telegram's own numbers; 0 for none."""

    chat: int
    answers: int = 0
    thread: int = 0

    @property
    def is_group(self) -> bool:
        """Others read along."""
        return self.chat < 0

    @property
    def address(self) -> str:
        """The spot as the address of a Place."""
        return f"{self.chat}:{self.answers}:{self.thread}"

    @property
    def reply(self) -> ReplyParameters | None:
        """The message that is answered; one that is gone does not matter."""
        return ReplyParameters(self.answers, allow_sending_without_reply=True) if self.answers else None

    @property
    def topic(self) -> int | None:
        """The topic as the library takes it."""
        return self.thread or None


def own_chat(chatter: Chatter) -> Spot:
    """The chat that somebody has with the bot alone."""
    return Spot(int(chatter.id))


def spot_of(chatter: Chatter, address: str) -> Spot:
    """The spot with that address; the person's own chat for none."""
    return Spot(*(int(part) for part in address.split(":"))) if address else own_chat(chatter)
