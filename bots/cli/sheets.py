"""`styles`: the list, and the contact sheet of one photo in every style."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bots.app import Parts, build_engine
from bots.cli.attempt import Wanted, prepare
from bots.cli.running import ProgressLine, run_to_end
from bots.cli.usage import UsageError
from bots.conversation.texts import Texts
from bots.files import check_folder, write_all
from core.generation.styles import styles
from core.model import FigurineRequest, FileKind
from core.settings import Settings, load_settings

FORMATS: Final = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
COLUMNS: Final = 3
CELL: Final = 480  # pixels, the picture's width and height on the sheet
LABEL: Final = 56  # pixels below it
GAP: Final = 16
PAPER: Final = (250, 249, 247)
INK: Final = (40, 40, 44)
LETTERS: Final = 26  # pixels


def listing() -> None:
    """Every style with its name, as `--style` takes it, and a summary."""
    texts = Texts()
    width = max(map(len, styles()))
    for name, style in styles().items():
        sys.stdout.write(f"{name:{width}}  {texts.label(style.summary)}\n")


def run(photo: Path, sheet: Path, parts: Parts | None) -> None:
    """Make the photo in every style and write the sheet.

    Raises:
        UsageError, and what `try` raises.
    """
    settings: Settings = load_settings()
    if sheet.suffix.lower() not in FORMATS:
        raise UsageError("The sheet's name must end in .jpg or .png.")
    upload, request = prepare(Wanted(photo), settings)
    check_folder(sheet.parent)
    parts = parts or Parts()
    pictures = run_to_end(_pictures(upload, request, settings, parts))
    stream = io.BytesIO()
    contact_sheet(pictures, parts.typeface()).save(stream, FORMATS[sheet.suffix.lower()], quality=92)
    path = write_all(sheet.parent, [(sheet.name, stream.getvalue())])[0]
    sys.stdout.write(f"{path}\n")


def contact_sheet(pictures: Mapping[str, bytes], typeface: bytes) -> Image.Image:
    """One sheet of pictures (style's label → the picture's file), each with its label below in the typeface."""
    rows = math.ceil(len(pictures) / COLUMNS)
    columns = min(COLUMNS, len(pictures))
    size = (columns * (CELL + GAP) + GAP, rows * (CELL + LABEL + GAP) + GAP)
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(io.BytesIO(typeface), LETTERS)
    for number, (label, data) in enumerate(pictures.items()):
        row, column = divmod(number, columns)
        left, top = GAP + column * (CELL + GAP), GAP + row * (CELL + LABEL + GAP)
        with Image.open(io.BytesIO(data)) as picture:
            fitted = picture.convert("RGB")
            fitted.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
        sheet.paste(fitted, (left + (CELL - fitted.width) // 2, top + (CELL - fitted.height) // 2))
        draw.text((left + CELL // 2, top + CELL + LABEL // 2), label, INK, font, anchor="mm")
    return sheet


async def _pictures(upload: bytes, request: FigurineRequest, settings: Settings, parts: Parts) -> dict[str, bytes]:
    texts, pictures = Texts(), {}
    async with build_engine(settings, parts) as engine:
        photo = await engine.decode(upload)
        for number, style in enumerate(styles().values(), start=1):
            label = texts.label(style.label)
            line = ProgressLine(f"{number}/{len(styles())} {label}: ")
            figurine = await engine.make(replace(request, photo=photo, style=style.name), line)
            line.clear()
            pictures[label] = next(file.data for file in figurine.files if file.kind is FileKind.PICTURE)
    return pictures
