"""Lines from a script or from whoever types, without blocking anything else."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator

CHUNK = 65536  # bytes


async def script_lines(script: str) -> AsyncGenerator[str, None]:
    """The lines of a script's text."""
    for line in script.splitlines():
        yield line


async def typed_lines() -> AsyncGenerator[str, None]:
    """Lines from standard input, to its end."""
    descriptor = sys.stdin.fileno()
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except PermissionError:  # A regular file is always ready.
        ready.set()
        async for line in _lines(descriptor, ready, always_ready=True):
            yield line
        return
    try:
        async for line in _lines(descriptor, ready, always_ready=False):
            yield line
    finally:
        loop.remove_reader(descriptor)


async def _lines(descriptor: int, ready: asyncio.Event, always_ready: bool) -> AsyncGenerator[str, None]:
    rest = b""
    while True:
        await ready.wait()
        chunk = os.read(descriptor, CHUNK)
        if not always_ready:
            ready.clear()
        *whole, rest = (rest + chunk).split(b"\n")
        if not chunk and rest:
            whole, rest = [rest], b""
        for line in whole:
            yield line.decode("utf-8", "replace")
        if not chunk:
            return
