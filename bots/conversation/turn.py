"""One event of one person, with all that is needed to answer it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bots.conversation.events import Chatter
from bots.conversation.messages import Attachment, Button, Reply
from bots.conversation.services import Services
from bots.conversation.session import Session
from bots.conversation.texts import Texts
from core.errors import FigurineError
from core.intake.consent import needs_to_agree
from core.model import Person

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """Who it is, what is remembered of them, their language, and the services."""

    chatter: Chatter
    person: Person
    session: Session
    texts: Texts
    services: Services

    @property
    def must_agree(self) -> bool:
        """Whether this person has yet to agree to the present policy."""
        return needs_to_agree(self.person, self.services.consent.policy_version)

    async def say(
        self,
        text: str,
        *buttons: Button,
        files: tuple[Attachment, ...] = (),
        key: str = "",
        timings: Mapping[str, float] | None = None,
    ) -> None:
        """Send one message."""
        await self.services.messenger.send(self.chatter, Reply(text, buttons, files, key, timings or {}))

    async def apologise(self, code: str, fields: Mapping[str, str | int | float], *buttons: Button) -> None:
        """Tell what went wrong, by an error's code. If even that can't be sent, there is nothing left to try.

        Raises:
            BrokenPipeError: the person has gone.
        """
        try:
            await self.say(self.complaint(code, fields), *buttons)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 -- see above; the text could hold personal data
            log.error("an apology failed with %s", type(error).__name__)

    def complaint(self, code: str, fields: Mapping[str, str | int | float]) -> str:
        """What went wrong, by an error's code, what it cost, and what to do."""
        wrong = self.texts(code if self.texts.has(code) else FigurineError.code, **fields)
        return f"{wrong} {self.texts('error.free')}"

    def button(self, name: str, order: int | None = None) -> Button:
        """A button by the name of what it does, for one order where it belongs to one."""
        return Button(name if order is None else f"{name}:{order}", self.texts(f"button.{name}"))
