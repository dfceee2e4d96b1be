"""Real HEIC files, made without an HEIC writer: one HEVC picture by libx265, wrapped into ISO-BMFF boxes by hand.

The boxes are those of ISO/IEC 14496-12 and 23008-12 that a phone writes: the coded picture, its properties, and items
that refer to it (EXIF, XMP, a thumbnail).
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field

import av
from PIL import Image

PICTURE = 1  # the number of its item
TURNS = {0: 0, 90: 1, 180: 2, 270: 3}  # anticlockwise degrees -> the value of irot


@dataclass(frozen=True, slots=True)
class Coded:
    """One picture as HEVC: the decoder's configuration (the content of hvcC) and the samples."""

    width: int
    height: int
    configuration: bytes
    data: bytes


@dataclass(slots=True)
class _Item:
    """One item of the file. `properties` are whole boxes; `refers` is the kind of its reference to the picture."""

    kind: bytes
    data: bytes
    name: bytes = b"\0"
    refers: bytes = b""
    properties: list[bytes] = field(default_factory=list)


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box with its length in front."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def coded(image: Image.Image) -> Coded:
    """The RGB picture as one key frame of HEVC, 4:2:0. Its sides are even."""
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as film:
        track = film.add_stream("libx265", rate=1, options={"x265-params": "log-level=none:keyint=1", "crf": "12"})
        track.width, track.height, track.pix_fmt = image.width, image.height, "yuv420p"
        track.codec_context.color_range = 1
        track.codec_context.colorspace = 5
        frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
        film.mux(track.encode(frame))
        film.mux(track.encode())
    mp4 = stream.getvalue()
    return Coded(image.width, image.height, _content(mp4, b"hvcC"), _content(mp4, b"mdat"))


def heic(
    image: Image.Image | Coded,
    *,
    degrees: int = 0,
    exif: bytes = b"",
    xmp: bytes = b"",
    profile: bytes = b"",
    thumbnail: Image.Image | None = None,
    extra: bytes = b"",
) -> bytes:
    """An HEIC file.

    Args:
        image: the picture.
        degrees: how far readers turn it anticlockwise: 0, 90, 180 or 270.
        exif: TIFF bytes, with or without the six bytes that JPEG puts in front.
        xmp: a packet.
        profile: an ICC profile.
        thumbnail: a small picture for the thumbnail item.
        extra: whole boxes before the pictures' data.
    """
    items = [_picture(image, degrees, profile)]
    if exif:
        items.append(_Item(b"Exif", struct.pack(">I", 0) + exif.removeprefix(b"Exif\0\0"), refers=b"cdsc"))
    if xmp:
        items.append(_Item(b"mime", xmp, name=b"\0application/rdf+xml\0", refers=b"cdsc"))
    if thumbnail:
        items.append(_picture(thumbnail))
        items[-1].refers = b"thmb"
    head = box(b"ftyp", b"heic", bytes(4), b"mif1heic") + extra
    start = len(head) + len(_meta(items, 0)) + 8
    return head + _meta(items, start) + box(b"mdat", *(item.data for item in items))


def _picture(image: Image.Image | Coded, degrees: int = 0, profile: bytes = b"") -> _Item:
    picture = image if isinstance(image, Coded) else coded(image)
    properties = [
        box(b"hvcC", picture.configuration),
        full_box(b"ispe", 0, 0, struct.pack(">II", picture.width, picture.height)),
        full_box(b"pixi", 0, 0, b"\3\10\10\10"),
        box(b"colr", b"prof", profile) if profile else box(b"colr", b"nclx", struct.pack(">HHHB", 1, 13, 5, 0)),
    ]
    if degrees:
        properties.append(box(b"irot", bytes([TURNS[degrees]])))
    return _Item(b"hvc1", picture.data, properties=properties)


def _meta(items: list[_Item], start: int) -> bytes:
    """The box that describes the items, whose data begin at `start`."""
    numbered = list(enumerate(items, PICTURE))
    entries = [full_box(b"infe", 2, 0, struct.pack(">HH4s", n, 0, item.kind), item.name) for n, item in numbered]
    places = []
    for number, item in numbered:
        places.append(struct.pack(">HHHII", number, 0, 1, start, len(item.data)))
        start += len(item.data)
    references = [box(item.refers, struct.pack(">HHH", n, 1, PICTURE)) for n, item in numbered if item.refers]
    return full_box(
        b"meta",
        0,
        0,
        full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"pict"), b"\0"),
        full_box(b"pitm", 0, 0, struct.pack(">H", PICTURE)),
        full_box(b"iloc", 0, 0, b"\x44\x00", struct.pack(">H", len(items)), *places),
        full_box(b"iinf", 0, 0, struct.pack(">H", len(items)), *entries),
        full_box(b"iref", 0, 0, *references) if references else b"",
        _properties(items),
    )


def _properties(items: list[_Item]) -> bytes:
    """The items' properties, and which belongs to which."""
    boxes = [prop for item in items for prop in item.properties]
    owners, at = [], 1
    for number, item in enumerate(items, PICTURE):
        if item.properties:
            indices = bytes(0x80 | (at + offset) for offset in range(len(item.properties)))
            owners.append(struct.pack(">HB", number, len(indices)) + indices)
            at += len(indices)
    association = full_box(b"ipma", 0, 0, struct.pack(">I", len(owners)), *owners)
    return box(b"iprp", box(b"ipco", *boxes), association)


def _content(mp4: bytes, kind: bytes) -> bytes:
    """What is in the only box of that kind."""
    at = mp4.index(kind)
    length: int = struct.unpack_from(">I", mp4, at - 4)[0]
    return mp4[at + 4 : at - 4 + length]
