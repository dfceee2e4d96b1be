"""The face for people: bubbles, buttons in brackets, a progress line that moves, pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Final, TextIO

from PIL import Image
from rich.align import Align
from rich.box import ROUNDED
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bots.console.faces import Message, Received
from bots.console.inline import blocks, protocols
from bots.console.inline.detect import Mode
from bots.console.summary import summary
from bots.conversation.messages import Button
from bots.conversation.texts import Texts
from core.model import FileKind

WIDEST: Final = 88  # columns of the conversation
BORDER: Final = 4  # columns of a bubble that hold no text
BUBBLE: Final = 0.82  # of it for one bubble
PICTURE_COLUMNS: Final = 56
PLAIN_COLUMNS: Final = 40  # of the preview where there is no colour
TYPING: Final = "typing"  # the key of a passing line
PROMPT: Final = "› "
CLEAR: Final = "\r\x1b[J"


class TerminalFace:
    """bots.console.faces.Face. Where the output is no terminal, edits are short lines, and rare."""

    def __init__(self, out: TextIO, texts: Texts, pictures: Mode, interactive: bool) -> None:
        """`interactive`: someone types, so there is a prompt and the ids of buttons are shown."""
        self._console = Console(file=out, highlight=False, soft_wrap=False)
        self._live = self._console.is_terminal
        self._texts = texts
        self._pictures = pictures
        self._interactive = interactive
        self._last: tuple[str, int] | None = None  # key and height in rows of the block at the bottom
        self._prompt = False
        self._typed = False
        self._buttons_of: dict[str, tuple[Button, ...]] = {}  # by the key of a message
        self._files: dict[FileKind, Received] = {}
        self._timings: Mapping[str, float] = {}
        self.edit_pause = 0.1 if self._live else 4.0

    def hint(self) -> None:
        """How this terminal is used."""
        self._print(Text(self._texts("console.hint"), style="dim"))

    def person(self, line: str) -> None:
        """A bubble on the right."""
        if self._typed:
            self._console.file.write(f"\x1b[1A{CLEAR}")  # The bubble takes the place of the line that was typed.
            self._typed = False
        bubble = Panel(Text(line), box=ROUNDED, expand=False, border_style="green")
        self._print(Padding(Align.right(bubble), (0, self._console.width - self._width, 0, 0)))

    def bot(self, message: Message) -> None:
        """A bubble on the left, pictures below it."""
        known = message.key and self._buttons_of.get(message.key) == message.buttons
        if known and not self._live and not message.files:
            self._print(Text(f"  {message.text}", style="dim"))
        else:
            self._print(self._bubble(message), message.key)
        self._buttons_of[message.key] = message.buttons
        if self._live and self._pictures != "blocks":  # In blocks, nothing of so many small things would be seen.
            for picture in message.shown:
                self._picture(picture)
        for file in message.files:
            self._files[file.kind] = file
            if file.kind is FileKind.PICTURE:
                self._picture(file.data)
        self._timings = message.timings or self._timings

    def typing(self) -> None:
        """A passing line."""
        if self._live:
            self._print(Text(f"  {self._texts('console.typing')}", style="dim"), TYPING)

    def ready(self) -> None:
        """The prompt."""
        if self._interactive and self._live and not self._prompt:
            self._console.file.write(PROMPT)
            self._console.file.flush()
            self._prompt = True

    def line_read(self) -> None:
        """The line that was typed stands where the prompt was."""
        if self._prompt:
            self._typed, self._prompt, self._last = True, False, None

    def close(self) -> None:
        """The files of the newest figurine on one table, if there are any."""
        if self._prompt:
            self._console.file.write(CLEAR)
            self._prompt = False
        if self._files:
            self._print(summary(self._texts, list(self._files.values()), self._timings, self._console.width))

    @property
    def _width(self) -> int:
        return min(self._console.width, WIDEST)

    def _bubble(self, message: Message) -> RenderableType:
        most = int(self._width * BUBBLE)
        text = Text(message.text)
        for file in message.files:
            text.append(f"\n{file.path}", style="cyan")
        for row in self._rows(message.buttons, most - BORDER):
            text.append("\n").append_text(row)
        return Panel(text, box=ROUNDED, width=_wide(text, most), border_style="blue")

    def _rows(self, buttons: Sequence[Button], width: int) -> list[Text]:
        """Buttons side by side as far as they fit, never torn apart; one below the other where their ids are shown."""
        rows: list[Text] = []
        for button in buttons:
            shown = Text(f"[{button.text}]", style="bold")
            if button.url:
                rows.append(shown.append(f"  {button.url}", style="not bold cyan"))
            elif self._interactive:
                rows.append(shown.append(f"  #{button.id}", style="not bold dim"))
            elif rows and rows[-1].cell_len + 1 + shown.cell_len <= width:
                rows[-1].append(" ").append_text(shown)
            else:
                rows.append(Text().append_text(shown))
        return rows

    def _print(self, block: RenderableType, key: str = "") -> None:
        """Print a block at the bottom, or over the bottom one where that has the same key or was only passing."""
        with self._console.capture() as capture:
            self._console.print(block, crop=False)
        printed = capture.get()
        height = printed.count("\n")
        out = self._console.file
        if self._live:
            out.write(self._rewind(key))
        out.write(printed)
        had_prompt, self._prompt = self._prompt, False
        self._last = (key, height) if height < self._console.height else None
        if had_prompt:
            self.ready()
        out.flush()

    def _rewind(self, key: str) -> str:
        """What takes the cursor back over all that a block with this key replaces."""
        back = CLEAR if self._prompt else ""
        if self._last is None:
            return back
        last_key, height = self._last
        replaces = last_key == TYPING or (key and last_key == key)
        return f"{back}\x1b[{height}A{CLEAR}" if replaces else back

    def _picture(self, data: bytes) -> None:
        """Show a picture's file below the last block."""
        mode = "blocks" if not self._live and self._pictures != "none" else self._pictures
        if mode == "none":
            return
        columns = min(PICTURE_COLUMNS, self._width)
        with Image.open(io.BytesIO(data)) as image:
            if mode == "blocks":
                self._print(self._preview(image, columns))
            elif mode == "kitty":
                self._raw(protocols.kitty(image, columns))
            elif mode == "sixel":
                self._raw(protocols.sixel(image))
            else:
                self._raw(protocols.iterm2(data, columns))

    def _preview(self, image: Image.Image, columns: int) -> Text:
        if self._console.color_system is None:
            return blocks.shades(image, min(PLAIN_COLUMNS, columns))
        return blocks.half_blocks(image, columns)

    def _raw(self, code: str) -> None:
        """A picture in the terminal's own language, whose height in rows is not known here."""
        self._console.file.write(f"{CLEAR if self._prompt else ''}{code}\n")
        self._console.file.flush()
        self._last, self._prompt = None, False


def _wide(text: Text, most: int) -> int:
    """The width of a bubble around the text: as narrow as its longest line, never wider than `most`."""
    longest = max(line.cell_len for line in text.split("\n"))
    return min(longest + BORDER, most)
