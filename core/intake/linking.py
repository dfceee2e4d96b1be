"""One account on several platforms: a code that is told on one and typed on the other."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import unicodedata
from typing import Final

from core.errors import LinkTaken, LinkTries, LinkUsed, LinkWrong
from core.ports import Clock
from core.stores import Links

log = logging.getLogger(__name__)

DIGITS: Final = 12
LIFE: Final = dt.timedelta(minutes=10)
TRIES: Final = 5  # wrong codes of one person within an hour
"""Nobody is kept from linking by what others type, since a handful of accounts could then lock everybody out; the codes
are long enough instead. A guess hits one of N codes that are out with a chance of N / 10^12. Somebody with 10,000
accounts, 5 guesses an hour each, while 1,000 codes are out all the time, hits 5e4 * 1e3 / 1e12 = 5e-5 of one an hour:
once in more than two years. Even without the limit for each, at 200 guesses a second, which is all that one process
answers, and with 100 codes out, it is 7.2e5 * 1e2 / 1e12 = 7e-5 an hour. To leave an account by /unlink and begin anew
at most doubles somebody's guesses: the account keeps those of whoever left it.
"""
NOTED: Final = 200  # wrong codes of everybody within an hour, at each multiple of which the operator is told


class Linking:
    """Links accounts. The one that types the code takes in the one that was told it."""

    def __init__(self, links: Links, clock: Clock) -> None:
        self._links = links
        self._clock = clock

    async def code(self, person_id: int) -> str:
        """A new code of twelve digits, in the place of an earlier one. It works once, within LIFE."""
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        await self._links.issue(person_id, code, self._clock.now() + LIFE)
        return code

    async def redeem(self, person_id: int, typed: str) -> None:
        """Merge the account whose code this is into this person's, with all that belongs to it.

        Raises:
            LinkTries, LinkUsed, LinkWrong: see whose.
            LinkTaken, LinkBusy: see core.stores.Links.merge.
        """
        await self._links.merge(person_id, await self.whose(person_id, typed), self._clock.now(), digits_of(typed))

    async def whose(self, person_id: int, typed: str) -> int:
        """The number of the account that a code was made for. A wrong one counts.

        Raises:
            LinkTries: too many wrong codes; nothing was looked at.
            LinkUsed: it has linked this very account.
            LinkWrong: there is no such code, or no more.
            LinkTaken: it is the person's own.
        """
        now, code = self._clock.now(), digits_of(typed)
        own, everyones = await self._links.tries(person_id, now)
        if own >= TRIES:
            raise LinkTries
        other = await self._links.issuer(code, now)
        if other is None and await self._links.used(person_id, code, now):
            raise LinkUsed
        if other is None:
            await self._links.missed(person_id, now)
            _note(everyones + 1)
            raise LinkWrong
        if other == person_id:
            raise LinkTaken
        return other

    async def unlink(self, person_id: int, platform: str) -> bool:
        """See core.stores.Links.unlink."""
        return await self._links.unlink(person_id, platform)


def digits_of(typed: str) -> str:
    """The code in what was typed, whichever way its digits are written; what is beyond one is left out."""
    return "".join(str(unicodedata.decimal(sign)) for sign in typed if sign.isdecimal())[: DIGITS + 1]


def written(code: str) -> str:
    """A code as people read it, in groups of four."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _note(wrong: int) -> None:
    if wrong % NOTED == 0:
        log.warning("%d wrong link codes were typed within an hour: somebody may be guessing", wrong)
