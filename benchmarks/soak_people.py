"""People for the soak: what they do on either platform, and whether they are answered, once."""

from __future__ import annotations

import random
import time
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from benchmarks.soak_marks import Mark, mark_in, unmarked
from bots.conversation.texts import Texts
from tests.talking import a_grey, some_photo

PATIENCE: Final = 300.0  # seconds; on Discord, what thousands wrote while the service was away is read one by one
NEWCOMERS: Final = 2 / 3  # of those who do something, as long as there are any
LANGUAGES: Final = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "ru": "Русский",
    "ar": "العربية",
    "ja": "日本語",
}
STYLES: Final = ("marble", "vinyl", "bronze", "chibi", "collector", "lowpoly")
GROUPS: Final = 20


@cache
def _repeats() -> tuple[str, ...]:
    return tuple({Texts(language)("repeat") for language in LANGUAGES})


def says_so(text: str) -> bool:
    """Whether a message says that it may have come before."""
    return text.startswith(_repeats())


class Ledger:
    """What was said to the service at each place, and which messages of its came there.

    A message is known by its mark (benchmarks.soak_marks), so that it does not matter what came between it and its
    double, nor how long ago it was.
    """

    def __init__(self) -> None:
        self.said: defaultdict[str, list[str]] = defaultdict(list)
        self.doubles: list[str] = []
        self.marked = 0
        self.counted = 0  # messages with a mark
        self._where: dict[Mark, tuple[str, int, float]] = {}
        self._answered: dict[int, tuple[str, str]] = {}  # the place, and the words

    def says(self, place: str, what: str) -> None:
        """Somebody did something there that the service is told of."""
        self.said[place].append(what)

    def comes(self, place: str, number: int, text: str, there: Callable[[int], bool]) -> None:
        """A message of that number at a place reads so now. `there`: whether an earlier one there is not deleted."""
        mark = mark_in(text)
        if mark is None:
            return
        now = time.monotonic()
        known = self._where.get(mark)
        if known is None:
            self.counted += 1
            self.marked += says_so(text)
            self._where[mark] = (place, number, now)
            if mark.is_answer:
                self._answered.setdefault(mark.number, (place, unmarked(text)[:40]))
        elif known[:2] != (place, number):
            self._where[mark] = (place, number, now)
            self.marked += says_so(text)
            if not says_so(text) and (known[0] != place or there(known[1])):
                self.doubles.append(f"{place}, {now - known[2]:.1f} s later: {unmarked(text)[:80]!r}")

    def overanswered(self) -> list[str]:
        """Places where more was answered than said: there an update was taken for two.

        What was said where others read along counts there and in the person's own chat, since either may be answered.
        """
        answered: defaultdict[str, list[str]] = defaultdict(list)
        for number, (place, text) in sorted(self._answered.items()):
            answered[place].append(f"{number} {text}")
        return [
            f"{place}: {len(found)} answers {found} to {len(self.said[place])} {self.said[place]}"
            for place, found in answered.items()
            if len(found) > len(self.said[place])
        ]


@dataclass
class Seen:
    """What all people have seen. `waits` are seconds until an answer while nothing was wrong on purpose."""

    waits: list[float] = field(default_factory=list)
    disturbed: list[float] = field(default_factory=list)
    results: list[float] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)  # the same words twice in answer to one thing
    ledger: Ledger = field(default_factory=Ledger)
    expired: int = 0  # on Discord's own time: the person sees that the application did not respond


@dataclass(eq=False)
class Somebody:
    """One person. `heard` are the messages that came since they last did something; `twin` is the same person
    on the other platform, and `linked` says that the service knows.
    """

    person: Any
    language: str
    agreed: bool = False
    busy: bool = False
    heard: Counter[str] = field(default_factory=Counter)
    twin: Somebody | None = None
    linked: bool = False

    @property
    def idle(self) -> bool:
        return not (self.busy or (self.twin and self.twin.busy))


class Crowd(ABC):
    """The people of one platform. `troubled_at` is until when something is wrong there on purpose.

    `served` is false while the service is started anew.
    """

    name = ""

    def __init__(self, seen: Seen, chance: random.Random) -> None:
        self.seen = seen
        self.chance = chance
        self.everybody: list[Somebody] = []
        self.newcomers: list[Somebody] = []
        self.troubled_at = 0.0
        self.served = True
        self.photo, self.grey = some_photo(), a_grey()
        self.took_part: set[int] = set()

    async def somebody_acts(self) -> None:
        """One idle person does something, and waits until it is answered."""
        who = self._chosen()
        if who is None:
            return
        ways = self.ways() if who.agreed else {self.arrive: 1.0}
        way = self.chance.choices(list(ways), list(ways.values()))[0]
        await self.does(who, f"{self.name}, {way.__name__}", lambda: way(who))

    async def does(self, who: Somebody, name: str, act: Callable[[], Awaitable[None]]) -> None:
        """Let somebody do something under that name."""
        who.busy = True
        self.took_part.add(id(who))
        try:
            await act()
            self.seen.done[name] += 1
        except (AssertionError, TimeoutError) as error:
            self.seen.unanswered.append(f"{name}: {str(error)[:300]!r}")
        finally:
            who.busy = False

    async def somebody_orders(self) -> None:
        """One idle person orders, so that a photo is fetched."""
        who = next(
            (one for one in self.chance.sample(self.everybody, len(self.everybody)) if self._may_order(one)), None
        )
        if who is not None:
            await self.does(who, f"{self.name}, order", lambda: self.order(who))

    @staticmethod
    def _may_order(who: Somebody) -> bool:
        return who.agreed and who.idle

    def _chosen(self) -> Somebody | None:
        while self.newcomers and self.newcomers[-1].agreed:
            self.newcomers.pop()
        if self.newcomers and self.newcomers[-1].idle and self.chance.random() < NEWCOMERS:
            return self.newcomers.pop()
        some = self.chance.sample(self.everybody, min(20, len(self.everybody)))
        return next((one for one in some if one.idle), None)

    async def answered(self, who: Somebody, act: Awaitable[Any], wait: Callable[[], Awaitable[Any]]) -> Any:
        """Do it, and wait for the answer."""
        who.heard.clear()
        begun = time.monotonic()
        await act
        found = await wait()
        waited = self.seen.waits if begun > self.troubled_at else self.seen.disturbed
        waited.append(time.monotonic() - begun)
        return found

    def hears(self, who: Somebody, text: str, kind: str) -> None:
        """A message came, which was not there before."""
        if says_so(text):
            return
        what = f"{kind} {unmarked(text)[:80]}"
        who.heard[what] += 1
        if who.heard[what] > 1 and kind == "text":
            self.seen.doubles.append(f"{self.name}: {what}")

    def joins(self, who: Somebody) -> None:
        """Somebody is there from now on."""
        self.everybody.append(who)
        self.newcomers.insert(self.chance.randrange(len(self.newcomers) + 1), who)

    @abstractmethod
    def ways(self) -> dict[Callable[[Somebody], Awaitable[None]], float]:
        """What people do, and how often."""

    @abstractmethod
    async def arrive(self, who: Somebody) -> None:
        """Start, and agree."""

    @abstractmethod
    async def order(self, who: Somebody) -> None:
        """Send a photo, choose a style, and wait for the figurine."""

    @abstractmethod
    async def look(self, who: Somebody, command: str) -> None:
        """Use a command that takes nothing."""
