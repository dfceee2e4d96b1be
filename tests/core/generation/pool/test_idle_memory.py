"""What stays of a photo in the memory of a process that waits for the next one."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from core.generation.pool.wire import Call, Setup
from core.generation.pool.worker import Worker
from core.model import Photo

SIDE = 700


def seen(process: int, marker: bytes) -> int:
    """How often the marker is in what a process has written into its memory."""
    count = 0
    with Path(f"/proc/{process}/maps").open() as ranges, Path(f"/proc/{process}/mem").open("rb", 0) as memory:
        for line in ranges:
            if " rw" in line:
                begin, end = (int(place, 16) for place in line.split()[0].split("-"))
                with suppress(OSError, OverflowError):
                    memory.seek(begin)
                    count += memory.read(end - begin).count(marker)
    return count


async def test_a_process_that_waits_does_not_hold_on_to_the_last_photo(tmp_path: Path):
    marker = os.urandom(24)
    copies = SIDE * SIDE * 3 // len(marker)
    worker = await Worker.start(Setup("tests.engines.quick:QuickMaker", {"pause": 0.0}, 4_000_000_000), tmp_path, 60)
    try:
        await worker.call(Call("look", (Photo(SIDE, SIDE, marker * copies),)), 30, 30)
        async with asyncio.timeout(10):  # It answers first, and lets go then.
            while seen(worker._process.pid, marker) > copies / 20:  # noqa: ASYNC110 -- another process tells nobody
                await asyncio.sleep(0.1)
    finally:
        await worker.close()
