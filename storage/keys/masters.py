"""The master keys: the active one, and older ones until nothing is wrapped under them any more."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Collection, Set
from pathlib import Path
from typing import Final

from core.errors import KeysMissing
from core.settings import KeySettings
from storage.crypto import KEY_BYTES, Cipher, about, new_key, seal, unseal
from storage.private_files import write_whole

FILE_NAME: Final = "master.key"


class MasterKeys:
    """Keys by their id, which is a one-way code of the key. They come from the settings and from the folder's file.

    In order: the setting `master`, the file's lines (64 hexadecimal digits each), the setting `previous`. The first is
    active. Other processes may change the file; `reload` reads it again.
    """

    def __init__(self, folder: Path, settings: KeySettings) -> None:
        self._file = folder / FILE_NAME
        self._settings = settings
        self._known: dict[str, Cipher] = {}

    def open(self, in_use: Set[str]) -> None:
        """Read the keys; make the file if there is no key at all. To be called while `opening` is held.

        `in_use` are the ids of the keys that something is wrapped under.

        Raises:
            KeysMissing: one of these is not there, or the file is damaged or open to others.
            OSError: the file can't be written.
        """
        if self._settings.master is None and not self._file.exists():
            if in_use - {_id(key) for key in self._settings_keys()}:
                raise KeysMissing(f"{self._file} is gone. Put it back; without it nothing that is stored can be read.")
            self._write([new_key()])
        self.reload()
        if unknown := in_use - set(self._known):
            raise KeysMissing(
                f"Keys are wrapped under a master key that is not there (id {min(unknown)}). Put back {self._file}, or "
                "set FIGURINE_KEYS__PREVIOUS to it."
            )

    def reload(self) -> None:
        """Read the keys again.

        Raises:
            KeysMissing: there is none, or the file is damaged or open to others.
        """
        master, previous = self._settings.master, self._settings.previous
        ordered = [bytes.fromhex(master.get_secret_value())] if master else []
        ordered += self._in_file()
        ordered += [bytes.fromhex(previous.get_secret_value())] if previous else []
        if not ordered or (master is None and not self._file.exists()):
            raise KeysMissing(f"{self._file} is gone. Put it back; without it nothing that is stored can be read.")
        self._known = {_id(key): Cipher(key) for key in ordered}

    @property
    def is_in_file(self) -> bool:
        """Whether the file is there."""
        return self._file.exists()

    @property
    def active(self) -> str:
        """The id of the key that new keys are wrapped under."""
        return next(iter(self._known))

    @property
    def older(self) -> list[str]:
        """The ids of the keys that are known and not active."""
        return list(self._known)[1:]

    def wrap(self, owner: str, key: bytes) -> tuple[str, bytes]:
        """An owner's key, encrypted under the active key, behind that one's id."""
        key_id, master = next(iter(self._known.items()))
        return key_id, seal(master, key, about("owner", owner, key_id))

    def unwrap(self, owner: str, key_id: str, wrapped: bytes) -> bytes | None:
        """The owner's key that `wrap` was given, or None if the master key of that id is not known (yet).

        Raises:
            Tampered: it is not what `wrap` made.
        """
        master = self._known.get(key_id)
        return None if master is None else unseal(master, wrapped, about("owner", owner, key_id))

    def begin_rotation(self, older_in_use: bool) -> None:
        """Make a new key active, unless a rotation has begun already or the active one comes from the settings.

        To be called while the key store's write lock is held, so that of two processes only one makes a key.

        Raises:
            KeysMissing: see `reload`.
            OSError: the file can't be written.
        """
        in_file = self._in_file()
        if self._settings.master is None and len(in_file) == 1 and not older_in_use:
            self._write([new_key(), *in_file])
        self.reload()

    def end_rotation(self) -> None:
        """Remove older keys from the file. Nothing may be wrapped under them, and the write lock must be held.

        Raises:
            KeysMissing: see `reload`.
            OSError: the file can't be written.
        """
        if self._settings.master is not None:
            self._file.unlink(missing_ok=True)
        elif len(in_file := self._in_file()) > 1:
            self._write(in_file[:1])
        self.reload()

    def _settings_keys(self) -> list[bytes]:
        both = (self._settings.master, self._settings.previous)
        return [bytes.fromhex(key.get_secret_value()) for key in both if key]

    def _in_file(self) -> list[bytes]:
        try:
            with self._file.open("rb") as stream:
                mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
                lines = stream.read(10_000).split()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise KeysMissing(f"{self._file} can't be read ({error.strerror}).") from None
        if mode & 0o077:
            raise KeysMissing(
                f"{self._file} can be read by others (mode {mode:o}). Close it with `chmod 600`, and if somebody may "
                "have read it, run `python -m bots keys rotate`."
            )
        try:
            keys = [bytes.fromhex(line.decode()) for line in lines]
        except ValueError:
            keys = []
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise KeysMissing(f"{self._file} is damaged. Put it back from its backup.") from None
        return keys

    def _write(self, keys: Collection[bytes]) -> None:
        write_whole(self._file, b"".join(key.hex().encode() + b"\n" for key in keys))


def _id(key: bytes) -> str:
    return hmac.new(key, b"id of a master key", hashlib.sha256).hexdigest()[:16]
