"""People on Telegram for the soak."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from benchmarks.soak_people import GROUPS, LANGUAGES, PATIENCE, STYLES, Crowd, Seen, Somebody
from bots.conversation.texts import Texts
from tests.servers.telegram import TelegramServer

CODE: Final = re.compile(r"\d{4} \d{4} \d{4}")


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
            self._listen(who.person.chat, who)
            self.joins(who)
        persons = [who.person for who in self.everybody]
        size = max(1, people // GROUPS)
        self.groups = [server.group(f"Group {n}", persons[n * size : (n + 1) * size]) for n in range(GROUPS)]
        self.group_of = {id(p): group for group in self.groups for p in persons if p.id in group.chat.members}
        for group in self.groups:
            self._listen(group.chat)
        add = server.updates.add

        def added(kind: str, value: dict[str, Any], queue: int) -> bool:
            told = add(kind, value, queue)
            if told and kind in ("message", "callback_query"):
                what = str(value.get("text") or value.get("data") or kind)
                for chat in {queue, value["from"]["id"]}:  # What is personal is answered in their own chat.
                    seen.ledger.says(f"telegram {chat}", what)
            return told

        server.updates.add = added  # type: ignore[method-assign]

    def _listen(self, chat: Any, who: Somebody | None = None) -> None:
        known, place = 0, f"telegram {chat.id}"

        def there(number: int) -> bool:
            return number not in chat.log or not chat.log[number].deleted

        def listen(message: Any) -> bool:
            nonlocal known
            if message.sender is self.server.bot:
                self.seen.ledger.comes(place, message.id, message.text, there)
                if who and message.id > known:
                    known = message.id
                    self.hears(who, message.text, message.media.kind if message.media else "text")
            return False

        chat.waiters.append((listen, asyncio.get_running_loop().create_future()))

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
        await self.look(
            who, self.chance.choice(("help", "queue", "history", "balance", "styles", "privacy", "support"))
        )

    async def look(self, who: Somebody, command: str) -> None:
        await self._after(who, who.person.says(f"/{command}"))

    async def order(self, who: Somebody) -> None:
        person = who.person
        await self._after(who, person.sends_photo(self.photo), Texts(who.language)("styles.question"))
        begun = time.monotonic()
        await person.presses(self.chance.choice(STYLES))
        await person.reads(lambda message: message.media and message.media.kind == "video", within=PATIENCE)
        self.seen.results.append(time.monotonic() - begun)

    async def album(self, who: Somebody) -> None:
        person = who.person
        question = await self._after(who, person.sends_album([self.photo, self.photo], "for the shelf"))
        if any(button.is_meant_by("together") for button in question.buttons):  # Else its photos came one by one.
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

    async def code(self, who: Somebody) -> str:
        """A code for linking."""
        found = await self._after(who, who.person.says("/link"), lambda message: CODE.search(message.text))
        return str(CODE.findall(found.text)[0])

    async def is_told(self, who: Somebody) -> None:
        """Wait until they hear that they have another account now."""
        words = Texts(who.language)("link.told", platform="Discord")
        await who.person.reads(lambda message: words in message.text, within=PATIENCE)

    async def lets_go(self, who: Somebody) -> None:
        """Let Discord leave the account."""
        await self.look(who, "unlink")
        await self._after(who, who.person.presses("unlink:discord"))

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

    async def _after(self, who: Somebody, act: Awaitable[Any], words: str | Callable[[Any], Any] = "") -> Any:
        """What the bot says next, with these words, answers it; it may be another face of a message that was there."""
        who.person.skims()
        return await self.answered(who, act, lambda: who.person.reads(words or (lambda _: True), within=PATIENCE))
