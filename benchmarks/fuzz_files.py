"""Damaged pictures without end: real files of every accepted format, mutated. The same seed gives the same files."""

from __future__ import annotations

import io
import random
import re
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageCms

from benchmarks.heic import heic

FOLDER = Path(__file__).resolve().parent.parent / "samples" / "photos"
SIZE = (160, 112)
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
NUMBERS = (0, 1, 2, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)
NAMES = re.compile(rb"[A-Za-z][A-Za-z0-9]{3}")  # of boxes and chunks; their lengths are four bytes before or after
MARKERS = re.compile(rb"\xff[\xc0-\xfe]")  # of JPEG; the lengths are two bytes after
FROM_NAME = {b"\x89PNG": -4, b"RIFF": 4}  # and boxes before theirs

Mutation = Callable[[random.Random, bytes], bytes]


def fuzzed(seed: int, number: int) -> tuple[str, bytes]:
    """One damaged file: what was done to which source, and its content."""
    dice = random.Random(f"{seed}:{number}")  # noqa: S311 -- nothing secret
    files = sources()
    name = dice.choice(list(files))
    done, data = [], files[name]
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        mutation = dice.choice(MUTATIONS)
        data = mutation(dice, data)
        done.append(mutation.__name__.strip("_"))
    if data.startswith(PNG_HEAD) and dice.random() < 0.7:
        data = with_right_sums(data)
    return f"{name}: {', '.join(done)}", data


@cache
def sources() -> dict[str, bytes]:
    """Sound files by name, some kilobytes each, and the sample photos as they are."""
    photo = Image.open(FOLDER / "cat.jpg").convert("RGB").resize(SIZE)
    files = {f"photo {path.stem}": path.read_bytes() for path in sorted(FOLDER.glob("*.jpg"))}
    for name, (kind, mode, options) in _recipes(photo).items():
        stream = io.BytesIO()
        picture = photo.quantize(64) if mode == "P" else photo.convert("L").convert(mode) if mode == "I;16" else photo
        (picture if mode in ("P", "I;16") else picture.convert(mode)).save(stream, kind, **options)
        files[name] = stream.getvalue()
    told = _told()
    files["heic"] = heic(photo)
    files["heic with everything"] = heic(
        photo, degrees=90, exif=told["exif"], xmp=told["xmp"], profile=told["icc_profile"], thumbnail=photo
    )
    return files


def _told() -> dict[str, Any]:
    """Metadata as phones add them."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = 6, "Phone"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (48.0, 8.0, 12.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return {"exif": exif.tobytes(), "icc_profile": profile, "xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"}


def _recipes(photo: Image.Image) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Name -> Pillow's name of the format, the mode, and how to save."""
    frames = {"save_all": True, "append_images": [photo.rotate(90), photo.rotate(180)], "duration": 50}
    told = _told()
    return {
        "jpeg": ("JPEG", "RGB", {}),
        "jpeg progressive": ("JPEG", "RGB", {"progressive": True, "comment": b"hello"} | told),
        "jpeg cmyk": ("JPEG", "CMYK", {}),
        "jpeg grey": ("JPEG", "L", {"restart_marker_rows": 1}),
        "mpo": ("MPO", "RGB", {"save_all": True, "append_images": [photo]}),
        "png": ("PNG", "RGB", {}),
        "png alpha": ("PNG", "RGBA", {"exif": told["exif"], "icc_profile": told["icc_profile"]}),
        "png palette": ("PNG", "P", {"transparency": 3}),
        "png 16 bits": ("PNG", "I;16", {}),
        "png moving": ("PNG", "RGB", frames),
        "webp": ("WEBP", "RGB", told),
        "webp lossless": ("WEBP", "RGBA", {"lossless": True}),
        "webp moving": ("WEBP", "RGB", frames),
        "gif": ("GIF", "P", {"comment": b"hello"}),
        "gif moving": ("GIF", "P", frames),
        "tiff": ("TIFF", "RGB", {"exif": told["exif"], "icc_profile": told["icc_profile"]}),
        "tiff lzw": ("TIFF", "RGB", {"compression": "tiff_lzw"}),
        "tiff deflate": ("TIFF", "RGBA", {"compression": "tiff_adobe_deflate"}),
        "tiff jpeg": ("TIFF", "RGB", {"compression": "jpeg"}),
        "tiff fax": ("TIFF", "1", {"compression": "group4"}),
        "tiff packbits": ("TIFF", "CMYK", {"compression": "packbits"}),
        "tiff float": ("TIFF", "F", {}),
        "bmp": ("BMP", "RGB", {}),
        "bmp palette": ("BMP", "P", {}),
        "bmp one bit": ("BMP", "1", {}),
        "avif": ("AVIF", "RGB", told | {"speed": 10}),
        "avif alpha": ("AVIF", "RGBA", {"speed": 10}),
        "avif moving": ("AVIF", "RGB", frames | {"speed": 10}),
    }


def with_right_sums(png: bytes) -> bytes:
    """The same PNG with the checksums that its chunks ought to have, so that a reader goes on to their content."""
    parts, at = [PNG_HEAD], len(PNG_HEAD)
    while at + 12 <= len(png):
        length: int = struct.unpack_from(">I", png, at)[0]
        body = png[at + 4 : at + 8 + length]
        parts += [png[at : at + 4], body, struct.pack(">I", zlib.crc32(body))]
        at += 12 + length
    return b"".join(parts)


def _place(dice: random.Random, data: bytes) -> int:
    """Somewhere in the file; every other time near its beginning, where the structure is."""
    return dice.randrange(max(1, min(len(data), 600) if dice.random() < 0.5 else len(data)))


def _flipped_bits(dice: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 8, 64)) if data else 0):
        changed[_place(dice, data)] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _overwritten(dice: random.Random, data: bytes) -> bytes:
    at, length = _place(dice, data), dice.choice((1, 2, 4, 16, 256))
    return data[:at] + dice.randbytes(min(length, len(data) - at)) + data[at + length :]


def _cut_off(dice: random.Random, data: bytes) -> bytes:
    return data[: _place(dice, data)]


def _spliced(dice: random.Random, data: bytes) -> bytes:
    other = dice.choice(list(sources().values()))
    return data[: _place(dice, data)] + other[_place(dice, other) :]


def _repeated(dice: random.Random, data: bytes) -> bytes:
    at, length = _place(dice, data), dice.choice((4, 12, 64, 700))
    return data[:at] + data[at : at + length] * dice.choice((2, 3, 50)) + data[at + length :]


def _left_out(dice: random.Random, data: bytes) -> bytes:
    at = _place(dice, data)
    return data[:at] + data[at + dice.choice((1, 2, 4, 12, 200)) :]


def _numbers_changed(dice: random.Random, data: bytes) -> bytes:
    """An odd number, in either order of bytes, where any number may be: a size, a count, an offset."""
    layout = dice.choice((">I", "<I", ">H", "<H", "B"))
    return _put(data, _place(dice, data), layout, dice.choice(NUMBERS))


def _lengths_changed(dice: random.Random, data: bytes) -> bytes:
    """Another length for one segment, chunk or box."""
    jpeg, riff = data.startswith(b"\xff\xd8"), data.startswith(b"RIFF")
    found = [match.start() for match in (MARKERS if jpeg else NAMES).finditer(data[:20_000])]
    at = dice.choice(found or [0]) + (2 if jpeg else FROM_NAME.get(data[:4], -4))
    value = dice.choice((*NUMBERS, dice.randrange(1 << 16), dice.randrange(64)))
    return _put(data, max(at, 0), ">H" if jpeg else "<I" if riff else ">I", value)


def _put(data: bytes, at: int, layout: str, value: int) -> bytes:
    size = struct.calcsize(layout)
    if at + size > len(data):
        return data
    return data[:at] + struct.pack(layout, value & ((1 << 8 * size) - 1)) + data[at + size :]


MUTATIONS: tuple[Mutation, ...] = (
    *(_flipped_bits, _overwritten, _cut_off, _spliced, _repeated, _left_out, _numbers_changed, _lengths_changed),
)
