"""Files made by hand to harm whoever opens them: bombs, liars, circles, polyglots, and things that are no picture."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

from PIL import Image

from benchmarks.fuzz_files import PNG_HEAD, SIZE, sources
from benchmarks.heic import Coded, box, coded, full_box, heic

MAGICS = {
    "png": PNG_HEAD,
    "jpeg": b"\xff\xd8\xff\xe0",
    "gif": b"GIF89a",
    "tiff": b"II*\0",
    "big tiff": b"MM\0+\0\10\0\0",
    "bmp": b"BM",
    "webp": b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    "avif": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif",
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
}
NO_PICTURES = {
    "empty": b"",
    "one byte": b"\xff",
    "zeros": bytes(100_000),
    "svg": b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n(/etc/passwd) (r) file\n",
    "pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj",
    "ppm": b"P6 100 100 255\n" + bytes(30_000),
    "wmf": b"\xd7\xcd\xc6\x9a" + bytes(200),
    "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(200),
    "zip": b"PK\3\4" + bytes(200),
    "pickle": b"cos\nsystem\n(S'true'\ntR.",
    "machine code": b"\x7fELF\2\1\1" + bytes(200),
}


@cache
def hostile() -> dict[str, bytes]:
    """Every file by its name. All of them are to be refused or decoded within the limits of time and memory."""
    magics = {f"{name} magic only": magic for name, magic in MAGICS.items()}
    return NO_PICTURES | magics | pngs() | gifs() | bmps() | tiffs() | jpegs() | boxes() | webps() | polyglots()


def png(width: int, height: int, depth: int, colour: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of the chunks after IHDR."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = []
    for kind, data in ((b"IHDR", head), *chunks, (b"IEND", b"")):
        parts.append(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    return PNG_HEAD + b"".join(parts)


def pngs() -> dict[str, bytes]:
    """Little that unpacks to much."""
    much = zlib.compress(bytes(100_000_000), 9)
    rows = (b"IDAT", zlib.compress(bytes((1 + 3 * 100) * 100)))
    return {
        "png of 170 megapixels": png(13_040, 13_040, 1, 0, (b"IDAT", zlib.compress(bytes(13_040 * 1_631), 9))),
        "png at the limit": png(8_000, 8_000, 1, 0, (b"IDAT", zlib.compress(bytes(8_000 * 1_001), 9))),
        "png with more rows than it says": png(100, 100, 8, 2, (b"IDAT", much)),
        "png with a zTXt bomb": png(100, 100, 8, 2, (b"zTXt", b"Comment\0\0" + much), rows),
        "png with an iTXt bomb": png(100, 100, 8, 2, (b"iTXt", b"Comment\0\1\0\0\0" + much), rows),
        "png with an iCCP bomb": png(100, 100, 8, 2, (b"iCCP", b"ICC\0\0" + much), rows),
        "png with 50,000 texts": png(100, 100, 8, 2, *[(b"tEXt", b"a\0b")] * 50_000, rows),
        "png of no size": png(0, 0, 8, 2, rows),
        "png of 4 billion columns": png(0xFFFFFFFF, 0xFFFFFFFF, 8, 2, rows),
    }


def gifs() -> dict[str, bytes]:
    """Many frames, and frames beyond their screen."""
    still = sources()["gif"]
    at = still.rindex(b",\0\0\0\0")
    frame, small = still[at:-1], b"\x21\xf9\4\0\1\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0"
    return {
        "gif of 3,000 frames": still[:-1] + small * 2_999 + b";",
        "gif of 100 whole frames": still[:-1] + frame * 99 + b";",
        "gif with a frame beyond its screen": still[:at] + b",\0\0\0\0\xff\xff\xff\xff" + still[at + 9 :],
        "gif of 4 gigapixels": still[:6] + b"\xff\xff\xff\xff" + still[10:],
    }


def bmps() -> dict[str, bytes]:
    """Sizes that are not true."""
    sound = sources()["bmp"]

    def lying(width: int, height: int) -> bytes:
        return sound[:18] + struct.pack("<ii", width, height) + sound[26:]

    return {
        "bmp that says it is large": lying(7_900, 7_900),
        "bmp that says it is huge": lying(0x7FFFFFFF, 0x7FFFFFFF),
        "bmp of negative width": lying(-160, 112),
        "bmp of lowest height": lying(160, -0x80000000),
        "bmp whose pixels begin beyond its end": sound[:10] + b"\xff\xff\xff\x7f" + sound[14:],
        "bmp with a palette of 4 billion": sound[:46] + b"\xff\xff\xff\xff" + sound[50:],
        "bmp of endless runs": sound[:28] + struct.pack("<HI", 8, 1) + sound[34:54] + b"\0\2\xff\0" * 20_000,
    }


def tiff(*entries: tuple[int, int, int, int], after: bytes = b"", following: int = 0) -> bytes:
    """A TIFF of one directory at 8, its entries (tag, type, count, value), what comes after, and the next directory."""
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\10\0\0\0" + directory + struct.pack("<I", following) + after


def tiffs() -> dict[str, bytes]:
    """Directories in circles, and sizes that are not true."""
    size = [(256, 4, 1, 100), (257, 4, 1, 100), (258, 3, 1, 8), (262, 3, 1, 1)]
    strip = [(273, 4, 1, 200), (277, 3, 1, 1), (278, 4, 1, 100), (279, 4, 1, 10_000)]
    large = [(256, 4, 1, 8_000), (257, 4, 1, 8_000), *size[2:]]
    chain = b"".join(struct.pack("<HI", 0, 10_000 + 6 * (n + 1)) for n in range(50_000))
    rows = bytes(12_000)
    return {
        "tiff whose next directory is itself": tiff(*size, *strip, after=rows, following=8),
        "tiff with directories within itself": tiff(*size, *strip, (330, 4, 1, 8), (34665, 4, 1, 8), after=rows),
        "tiff with 50,000 directories": tiff(*size, *strip, after=rows, following=10_000)[:10_000] + chain,
        "tiff with 4 billion strips": tiff(*size, (273, 4, 0xFFFFFFFF, 200), *strip[1:], after=rows),
        "tiff with a strip of 4 gigabytes": tiff(*size, *strip[:3], (279, 4, 1, 0xFFFFFFFF), after=rows),
        "tiff with a text of 2 gigabytes": tiff(*size, (270, 2, 0x7FFFFFFF, 200), *strip, after=rows),
        "tiff with tiles of 2 billion": tiff(
            *size, (322, 4, 1, 0x7FFFFFF0), (323, 4, 1, 0x7FFFFFF0), (324, 4, 1, 200), (325, 4, 1, 9_000), after=rows
        ),
        "tiff that is nearly empty": tiff(*large, (259, 3, 1, 8), *strip[:2], (278, 4, 1, 8_000), strip[3], after=rows),
        "tiff of 65,535 samples": tiff(*size, *strip[:1], (277, 3, 1, 65_535), *strip[2:], after=rows),
    }


def jpegs() -> dict[str, bytes]:
    """Sizes that are not true, and metadata without end."""
    sound = sources()["jpeg"]
    at = sound.index(b"\xff\xc0")
    segment = b"\xff\xe1\xff\xff" + b"Exif\0\0II*\0\10\0\0\0\xff\xff" + bytes(65_517)
    profile = b"\xff\xe2\xff\xff" + b"ICC_PROFILE\0\1\xff" + bytes(65_519)
    return {
        "jpeg that says it is large": sound[: at + 5] + struct.pack(">HH", 7_900, 7_900) + sound[at + 9 :],
        "jpeg that says it is huge": sound[: at + 5] + b"\xff\xff\xff\xff" + sound[at + 9 :],
        "jpeg with 10 MB of EXIF": sound[:2] + segment * 160 + sound[2:],
        "jpeg with 10 MB of profile": sound[:2] + profile * 160 + sound[2:],
        "jpeg in 200 pieces": sound[:2] + sound[2:at] * 200 + sound[at:],
    }


def scan_bomb(side: int = 7_900, scans: int = 2_000) -> bytes:
    """A progressive JPEG that says the same of all its pixels again and again: some 20 s a thousand scans."""
    stream = io.BytesIO()
    Image.new("L", (side, side), 99).save(stream, "JPEG", progressive=True, quality=5)
    whole = stream.getvalue()
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * scans + whole[-2:]


def boxes() -> dict[str, bytes]:
    """HEIC and AVIF: sizes that are not true, circles, depth, and lengths of zero."""
    picture = coded(Image.new("RGB", SIZE, "red"))
    sound, avif = heic(picture), sources()["avif"]
    deep = b""
    for _ in range(5_000):
        deep = box(b"meta", bytes(4), deep)
    many = full_box(b"iinf", 0, 0, struct.pack(">H", 60_000), full_box(b"infe", 2, 0, bytes(9)) * 60_000)
    return {
        "heic that says it is large": heic(Coded(7_900, 7_900, picture.configuration, picture.data)),
        "heic that says it is huge": heic(Coded(65_535, 65_535, picture.configuration, picture.data)),
        "heic that says it is small": heic(Coded(80, 64, picture.configuration, picture.data)),
        "heic without a picture": heic(Coded(*SIZE, picture.configuration, b"")),
        "heic without a configuration": heic(Coded(*SIZE, b"", picture.data)),
        "heic 5,000 boxes deep": heic(picture, extra=deep),
        "heic with 60,000 items": heic(picture, extra=box(b"meta", bytes(4), many)),
        "heic whose picture is its thumbnail": sound.replace(b"hvc1", b"grid"),
        "heic with metadata of no kind": heic(picture, xmp=b"<x/>").replace(b"mime", b"m\xff\xffe"),  # ends its process
        "heic with a box of no length": heic(picture, extra=b"\0\0\0\0free"),
        "avif called heic": avif.replace(b"ftypavif", b"ftypheic"),
        "heic called avif": sound.replace(b"ftypheic", b"ftypavif"),
        "avif that says it is huge": avif.replace(struct.pack(">II", *SIZE), b"\0\0\xff\xff\0\0\xff\xff"),
    }


def webps() -> dict[str, bytes]:
    """Frames and sizes beyond the limits."""
    black = b"/\x7f\xfe\x9f\x0f\x07\x10\x11\xfd\x0fDD\xff\x03"  # 16,000 by 16,000 pixels
    moving = sources()["webp moving"]
    at = moving.index(b"ANMF")
    return {
        "webp of 256 megapixels": b"RIFF\x1a\0\0\0WEBPVP8L\x0e\0\0\0" + black,
        "webp with a frame beyond its canvas": moving[: at + 14] + b"\xff" * 6 + moving[at + 20 :],
        "webp of 2,000 frames": moving + moving[at : at + 1_000] * 2_000,
    }


def polyglots() -> dict[str, bytes]:
    """One file that is two things."""
    files = sources()
    return {
        "jpeg and zip": files["jpeg"] + b"PK\3\4" + bytes(500) + b"PK\5\6" + bytes(18),
        "gif and script": files["gif"][:-1] + b"\x21\xfe\x20*/;alert(document.domain)/*<script>\0;",
        "png and page": files["png"] + b"<html><script>alert(1)</script></html>",
        "pdf and jpeg": b"%PDF-1.7\n" + files["jpeg"],
        "jpeg and png": files["jpeg"] + files["png"],
    }
