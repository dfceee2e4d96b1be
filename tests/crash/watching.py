"""A thread that reads every file again and again, and looks for what must not be there in clear."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Self


class Watcher:
    """Watches folders for markers. Use as `with`; `found` names each file that held one, and which."""

    def __init__(self, folders: list[Path], markers: tuple[bytes, ...]) -> None:
        self.found: set[tuple[str, bytes]] = set()
        self.rounds = 0
        self.bytes = 0
        self._folders = folders
        self._markers = markers
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self.look()

    def _watch(self) -> None:
        while not self._end.wait(0.1):
            self.look()

    def look(self) -> None:
        """One round over every file that there is at this moment."""
        for file in [file for folder in self._folders for file in folder.rglob("*")]:
            with contextlib.suppress(OSError):  # It is gone already, or is no file.
                if file.is_file() and not file.is_symlink():
                    content = file.read_bytes()
                    self.bytes += len(content)
                    self.found.update((file.name, marker) for marker in self._markers if marker in content)
        self.rounds += 1
