"""What a phone writes into its photos is nowhere afterwards: not in what is stored, not in what is sent."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from core.clock import SystemClock
from core.errors import Gone
from core.settings import Settings
from storage.opened import open_storage
from tests.conftest import ROOT
from tests.talking import opened, quick_parts

MARKER = "MARK-48.8584N-2.2945E"
DESCRIPTION, GPS, LATITUDE_REF, AREA = 270, 34853, 1, 28


def marked(form: str) -> bytes:
    """A sample photo with the marker wherever the format has room for words."""
    image = Image.open(ROOT / "samples" / "photos" / "coffee.jpg").convert("RGB")
    exif = image.getexif()
    exif[DESCRIPTION] = MARKER
    exif.get_ifd(GPS)[LATITUDE_REF] = "N"
    exif.get_ifd(GPS)[AREA] = MARKER.encode()
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{MARKER}</x:xmpmeta>".encode()
    stream = io.BytesIO()
    if form == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", MARKER)
        words.add_itxt("XML:com.adobe.xmp", xmp.decode())
        image.save(stream, form, exif=exif, pnginfo=words)
    elif form == "JPEG":
        image.save(stream, form, exif=exif, xmp=xmp, comment=MARKER)
    else:
        image.save(stream, form, exif=exif, xmp=xmp)
    assert MARKER.encode() in stream.getvalue()
    return stream.getvalue()


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def everything_in_clear(folder: Path) -> dict[str, bytes]:
    """Every blob, decrypted, and every file of the data folder as it lies there."""
    found = files_in(folder)
    async with open_storage(Settings(data={"dir": folder}), SystemClock()) as storage:
        async with storage.database.transaction() as tx:
            rows = await tx.query(
                "SELECT name, kind, owner FROM blob JOIN person ON person.id = blob.person_id WHERE due_at IS NOT NULL"
            )
        for row in rows:
            with suppress(Gone):  # A file that is just being deleted has lost its key already.
                found[f"{row['kind']} {row['name']}"] = await storage.vault.get(row["owner"], row["name"], row["kind"])
    return found


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
async def test_what_the_phone_wrote_into_a_photo_is_neither_stored_nor_sent(tmp_path: Path, form):
    async with opened(tmp_path, quick_parts()) as ada:
        await ada.agrees()
        await ada.sends(marked(form))
        await ada.presses("collector")
        await ada.waits()
        await ada.presses("files")
        sent = [file.data for reply in ada.recorder.sent for file in reply.files if not file.own]
    stored = await everything_in_clear(tmp_path / "data")
    assert len(sent) == 5
    assert {name.split()[0] for name in stored if " " in name} >= {"photo", "result"}
    assert not [name for name, data in stored.items() if MARKER.encode() in data]
    assert not [data for data in sent if MARKER.encode() in data]


async def test_a_photo_that_waits_for_an_answer_is_stored_as_it_came_but_never_in_clear(tmp_path: Path):
    """The file is decoded only after its sender has agreed, so its words are in it until then, encrypted."""
    async with opened(tmp_path, quick_parts()) as ada:
        await ada.sends(marked("JPEG"))
        lying = [
            path for path in (tmp_path / "data").rglob("*") if path.is_file() and MARKER.encode() in path.read_bytes()
        ]
        assert not lying
        await ada.presses("agree")
    stored = await everything_in_clear(tmp_path / "data")
    assert not [name for name, data in stored.items() if MARKER.encode() in data]
