"""What a soak found, in figures, and what of the promises was not kept."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.soak_people import Seen

MOST_MEMORY: Final = 200.0  # MB
MOST_GROWTH: Final = 5.0  # MB, over the second half of the longest life of the service's process
WORTH_JUDGING: Final = 300  # seconds that a process lived, below which it is still warming up
MOST_LAG: Final = 50.0  # milliseconds, at every look
MOST_WAIT: Final = 1.0  # seconds, of 95 in 100 answers
NORMAL: Final = re.compile(r"core\.delivery: a message failed with \w+, attempt [1-4]$")
"""What is no error where things are made to go wrong: it is tried again."""


@dataclass
class Life:
    """One process of the service: the lines that it wrote of itself (see benchmarks.soak_service), what it used."""

    lines: list[dict[str, Any]]
    seconds: float = 0.0
    cpu: float = 0.0  # seconds
    all_cpu: float = 0.0  # with its workers

    def all(self, name: str) -> list[float]:
        """All its looks of that name."""
        return [look for line in self.lines for look in line[name]]

    @property
    def memory(self) -> list[float]:
        return [line["memory"] for line in self.lines]

    @property
    def growth(self) -> float:
        """MB by which its memory grew over the second half of its life, in medians of a tenth of it."""
        memory, tenth = self.memory, len(self.lines) // 10
        if len(memory) < WORTH_JUDGING:
            return 0.0
        half = len(memory) // 2
        return statistics.median(memory[-tenth:]) - statistics.median(memory[half - tenth : half])


@dataclass
class Figures:
    """What came of it.

    `faults` is how often each kind came and was felt, `struck` by how many requests, `faults_least` how often it should
    have been at least.
    """

    seconds: float
    seen: Seen
    people: int
    took_part: int
    updates: dict[str, int]
    by_webhook: int
    links: int
    faults: Counter[str]
    struck: Counter[str]
    faults_least: int
    moved: int
    lives: list[Life]
    left: dict[str, int]
    machine: list[dict[str, Any]]  # see benchmarks.soak_watch.stand_by
    errors: list[str] = field(default_factory=list)  # lines of the service's log
    wrong: list[str] = field(default_factory=list)

    def all(self, name: str) -> list[float]:
        """All looks of that name."""
        return [look for life in self.lives for look in life.all(name)]

    @property
    def memory(self) -> list[float]:
        return [megabytes for life in self.lives for megabytes in life.memory]

    @property
    def growth(self) -> float:
        return max(self.lives, key=lambda life: len(life.lines)).growth if self.lives else 0.0


def part(values: list[float], share: float) -> float:
    """The value that such a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


Check = Callable[[Figures], list[str]]


def _answers(figures: Figures) -> list[str]:
    found = [f"nobody answered: {what}" for what in figures.seen.unanswered]
    return found + [f"{count} {what} are left" for what, count in figures.left.items() if count]


def _doubles(figures: Figures) -> list[str]:
    ledger = figures.seen.ledger
    found = [f"told twice, and not said so: {what}" for what in (*figures.seen.doubles, *ledger.doubles)]
    return found + [f"more answers than there was to answer: {what}" for what in ledger.overanswered()]


def _memory(figures: Figures) -> list[str]:
    most, growth = max(figures.memory, default=0.0), figures.growth
    found = [f"the service took {most:.0f} MB"] if most > MOST_MEMORY else []
    return found + ([f"its memory grew by {growth:.1f} MB, and was not flat"] if growth > MOST_GROWTH else [])


def _faults(figures: Figures) -> list[str]:
    return [
        f"{name} was felt {count} times, not {figures.faults_least}"
        for name, count in figures.faults.items()
        if count < figures.faults_least
    ]


def _errors(figures: Figures) -> list[str]:
    return figures.wrong + [f"the service says: {line}" for line in figures.errors if not NORMAL.search(line)]


def _evidence(figures: Figures) -> list[str]:
    """What must have been seen, since nothing is shown by what did not happen."""
    seen = figures.seen
    there = {
        "an answer was timed": bool(seen.waits),
        "the service told how it is": bool(figures.all("own") and figures.memory),
        "a message bore its mark": seen.ledger.counted > 0,
        "something came by the webhook": figures.by_webhook > 0,
        "two accounts became one": figures.links > 0,
        "something went wrong on purpose": figures.faults.total() > 0,
        "everybody took part": figures.took_part == figures.people or sum(seen.done.values()) < 2 * figures.people,
    }
    return [f"it can't be said that {what}" for what, true in there.items() if not true]


def _speed(figures: Figures) -> list[str]:
    wait = part(figures.seen.waits, 0.95)
    return [f"5 in 100 answers took more than {wait:.2f} s"] if wait > MOST_WAIT else []


def _lag(figures: Figures) -> list[str]:
    late = [lag for lag in figures.all("own") if lag > MOST_LAG]
    return [f"the event loop was late by up to {max(late):.0f} ms, {len(late)} times"] if late else []


CHECKS: Final[tuple[Check, ...]] = (_answers, _doubles, _memory, _faults, _errors, _evidence)
OF_SPEED: Final[tuple[Check, ...]] = (_speed, _lag)


def problems(figures: Figures) -> list[str]:
    """What was promised and not kept, whatever the machine."""
    return [what for check in CHECKS for what in check(figures)]


def too_slow(figures: Figures) -> list[str]:
    """What was promised of the speed and not kept."""
    return [what for check in OF_SPEED for what in check(figures)]


def told(figures: Figures) -> str:
    """The figures, a line each."""
    seen, memory = figures.seen, figures.memory or [0.0]
    longest = max(figures.lives, key=lambda life: len(life.lines)).memory or [0.0]
    took, loads = (
        sum(life.seconds for life in figures.lives) or 1.0,
        [line["load"] for line in figures.machine] or [0.0],
    )
    used = [sum(life.cpu for life in figures.lives) / took, sum(life.all_cpu for life in figures.lives) / took]
    ledger = seen.ledger
    lines = {
        "minutes": f"{figures.seconds / 60:.1f}, and {figures.moved * 6} hours by the service's clock",
        "people; who took part": f"{figures.people}; {figures.took_part}",
        "what people did": str(sum(seen.done.values())),
        "updates kept; of these by the webhook": (
            ", ".join(f"{name} {count}" for name, count in figures.updates.items()) + f"; {figures.by_webhook}"
        ),
        "accounts linked, on both platforms": str(figures.links),
        "messages told apart by their marks": str(ledger.counted),
        "unanswered": str(len(seen.unanswered)),
        "left": ", ".join(f"{count} {what}" for what, count in figures.left.items()),
        "told twice without saying so; saying so": (
            f"{len(seen.doubles) + len(ledger.doubles) + len(ledger.overanswered())}; {ledger.marked}"
        ),
        "Discord's three seconds missed": str(seen.expired),
        "answers, while nothing was wrong": _shares(seen.waits),
        "answers, during faults and after": _shares(seen.disturbed),
        "in the service, with its waiting for files and for earlier messages": _shares(figures.all("work")),
        "figurines": _shares(seen.results),
        "memory of the longest process, MB: at first, at a quarter, at half, at the end; most of all": (
            ", ".join(f"{longest[int(share * (len(longest) - 1))]:.0f}" for share in (0, 0.25, 0.5, 1))
            + f"; {max(memory):.0f}"
        ),
        "its growth over the second half, MB": (
            f"{figures.growth:.1f}" if len(longest) >= WORTH_JUDGING else "not judged, it was too short"
        ),
        "event loop late, ms": _lateness(figures.all("lags")),
        "the same without what the machine took": _lateness(figures.all("own")),
        "a process beside it that does nothing": _lateness([lag for line in figures.machine for lag in line["lags"]]),
        "load of the machine: median, most": f"{statistics.median(loads):.1f}, {max(loads):.1f}",
        "cores: the service, with its workers": f"{used[0]:.2f}, {used[1]:.2f}",
        **{
            f"fault: {name}; requests that felt it": f"{count}; {figures.struck[name]}"
            for name, count in sorted(figures.faults.items())
        },
        **{f"did: {name}": str(count) for name, count in sorted(seen.done.items())},
        **{f"log: {line}": str(count) for line, count in Counter(figures.errors).most_common(10)},
    }
    return "\n".join(f"| {name} | {value} |" for name, value in lines.items())


def latest(figures: Figures, most: int = 10) -> list[dict[str, Any]]:
    """The looks at the event loop that were latest, and what was seen then."""
    late = [look for life in figures.lives for line in life.lines for look in line["late"]]
    return sorted(late, key=lambda look: -float(look["late"]))[:most]


def _lateness(lags: list[float]) -> str:
    if not lags:
        return "none"
    parts = ", ".join(f"{part(lags, share):.1f}" for share in (0.5, 0.95, 0.99, 0.999))
    return f"{len(lags)} looks; median, 95 %, 99 %, 99.9 %, most: {parts}, {max(lags):.1f}"


def _shares(waits: list[float]) -> str:
    if not waits:
        return "none"
    middle, most = statistics.median(waits), max(waits)
    return f"{len(waits)}; {middle:.2f} s median, {part(waits, 0.95):.2f} s 95 %, {most:.2f} s most"
