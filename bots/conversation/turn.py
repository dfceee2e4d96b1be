"""One event of one person, with all that is needed to answer it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from bots.conversation.events import HOME, Chatter, Place
from bots.conversation.messages import Answer, Button, Enclosed, Reply
from bots.conversation.services import Messenger, Services
from bots.conversation.session import Session
from bots.conversation.texts import Texts
from core.errors import FigurineError
from core.intake.consent import needs_to_agree
from core.records import Person, Preferences

OWNER: Final = "@"
"""Behind it, in the id of a button that others can press as well, stands the number of the person whom it is for."""


@dataclass(slots=True)
class Turn:
    """Who it is, what is remembered of them, their language, and the services.

    What is said is collected in `answers`, and goes into the outbox together with all that the event changed.
    `place` is where the event happened, or where the answers to it go. `private`: they are for this person alone.
    `joined` are further updates that are answered with this one. `spent` are files as they came that are not needed any
    more. `prefers` is what the person has chosen anew. `told` is what is said on other platforms: the platform's name,
    the number of whoever is reached there, the message. `repeated`: it was begun before and never ended, so that some
    of it may have happened. `erased` says that nothing of the person is left, `left` that they are not reached here any
    more.
    """

    number: int
    came_at: dt.datetime
    chatter: Chatter
    person: Person
    session: Session
    texts: Texts
    services: Services
    place: Place = HOME
    private: bool = False
    joined: list[int] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)
    prefers: Preferences | None = None
    told: list[tuple[str, int, Answer]] = field(default_factory=list)
    repeated: bool = False
    erased: bool = False
    left: bool = False

    @property
    def is_public(self) -> bool:
        """Whether others read what is said."""
        return self.place.shared and not self.private

    @property
    def must_agree(self) -> bool:
        """Whether this person has yet to agree to the present policy."""
        rules = self.services.settings.consent
        return needs_to_agree(self.person, rules.policy_version, rules.minimum_age)

    @property
    def preferences(self) -> Preferences:
        """What this person has chosen, a moment ago or before."""
        return self.prefers or self.person.preferences

    def prefer(self, **chosen: str | float | bool) -> None:
        """Remember what was chosen. A new language is spoken at once."""
        self.prefers = replace(self.preferences, **chosen)  # type: ignore[arg-type]
        if "language" in chosen:
            self.texts = Texts(self.prefers.language or self.chatter.locale)

    @property
    def result_place(self) -> str:
        """Where the messages about an order that is placed now go: here, unless others read along who must not."""
        return "" if self.place.shared and (self.private or not self.preferences.shared) else self.place.address

    def say(
        self,
        text: str,
        *buttons: Button,
        enclosed: tuple[Enclosed, ...] = (),
        key: str = "",
        exhibit: str = "",
        timings: Mapping[str, float] | None = None,
        private: bool | None = None,
        place: Place | None = None,
    ) -> None:
        """Say one thing at `place`, or where the turn is. `private`: to this person alone; else as the turn is."""
        where = self.place if place is None else place
        private = self.private if private is None else private
        if private and where.shared and not self.services.messenger.whispers:
            self.point_home()
            where = HOME
        if where.address and not private:
            buttons = owned(buttons, self.person.id)
        self.answers.append(Answer(text, buttons, enclosed, key, timings or {}, exhibit, where.address, private))

    def point_home(self) -> None:
        """Say once, where others read along, that the answer is in the person's own chat."""
        text = self.texts("group.private")
        if any(answer.text == text for answer in self.answers):
            return
        home = self.services.messenger.home(self.chatter)
        button = (Button("home", self.texts("button.home"), url=home),) if home else ()
        whispered = self.services.messenger.whispers
        self.answers.append(Answer(text, button, place=self.place.address, private=whispered))

    def apologise(self, code: str, fields: Mapping[str, str | int | float], *buttons: Button) -> None:
        """Tell what went wrong, by an error's code."""
        self.say(complaint(self.texts, code, fields), *buttons)

    def button(self, name: str, order: int | None = None) -> Button:
        """A button by the name of what it does, for one order where it belongs to one."""
        return button(self.texts, name, order)


def owned(buttons: tuple[Button, ...], person_id: int) -> tuple[Button, ...]:
    """The same buttons, each saying whose it is."""
    return tuple(button if button.url else replace(button, id=f"{button.id}{OWNER}{person_id}") for button in buttons)


def button(texts: Texts, name: str, order: int | None = None) -> Button:
    """See Turn.button."""
    return Button(name if order is None else f"{name}:{order}", texts(f"button.{name}"))


def complaint(texts: Texts, code: str, fields: Mapping[str, str | int | float], returned: int = 0) -> str:
    """What went wrong, by an error's code, what it cost, and what to do. `returned` credits were given back."""
    cost = texts.plural("credits.back", returned) if returned else texts("error.free")
    return texts.joined([wrong(texts, code, fields), cost])


def wrong(texts: Texts, code: str, fields: Mapping[str, str | int | float]) -> str:
    """What went wrong, by an error's code."""
    return texts(code if texts.has(code) else FigurineError.code, **fields)


async def tell_aside(messenger: Messenger, chatter: Chatter, text: str, place: Place) -> None:
    """Tell one person something at once and past the outbox, where nobody else reads it. Raises what sending raises."""
    at = place.address if messenger.whispers or not place.shared else ""
    await messenger.send(chatter, Reply(text, place=at, private=True, first=place.waits and at == place.address))
