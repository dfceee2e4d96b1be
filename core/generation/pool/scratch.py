"""The folder for temporary files of worker processes. It goes with its owner; if that was killed, with the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

PREFIX: Final = "figurine-worker-"
SETTLED: Final = 60.0  # seconds; a younger folder may belong to a process that has yet to lock it


class Scratch:
    """An empty folder in the system's temporary folder. Use as `with`; leaving removes it.

    A lock on it, which the system takes away with the process, tells those in use from those left behind.
    """

    def __init__(self) -> None:
        self.path = Path()
        self._lock = -1

    def __enter__(self) -> Self:
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            _remove_if_left(folder)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _remove_if_left(folder: Path) -> None:
    """Remove a folder of ours whose process has died. One that is not ours, or in use, stays."""
    with suppress(OSError):
        status = folder.lstat()
        if status.st_uid != os.getuid() or status.st_mtime > time.time() - SETTLED:
            return
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
