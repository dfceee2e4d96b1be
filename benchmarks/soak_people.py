"""People for the soak: what they do on either platform, and whether they are answered."""

from __future__ import annotations

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bots.conversation.texts import Texts
from tests.servers.discord import DiscordServer
from tests.servers.telegram import TelegramServer
from tests.talking import a_grey, some_photo

PATIENCE: Final = 150.0  # seconds; a poll that is stalled is found after 35
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


@dataclass
class Seen:
    """What all people have seen. `waits` are seconds until an answer while nothing was wrong on purpose."""

    waits: list[float] = field(default_factory=list)
    disturbed: list[float] = field(default_factory=list)
    results: list[float] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    unanswered: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)
    marked: int = 0
    expired: int = 0  # on Discord's own time: the person sees that the application did not respond
    troubled_at: float = 0.0  # until when something is wrong on purpose


@dataclass
class Somebody:
    """One person. `heard` are the messages that came since they last did something."""

    person: Any
    language: str
    agreed: bool = False
    busy: bool = False
    heard: Counter[str] = field(default_factory=Counter)


class Crowd(ABC):
    """The people of one platform."""

    name = ""

    def __init__(self, seen: Seen, chance: random.Random) -> None:
        self.seen = seen
        self.chance = chance
        self.everybody: list[Somebody] = []
        self.photo, self.grey = some_photo(), a_grey()
        self.took_part: set[int] = set()
        self.under_way: set[asyncio.Task[None]] = set()

    async def somebody_acts(self) -> None:
        """One idle person does something, and waits until it is answered."""
        idle = [one for one in self.chance.sample(self.everybody, min(20, len(self.everybody))) if not one.busy]
        if not idle:
            return
        who = idle[0]
        who.busy = True
        self.took_part.add(id(who))
        ways = self.ways() if who.agreed else {self.arrive: 1.0}
        way = self.chance.choices(list(ways), list(ways.values()))[0]
        name = f"{self.name}, {way.__name__}"
        try:
            await way(who)
            self.seen.done[name] += 1
        except (AssertionError, TimeoutError) as error:
            self.seen.unanswered.append(f"{name}: {str(error)[:300]!r}")
        finally:
            who.busy = False

    async def answered(self, who: Somebody, act: Awaitable[Any], wait: Callable[[], Awaitable[Any]]) -> Any:
        """Do it, and wait for the answer."""
        who.heard.clear()
        begun = time.monotonic()
        await act
        found = await wait()
        waited = self.seen.waits if begun > self.seen.troubled_at else self.seen.disturbed
        waited.append(time.monotonic() - begun)
        return found

    def hears(self, who: Somebody, text: str, kind: str) -> None:
        """A message came, which was not there before."""
        if text.startswith(Texts(who.language)("repeat")):
            self.seen.marked += 1
            return
        what = f"{kind} {text[:80]}"
        who.heard[what] += 1
        if who.heard[what] > 1 and kind == "text":
            self.seen.doubles.append(f"{self.name}: {what}")

    @abstractmethod
    def ways(self) -> dict[Callable[[Somebody], Awaitable[None]], float]:
        """What people do, and how often."""

    @abstractmethod
    async def arrive(self, who: Somebody) -> None:
        """Start, and agree."""


class OnTelegram(Crowd):
    """In their own chats, and in groups."""

    name = "telegram"

    def __init__(self, seen: Seen, chance: random.Random, server: TelegramServer, people: int) -> None:
        super().__init__(seen, chance)
        self.server = server
        server.keep_media, server.forget_old = False, True
        for number in range(people):
            language = chance.choice(list(LANGUAGES))
            who = Somebody(server.person(f"Person {number}", language), language)
            who.person.chat.waiters.append((self._listener(who), asyncio.get_running_loop().create_future()))
            self.everybody.append(who)
        persons = [who.person for who in self.everybody]
        size = max(1, people // GROUPS)
        self.groups = [server.group(f"Group {n}", persons[n * size : (n + 1) * size]) for n in range(GROUPS)]
        self.group_of = {id(p): group for group in self.groups for p in persons if p.id in group.chat.members}

    def _listener(self, who: Somebody) -> Callable[[Any], bool]:
        known: set[int] = set()

        def listen(message: Any) -> bool:
            if message.sender is self.server.bot and message.id not in known:
                known.add(message.id)
                self.hears(who, message.text, message.media.kind if message.media else "text")
            return False

        return listen

    def ways(self) -> dict[Callable[[Somebody], Awaitable[None]], float]:
        return {
            self.talk: 26, self.ask: 20, self.order: 12, self.album: 3, self.take_back: 4, self.bad_photo: 5,
            self.language: 5, self.settings: 6, self.sticker: 4, self.block: 3, self.group: 10, self.not_now: 2,
        }  # fmt: skip

    async def arrive(self, who: Somebody) -> None:
        person = who.person
        person.unblocks()
        await self._after(who, person.starts(), Texts(who.language)("button.agree"))
        await self._after(who, person.presses("agree"))
        who.agreed = True

    async def talk(self, who: Somebody) -> None:
        await self._after(who, who.person.says("hello"))

    async def ask(self, who: Somebody) -> None:
        word = self.chance.choice(("help", "queue", "history", "balance", "styles", "privacy", "support"))
        await self._after(who, who.person.says(f"/{word}"))

    async def order(self, who: Somebody) -> None:
        person = who.person
        await self._after(who, person.sends_photo(self.photo), Texts(who.language)("styles.question"))
        begun = time.monotonic()
        await person.presses(self.chance.choice(STYLES))
        await person.reads(lambda message: message.media and message.media.kind == "video", within=PATIENCE)
        self.seen.results.append(time.monotonic() - begun)

    async def album(self, who: Somebody) -> None:
        person = who.person
        await self._after(who, person.sends_album([self.photo, self.photo], "for the shelf"))
        await self._after(who, person.presses("together"), Texts(who.language)("styles.question"))
        await person.presses(self.chance.choice(STYLES))
        await person.reads(lambda message: message.media and message.media.kind == "video", within=PATIENCE)

    async def take_back(self, who: Somebody) -> None:
        person = who.person
        await self._after(who, person.sends_photo(self.photo), Texts(who.language)("styles.question"))
        await person.presses(self.chance.choice(STYLES))
        await self._after(who, person.says("/cancel"))

    async def bad_photo(self, who: Somebody) -> None:
        await self._after(who, who.person.sends_photo(self.grey))

    async def not_now(self, who: Somebody) -> None:
        await self._after(who, who.person.sends_photo(self.photo, "in a red cape"))

    async def language(self, who: Somebody) -> None:
        """Another language, and back."""
        await self._after(who, who.person.says("/settings"))
        await self._after(who, who.person.presses("set-language"))
        await self._after(who, who.person.presses(LANGUAGES[who.language]))

    async def settings(self, who: Somebody) -> None:
        await self._after(who, who.person.says("/settings"))
        await self._after(who, who.person.presses(self.chance.choice(("set-style", "set-size", "set-background"))))

    async def sticker(self, who: Somebody) -> None:
        await self._after(who, who.person.sends_video())

    async def block(self, who: Somebody) -> None:
        """Order, block the bot at once, and come back later."""
        person = who.person
        await self._after(who, person.sends_photo(self.photo), Texts(who.language)("styles.question"))
        await person.presses("vinyl")
        person.blocks()
        await asyncio.sleep(3)
        await self._after(who, person.starts())

    async def group(self, who: Somebody) -> None:
        group = self.group_of.get(id(who.person))
        if group is None:
            await self.talk(who)
            return
        told: list[Any] = []

        async def mention() -> None:
            told.append(await who.person.mentions("how are you?", group))

        async def reads() -> None:
            await who.person.reads(lambda message: message.reply_to is told[0], group, within=PATIENCE)

        await self.answered(who, mention(), reads)

    async def _after(self, who: Somebody, act: Awaitable[Any], words: str = "") -> None:
        """What the bot says next, with these words, answers it; it may be another face of a message that was there."""
        who.person.skims()
        await self.answered(who, act, lambda: who.person.reads(words or (lambda _: True), within=PATIENCE))


class OnDiscord(Crowd):
    """In their own chats, and on servers."""

    name = "discord"
    locales: Final = {"en": "en-US", "es": "es-ES", "ar": "en-US"}

    def __init__(self, seen: Seen, chance: random.Random, server: DiscordServer, people: int) -> None:
        super().__init__(seen, chance)
        self.server = server
        server.keep_media, server.forget_old = True, 20
        for number in range(people):
            language = chance.choice(list(LANGUAGES))
            locale = self.locales.get(language, language)
            who = Somebody(server.person(f"Person {number}", locale), Texts(locale).listed([]) or locale)
            who.language = locale
            self.everybody.append(who)
        self.by_place = {who.person.dm.id: who for who in self.everybody}
        self.channels = [server.guild(f"Server {number}").channel("general") for number in range(GROUPS)]
        said = server.actions.say

        def say(message: Any) -> Any:
            who = self.by_place.get(message.channel.id)
            if who and message.author is server.bot:
                self.hears(who, message.text, "file" if message.attachments else "text")
            return said(message)

        server.actions.say = say  # type: ignore[method-assign]

    def ways(self) -> dict[Callable[[Somebody], Awaitable[None]], float]:
        return {
            self.talk: 20, self.ask: 26, self.order: 12, self.take_back: 4, self.bad_photo: 5, self.settings: 8,
            self.channel: 10, self.close: 3,
        }  # fmt: skip

    async def arrive(self, who: Somebody) -> None:
        await self._uses(who, "/start")
        await self._presses(who, Texts(who.language)("button.agree"))
        who.agreed = True

    async def talk(self, who: Somebody) -> None:
        await self._after(who, who.person.writes("hello"))

    async def ask(self, who: Somebody) -> None:
        word = self.chance.choice(("help", "queue", "history", "balance", "styles", "privacy", "support"))
        await self._uses(who, f"/{word}")

    async def order(self, who: Somebody) -> None:
        person = who.person
        begun = time.monotonic()
        style = self.chance.choice(STYLES)
        if self.chance.random() < 0.5:
            await self._uses(who, "/figurine", photo=self.photo, style=style)
        else:
            await self._after(who, person.writes("", files=[self.photo]))
            await person.chooses(style)
        await person.reads(_is_film, within=PATIENCE)
        self.seen.results.append(time.monotonic() - begun)

    async def take_back(self, who: Somebody) -> None:
        await self._uses(who, "/figurine", photo=self.photo, style="marble")
        await self._uses(who, "/cancel")

    async def bad_photo(self, who: Somebody) -> None:
        await self._uses(who, "/figurine", photo=self.grey)

    async def settings(self, who: Somebody) -> None:
        await self._uses(who, "/settings")
        await self._uses(who, "/settings")

    async def close(self, who: Somebody) -> None:
        """Let nobody write to them while their figurine is made."""
        person = who.person
        await self._uses(who, "/figurine", photo=self.photo, style="marble")
        person.closes_dms()
        await asyncio.sleep(3)
        person.opens_dms()
        await self._after(who, person.writes("hello again"))

    async def channel(self, who: Somebody) -> None:
        place = self.channels[id(who) % len(self.channels)]
        told: list[Any] = []

        async def mention() -> None:
            told.append(await who.person.mentions("how are you?", place))

        async def reads() -> None:
            await who.person.reads(lambda message: message.reply_to is told[0], place, within=PATIENCE)

        await self.answered(who, mention(), reads)

    async def _uses(self, who: Somebody, command: str, **options: Any) -> None:
        await self._acts(who, lambda: who.person.uses(command, **options))

    async def _presses(self, who: Somebody, what: str) -> None:
        await self._acts(who, lambda: who.person.presses(what))

    async def _acts(self, who: Somebody, act: Callable[[], Awaitable[Any]]) -> None:
        """Do it again where Discord says that the application did not respond: its line was down for three seconds."""
        for _ in range(10):
            done: list[Any] = []

            async def do(done: list[Any] = done) -> None:
                done.append(await act())

            await self.answered(who, do(), lambda done=done: done[0].until_answered(PATIENCE))  # type: ignore[misc]
            if done[0].state != "failed":
                return
            self.seen.expired += 1
            await asyncio.sleep(5)
        raise AssertionError("the application did not respond ten times")

    async def _after(self, who: Somebody, act: Awaitable[Any]) -> None:
        last = max(who.person.dm.messages, default=0)
        await self.answered(
            who, act, lambda: who.person.reads(lambda message: message.id > last and message.text, within=PATIENCE)
        )


def _is_film(message: Any) -> bool:
    return any(file.name.endswith(".mp4") for file in message.attachments)
