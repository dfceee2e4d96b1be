"""The service as a process of its own, which says how it is: `python -m benchmarks.soak_service FILE HOURS`.

Once a second a line of JSON goes into the file: resident memory in MB, how long answers took in here, the event loop's
lag in milliseconds as it was found a hundred times (see benchmarks.soak_watch), and how many tasks there are. The
service's clock is HOURS ahead, and SIGUSR1 moves it on by `HOURS`. What it says bears marks (benchmarks.soak_marks).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Final

from benchmarks.soak_marks import mark_everything, time_everything
from benchmarks.soak_watch import Watch
from bots.app import Parts
from bots.service import Stopping, run
from core.intake.safety.unchecked import Unchecked
from core.settings import load_settings
from core.supervision import in_background, stop

HOURS: Final = 6
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class MovingClock:
    """Ahead of the machine's clock by as much as it was moved."""

    def __init__(self, hours: int) -> None:
        self.ahead = dt.timedelta(hours=hours)

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead

    def moves(self) -> None:
        self.ahead += dt.timedelta(hours=HOURS)


async def probe(file: Path, took: list[float]) -> None:
    """Tell how it is until cancelled."""
    watch = Watch()
    with file.open("a", buffering=1) as told:
        while True:
            found = await watch.looks()
            counts = {"tasks": len(asyncio.all_tasks()), "threads": threading.active_count()}
            work = [round(seconds, 4) for seconds in took]
            took.clear()
            told.write(json.dumps({"memory": memory(), "work": work, **found, **counts}) + "\n")


def memory() -> float:
    """Resident memory of this process, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


async def main(file: Path, hours: int, took: list[float]) -> None:
    clock, stopping = MovingClock(hours), Stopping()
    stopping.listen()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, clock.moves)
    parts = Parts(
        maker="tests.engines.quick:QuickMaker",
        maker_arguments=lambda _: {"pause": 0.0},
        safety=lambda _: Unchecked(),
        clock=lambda: clock,
    )
    probing = in_background(probe(file, took), "probe")
    try:
        await run(load_settings(), parts, lambda line: print(line, flush=True), stopping)
    finally:
        await stop(probing)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    mark_everything()
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), time_everything()))
