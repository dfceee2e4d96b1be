"""One event of one person, with all that is needed to answer it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.conversation.events import Chatter
from bots.conversation.messages import Answer, Button, Enclosed
from bots.conversation.services import Services
from bots.conversation.session import Session
from bots.conversation.texts import Texts
from core.errors import FigurineError
from core.intake.consent import needs_to_agree
from core.records import Person


@dataclass(slots=True)
class Turn:
    """Who it is, what is remembered of them, their language, and the services.

    What is said is collected in `answers`, and goes into the outbox together with all that the event changed.
    `spent` are files as they came that are not needed any more; `erased` says that nothing of the person is left.
    """

    number: int
    came_at: dt.datetime
    chatter: Chatter
    person: Person
    session: Session
    texts: Texts
    services: Services
    answers: list[Answer] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)
    erased: bool = False

    @property
    def must_agree(self) -> bool:
        """Whether this person has yet to agree to the present policy."""
        rules = self.services.settings.consent
        return needs_to_agree(self.person, rules.policy_version, rules.minimum_age)

    def say(
        self,
        text: str,
        *buttons: Button,
        enclosed: tuple[Enclosed, ...] = (),
        key: str = "",
        timings: Mapping[str, float] | None = None,
    ) -> None:
        """Say one thing."""
        self.answers.append(Answer(text, buttons, enclosed, key, timings or {}))

    def apologise(self, code: str, fields: Mapping[str, str | int | float], *buttons: Button) -> None:
        """Tell what went wrong, by an error's code."""
        self.say(complaint(self.texts, code, fields), *buttons)

    def button(self, name: str, order: int | None = None) -> Button:
        """A button by the name of what it does, for one order where it belongs to one."""
        return button(self.texts, name, order)


def button(texts: Texts, name: str, order: int | None = None) -> Button:
    """See Turn.button."""
    return Button(name if order is None else f"{name}:{order}", texts(f"button.{name}"))


def complaint(texts: Texts, code: str, fields: Mapping[str, str | int | float]) -> str:
    """What went wrong, by an error's code, what it cost, and what to do."""
    return f"{wrong(texts, code, fields)} {texts('error.free')}"


def wrong(texts: Texts, code: str, fields: Mapping[str, str | int | float]) -> str:
    """What went wrong, by an error's code."""
    return texts(code if texts.has(code) else FigurineError.code, **fields)
