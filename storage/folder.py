"""The data folder: made for its owner only, locked while in use, with the key that hides who is who."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from core.errors import SettingsError

KEY_NAME: Final = "people.key"
KEY_BYTES: Final = 32
LOCK_PAUSE: Final = 0.05  # seconds between two tries for a lock


def prepare(folder: Path) -> None:
    """Make the folder if it is not there.

    Raises:
        SettingsError: it can't be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"[data] dir: {folder} can't be created ({error.strerror}).") from None
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise SettingsError(f"[data] dir: {folder} can't be written by this user.")


@contextlib.asynccontextmanager
async def opening(folder: Path) -> AsyncIterator[None]:
    """One process at a time: for everything that happens while the database is opened."""
    with (folder / "opening.lock").open("a") as file:
        while not _locked(file.fileno(), fcntl.LOCK_EX):  # noqa: ASYNC110 -- another process tells nobody
            await asyncio.sleep(LOCK_PAUSE)
        yield


class Presence:
    """A sign, kept until `leave`, that a process uses the folder. It ends with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        """To be made while `opening` is held."""
        self._file = (folder / "in-use.lock").open("a")
        self.alone = _locked(self._file.fileno(), fcntl.LOCK_EX)
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Take the sign away."""
        self._file.close()


class PlatformKey:
    """Turns a platform's id into something that finds a person again and tells nobody else who it is."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, folder: Path) -> PlatformKey:
        """The folder's key, made at random when it is first needed. To be called while `opening` is held.

        Raises:
            SettingsError: the file does not hold a key.
        """
        file = folder / KEY_NAME
        if not file.exists():
            fresh = file.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(secrets.token_bytes(KEY_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
            fresh.rename(file)
        key = file.read_bytes()
        if len(key) != KEY_BYTES:
            raise SettingsError(f"{file} is damaged. Put it back from a backup; without it nobody is recognised.")
        return cls(key)

    def hash(self, platform: str, platform_id: str) -> str:
        """HMAC-SHA256 of the platform and the id, 64 hexadecimal digits."""
        return hmac.new(
            self._key, f"{platform}\0{platform_id}".encode("utf-8", "surrogatepass"), hashlib.sha256
        ).hexdigest()


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
