"""Data folders in which somebody has lived: a conversation of the real command line with the quick engine."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bots.app import Parts, build_upkeep
from core.clock import FixedClock
from core.retention.sweep import Sweep
from core.settings import Settings
from storage.database import FILE_NAME
from storage.opened import Storage
from tests.conftest import ROOT
from tests.talking import some_photo

FIGURINE = ("/start", "?#agree", "@photo.png", "#collector", "!wait")


@dataclass
class Result:
    code: int
    out: str
    err: str


class Operator:
    """Runs commands on one data folder, in a folder of their own."""

    def __init__(self, folder: Path, url: str = "") -> None:
        """`url` is the address of a PostgreSQL database; empty takes SQLite in the data folder."""
        self.url = url
        self.folder = folder
        self.data = folder / "data"
        self.rest = folder / "tmp"
        self.rest.mkdir(parents=True)
        (folder / "photo.png").write_bytes(some_photo())
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FIGURINE_")}
        self.environment = kept | {
            "FIGURINE_DATA__DIR": str(self.data),
            "FIGURINE_DATABASE__URL": url,
            "FIGURINE_SAFETY__CHECK": "none",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.rest),
            "COLUMNS": "100",
        }

    @property
    def settings(self) -> Settings:
        return Settings(data={"dir": self.data}, database={"url": self.url})

    def start(self, *words: str | Path, pause: float = 0.0) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.quick_bots", *map(str, words)],
            cwd=self.folder,
            env=self.environment | {"QUICK_PAUSE": str(pause)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str | Path) -> Result:
        with self.start(*words) as process:
            out, err = process.communicate(timeout=90)
        return Result(process.returncode, out, err)

    def chats(self, *lines: str, user: str = "ada", pause: float = 0.0) -> subprocess.Popen[str]:
        script = self.folder / f"{uuid.uuid4().hex}.txt"
        script.write_text("\n".join(lines) + "\n")
        return self.start("chat", "--user", user, "--script", script, "--downloads", "got", "--json", pause=pause)

    def chat(self, *lines: str, user: str = "ada") -> Result:
        with self.chats(*lines, user=user) as process:
            out, err = process.communicate(timeout=90)
        return Result(process.returncode, out, err)

    @contextmanager
    def rows(self) -> Iterator[sqlite3.Connection]:
        """The rows, written to from outside; committed at the end."""
        connection = sqlite3.connect(self.data / FILE_NAME)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def read(self, query: str, *values: object) -> list[tuple]:
        with self.rows() as connection:
            return connection.execute(query, values).fetchall()

    @asynccontextmanager
    async def storage(self, at: dt.datetime | None = None) -> AsyncIterator[tuple[Storage, Sweep]]:
        """The storage and its sweep in this process."""
        clock = FixedClock(at or dt.datetime.now(dt.UTC))
        async with build_upkeep(self.settings, Parts(), clock) as opened:
            yield opened


def files_of(folder: Path) -> dict[Path, bytes]:
    """Every file with its content."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def state_of(folder: Path) -> dict[Path, object]:
    """What every file says: of SQLite's the rows, wherever it keeps them; an empty file says nothing."""
    state: dict[Path, object] = {}
    for path, content in files_of(folder).items():
        if path.suffix == ".sqlite3" and content:
            connection = sqlite3.connect(path)
            state[path] = list(connection.iterdump())
            connection.close()
        elif content and not path.name.endswith(("-wal", "-shm")):
            state[path] = content
    return state
