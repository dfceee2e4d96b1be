"""How late an event loop was, what held it up, and how much of that was the machine's doing.

python -m benchmarks.soak_watch FILE     the lateness of a process that does nothing else, a line each second
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any, Final

EVERY: Final = 0.01  # seconds between two looks at the loop
LOOKS: Final = 100
WORTH_TELLING: Final = 0.02  # seconds late
HELD_UP: Final = 0.015  # seconds late, from which on the thread looks at what is being done
FRAMES: Final = 7  # the innermost ones
TICK: Final = 1 / os.sysconf("SC_CLK_TCK")


class Watch:
    """Looks at the loop that it is made in. `looks` gives what a hundred looks found.

    A look is late by so many milliseconds; `own` is without what the machine took: the time in which this thread could
    have run and got no processor, and what the host took from the machine as a whole.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._schedule = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        self._machine = os.open("/proc/stat", os.O_RDONLY)
        self._due = time.monotonic() + 60
        self._seen: Counter[str] = Counter()
        self._collected = 0.0
        self._collecting = 0.0
        gc.callbacks.append(self._collects)
        threading.Thread(target=self._look_on, name="watch", daemon=True).start()

    async def looks(self) -> dict[str, Any]:
        """A hundred of them, a second in all."""
        late, own, told = [], [], []
        for _ in range(LOOKS):
            self._seen.clear()
            self._collected = 0.0
            before, stolen = self._readings(), self._stolen()
            due = self._due = time.monotonic() + EVERY
            await asyncio.sleep(EVERY)
            lag = time.monotonic() - due
            after = self._readings()
            machine = after[1] - before[1] + self._stolen() - stolen
            late.append(round(1000 * lag, 2))
            own.append(round(1000 * max(lag - machine, 0.0), 2))
            if lag > WORTH_TELLING:
                told.append(self._told(lag, after[0] - before[0], machine))
        self._due = time.monotonic() + 60
        return {"lags": late, "own": own, "late": told}

    def _told(self, lag: float, busy: float, machine: float) -> dict[str, Any]:
        times = {"late": lag, "busy": busy, "machine": machine, "collecting": self._collected}
        doing = [what for what, _ in self._seen.most_common(3)]
        return {name: round(1000 * value, 1) for name, value in times.items()} | {"doing": doing}

    def _readings(self) -> tuple[float, float]:
        """Seconds that the loop's thread has run, and that it could have run and had to wait for a processor."""
        ran, waited, _ = os.pread(self._schedule, 128, 0).split()
        return int(ran) / 1e9, int(waited) / 1e9

    def _stolen(self) -> float:
        """Seconds that the host gave to others while this machine wanted them."""
        return int(os.pread(self._machine, 128, 0).split()[8]) * TICK

    def _collects(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._collecting = time.monotonic()
        else:
            self._collected += time.monotonic() - self._collecting

    def _look_on(self) -> None:
        while True:
            time.sleep(EVERY)
            if time.monotonic() - self._due > HELD_UP:
                frame = sys._current_frames().get(self._thread)
                if frame is not None:
                    self._seen[_named(frame)] += 1


def _named(frame: FrameType | None) -> str:
    """Where it is, the innermost call first."""
    names: list[str] = []
    while frame is not None and len(names) < FRAMES:
        code = frame.f_code
        names.append(f"{'/'.join(code.co_filename.rsplit('/', 2)[1:])}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return " < ".join(names)


def stand_by(file: Path) -> None:
    """Say each second how late this process was when it wanted to run again: 95 of 100, and most, in milliseconds."""
    with file.open("a", buffering=1) as told:
        while True:
            lags = []
            for _ in range(LOOKS):
                due = time.monotonic() + EVERY
                time.sleep(EVERY)
                lags.append(round(1000 * (time.monotonic() - due), 2))
            load = round(os.getloadavg()[0], 2)
            told.write(json.dumps({"lags": lags, "load": load}) + "\n")


if __name__ == "__main__":
    stand_by(Path(sys.argv[1]))
