"""Where encrypted files are: a folder, or a bucket of an S3-compatible store. Their names are random."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store
from pydantic import SecretStr

from core.errors import DiskFull, Gone, SettingsError, StoreFailed
from core.supervision import to_the_end
from storage.private_files import flush, make_folder

FOLDER: Final = "blobs"
NAME: Final = re.compile(r"[0-9a-f]{32}")
PARTIAL: Final = "??/*#*"  # what a process that is killed in the middle of a `put` leaves in a folder
PAGE: Final = 1_000  # files that are listed, or removed from a bucket, at once
REGION: Final = "us-east-1"
S3_FORM: Final = "[blobs] url: an address like s3://key:secret@host/bucket is expected, with / in the secret as %2F."


@dataclass(frozen=True, slots=True)
class StoredBytes:
    """A file that is there. `size` is in bytes."""

    name: str
    modified: dt.datetime
    size: int


class Blobs:
    """Encrypted files in a bucket, by their names of 32 hexadecimal digits."""

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store

    async def put(self, name: str, data: bytes) -> None:
        """Store a file. If the caller is cancelled, or this fails, it may be there or not.

        Raises:
            DiskFull: there is no room.
            StoreFailed: the store does not answer, or refuses.
        """
        with _store_errors():
            await self._store.put_async(path_of(name), data, use_multipart=False)  # parts could stay behind

    async def get(self, name: str) -> memoryview:
        """The bytes of a file.

        Raises:
            Gone: there is no such file.
            StoreFailed: the store does not answer, or refuses.
        """
        with _store_errors():
            found = await self._store.get_async(path_of(name))
            return memoryview(await found.bytes_async())

    async def delete(self, names: Sequence[str]) -> None:
        """Remove files. Those that are not there are passed over.

        Raises:
            StoreFailed: the store does not answer, or refuses.
        """
        for start in range(0, len(names), PAGE):
            with _store_errors():
                await self._store.delete_async([path_of(name) for name in names[start : start + PAGE]])

    async def stored(self) -> AsyncIterator[list[StoredBytes]]:
        """Every file, up to PAGE at a time, in no order.

        Raises:
            StoreFailed: the store does not answer, or refuses.
        """
        with _store_errors():
            async for page in self._store.list(chunk_size=PAGE):
                found = [(entry["path"].rpartition("/")[2], entry) for entry in page]
                yield [
                    StoredBytes(name, entry["last_modified"], entry["size"])
                    for name, entry in found
                    if NAME.fullmatch(name) and entry["path"] == path_of(name)
                ]

    async def sweep_partial(self, older_than: dt.datetime) -> int:  # noqa: ARG002 -- a bucket keeps whole files only
        """Remove what killed processes left of files that they were storing, and tell how many there were."""
        return 0


class LocalBlobs(Blobs):
    """Encrypted files in a folder and its sub-folders, which nobody else may enter."""

    def __init__(self, root: Path) -> None:
        make_folder(root, "[blobs] url")
        super().__init__(LocalStore(root))
        self._root = root

    async def put(self, name: str, data: bytes) -> None:
        """See `Blobs.put`. When it returns, the file is on the disk. It is not interrupted by a cancellation."""
        await to_the_end(self._put(name, data))

    async def _put(self, name: str, data: bytes) -> None:
        file = self._root / path_of(name)
        with _store_errors():
            await asyncio.to_thread(self._make_sub_folder, file.parent)
            await super().put(name, data)
            await asyncio.to_thread(_settle, file)

    def _make_sub_folder(self, folder: Path) -> None:
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
            flush(self._root)

    async def delete(self, names: Sequence[str]) -> None:
        """See `Blobs.delete`. One that can't be removed does not keep the others."""
        failed: list[StoreFailed] = []
        for name in names:
            try:
                with contextlib.suppress(Gone), _store_errors():
                    await self._store.delete_async(path_of(name))
            except StoreFailed as error:
                failed.append(error)
        if failed:
            raise failed[0]

    async def sweep_partial(self, older_than: dt.datetime) -> int:
        """See `Blobs.sweep_partial`."""
        return await asyncio.to_thread(self._sweep, older_than.timestamp())

    def _sweep(self, older_than: float) -> int:
        swept = 0
        for file in self._root.glob(PARTIAL):
            with contextlib.suppress(FileNotFoundError):
                if file.stat().st_mtime < older_than:
                    file.unlink()
                    swept += 1
        return swept


def path_of(name: str) -> str:
    """Where a file is: its name behind the name's first two digits.

    Raises:
        ValueError: no file has such a name.
    """
    if not NAME.fullmatch(name):
        raise ValueError("the name of a stored file has 32 hexadecimal digits")
    return f"{name[:2]}/{name}"


def open_blobs(url: SecretStr, data: Path) -> Blobs:
    """The store at an address: s3://key:secret@host/bucket, file:///folder, or the folder "blobs" of the data folder.

    A bucket is spoken to over TLS; only one on this machine may be without. Its region is us-east-1 unless the address
    ends in, for instance, ?region=eu-central-1.

    Raises:
        SettingsError: the address is not understood, or the folder can't be used.
    """
    address = url.get_secret_value()
    if not address:
        return LocalBlobs(data / FOLDER)
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise SettingsError(S3_FORM) from None
    if parts.scheme == "file" and not parts.netloc and parts.path.strip("/"):
        return LocalBlobs(Path(unquote(parts.path)))
    return Blobs(_bucket(parts, port))


def _bucket(parts: SplitResult, port: int | None) -> S3Store:
    bucket, _, prefix = parts.path.strip("/").partition("/")
    if parts.scheme != "s3" or not (parts.hostname and parts.username and parts.password and bucket):
        raise SettingsError(S3_FORM)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    here = _is_loopback(parts.hostname)
    scheme = "http" if here else "https"
    return S3Store(
        bucket,
        prefix=prefix or None,
        endpoint=f"{scheme}://{host}:{port}" if port else f"{scheme}://{host}",
        region=parse_qs(parts.query).get("region", [REGION])[0],
        access_key_id=unquote(parts.username),
        secret_access_key=unquote(parts.password),
        virtual_hosted_style_request=False,
        client_options={"allow_http": here, "connect_timeout": "5s", "timeout": "60s"},
        retry_config={"max_retries": 3, "retry_timeout": dt.timedelta(seconds=60)},
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _settle(file: Path) -> None:
    file.chmod(0o600)
    flush(file)
    flush(file.parent)


@contextlib.contextmanager
def _store_errors() -> Iterator[None]:
    """Turn what the store says into the product's errors; of its own words only the first line is kept."""
    try:
        yield
    except (FileNotFoundError, NotFoundError):
        raise Gone("the stored file is not there") from None
    except (BaseError, OSError) as error:
        text = str(error).partition("\n")[0]
        if re.search(r"(os error |Errno )(28|122)\b", text):
            raise DiskFull(text) from None
        raise StoreFailed(text) from None
