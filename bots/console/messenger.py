"""Carries messages to the terminal: saves files, and remembers which buttons can be pressed."""

from __future__ import annotations

from pathlib import Path

from bots.console.faces import Face, Message, Received
from bots.conversation.events import Chatter
from bots.conversation.messages import Button, Reply
from bots.files import write_all
from core.errors import FigurineError


class ConsoleMessenger:
    """bots.conversation.services.Messenger for one person at a terminal."""

    def __init__(self, face: Face, downloads: Path) -> None:
        """`downloads` is made when the first file comes."""
        self.edit_pause = face.edit_pause
        self.lost_files = False
        self._face = face
        self._downloads = downloads
        self._buttons: list[tuple[str, tuple[Button, ...]]] = []

    async def send(self, chatter: Chatter, reply: Reply) -> None:  # noqa: ARG002 -- there is only one person here
        """Show a message.

        Raises:
            DiskFull, FolderError: its files can't be saved; nothing is shown.
        """
        try:
            paths = write_all(self._downloads, [(file.name, file.data) for file in reply.files]) if reply.files else []
        except FigurineError:
            self.lost_files = True
            raise
        files = tuple(
            Received(file.kind, path, file.alt, file.data) for file, path in zip(reply.files, paths, strict=True)
        )
        if reply.key:
            self._buttons = [(key, buttons) for key, buttons in self._buttons if key != reply.key]
        self._buttons.append((reply.key, reply.buttons))
        self._face.bot(Message(reply.text, reply.buttons, files, reply.key, reply.timings))

    async def typing(self, chatter: Chatter) -> None:  # noqa: ARG002 -- there is only one person here
        """See Messenger."""
        self._face.typing()

    def find(self, wanted: str) -> Button | None:
        """The newest button with that id or text; `files` finds `files:17` as well."""
        for button in self._newest_first():
            if wanted in (button.id, button.id.partition(":")[0]) or wanted.casefold() == button.text.casefold():
                return button
        return None

    def offered(self) -> list[str]:
        """The texts of the newest message's buttons."""
        return next(([button.text for button in buttons] for _, buttons in reversed(self._buttons) if buttons), [])

    def _newest_first(self) -> list[Button]:
        return [button for _, buttons in reversed(self._buttons) for button in buttons]
