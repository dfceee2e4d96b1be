"""People as tests meet them, and what they do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.telegram import pictures, shapes
from tests.servers.telegram.entities import entities_of
from tests.servers.telegram.media import Media
from tests.servers.telegram.methods.sending import origin_of
from tests.servers.telegram.queries import PATIENCE, InlineAnswer, InlineQuery, Press
from tests.servers.telegram.reading import Reader
from tests.servers.telegram.world import PRIVATE, Chat, Message

if TYPE_CHECKING:
    from tests.servers.telegram.groups import Group


class Person(Reader):
    """Somebody who talks to the bot in their own chat, or where a group is named."""

    async def starts(self, payload: str = "") -> Message:
        """Open the bot, by a link with a payload or without; this also lets a blocked bot in again."""
        self.unblocks()
        return await self.says(f"/start {payload}".strip())

    async def says(
        self, text: str, chat: Group | None = None, *, reply_to: Message | None = None, thread: int | None = None
    ) -> Message:
        """Write something."""
        return self._sent(chat, text=text.strip(), reply_to=reply_to, thread=thread)

    async def mentions(self, text: str = "", chat: Group | None = None, **more: Any) -> Message:
        """Write something that begins with the bot's name."""
        return await self.says(f"@{self.server.bot.username} {text}".strip(), chat, **more)

    async def replies(self, message: Message, text: str) -> Message:
        """Answer a message, where it stands."""
        return self._put(message.chat, text=text.strip(), reply_to=message, thread=message.thread)

    async def edits(self, message: Message, text: str) -> None:
        """Change an own message."""
        assert message.sender is self.user, "only an own message can be changed"
        message.chat.edit(message, self.server.clock.now(), text=text, entities=entities_of(text))
        self.server.updates.add("edited_message", shapes.message(message), message.chat.id)

    async def deletes(self, message: Message) -> None:
        """Delete a message for everybody; the bot is not told."""
        message.deleted = True
        message.chat.touched(message)

    async def sends_photo(self, data: bytes, caption: str = "", chat: Group | None = None, **more: Any) -> Message:
        """Send a photo as a photo: turned upright, made smaller, without what it told of its making."""
        return self._sent(chat, text=caption, media=await self._photo(data), **more)

    async def sends_file(
        self,
        data: bytes,
        name: str = "photo.png",
        mime: str = "image/png",
        caption: str = "",
        chat: Group | None = None,
        *,
        size: int | None = None,
        **more: Any,
    ) -> Message:
        """Send a file as it is. `size`: let it seem to have so many bytes."""
        media = self.server.files.add("document", data, name=name, mime=mime, weight=size)
        return self._sent(chat, text=caption, media=media, **more)

    async def sends_album(
        self, photos: Sequence[bytes], caption: str = "", chat: Group | None = None, **more: Any
    ) -> list[Message]:
        """Send some photos at once: messages of their own, with one album's number; the first has the caption."""
        album = self.server.new_album()
        media = [await self._photo(data) for data in photos]
        return [
            self._sent(chat, text="" if number else caption, media=one, album=album, **more)
            for number, one in enumerate(media)
        ]

    async def sends_sticker(
        self, data: bytes, *, animated: bool = False, video: bool = False, chat: Group | None = None, **more: Any
    ) -> Message:
        """Send a sticker: a WebP picture, an animation, or a small video."""
        facts = {"type": "regular", "is_animated": animated, "is_video": video, "emoji": "🙂"}
        size = pictures.dimensions(data) or (512, 512)
        return self._sent(chat, media=self.server.files.add("sticker", data, size=size, facts=facts), **more)

    async def sends_video(
        self, data: bytes = b"video", kind: str = "video", caption: str = "", chat: Group | None = None, **more: Any
    ) -> Message:
        """Send a video; `kind` may be "animation", "voice" or "audio", too."""
        mime = {"voice": "audio/ogg", "audio": "audio/mpeg"}.get(kind, "video/mp4")
        media = self.server.files.add(kind, data, name="moving.mp4", mime=mime, size=(640, 480), duration=3)
        return self._sent(chat, text=caption, media=media, **more)

    async def forwards_photo(
        self, data: bytes, caption: str = "", origin: str = "Somebody", chat: Group | None = None
    ) -> Message:
        """Forward a photo of somebody who hides behind a name only."""
        hidden = {"type": "hidden_user", "date": int(self.server.clock.now()), "sender_user_name": origin}
        return self._sent(chat, text=caption, media=await self._photo(data), forward_origin=hidden)

    async def forwards(self, message: Message, chat: Group | None = None) -> Message:
        """Forward a message."""
        return self._sent(chat, text=message.text, media=message.media, forward_origin=origin_of(message))

    async def presses(self, word: str, chat: Group | None = None, message: Message | None = None) -> Press:
        """Press the newest button with this text or data; of the data, what stands before ":" or "@" is enough.

        A link is opened: one that leads to the bot starts it.

        Raises:
            AssertionError: there is no such button.
        """
        place = chat.chat if chat else self.chat
        for one in [message] if message else reversed(place.messages):
            for button in one.buttons:
                if button.is_meant_by(word):
                    return await self._pressed(one, button)
        there = [button.text for one in place.messages for button in one.buttons]
        raise AssertionError(f"{self.name} finds no button {word!r}; there are {there}")

    async def _pressed(self, message: Message, button: Any) -> Press:
        server = self.server
        press = Press(server.new_id(), self.user, message, button, server.clock.now())
        if button.url:
            press.answered, press.url = True, button.url
            parts = urlsplit(button.url)
            if parts.hostname in ("t.me", "telegram.me") and parts.path.strip("/") == server.bot.username:
                await self.starts(parse_qs(parts.query).get("start", [""])[0])
            return press
        assert button.data, f"the button {button.text!r} does nothing that the stand-in knows"
        query: dict[str, Any] = {"id": press.id, "from": shapes.user(self.user), "data": button.data}
        query["chat_instance"] = str(message.chat.id * 31)
        if message.inline_id:
            query["inline_message_id"] = message.inline_id
        else:
            query["message"] = shapes.message(message)
        server.presses[press.id] = press
        server.updates.add("callback_query", query, message.chat.id)
        server.happened()
        return press

    async def asks_inline(self, text: str = "", within: float = PATIENCE, offset: str = "") -> InlineAnswer:
        """Write the bot's name and something in any chat, and see what it offers."""
        server = self.server
        assert server.inline_mode, "the bot has no inline mode"
        query = InlineQuery(server.new_id(), server.clock.now())
        server.inline_queries[query.id] = query
        body = {"id": query.id, "from": shapes.user(self.user), "query": text, "offset": offset}
        server.updates.add("inline_query", body, self.id)
        try:
            return await query.answered(within)
        finally:
            del server.inline_queries[query.id]

    async def shares(self, result: dict[str, Any], chat: Group | None = None) -> Message:
        """Choose one of the things that the bot has offered inline."""
        found = next((result[name] for name in result if name.endswith("_file_id")), None)
        media = self.server.files.media(found) if found else None
        content = result.get("input_message_content", {})
        text = content.get("message_text") or result.get("caption", "")
        markup = result.get("reply_markup")
        message = self._sent(chat, text=text, media=media, markup=markup, via_bot=self.server.bot)
        if markup:
            message.inline_id = f"AAM{self.server.new_id()}"
            self.server.inline_messages[message.inline_id] = message
        return message

    def blocks(self) -> None:
        """Block the bot."""
        if not self.chat.blocked:
            self.chat.blocked = True
            self.server.bot_membership(self.chat, self.user, "member", "kicked")

    def unblocks(self) -> None:
        """Let the bot in again."""
        if self.chat.blocked:
            self.chat.blocked = False
            self.server.bot_membership(self.chat, self.user, "kicked", "member")

    def deactivates(self) -> None:
        """Delete the account."""
        self.user.deactivated = True

    async def _photo(self, data: bytes) -> Media:
        sent, width, height = await asyncio.to_thread(pictures.as_sent, data)
        return self.server.files.add("photo", sent, size=(width, height))

    def _sent(self, chat: Group | None, **content: Any) -> Message:
        return self._put(chat.chat if chat else self.chat, **content)

    def _put(self, chat: Chat, **content: Any) -> Message:
        if chat.kind == PRIVATE:
            assert not chat.blocked, f"{self.name} has blocked the bot; they have to start it again"
            chat.started = True
        else:
            assert self.id in chat.members, f"{self.name} is not in {chat.title}"
        content["entities"] = entities_of(content.get("text", ""))
        message = Message(chat, chat.next_id(), self.server.clock.now(), self.user, **content)
        self.server.arrives(message)
        return message
