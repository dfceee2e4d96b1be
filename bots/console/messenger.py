"""Carries messages to the terminal: saves files, and remembers which buttons can be pressed."""

from __future__ import annotations

from pathlib import Path

from bots.console.faces import Face, Message, Received
from bots.conversation.events import Chatter, FileRef
from bots.conversation.messages import Button, Reply
from bots.conversation.turn import OWNER
from bots.files import write_all
from core.errors import FigurineError, PhotoGone


class ConsoleMessenger:
    """bots.conversation.services.Messenger for one person at a terminal, where nobody else reads along."""

    whispers = True

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
        theirs = [file for file in reply.files if not file.own]
        try:
            paths = write_all(self._downloads, [(file.name, file.data) for file in theirs]) if theirs else []
        except FigurineError:
            self.lost_files = True
            raise
        files = tuple(Received(file.kind, path, file.alt, file.data) for file, path in zip(theirs, paths, strict=True))
        if reply.key:
            self._buttons = [(key, buttons) for key, buttons in self._buttons if key != reply.key]
        self._buttons.append((reply.key, reply.buttons))
        shown = tuple(file.data for file in reply.files if file.own)
        self._face.bot(Message(reply.text, reply.buttons, files, reply.key, reply.timings, shown))

    async def typing(self, chatter: Chatter, place: str) -> None:  # noqa: ARG002 -- there is only one person here
        """See Messenger."""
        self._face.typing()

    async def fetch(self, file: FileRef, most: int) -> bytes:  # noqa: ARG002 -- see Messenger
        """A terminal hands files over at once, so it holds none. Raises PhotoGone."""
        raise PhotoGone

    async def thread(self, chatter: Chatter, place: str, title: str) -> str:  # noqa: ARG002 -- see Messenger
        """There is one place only."""
        return place

    def home(self, chatter: Chatter) -> str:  # noqa: ARG002 -- see Messenger
        """A terminal has no address on the web."""
        return ""

    def find(self, wanted: str) -> Button | None:
        """The newest button with that id or text; `files` finds `files:17`, and `style:vinyl` finds `style:vinyl:4`."""
        for button in self._newest_first():
            by_id = wanted and f"{button.id.partition(OWNER)[0]}:".startswith(f"{wanted}:")
            if by_id or wanted == button.id or wanted.casefold() == button.text.casefold():
                return button
        return None

    def offered(self) -> list[str]:
        """The texts of the newest message's buttons."""
        return next(
            (
                [button.text for button in buttons if not button.url]
                for _, buttons in reversed(self._buttons)
                if buttons
            ),
            [],
        )

    def _newest_first(self) -> list[Button]:
        return [button for _, buttons in reversed(self._buttons) for button in buttons if not button.url]
