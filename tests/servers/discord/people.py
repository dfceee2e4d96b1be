"""People: what they do, and what they see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.servers.discord import choosing, wire_messages
from tests.servers.discord.media import Attachment, Upload, upload
from tests.servers.discord.said import (
    Button,
    Menu,
    Message,
    Version,
)
from tests.servers.discord.world import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL,
    Account,
    Channel,
    Interaction,
)

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

File = Upload | tuple[str, bytes] | bytes
Words = str | Callable[[Message], bool]


class Choice(NamedTuple):
    """One of the proposals while somebody types."""

    name: str
    value: Any


@dataclass(frozen=True)
class Line:
    """One entry of a transcript, with all that is needed to draw it. `notice`: what Discord itself shows."""

    at: float
    author: str
    bot: bool
    text: str
    notice: str = ""
    used: str = ""  # the command that the message answers
    buttons: tuple[Button, ...] = ()
    menus: tuple[Menu, ...] = ()
    files: tuple[Attachment, ...] = ()
    versions: tuple[Version, ...] = ()
    ephemeral: bool = False
    reply_to: str = ""
    thread: str = ""
    reactions: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.author}:", self.text, self.notice and f"*{self.notice}*"]
        parts += [f"[{file.name}]" for file in self.files] + [f"({button.label})" for button in self.buttons]
        parts += [f"<{' | '.join(label for label, _ in menu.options)}>" for menu in self.menus]
        parts += [
            "(only for you)" if self.ephemeral else "",
            f"(edited {len(self.versions)}×)" if self.versions else "",
        ]
        return " ".join(filter(None, parts))


@dataclass(eq=False)
class Person(Account):
    """Somebody with an account. Places default to the conversation with the bot (`dm`)."""

    server: DiscordServer = field(kw_only=True, repr=False)
    _read: set[tuple[int, int, bool]] = field(default_factory=set, init=False, repr=False)
    _done: list[Interaction] = field(default_factory=list, init=False, repr=False)

    @property
    def dm(self) -> Channel:
        return self.server.actions.direct(self)

    def closes_dms(self) -> None:
        self.dms_closed = True

    def opens_dms(self) -> None:
        self.dms_closed = False

    async def uses(self, command: str, place: Channel | None = None, /, **options: Any) -> Interaction:
        """Use a slash command. Files are given as bytes, or a name and bytes.

        Raises:
            AssertionError: Discord's own client would not let the person do so.
        """
        place = self._at(place)
        known = choosing.command(self.server, self, place, command, 1)
        chosen, files = choosing.options(self, known, options, lambda file, name: self._attach(file, place, name))
        data: dict[str, Any] = {"id": known["id"], "name": known["name"], "type": 1, "options": chosen}
        if files:
            data["resolved"] = {"attachments": {str(f.id): wire_messages.attachment(self.server, f) for f in files}}
        return self._act(COMMAND, place, data, name=known["name"])

    async def types_ahead(
        self, command: str, option: str, text: str, place: Channel | None = None, /, **others: Any
    ) -> list[Choice]:
        """Type into an option of a command and see what is proposed.

        Raises:
            AssertionError: the option proposes nothing, or the bot did not answer in time.
        """
        place = self._at(place)
        known = choosing.command(self.server, self, place, command, 1)
        focused = choosing.option(known, option)
        assert focused.get("autocomplete"), f"{option} of {command} proposes nothing"
        typed = {"name": focused["name"], "type": focused["type"], "value": text, "focused": True}
        rest, _ = choosing.options(self, known | {"options": []}, {}, lambda *_: None)
        rest += [{"name": n, "type": choosing.option(known, n)["type"], "value": v} for n, v in others.items()]
        data = {"id": known["id"], "name": known["name"], "type": 1, "options": [*rest, typed]}
        action = self._act(AUTOCOMPLETE, place, data, name=known["name"])
        await action.until_settled()
        assert action.choices is not None, "Loading options failed"
        return [Choice(choice["name"], choice["value"]) for choice in action.choices if choice]

    async def uses_on(self, message: Message, menu: str) -> Interaction:
        """Use a command from the menu of a message; its name is given in English."""
        assert message.seen_by(self), f"{self.name} does not see this message"
        known = choosing.command(self.server, self, message.channel, menu, 3)
        target = {str(message.id): wire_messages.message(self.server, message)}
        data = {"id": known["id"], "name": known["name"], "type": 3, "target_id": str(message.id)}
        return self._act(COMMAND, message.channel, data | {"resolved": {"messages": target}}, name=known["name"])

    async def presses(self, what: str, place: Channel | None = None, on: Message | None = None) -> Interaction:
        """Press the button with these words, or this in its id, of the newest message that has one."""
        place = self._at(on.channel if on else place)
        message, part = choosing.button([on] if on else self.sees(place), what)
        data = {"id": part["id"], "custom_id": part["custom_id"], "component_type": 2}
        return self._act(COMPONENT, place, data, on=message, name=part.get("label", ""))

    async def chooses(self, *what: str, place: Channel | None = None, on: Message | None = None) -> Interaction:
        """Choose from the newest menu that offers these labels or values."""
        place = self._at(on.channel if on else place)
        message, part, values = choosing.menu([on] if on else self.sees(place), what)
        data = {"id": part["id"], "custom_id": part["custom_id"], "component_type": 3, "values": values}
        return self._act(COMPONENT, place, data, on=message, name=", ".join(what))

    async def fills(self, answers: str | dict[str, str]) -> Interaction:
        """Fill in the form that came up last, and send it. Answers by label or id; one alone for a form's one field."""
        assert self._done, f"{self.name} has done nothing that opens a form"
        trigger = self._done[-1]
        await trigger.until_settled()
        assert trigger.form, f"no form came up; {trigger}"
        data = {"custom_id": trigger.form["custom_id"], "components": choosing.filled(trigger.form, answers)}
        return self._act(MODAL, trigger.channel, data, on=trigger.on, trigger=trigger, name=trigger.form["title"])

    async def writes(
        self, text: str, place: Channel | None = None, files: Sequence[File] = (), reply_to: Message | None = None
    ) -> Message:
        """Write an ordinary message."""
        return self._say(text, self._at(place), files, reply_to, [])

    async def mentions(
        self, text: str, place: Channel, files: Sequence[File] = (), reply_to: Message | None = None
    ) -> Message:
        """Write to the bot by its name."""
        bot = self.server.bot
        return self._say(f"<@{bot.id}> {text}".strip(), self._at(place), files, reply_to, [bot])

    async def reacts(self, message: Message, emoji: str) -> None:
        self.server.actions.react(message, emoji, self)

    async def deletes(self, message: Message) -> None:
        """Take an own message away."""
        assert message.author is self or message.private_to is self, "Discord lets people delete only what is theirs"
        self.server.actions.delete(message)

    def sees(self, place: Channel | None = None) -> list[Message]:
        """All messages that the person sees at a place, the oldest first."""
        return [message for message in self._at(place).messages.values() if message.seen_by(self)]

    async def reads(self, words: Words = "", place: Channel | None = None, within: float = 10.0) -> Message:
        """The newest message of the bot that says this and was not read in this form before; waits for it.

        `words` stand in the text, on a button, in a menu or a file's name; or a function tells. `within` is in seconds.

        Raises:
            AssertionError: no such message came.
        """
        place = self._at(place)
        loop = asyncio.get_running_loop()
        ends = loop.time() + within
        while True:
            waiter: asyncio.Future[None] = loop.create_future()
            place.waiting.add(waiter)
            if (found := self._unread(words, place)) is not None:
                place.waiting.discard(waiter)
                return found
            done, _ = await asyncio.wait([waiter], timeout=max(ends - loop.time(), 0))
            if not done:
                place.waiting.discard(waiter)
                seen = "\n".join(str(line) for line in self.transcript(place)[-12:])
                raise AssertionError(f"{self.name} did not read {words!r} within {within} s. What there is:\n{seen}")

    def transcript(self, place: Channel | None = None) -> list[Line]:
        """Everything that the person sees at a place, in order, the notices of Discord's own client too."""
        place = self._at(place)
        lines = [(message.id, self._line(message)) for message in self.sees(place)]
        for action in self._done:
            if action.channel is place and action.state == "failed" and action.kind != AUTOCOMPLETE:
                failed = Line(action.made, self.server.bot.name, True, "", action.notice, used=action.name)
                lines.append((action.id, failed))
        return [line for _, line in sorted(lines, key=lambda entry: entry[0])]

    def _line(self, message: Message) -> Line:
        action = message.interaction
        answers_a_command = action is not None and action.kind == COMMAND and action.original is message
        return Line(
            at=message.created,
            author=message.author.name,
            bot=message.author.bot,
            text=message.text,
            notice=action.notice if action and message.thinking else "",
            used=f"{action.person.name} used {action.name}" if action and answers_a_command else "",
            buttons=tuple(message.buttons),
            menus=tuple(message.menus),
            files=tuple(message.attachments),
            versions=tuple(message.versions),
            ephemeral=message.ephemeral,
            reply_to=message.reply_to.text if message.reply_to else "",
            thread=message.thread.name if message.thread else "",
            reactions=tuple(message.reactions),
        )

    def _unread(self, words: Words, place: Channel) -> Message | None:
        for message in reversed(self.sees(place)):
            mark = (message.id, message.edits, message.thinking)
            if message.author is not self.server.bot or mark in self._read:
                continue
            if words(message) if callable(words) else choosing.says(message, words):
                self._read.add(mark)
                return message
        return None

    def _act(self, kind: int, place: Channel, data: dict[str, Any], **more: Any) -> Interaction:
        action = self.server.actions.begin(kind, self, place, data, **more)
        self._done.append(action)
        del self._done[: -(self.server.forget_old or 200)]
        return action

    def _say(
        self, text: str, place: Channel, files: Sequence[File], reply_to: Message | None, mentions: list[Account]
    ) -> Message:
        message = Message(
            id=self.server.ids.next(),
            channel=place,
            author=self,
            created=self.server.clock.now(),
            content=text,
            attachments=[self._attach(file, place, hidden=False) for file in files],
            kind=19 if reply_to else 0,
            reply_to=reply_to,
            mentions=mentions,
        )
        return self.server.actions.say(message)

    def _attach(self, file: File, place: Channel, name: str = "photo", hidden: bool = True) -> Attachment:
        given = upload(file, name)
        assert len(given.content) <= self.server.size_limit(place), "Discord's own client says: your file is too big"
        return self.server.actions.file(given, place, hidden=hidden)

    def _at(self, place: Channel | None) -> Channel:
        """The place, where the person is a member from now on."""
        place = place or self.dm
        if place.guild:
            place.guild.members.setdefault(self.id, self)
        else:
            assert self in place.people, f"{self.name} is not in this conversation"
        return place
