"""Kills processes of the service at random moments, on SQLite and PostgreSQL, and proves that nothing came of it.

    python -m benchmarks.kills [--kills 60] [--orders 240] [--people 12] [--seeds 1]

Prints a table for docs/reliability.md, and ends with status 1 at the first thing that does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.crash.proof import PROOFS, facts
from tests.crash.rows import postgres
from tests.crash.world import Plan, World


@contextlib.contextmanager
def database(name: str, folder: Path) -> Iterator[str]:
    if name == "SQLite":
        yield ""
        return
    with postgres(folder / "postgres") as url:
        yield url


async def prove(folder: Path, url: str, plan: Plan) -> dict[str, int | float]:
    world = World(folder, url)
    await world.lives(plan)
    for proof in PROOFS:
        await proof(world)
    seconds = {f"seconds {what}": round(value, 1) for what, value in world.seconds.items()}
    return {**await facts(world), **seconds, "rounds of the watcher": world.rounds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("kills", 60), ("orders", 240), ("people", 12), ("seeds", 1), ("first", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--database", choices=["SQLite", "PostgreSQL"], action="append")
    given = parser.parse_args()
    for seed in range(given.first, given.first + given.seeds):
        for name in given.database or ("SQLite", "PostgreSQL"):
            with tempfile.TemporaryDirectory() as folder, database(name, Path(folder)) as url:
                plan = Plan(given.people, given.orders, given.kills, seed)
                print(f"| {name}, seed {seed} | | ", flush=True)
                for what, value in asyncio.run(prove(Path(folder), url, plan)).items():
                    print(f"| | {what} | {value} |", flush=True)


if __name__ == "__main__":
    main()
