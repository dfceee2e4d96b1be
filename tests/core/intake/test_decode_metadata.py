"""Nothing that a file tells beside its picture gets through: not where, when, by whom or with what it was taken."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable
from functools import cache

import pytest
from PIL import Image, ImageChops, ImageCms, PngImagePlugin, TiffImagePlugin

from benchmarks.heic import box, heic
from core.generation.pool.wire import Returned, pack
from core.intake.decode import PhotoLimits, decode

LIMITS = PhotoLimits(max_bytes=5_000_000, max_pixels=40_000_000, max_side=20_000, min_side=64)
PICTURE = Image.radial_gradient("L").resize((160, 112)).convert("RGB")
ROOM = " built-in"  # the end of the description in Pillow's own profile, where a mark of this length fits
CARRIERS = ("make", "gps", "thumbnail", "xmp", "iptc", "comment", "icc")


def mark(carrier: str) -> bytes:
    """What to look for: unique, and in a profile as long as what it replaces."""
    return f"-mark{CARRIERS.index(carrier):03d}-".encode()


def xmp() -> bytes:
    return b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + mark("xmp") + b"</x:xmpmeta>"


def iptc() -> bytes:
    caption = b"\x1c\2\x78" + struct.pack(">H", len(mark("iptc"))) + mark("iptc")
    return b"8BIM\4\4\0\0" + struct.pack(">I", len(caption)) + caption + b"\0" * (len(caption) % 2)


@cache
def profile() -> bytes:
    """sRGB, with the mark in its description."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    marked = mark("icc").decode()
    assert len(marked) == len(ROOM)
    return plain.replace(ROOM.encode("utf-16-be"), marked.encode("utf-16-be"))


def exif() -> bytes:
    """A camera's name, a place, and a thumbnail, as TIFF directories."""
    stream = io.BytesIO()
    PICTURE.resize((32, 22)).save(stream, "JPEG", comment=mark("thumbnail"))
    thumbnail, length = stream.getvalue(), len(mark("make"))
    heads = 8 + (2 + 24 + 4) + (2 + 12 + 4) + (2 + 36 + 4)
    make, gps = heads, heads + length
    parts = [b"II*\0", struct.pack("<I", 8)]
    parts.append(directory((271, 2, length, make), (34853, 4, 1, 38), following=56))
    parts.append(directory((27, 7, length, gps)))
    parts.append(directory((259, 3, 1, 6), (513, 4, 1, gps + length), (514, 4, 1, len(thumbnail))))
    return b"".join([*parts, mark("make"), mark("gps"), thumbnail])


def directory(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    listed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + listed + struct.pack("<I", following)


def saved(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    PICTURE.save(stream, kind, **options)
    return stream.getvalue()


def jpeg(**options: object) -> bytes:
    whole = saved("JPEG", exif=b"Exif\0\0" + exif(), icc_profile=profile(), comment=mark("comment"), **options)
    segments = ((0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()), (0xED, b"Photoshop 3.0\0" + iptc()))
    return whole[:2] + b"".join(struct.pack(">BBH", 0xFF, n, 2 + len(data)) + data for n, data in segments) + whole[2:]


def png() -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", mark("comment").decode())
    texts.add_text(
        "Raw profile type iptc", f"\niptc\n{len(iptc()):8}\n{iptc().hex()}\n{mark('iptc').decode()}", zip=True
    )
    texts.add_itxt("XML:com.adobe.xmp", xmp().decode(), zip=True)
    return saved("PNG", exif=exif(), icc_profile=profile(), pnginfo=texts)


def gif() -> bytes:
    whole = saved("GIF", comment=mark("comment"))
    at = whole.index(b"\x21\xfe")
    return whole[:at] + b"\x21\xff\x0bXMP DataXMP" + bytes([len(xmp())]) + xmp() + b"\0" + whole[at:]


def tiff() -> bytes:
    told = TiffImagePlugin.ImageFileDirectory_v2()
    told[270], told[271], told[700], told[33723] = mark("comment").decode(), mark("make").decode(), xmp(), iptc()
    told.tagtype[700] = told.tagtype[33723] = 7
    told[34853] = {27: mark("gps")}
    return saved("TIFF", tiffinfo=told, icc_profile=profile())


def bmp() -> bytes:
    return saved("BMP") + mark("comment")


def two_pictures() -> bytes:
    """As phones send them: a second picture behind the first, with metadata of its own."""
    return jpeg() + jpeg(quality=30)


FILES: dict[str, tuple[Callable[[], bytes], Callable[[], bytes], tuple[str, ...]]] = {
    "JPEG": (jpeg, lambda: saved("JPEG"), CARRIERS),
    "JPEG with another": (two_pictures, lambda: saved("JPEG"), CARRIERS),
    "PNG": (png, lambda: saved("PNG"), CARRIERS),
    "WebP": (
        lambda: saved("WEBP", exif=exif(), xmp=xmp(), icc_profile=profile()),
        lambda: saved("WEBP"),
        ("make", "gps", "thumbnail", "xmp", "icc"),
    ),
    "GIF": (gif, lambda: saved("GIF"), ("comment", "xmp")),
    "TIFF": (tiff, lambda: saved("TIFF"), ("make", "gps", "xmp", "iptc", "comment", "icc")),
    "BMP": (bmp, lambda: saved("BMP"), ("comment",)),
    "AVIF": (
        lambda: saved("AVIF", exif=exif(), xmp=xmp(), icc_profile=profile()),
        lambda: saved("AVIF"),
        ("make", "gps", "thumbnail", "xmp", "icc"),
    ),
    "HEIC": (
        lambda: heic(
            PICTURE,
            exif=exif(),
            xmp=xmp(),
            profile=profile(),
            thumbnail=PICTURE.resize((64, 44)),
            extra=box(b"free", mark("comment") + iptc()),
        ),
        lambda: heic(PICTURE),
        CARRIERS,
    ),
}


def unpacked(upload: bytes) -> bytes:
    """The file with the content of everything in it that is compressed, profiles as plain text."""
    streams = [upload]
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", upload):
        try:
            streams.append(zlib.decompressobj().decompress(upload[found.start() :]))
        except zlib.error:
            continue
    whole = b"".join(streams)
    return whole + whole.replace(b"\0", b"")


@pytest.mark.parametrize("name", FILES)
def test_no_metadata_gets_through(name):
    marked, plain, carriers = FILES[name]
    upload = marked()
    assert [carrier for carrier in carriers if mark(carrier) not in unpacked(upload)] == [], "the file carries them"
    photo = decode(upload, LIMITS)
    sent = pack(Returned(photo))
    for carrier in carriers:
        assert mark(carrier) not in photo.pixels
        assert mark(carrier) not in unpacked(sent)
    expected = decode(plain(), LIMITS)
    size = (photo.width, photo.height)
    assert size == (expected.width, expected.height) == PICTURE.size
    difference = ImageChops.difference(
        Image.frombytes("RGB", size, photo.pixels), Image.frombytes("RGB", size, expected.pixels)
    )
    assert max(high for _, high in difference.getextrema()) <= 2, "and the pixels are the picture's alone"


def test_a_photo_holds_its_size_and_pixels_and_nothing_else():
    photo = decode(jpeg(), LIMITS)
    assert photo.__slots__ == ("width", "height", "pixels")
    assert len(pack(Returned(photo))) < len(photo.pixels) + 200
