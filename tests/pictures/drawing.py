"""A conversation as a page in the manner of a platform, and the page as a picture, by headless Chromium."""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

import av
from PIL import Image, ImageChops

from tests.pictures.styles import DISCORD, PAGE, TELEGRAM

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
TALLEST: Final = 4000  # CSS pixels
SCALE: Final = 1.5
SHARP: Final = 700  # pixels, the longest side of a picture in the page
FRAME: Final = 0.12  # of a film: the figurine a little from the side
QUALITY: Final = 79


@dataclass(frozen=True)
class Line:
    """One message as it stands in the end.

    `pictures` and `film` are files' bytes, `buttons` rows of texts, `menus` what stands on a list before a choice,
    `files` names and bytes; `used` is the command that it answers, `at` seconds since 1970.
    """

    mine: bool
    text: str = ""
    buttons: Sequence[Sequence[str]] = ()
    pictures: Sequence[bytes] = field(default=(), repr=False)
    files: Sequence[tuple[str, int]] = ()
    note: str = ""
    menus: Sequence[str] = ()
    film: bytes | None = field(default=None, repr=False)
    used: str = ""
    at: float = 0.0
    reaction: str = ""


@dataclass(frozen=True)
class Look:
    """How a platform draws. `width` is that of a column, in CSS pixels."""

    style: str
    width: int
    title: str
    under: str


ON_TELEGRAM: Final = Look(TELEGRAM, 352, "Figurine", "bot")
ON_DISCORD: Final = Look(DISCORD, 520, "figurines", "Makers")


def telegram(columns: Sequence[Sequence[Line]]) -> str:
    """The page of a conversation on Telegram, as screens side by side."""
    return _page(ON_TELEGRAM, columns)


def discord(columns: Sequence[Sequence[Line]]) -> str:
    """The page of a conversation on Discord, as screens side by side."""
    return _page(ON_DISCORD, columns)


def photograph(page: str, target: Path) -> None:
    """The page as a picture, cut to its size.

    Raises:
        RuntimeError: there is no Chromium on this machine.
    """
    chromium = browser()
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder) / "page.html", Path(folder) / "shot.png"
        source.write_text(page, "utf-8")
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"]
        size = f"--window-size=1600,{TALLEST}"
        command = [
            chromium,
            *options,
            f"--force-device-scale-factor={SCALE}",
            size,
            f"--screenshot={shot}",
            source.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        with Image.open(shot) as image:
            _cut(image.convert("RGB")).save(target, quality=QUALITY, optimize=True, progressive=True)


def browser() -> str:
    """Where Chromium is. Raises RuntimeError where it is not."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise RuntimeError("make pictures needs Chromium: apt install chromium")
    return found


def _cut(image: Image.Image) -> Image.Image:
    """Without the empty edge."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, (255, 255, 255))).getbbox()
    return image.crop(box) if box else image


def _page(look: Look, columns: Sequence[Sequence[Line]]) -> str:
    head = f"<header><i></i><div><b>{escape(look.title)}</b><small>{escape(look.under)}</small></div></header>"
    body = "".join(f"<section>{head}<main>{''.join(map(_drawn, column))}</main></section>" for column in columns)
    return PAGE.format(style=look.style, width=look.width, body=body)


def _drawn(line: Line) -> str:
    time = dt.datetime.fromtimestamp(line.at, dt.UTC).strftime("%H:%M")
    used = f'<div class="used">{escape(line.used)}</div>' if line.used else ""
    who = "Ada" if line.mine else "Figurine<em>APP</em>"
    name = f'<div class="who">{who}<time>{time}</time></div>'
    shown = "".join(map(_picture, line.pictures)) + (_film(line.film) if line.film else "")
    reaction = f'<span class="reaction">{line.reaction}</span>' if line.reaction else ""
    text = f'<div class="text">{_text(line.text)}{reaction}<time>{time}</time></div>' if line.text or reaction else ""
    files = "".join(_file(name, size) for name, size in line.files)
    keys = "".join(f'<div class="menu">{escape(words)}<s>⌄</s></div>' for words in line.menus)
    keys += "".join(f'<div class="row">{"".join(map(_key, row))}</div>' for row in line.buttons)
    note = f'<div class="note">{escape(line.note)}</div>' if line.note else ""
    kind = "line mine" if line.mine else "line"
    bubble = f'<div class="bubble">{shown}{files}{text}</div>'
    return f'<div class="{kind}"><div class="all">{used}{name}{bubble}<div class="keys">{keys}</div>{note}</div></div>'


def _text(text: str) -> str:
    """With mentions and commands as a platform marks them."""
    marked = re.sub(r"(?<![\w/])(/[a-z]+)", r'<span class="command">\1</span>', escape(text, quote=False))
    return re.sub(r"&lt;@\d+&gt;", '<span class="mention">@Figurine</span>', marked)


def _key(text: str) -> str:
    return f'<span class="key">{escape(text)}</span>'


def _file(name: str, size: int) -> str:
    weight = f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{max(size // 1000, 1)} kB"
    return f'<div class="file"><i></i><div><b>{escape(name)}</b><small>{weight}</small></div></div>'


def _picture(data: bytes) -> str:
    with Image.open(io.BytesIO(data)) as image:
        return f'<div class="picture"><img src="{_source(image.convert("RGB"))}"></div>'


def _film(data: bytes) -> str:
    """One frame of a film, with what starts it."""
    with av.open(io.BytesIO(data)) as film:
        frames = [frame.to_image() for frame in film.decode(video=0)]
        seconds = round((film.duration or 0) / av.time_base)
    frame = _source(frames[int(len(frames) * FRAME)].convert("RGB"))
    return f'<div class="picture film"><img src="{frame}"><u></u><tt>0:{seconds:02}</tt></div>'


def _source(image: Image.Image) -> str:
    image.thumbnail((SHARP, SHARP))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"
