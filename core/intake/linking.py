"""One account on several platforms: a code that is told on one and typed on the other."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Final

from core.errors import LinkTaken, LinkTries, LinkWrong
from core.ports import Clock
from core.stores import Links

DIGITS: Final = 6
LIFE: Final = dt.timedelta(minutes=10)
TRIES: Final = 5  # wrong codes of one person within an hour
TRIES_OF_ALL: Final = 200  # and of everybody together: with so few, guessing one of a million codes is hopeless


class Linking:
    """Links accounts. The one that types the code takes in the one that was told it."""

    def __init__(self, links: Links, clock: Clock) -> None:
        self._links = links
        self._clock = clock

    async def code(self, person_id: int) -> str:
        """A new code of six digits, in the place of an earlier one. It works once, within LIFE."""
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        await self._links.issue(person_id, code, self._clock.now() + LIFE)
        return code

    async def redeem(self, person_id: int, typed: str) -> None:
        """Merge the account whose code this is into this person's, with all that belongs to it.

        Raises:
            LinkTries, LinkWrong: see whose.
            LinkTaken, LinkBusy: see core.stores.Links.merge.
        """
        await self._links.merge(person_id, await self.whose(person_id, typed), self._clock.now())

    async def whose(self, person_id: int, typed: str) -> int:
        """The number of the account that a code was made for. A wrong one counts.

        Raises:
            LinkTries: too many wrong codes; nothing was looked at.
            LinkWrong: there is no such code, or no more.
            LinkTaken: it is the person's own.
        """
        now = self._clock.now()
        own, everyones = await self._links.tries(person_id, now)
        if own >= TRIES or everyones >= TRIES_OF_ALL:
            raise LinkTries
        other = await self._links.issuer("".join(sign for sign in typed if sign.isdecimal()), now)
        if other is None:
            await self._links.missed(person_id, now)
            raise LinkWrong
        if other == person_id:
            raise LinkTaken
        return other

    async def unlink(self, person_id: int, platform: str) -> bool:
        """See core.stores.Links.unlink."""
        return await self._links.unlink(person_id, platform)
