"""The vault: whatever is personal exists only as ciphertext, and ends when its key is destroyed.

A file has a random key of its own, wrapped by its owner's key, which is wrapped by the master key. A small value is
sealed under its owner's key. Expiry destroys a file's key, erasure the owner's.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, ParamSpec, Self, TypeVar

from core.clock import SystemClock
from core.errors import FigurineError, Gone, KeysMissing, StoreFailed
from core.settings import BlobSettings, KeySettings
from core.supervision import to_the_end
from storage import crypto
from storage.blobs import StoredBytes, open_blobs
from storage.keys.store import KeyedBlob, KeyStore
from storage.private_files import make_folder

log = logging.getLogger(__name__)

KEYS_FOLDER: Final = "keys"
NAME_BYTES: Final = 16
ASIDE_FROM: Final = 256_000  # bytes from which encrypting is done off the event loop

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Vault:
    """The encrypted files and values of one data folder. Use as `async with`; several processes may at the same time.

    Every call looks into the key store anew: what another process destroyed can't be read from then on.
    """

    def __init__(self, folder: Path, keys: KeySettings, blobs: BlobSettings) -> None:
        self._folder = folder
        self._keys = KeyStore(keys.dir or folder / KEYS_FOLDER, keys)
        self._address = blobs.url

    async def __aenter__(self) -> Self:
        """Open.

        Raises:
            SettingsError: a folder can't be used, or the address of the bucket is not understood.
            KeysMissing: keys that are needed are not there, damaged, or open to others.
            DiskFull: there is no room.
            StoreFailed: the bucket does not answer, or refuses.
        """
        make_folder(self._folder, "[data] dir")
        self._blobs = open_blobs(self._address, self._folder)
        await self._refuse_lost_keys()
        await self._keys.__aenter__()
        return self

    async def _refuse_lost_keys(self) -> None:
        """New keys beside old files would make a scan take them all for rubbish."""
        if self._keys.exists or not [page async for page in self._blobs.stored() if page]:
            return
        if not self._keys.exists:
            raise KeysMissing(
                f"There are files, and no keys in {self._keys.folder}. Put the keys back, or remove the files if "
                "nothing that was stored is wanted any more."
            )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._keys.__aexit__(kind, error, trace)

    async def new_owner(self) -> str:
        """A random code of 32 hexadecimal digits that has a key from now on.

        Raises:
            DiskFull: there is no room.
        """
        owner = secrets.token_hex(NAME_BYTES)
        await self._keys.add_owner(owner)
        return owner

    async def drop_owner(self, owner: str) -> None:
        """Take back a code that `new_owner` made and nobody came to have; one that a file is under stays.

        Raises:
            DiskFull: there is no room.
        """
        await self._keys.drop_owner(owner)

    async def seal(self, owner: str, plain: bytes, context: str) -> bytes:
        """Encrypt a small value of that owner. `context` says what it is; it opens as nothing else.

        Raises:
            Gone: the owner's key is destroyed.
            KeysMissing, Tampered: the owner's key can't be read.
        """
        return crypto.seal(self._keys.owner(owner), plain, crypto.about("value", owner, context))

    async def unseal(self, owner: str, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` made for that owner and context.

        Raises:
            Gone: the owner's key is destroyed.
            KeysMissing: the owner's key can't be read.
            Tampered: it is not what was sealed, or belongs to another owner or context.
        """
        return crypto.unseal(self._keys.owner(owner), sealed, crypto.about("value", owner, context))

    async def put(self, owner: str, data: bytes, kind: str) -> str:
        """Store a file of that owner and return its random name. `kind` says what it is; it opens as nothing else.

        The key is kept first, then the bytes. If this fails or is cancelled, nothing readable is left.

        Raises:
            Gone: the owner's key is destroyed.
            KeysMissing, Tampered: the owner's key can't be read.
            DiskFull: there is no room.
            StoreFailed: the store does not answer, or refuses.
        """
        name, key = secrets.token_hex(NAME_BYTES), crypto.new_key()
        try:
            await self._keys.add_blob(owner, name, key, SystemClock().now())
            sealed = await _aside(len(data), crypto.encrypt_blob, crypto.Cipher(key), data, _bound(name, kind))
            await self._blobs.put(name, sealed)
            self._keys.blob(owner, name)  # The owner may have been erased meanwhile.
        except BaseException:
            with contextlib.suppress(FigurineError):  # The first error is the one to tell; a scan finds what is left.
                await to_the_end(self.destroy([name]))
            raise
        return name

    async def get(self, owner: str, name: str, kind: str, *former: str) -> bytes:
        """The file of that owner, name and kind. It may also be one that a `former` owner of the account brought.

        Raises:
            Gone: it, its key or its owner's key is destroyed, or it is somebody else's.
            KeysMissing: the owner's key can't be read.
            StoreFailed: the store does not answer, or refuses.
            Tampered: it is not what was stored, or of another kind.
        """
        cipher = self._cipher(name, (owner, *former))
        stored = await self._blobs.get(name)
        return await _aside(len(stored), crypto.decrypt_blob, cipher, stored, _bound(name, kind))

    def _cipher(self, name: str, owners: Sequence[str]) -> crypto.Cipher:
        for owner in owners[:-1]:
            with contextlib.suppress(Gone):
                return self._keys.blob(owner, name)
        return self._keys.blob(owners[-1], name)

    async def destroy(self, names: Sequence[str]) -> None:
        """Destroy files: their keys, all or none, and then the bytes. What is not there any more is passed over.

        Raises:
            DiskFull: there is no room to note it; nothing is destroyed.
            StoreFailed: the keys are destroyed, but the store does not answer, or refuses to remove the bytes.
        """
        await self.destroy_keys(names)
        await self._blobs.delete(names)

    async def destroy_keys(self, names: Sequence[str]) -> None:
        """Destroy the keys of files, all or none; their bytes stay, and nobody can read them. Raises DiskFull."""
        await self._keys.destroy(names)

    async def erase_owner(self, owner: str, at: dt.datetime, *former: str) -> None:
        """Destroy an owner's key and all their files, here and in the backups of the keys, and remember the code.

        Whatever was sealed or stored for them can't be read by anyone from then on. May be repeated. The same happens
        to `former`, the owners of accounts that were merged into theirs, at the same moment.

        Raises:
            DiskFull: there is no room to note it.
            KeysMissing: it is done here, but a backup is damaged; the text says what to do.
        """
        names = await self._keys.erase(owner, at, *former)
        try:
            await self._blobs.delete(names)
        except StoreFailed as error:
            log.warning("bytes without a key stay until the next scan: %s", error)

    async def erased_owners(self) -> set[str]:
        """Every owner that was ever erased."""
        return await self._keys.erased()

    def owners(self) -> AsyncIterator[list[str]]:
        """Every owner that has a key, page by page."""
        return self._keys.owners()

    def stored(self) -> AsyncIterator[list[StoredBytes]]:
        """Every file's bytes, whether they have a key or not, page by page."""
        return self._blobs.stored()

    def keyed(self) -> AsyncIterator[list[KeyedBlob]]:
        """Every file that has a key, whether its bytes are there or not, page by page."""
        return self._keys.blobs()

    async def sweep_partial(self, older_than: dt.datetime) -> int:
        """Remove bytes that killed processes left half-written before that moment, and tell how many files."""
        return await self._blobs.sweep_partial(older_than)

    async def checkpoint(self) -> bool:
        """Overwrite on the disk what was destroyed. False if other processes left no moment for it: try again."""
        return await self._keys.checkpoint()

    async def rotate(self) -> int:
        """Change the master key, while other processes go on. Returns how many owners' keys were wrapped anew.

        Raises:
            KeysMissing: the master key is not there, damaged or open to others, or a backup is damaged.
            DiskFull: there is no room; the next call goes on from here.
        """
        return await self._keys.rotate()

    async def ciphertext(self, name: str) -> memoryview:
        """A file's bytes as they are stored, to be copied. Raises Gone, StoreFailed."""
        return await self._blobs.get(name)

    async def put_back(self, name: str, ciphertext: bytes) -> None:
        """Store bytes that `ciphertext` gave. Raises DiskFull, StoreFailed."""
        await self._blobs.put(name, ciphertext)

    async def backup_keys(self, file: Path, without: Sequence[str] = ()) -> None:
        """Copy the key store. Erasure reaches the copies that are in the folder `key_backups`, and no others.

        The keys of the files in `without` are left out.

        Raises:
            FileExistsError: there is such a file.
            DiskFull: there is no room.
        """
        await self._keys.back_up(file, without)

    @property
    def key_backups(self) -> Path:
        """The folder for backups of the keys."""
        return self._keys.backups_folder

    async def prune_key_backups(self, older_than: dt.datetime) -> int:
        """Remove the backups of the keys that were made before that moment, and tell how many."""
        return await self._keys.prune_backups(older_than)


def _bound(name: str, kind: str) -> bytes:
    return crypto.about("blob", name, kind)


async def _aside(size: int, work: Callable[Given, Result], /, *given: Given.args, **named: Given.kwargs) -> Result:
    """Call `work`, in a thread if it has many bytes to go through."""
    if size < ASIDE_FROM:
        return work(*given, **named)
    return await asyncio.to_thread(work, *given, **named)
