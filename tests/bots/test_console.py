"""The terminal: what lines mean, how messages look, how an edit takes its message's place."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from bots.console.faces import Message, Received
from bots.console.inline import blocks, protocols
from bots.console.inline.detect import detect
from bots.console.lines import Press, Say, SendFile, Wait, parse
from bots.console.messenger import ConsoleMessenger
from bots.console.terminal import TerminalFace
from bots.conversation.events import Chatter
from bots.conversation.messages import Attachment, Button, Reply
from bots.conversation.texts import Texts
from core.model import FileKind

ESCAPES = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")
BUTTON = (Button("cancel:1", "Cancel it"),)


class Screen:
    """As much of a terminal as the face uses: lines, up, clear to the end; colours are let through."""

    def __init__(self) -> None:
        self.rows = [""]
        self._row = 0

    def feed(self, text: str) -> str:
        position = 0
        while position < len(text):
            if escape := ESCAPES.match(text, position):
                self._obey(escape[1], escape[2])
                position = escape.end()
                continue
            self._put(text[position])
            position += 1
        return "\n".join(self.rows)

    def _obey(self, number: str, what: str) -> None:
        if what == "A":
            self._row = max(self._row - int(number or 1), 0)
        elif what == "J":
            self.rows = [*self.rows[: self._row], ""]

    def _put(self, character: str) -> None:
        if character == "\n":
            self._row += 1
            if self._row == len(self.rows):
                self.rows.append("")
        elif character == "\r":
            pass
        else:
            self.rows[self._row] += character


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "40"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def test_what_a_line_means(tmp_path: Path):
    photo = tmp_path / "my photo.jpg"
    photo.write_bytes(b"")
    assert parse("  ") is None
    assert parse("/start") == Say("/start")
    assert parse("#agree") == Press("agree")
    assert parse("# I agree ") == Press("I agree")
    assert parse("?#agree") == Press("agree", only_if_offered=True)
    assert parse("!wait") == Wait()
    assert parse("!wait a moment") == Say("!wait a moment")
    assert parse(f"@{photo}") == SendFile(photo)
    assert parse(f"@{photo} in a red cape") == SendFile(photo, "in a red cape")
    assert parse("@no such.jpg") == SendFile(Path("no such.jpg"))
    assert parse("@" + "x" * 9000) == SendFile(Path("x" * 9000))


async def test_a_button_is_found_by_its_id_its_short_id_or_its_text(tmp_path: Path):
    messenger = ConsoleMessenger(TerminalFace(io.StringIO(), Texts(), "none", interactive=False), tmp_path)
    me = Chatter("console", "me")
    await messenger.send(me, Reply("one", (Button("files:1", "Files"),)))
    await messenger.send(me, Reply("two", (Button("files:2", "Files"),), key="order"))
    assert messenger.find("files") == Button("files:2", "Files")
    assert messenger.find("FILES") == Button("files:2", "Files")
    assert messenger.find("files:1") == Button("files:1", "Files")
    await messenger.send(me, Reply("two is done", key="order"))
    assert messenger.find("files") == Button("files:1", "Files")
    assert messenger.find("nosuch") is None


async def test_what_comes_is_saved_and_shown_with_its_path(tmp_path: Path, terminal: Terminal):
    messenger = ConsoleMessenger(TerminalFace(terminal, Texts(), "none", interactive=False), tmp_path / "new")
    files = (Attachment(FileKind.GLB, "a.glb", b"glTF", "for screens"),)
    await messenger.send(Chatter("console", "me"), Reply("Here", files=files))
    assert (tmp_path / "new" / "a.glb").read_bytes() == b"glTF"
    assert "a.glb" in terminal.getvalue().replace("\n", "")


def test_an_edit_takes_the_place_of_its_message_while_that_is_the_last(terminal: Terminal):
    face = TerminalFace(terminal, Texts(), "none", interactive=True)
    face.ready()
    face.bot(Message("You're next.", BUTTON, key="order"))
    face.bot(Message("Sculpting 20%", BUTTON, key="order"))
    face.bot(Message("Sculpting 80%", BUTTON, key="order"))
    shown = Screen().feed(terminal.getvalue())
    assert "80%" in shown
    assert "20%" not in shown
    assert "next" not in shown
    assert shown.endswith("› ")


def test_lines_of_a_script_that_nobody_sees_do_not_stop_an_edit_from_taking_its_place(terminal: Terminal):
    face = TerminalFace(terminal, Texts(), "none", interactive=False)
    face.bot(Message("You're next.", BUTTON, key="order"))
    face.line_read()
    face.bot(Message("Sculpting 80%", BUTTON, key="order"))
    assert "next" not in Screen().feed(terminal.getvalue())


def test_buttons_stand_side_by_side_and_are_never_torn_apart(terminal: Terminal):
    buttons = tuple(Button(str(number), f"Surprise me {number}") for number in range(12))
    TerminalFace(terminal, Texts(), "none", interactive=False).bot(Message("Which?", buttons))
    shown = Screen().feed(terminal.getvalue())
    assert all(f"[{button.text}]" in shown for button in buttons)
    assert shown.count("\n") < 9


def test_an_edit_of_an_older_message_comes_below_what_was_said_since(terminal: Terminal):
    face = TerminalFace(terminal, Texts(), "none", interactive=False)
    face.bot(Message("Sculpting 20%", BUTTON, key="order"))
    face.bot(Message("Something else"))
    face.bot(Message("Sculpting 80%", BUTTON, key="order"))
    shown = Screen().feed(terminal.getvalue())
    assert shown.index("20%") < shown.index("else") < shown.index("80%")


def test_what_was_typed_becomes_a_bubble_and_the_passing_line_passes(terminal: Terminal):
    face = TerminalFace(terminal, Texts(), "none", interactive=True)
    face.ready()
    terminal.write("hello\n")
    face.line_read()
    face.person("hello")
    face.typing()
    face.bot(Message("Good day"))
    face.ready()
    shown = Screen().feed(terminal.getvalue())
    assert "› hello" not in shown
    assert "│ hello │" in shown
    assert "moment" not in shown
    assert "Good day" in shown


def test_without_a_terminal_edits_are_short_lines_and_nothing_is_coloured():
    out = io.StringIO()
    face = TerminalFace(out, Texts(), "blocks", interactive=False)
    face.bot(Message("You're next.", BUTTON, key="order"))
    face.bot(Message("Sculpting 20%", BUTTON, key="order"))
    face.typing()
    face.ready()
    assert "\x1b" not in out.getvalue()
    assert out.getvalue().count("Cancel") == 1
    assert out.getvalue().endswith("  Sculpting 20%\n")


def test_the_table_at_the_end_names_every_file_whole_and_every_step(tmp_path: Path):
    out = io.StringIO()
    face = TerminalFace(out, Texts(), "none", interactive=False)
    path = tmp_path / ("long-" * 20 + ".glb")
    face.bot(Message("", files=(Received(FileKind.GLB, path, "For screens", b""),), timings={"Sculpting": 1.25}))
    face.close()
    assert str(path) in out.getvalue()
    assert "For screens" in out.getvalue()
    assert "1.2" in out.getvalue()


@pytest.mark.parametrize(
    ("environment", "answer", "mode"),
    [
        ({"TERM": "xterm-kitty"}, "", "kitty"),
        ({"TERM_PROGRAM": "WezTerm"}, "", "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "", "iterm2"),
        ({"LC_TERMINAL": "iTerm2"}, "", "iterm2"),
        ({"TERM": "xterm"}, "\x1b[?62;4;22c", "sixel"),
        ({"TERM": "xterm"}, "\x1b[?64;1;2c", "blocks"),
        ({"TERM": "xterm"}, "", "blocks"),
        ({"KITTY_WINDOW_ID": "1", "TMUX": "x"}, "\x1b[?4c", "sixel"),
        ({"KITTY_WINDOW_ID": "1", "TERM": "screen"}, "", "blocks"),
    ],
)
def test_the_best_way_to_show_pictures_is_found(environment, answer, mode):
    assert detect(environment, lambda: answer) == mode


def test_sixel_draws_the_picture():
    image = Image.new("RGB", (9, 8), (255, 0, 0))
    image.paste((0, 0, 255), (3, 2, 7, 7))
    assert _drawn(protocols.sixel(image)) == [image.getpixel((x, y)) for y in range(8) for x in range(9)]


def test_kitty_gets_a_png_in_pieces_that_it_takes():
    noise = Image.effect_noise((200, 200), 90)
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", protocols.kitty(noise, 40))
    assert len(pieces) > 2
    assert all(len(data) <= protocols.CHUNK for _, data in pieces)
    assert pieces[0][0].startswith("a=T,f=100")
    assert [head[-3:] for head, _ in pieces] == ["m=1"] * (len(pieces) - 1) + ["m=0"]


def test_iterm2_gets_the_file_as_it_is_with_its_size(tmp_path: Path, terminal: Terminal):
    data = bytes(range(256)) * 40
    face = TerminalFace(terminal, Texts(), "iterm2", interactive=False)
    image = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(image, "PNG")
    for body in (data, image.getvalue()):
        code = protocols.iterm2(body, 40)
        fields, sent = re.fullmatch(r"\x1b\]1337;File=([^:]*):([^\x07]*)\x07", code).groups()
        assert dict(field.split("=") for field in fields.split(";")) == {
            "inline": "1",
            "size": str(len(body)),
            "width": "40",
            "preserveAspectRatio": "1",
        }
        assert base64.b64decode(sent, validate=True) == body
    picture = Received(FileKind.PICTURE, tmp_path / "a.png", "The picture", image.getvalue())
    face.bot(Message("Here", files=(picture,)))
    assert base64.b64encode(image.getvalue()).decode() in terminal.getvalue()


def test_the_preview_has_two_pixels_in_each_character():
    image = Image.new("RGB", (10, 10), (200, 0, 0))
    image.paste((0, 0, 200), (0, 5, 10, 10))
    out = io.StringIO()
    Console(file=out, force_terminal=True, color_system="truecolor", width=40).print(blocks.half_blocks(image, 10))
    lines = out.getvalue().split("\n")
    assert len([line for line in lines if "▀" in line]) == 5
    assert "38;2;200;0;0" in lines[0]
    assert "48;2;0;0;200" in lines[4]


def test_the_preview_without_colour_is_dark_where_the_picture_is():
    image = Image.new("L", (8, 8), 255)
    image.paste(0, (4, 0, 8, 8))
    assert blocks.shades(image, 8).plain.split("\n")[0] == "    @@@@"


def _drawn(code: str) -> list[tuple[int, ...]]:
    """Decode sixel graphics as a terminal does."""
    width, height = map(int, re.match(r'\x1bPq"1;1;(\d+);(\d+)', code).groups())
    palette = {
        int(number): tuple(round(int(value) * 2.55) for value in values.split(";"))
        for number, values in re.findall(r"#(\d+);2;([\d;]+)", code)
    }
    body = re.sub(r"#\d+;2;[\d;]+", "", code.split(str(f";{width};{height}"), 1)[1]).removesuffix("\x1b\\")
    pixels: dict[tuple[int, int], tuple[int, ...]] = {}
    for band, rows in enumerate(body.split("-")):
        for row in rows.split("$"):
            colour, column = int(re.match(r"#(\d+)", row)[1]), 0
            for count, character in re.findall(r"(?:!(\d+))?([?-~])", re.sub(r"^#\d+", "", row)):
                for _ in range(int(count or 1)):
                    for bit in range(6):
                        if (ord(character) - 63) >> bit & 1:
                            pixels[column, band * 6 + bit] = palette[colour]
                    column += 1
    return [pixels[x, y] for y in range(height) for x in range(width)]
