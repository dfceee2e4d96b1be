"""The service as a process of its own, which says how it is: `python -m benchmarks.soak_service FILE`.

Once a second a line of JSON goes into the file: resident memory in MB, the event loop's lag in milliseconds as it was
found a hundred times, and how many tasks there are. SIGUSR1 moves the service's clock on by `HOURS`.
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

from bots.app import Parts
from bots.service import Stopping, run
from core.intake.safety.unchecked import Unchecked
from core.settings import load_settings
from core.supervision import in_background, stop

HOURS: Final = 6
EVERY: Final = 0.01  # seconds between two looks at the loop
LOOKS: Final = 100
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class MovingClock:
    """Ahead of the machine's clock by as much as it was moved."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta()

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead

    def moves(self) -> None:
        self.ahead += dt.timedelta(hours=HOURS)


async def probe(file: Path) -> None:
    """Tell how it is until cancelled."""
    loop = asyncio.get_running_loop()
    with file.open("a", buffering=1) as told:
        while True:
            lags = []
            for _ in range(LOOKS):
                due = loop.time() + EVERY
                await asyncio.sleep(EVERY)
                lags.append(round(1000 * (loop.time() - due), 2))
            counts = {"tasks": len(asyncio.all_tasks()), "threads": threading.active_count()}
            told.write(json.dumps({"memory": memory(), "lags": lags, **counts}) + "\n")


def memory() -> float:
    """Resident memory of this process, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


async def main(file: Path) -> None:
    clock, stopping = MovingClock(), Stopping()
    stopping.listen()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, clock.moves)
    parts = Parts(
        maker="tests.engines.quick:QuickMaker",
        maker_arguments=lambda _: {"pause": 0.0},
        safety=lambda _: Unchecked(),
        clock=lambda: clock,
    )
    probing = in_background(probe(file), "probe")
    try:
        await run(load_settings(), parts, lambda line: print(line, flush=True), stopping)
    finally:
        await stop(probing)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(main(Path(sys.argv[1])))
