"""A conversation as a page in the manner of a platform, and the page as a picture, by headless Chromium."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from PIL import Image, ImageChops

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH = 460  # CSS pixels
TALLEST = 4000
SCALE = 2


@dataclass(frozen=True)
class Line:
    """One message as it stands in the end. `pictures` are files' bytes, `buttons` rows of texts."""

    mine: bool
    text: str = ""
    buttons: Sequence[Sequence[str]] = ()
    pictures: Sequence[bytes] = field(default=(), repr=False)
    files: Sequence[str] = ()
    note: str = ""  # such as "Only you can see this"


TELEGRAM = """
body { background: #c9d8c5 linear-gradient(160deg, #d5e0b5, #a9c9a4 45%, #8fb9a8); font: 14.5px/1.36 "Noto Sans", sans-serif; }
.line { display: flex; margin: 5px 0; } .mine { justify-content: flex-end; }
.bubble { max-width: 340px; border-radius: 14px; background: #fff; box-shadow: 0 1px 1.5px #0002; overflow: hidden; }
.mine .bubble { background: #e4fdc9; }
.text { padding: 7px 11px 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
.bubble img { display: block; width: 100%; max-height: 420px; object-fit: cover; }
.keys { max-width: 340px; margin-top: 3px; } .row { display: flex; gap: 3px; margin-bottom: 3px; }
.key { flex: 1; text-align: center; padding: 7px 4px; border-radius: 8px; background: #3f6b5e99; color: #fff; font-weight: 500; font-size: 13.5px; }
.file { padding: 8px 11px; color: #2a7ab8; font-weight: 500; border-top: 1px solid #0001; } .who { display: none; } .note { display: none; }
"""
DISCORD = """
body { background: #313338; color: #dbdee1; font: 14.5px/1.4 "Noto Sans", sans-serif; }
.line { margin: 12px 0; padding-left: 52px; position: relative; }
.line::before { content: "F"; position: absolute; left: 4px; top: 2px; width: 36px; height: 36px; border-radius: 50%; background: #5865f2;
  color: #fff; display: flex; align-items: center; justify-content: center; font-weight: 700; }
.mine::before { content: "A"; background: #d98e4a; }
.who { font-weight: 600; color: #f2f3f5; margin-bottom: 1px; } .who small { background: #5865f2; color: #fff; font-size: 9.5px; padding: 1px 4px; border-radius: 3px; margin-left: 5px; vertical-align: 2px; }
.bubble { display: flex; flex-direction: column; } .text { order: -1; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; } .bubble img { display: block; width: 330px; border-radius: 8px; margin-top: 5px; max-height: 400px; object-fit: cover; }
.row { display: flex; flex-wrap: wrap; gap: 7px; margin-top: 7px; } .key { background: #4e5058; color: #fff; padding: 5px 13px; border-radius: 4px; font-weight: 500; font-size: 13px; }
.file { background: #2b2d31; border: 1px solid #1e1f22; border-radius: 6px; padding: 8px 12px; margin-top: 5px; color: #00a8fc; width: 300px; }
.note { color: #949ba4; font-size: 12px; margin-top: 4px; }
"""
PAGE = """<!doctype html><meta charset="utf-8"><style>
* {{ box-sizing: border-box; }} html {{ background: {edge}; }} body {{ margin: 0; padding: 12px; width: {width}px; }}
{style}</style><body>{body}</body>"""


def telegram(lines: Sequence[Line]) -> str:
    """The page of a conversation on Telegram."""
    return PAGE.format(style=TELEGRAM, width=WIDTH, edge="#fff", body="".join(map(_drawn, lines)))


def discord(lines: Sequence[Line]) -> str:
    """The page of a conversation on Discord."""
    return PAGE.format(style=DISCORD, width=WIDTH, edge="#fff", body="".join(map(_drawn, lines)))


def photograph(page: str, target: Path) -> None:
    """The page as a picture, cut to its height.

    Raises:
        RuntimeError: there is no Chromium on this machine.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise RuntimeError("make pictures needs Chromium: apt install chromium")
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder) / "page.html", Path(folder) / "shot.png"
        source.write_text(page, "utf-8")
        options = [
            "--headless",
            "--no-sandbox",
            "--hide-scrollbars",
            "--disable-gpu",
            f"--force-device-scale-factor={SCALE}",
        ]
        size = f"--window-size={WIDTH + 20},{TALLEST}"
        command = [browser, *options, size, f"--screenshot={shot}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        with Image.open(shot) as image:
            _cut(image.convert("RGB")).save(target, quality=88, optimize=True)


def _cut(image: Image.Image) -> Image.Image:
    """Without the empty edge."""
    empty = Image.new("RGB", image.size, (255, 255, 255))
    box = ImageChops.difference(image, empty).getbbox()
    return image.crop((0, 0, WIDTH * SCALE, box[3] if box else image.height))


def _drawn(line: Line) -> str:
    pictures = "".join(f'<img src="data:image/png;base64,{base64.b64encode(data).decode()}">' for data in line.pictures)
    who = '<div class="who">Ada</div>' if line.mine else '<div class="who">Figurine<small>APP</small></div>'
    text = f'<div class="text">{escape(line.text)}</div>' if line.text else ""
    files = "".join(f'<div class="file">{escape(name)}</div>' for name in line.files)
    rows = "".join(f'<div class="row">{"".join(map(_key, row))}</div>' for row in line.buttons)
    note = f'<div class="note">{escape(line.note)}</div>' if line.note else ""
    side = "line mine" if line.mine else "line"
    return f'<div class="{side}"><div>{who}<div class="bubble">{pictures}{text}{files}</div><div class="keys">{rows}</div>{note}</div></div>'


def _key(text: str) -> str:
    return f'<span class="key">{escape(text)}</span>'
