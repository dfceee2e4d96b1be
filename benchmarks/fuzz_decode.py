"""Damaged and hostile files, sent through the real decoder process and its limits.

    python -m benchmarks.fuzz_decode [--files 10000] [--seed N] [--only NUMBER]

The status is 0 if the service came through: no exception but those that a chat has words for, no file above the time
limit, no process above its memory, every format still decoded, and a sound photo as good as before. Processes that
died are counted and are no failure: that is what they are for. `--only` sends one file again, to look into it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import re
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzz_files import fuzzed, sources
from benchmarks.hostile_files import hostile, scan_bomb
from core.errors import FigurineError, PhotoError
from core.generation.pool.local import LocalPool
from core.settings import GenerationSettings, PhotoSettings

GRACE = 1.0  # seconds above the time limit: for a process that has to be ended and started
NO_MAKER = "nothing:Nothing"  # The makers are not started.
ENDED = re.compile(r"ended with code (-?\d+)|(took longer)")


@dataclass(slots=True)
class Tally:
    """What became of the files."""

    photos: PhotoSettings
    files: int = 0
    decoded: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)  # processes, by what ended them
    broken: list[str] = field(default_factory=list)  # files that made the service raise something else
    hangs: list[str] = field(default_factory=list)
    spoiled: list[str] = field(default_factory=list)  # sound files that came out otherwise afterwards
    peak_bytes: int = 0  # address space
    limit_bytes: int = 0
    slowest: tuple[float, str] = (0.0, "")
    seconds: float = 0.0

    @property
    def shortcomings(self) -> list[str]:
        """What must not be; empty if all is well."""
        found = [f"the service broke on {name}" for name in self.broken]
        found += [f"longer than {self.photos.decode_seconds:.0f} s: {name}" for name in self.hangs]
        found += [f"not decoded as before: {name}" for name in self.spoiled]
        if self.peak_bytes > self.limit_bytes or not self.peak_bytes:
            found.append(f"memory: {self.peak_bytes} bytes of {self.limit_bytes}")
        if not self.decoded:
            found.append("nothing was decoded")
        return found

    def __str__(self) -> str:
        reasons = [f"    {count:6} {reason}" for reason, count in self.rejected.most_common()]
        ended = ", ".join(f"{count} by {cause}" for cause, count in self.ended.most_common()) or "none"
        return "\n".join(
            [
                f"{self.files} files in {self.seconds:.0f} s",
                f"decoded {self.decoded.total()}: "
                + ", ".join(f"{count} {kind}" for kind, count in self.decoded.most_common()),
                f"rejected {self.rejected.total()}:",
                *reasons,
                f"processes that ended: {ended}",
                f"crashes of the service: {len(self.broken)}, hangs: {len(self.hangs)}",
                f"slowest: {self.slowest[0]:.2f} s, {self.slowest[1]}",
                f"address space: {self.peak_bytes / 1e6:.0f} of {self.limit_bytes / 1e6:.0f} MB",
                f"resident: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6:.0f} MB",
            ]
        )


def files(count: int, seed: int, slow: bool) -> Iterator[tuple[str, bytes]]:
    """The hand-made files, with those that use up the time limit if `slow`, and mutations up to `count` in all."""
    made = hostile() | ({"jpeg of 2,000 scans": scan_bomb()} if slow else {})
    yield from made.items()
    for number in range(count - len(made)):
        name, data = fuzzed(seed, number)
        yield f"{number}, {name}", data


async def run(uploads: Iterator[tuple[str, bytes]], photos: PhotoSettings | None = None) -> Tally:
    """Send every file through a pool, one after another."""
    tally = Tally(photos or PhotoSettings())
    generation = GenerationSettings()
    begun = time.monotonic()
    with _counted(tally.ended):
        async with LocalPool(NO_MAKER, {}, generation, tally.photos) as pool:
            before = await _sound(pool)
            for name, data in uploads:
                await _send(pool, name, data, tally)
            after = await _sound(pool)
    tally.spoiled = [name for name, pixels in before.items() if not pixels or pixels != after[name]]
    tally.seconds = time.monotonic() - begun
    return tally


async def _sound(pool: LocalPool) -> dict[str, bytes]:
    """The pixels of every sound file, none where it was not decoded."""
    pixels = dict.fromkeys(sources(), b"")
    for name, data in sources().items():
        with suppress(FigurineError):
            pixels[name] = (await pool.decode(data)).pixels
    return pixels


async def _send(pool: LocalPool, name: str, data: bytes, tally: Tally) -> None:
    begun = time.monotonic()
    try:
        await pool.decode(data)
        tally.decoded[_kind(data)] += 1
    except PhotoError as error:
        detail = "" if str(error).startswith("error.") else f": {re.sub(r'[0-9.-]+', 'n', str(error))}"
        tally.rejected[f"{type(error).__name__}{detail}"] += 1
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is counted
        tally.broken.append(f"{name}: {type(error).__name__} {error}")
    seconds = time.monotonic() - begun
    tally.files += 1
    tally.slowest = max(tally.slowest, (seconds, name))
    if seconds > tally.photos.decode_seconds + GRACE:
        tally.hangs.append(name)
    _measure(tally)


def _kind(data: bytes) -> str:
    """The format by its first bytes, for the table only."""
    heads = {b"\xff\xd8": "JPEG", b"\x89P": "PNG", b"RI": "WebP", b"GI": "GIF", b"II": "TIFF", b"MM": "TIFF"}
    family = "AVIF" if b"avi" in data[8:32] else "HEIC"
    return heads.get(data[:2], "BMP" if data.startswith(b"BM") else family)


def _measure(tally: Tally) -> None:
    """Note the largest address space that the process of now has had, and its limit."""
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # Threads and processes end while this looks at them.
            for pid in (task / "children").read_text().split():
                peak = re.search(r"VmPeak:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
                limit = re.search(r"address space +(\d+)", Path(f"/proc/{pid}/limits").read_text())
                if peak and limit:
                    tally.peak_bytes = max(tally.peak_bytes, 1024 * int(peak[1]))
                    tally.limit_bytes = int(limit[1])


@contextmanager
def _counted(ended: Counter[str]) -> Iterator[None]:
    """Count the processes that the pool reports as ended, each attempt by itself."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if found := ENDED.search(record.getMessage()):
                ended[_cause(int(found[1])) if found[1] else "the time limit"] += 1

    log, listener = logging.getLogger("core.generation.pool.local"), Listener()
    log.addHandler(listener)
    try:
        yield
    finally:
        log.removeHandler(listener)


def _cause(code: int) -> str:
    """The number 255 is what asyncio says where it learns too late what ended its child."""
    return signal.Signals(-code).name if code < 0 else "an unknown signal" if code == 255 else f"status {code}"


def main() -> int:
    """Send, and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one mutation")
    options = parser.parse_args()
    if options.only is not None:
        uploads = iter([fuzzed(options.seed, options.only)])
    else:
        uploads = files(options.files, options.seed, slow=True)
    tally = asyncio.run(run(uploads))
    print(tally)
    for shortcoming in tally.shortcomings:
        print("NOT AS IT OUGHT TO BE:", shortcoming)
    return 1 if tally.shortcomings else 0


if __name__ == "__main__":
    sys.exit(main())
