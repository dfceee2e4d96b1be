"""People on Discord for the soak."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from benchmarks.soak_marks import unmarked
from benchmarks.soak_people import GROUPS, LANGUAGES, PATIENCE, STYLES, Crowd, Seen, Somebody
from bots.conversation.texts import Texts
from tests.servers.discord import DiscordServer


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
            self.joins(who)
        self.by_place = {who.person.dm.id: who for who in self.everybody}
        self.channels = [server.guild(f"Server {number}").channel("general") for number in range(GROUPS)]
        self._listen(server)

    def _listen(self, server: DiscordServer) -> None:
        said, edited, begun, ledger = server.actions.say, server.actions.edited, server.actions.begin, self.seen.ledger

        def comes(message: Any) -> None:
            place = message.channel

            def there(number: int) -> bool:
                return number not in place.messages or not place.messages[number].deleted

            if message.author is server.bot:
                ledger.comes(f"discord {place.id}", message.id, message.text, there)

        def say(message: Any) -> Any:
            who = self.by_place.get(message.channel.id)
            if message.author is not server.bot:
                ledger.says(f"discord {message.channel.id}", message.content)
                if message.channel.guild:  # What is personal is answered in their own chat.
                    ledger.says(f"discord {message.author.dm.id}", message.content)
            elif who:
                self.hears(who, message.text, "file" if message.attachments else "text")
            comes(message)
            return said(message)

        def edit(message: Any) -> None:
            comes(message)
            edited(message)

        def begin(kind: int, person: Any, place: Any, data: dict[str, Any], **more: Any) -> Any:
            ledger.says(f"discord {place.id}", str(data.get("name") or data.get("custom_id")))
            return begun(kind, person, place, data, **more)

        server.actions.say = say  # type: ignore[method-assign]
        server.actions.edited = edit  # type: ignore[method-assign]
        server.actions.begin = begin  # type: ignore[method-assign]

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
        await self.look(
            who, self.chance.choice(("help", "queue", "history", "balance", "styles", "privacy", "support"))
        )

    async def look(self, who: Somebody, command: str) -> None:
        await self._uses(who, f"/{command}")

    async def types_code(self, who: Somebody, code: str) -> bool:
        """Type a code for linking, and say yes. Whether the account was free for it."""
        await self._uses(who, "/link", code=code)
        done = await self._presses(who, f"link:{code.replace(' ', '')}")
        return unmarked(done.original.text if done.original else "") != Texts(who.language)("error.link.busy")

    async def lets_go(self, who: Somebody) -> None:
        """Let Telegram leave the account."""
        await self.look(who, "unlink")
        await self._presses(who, "unlink:telegram")

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
        while not self.served:  # noqa: ASYNC110 -- on servers, Discord keeps nothing for a bot that shows as away
            await asyncio.sleep(0.1)
        place = self.channels[id(who) % len(self.channels)]
        told: list[Any] = []

        async def mention() -> None:
            told.append(await who.person.mentions("how are you?", place))

        async def reads() -> None:
            await who.person.reads(lambda message: message.reply_to is told[0], place, within=PATIENCE)

        await self.answered(who, mention(), reads)

    async def _uses(self, who: Somebody, command: str, **options: Any) -> Any:
        return await self._acts(who, lambda: who.person.uses(command, **options))

    async def _presses(self, who: Somebody, what: str) -> Any:
        return await self._acts(who, lambda: who.person.presses(what))

    async def _acts(self, who: Somebody, act: Callable[[], Awaitable[Any]]) -> Any:
        """Do it again where Discord says that the application did not respond: its line was down for three seconds."""
        for _ in range(10):
            done: list[Any] = []

            async def do(done: list[Any] = done) -> None:
                done.append(await act())

            await self.answered(who, do(), lambda done=done: done[0].until_answered(PATIENCE))  # type: ignore[misc]
            if done[0].state != "failed":
                return done[0]
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
