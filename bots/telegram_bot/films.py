"""What a film says of itself at its beginning, so that Telegram shows it in its own shape before it is loaded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Film:
    """Width and height in pixels, duration in whole seconds."""

    width: int
    height: int
    seconds: int


def film(data: bytes) -> Film | None:
    """What an MP4 file says; None if it is none that is understood."""
    try:
        inside = dict(_boxes(dict(_boxes(memoryview(data)))[b"moov"]))
        scale, ticks = _clock(inside[b"mvhd"])
        track = dict(_boxes(inside[b"trak"]))[b"tkhd"]
        width, height = (value >> 16 for value in struct.unpack(">II", track[-8:]))
        return Film(width, height, max(round(ticks / scale), 1)) if width and height else None
    except (KeyError, ValueError, struct.error, ZeroDivisionError):
        return None


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Name and content of each box; where there are several of one name, the last one counts in a dict."""
    while len(data) >= 8:
        size, name = struct.unpack(">I4s", data[:8])
        start = 8
        if size == 1:
            size, start = struct.unpack(">Q", data[8:16])[0], 16
        size = size or len(data)
        if size < start:
            raise ValueError
        yield name, data[start:size]
        data = data[size:]


def _clock(header: memoryview) -> tuple[int, int]:
    """Ticks a second, and ticks in all."""
    if header[0] == 1:
        scale, ticks = struct.unpack(">IQ", header[20:32])
    else:
        scale, ticks = struct.unpack(">II", header[12:20])
    return scale, ticks
