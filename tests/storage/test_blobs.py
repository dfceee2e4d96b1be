"""Where encrypted files are: a folder, and a bucket that a real server on this machine keeps."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import resource
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from obstore.exceptions import GenericError
from pydantic import SecretStr

from core.errors import DiskFull, Gone, SettingsError, StoreFailed
from core.supervision import in_background
from storage.blobs import Blobs, LocalBlobs, _store_errors, open_blobs, path_of
from tests.storage.bucket import Bucket

ROOT = Path(__file__).parents[2]
A, B, C = "a" * 32, "b" * 32, "c" * 32
SECRET = "s3cr3t/with+signs"


@pytest.fixture
def bucket() -> Iterator[tuple[Blobs, type[Bucket], str]]:
    handler = type("OneBucket", (Bucket,), {"files": {}, "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    address = f"s3://AKIA:s3cr3t%2Fwith%2Bsigns@127.0.0.1:{server.server_port}/bucket?region=eu-central-1"
    yield open_blobs(SecretStr(address), Path("/nowhere")), handler, address
    server.shutdown()
    server.server_close()
    thread.join()


async def listed(blobs: Blobs) -> dict[str, int]:
    return {entry.name: entry.size async for page in blobs.stored() for entry in page}


async def round_trip(blobs: Blobs) -> None:
    await blobs.put(A, b"first")
    await blobs.put(B, b"")
    assert (bytes(await blobs.get(A)), bytes(await blobs.get(B))) == (b"first", b"")
    assert await listed(blobs) == {A: 5, B: 0}
    await blobs.delete([A, C])
    await blobs.delete([A])
    assert await listed(blobs) == {B: 0}
    with pytest.raises(Gone):
        await blobs.get(A)


async def test_files_in_a_folder_come_and_go(tmp_path):
    await round_trip(open_blobs(SecretStr(""), tmp_path))
    assert (tmp_path / "blobs" / "bb" / B).exists()


async def test_files_in_a_named_folder_come_and_go(tmp_path):
    await round_trip(open_blobs(SecretStr(f"file://{tmp_path}/else%20where"), Path("/nowhere")))
    assert (tmp_path / "else where" / "bb" / B).exists()


async def test_files_in_a_bucket_come_and_go_with_signed_requests(bucket):
    blobs, server, _ = bucket
    await round_trip(blobs)
    assert all("Credential=AKIA/" in signed and "/eu-central-1/s3/" in signed for _, signed in server.seen)
    assert not any(SECRET in part for request in server.seen for part in request)


async def test_a_file_of_20_megabytes_goes_to_a_bucket_in_one_piece(bucket):
    blobs, server, _ = bucket
    await blobs.put(A, bytes(20_000_000))
    assert len(server.seen) == 1
    assert len(server.files[path_of(A)]) == 20_000_000


async def test_a_bucket_that_does_not_answer_is_told_without_the_secret():
    blobs = open_blobs(SecretStr("s3://AKIA:s3cr3t%2Fwith%2Bsigns@127.0.0.1:1/bucket"), Path("/nowhere"))
    with pytest.raises(StoreFailed) as caught:
        await blobs.get(A)
    assert "s3cr3t" not in str(caught.value)
    assert "s3cr3t" not in repr(blobs)


@pytest.mark.parametrize(
    "address", ["s3://host/bucket", "s3://key:s3cr3t@host", "s3://key@host/b", "s3://key:s3cr3t@host:port/b", "file://"]
)
def test_an_address_that_is_not_understood_is_told_without_the_secret(tmp_path, address):
    with pytest.raises(SettingsError, match=r"\[blobs\] url") as caught:
        open_blobs(SecretStr(address), tmp_path)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("storage.example.org", "https://storage.example.org"),
        ("storage.example.org:9000", "https://storage.example.org:9000"),
        ("10.0.0.7:9000", "https://10.0.0.7:9000"),
        ("127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("localhost:9000", "http://localhost:9000"),
        ("localhost.example.org", "https://localhost.example.org"),
        ("[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_only_this_machine_is_spoken_to_without_tls(host, endpoint):
    store = open_blobs(SecretStr(f"s3://key:secret@{host}/bucket"), Path("/nowhere"))._store
    assert store.config["endpoint"] == endpoint
    allowed = store.client_options["allow_http"]
    assert str(allowed).lower() == str(endpoint.startswith("http:")).lower()


async def test_what_is_in_the_folder_is_for_its_owner_only(tmp_path):
    before = os.umask(0)
    try:
        await LocalBlobs(tmp_path / "blobs").put(A, b"data")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "blobs").rglob("*")}
    assert modes == {"aa": 0o700, A: 0o600}
    assert stat.S_IMODE((tmp_path / "blobs").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["../keys/master.key", "A" * 32, "a" * 31, "", "a" * 32 + "\n"])
async def test_no_name_leads_out_of_the_folder(tmp_path, name):
    blobs = LocalBlobs(tmp_path)
    for call in (blobs.put(name, b""), blobs.get(name), blobs.delete([name])):
        with pytest.raises(ValueError, match="hexadecimal"):
            await call


async def test_other_files_in_the_folder_are_passed_over(tmp_path):
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / A).touch()
    (tmp_path / "notes.txt").touch()
    assert await listed(LocalBlobs(tmp_path)) == {}


async def test_a_file_that_does_not_fit_leaves_nothing(tmp_path):
    """A limit on the size of files stands for the disk's end; the system's word for it differs."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    blobs = LocalBlobs(tmp_path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(StoreFailed, match="os error 27"):
            await blobs.put(A, bytes(1_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "error",
    [
        GenericError(
            "Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28)\n\n"
        ),
        OSError(28, "No space left on device"),
        OSError(122, "Disk quota exceeded"),
    ],
)
def test_a_full_disk_is_told_as_such(error):
    """The first words are those that the library was seen to use on a full file system."""
    with pytest.raises(DiskFull), _store_errors():
        raise error


async def test_a_put_that_is_cancelled_has_ended_when_it_returns(tmp_path):
    blobs = LocalBlobs(tmp_path)
    task = in_background(blobs.put(A, bytes(20_000_000)), "put")
    await asyncio.sleep(0.004)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await listed(blobs) == {A: 20_000_000}


ENDLESS = """
import asyncio, sys
from pathlib import Path
from storage.blobs import LocalBlobs

async def main():
    blobs = LocalBlobs(Path(sys.argv[1]))
    print("ready", flush=True)
    while True:
        await blobs.put("a" * 32, bytes(100_000_000))

asyncio.run(main())
"""


def killed_while_storing(folder: Path) -> list[Path]:
    """What is left half-written by processes that are killed until something is."""
    for _ in range(20):
        with subprocess.Popen([sys.executable, "-c", ENDLESS, folder], cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.02)
            process.kill()
        if partial := list(folder.glob("*/*#*")):
            return partial
    return []


async def test_what_a_killed_process_left_half_written_is_swept(tmp_path):
    blobs = LocalBlobs(tmp_path)
    partial = killed_while_storing(tmp_path)
    assert partial, "nothing was left half-written: is it still as it was measured?"
    await blobs.put(B, b"whole")
    now = dt.datetime.now(dt.UTC)
    assert await blobs.sweep_partial(now - dt.timedelta(hours=1)) == 0
    assert await blobs.sweep_partial(now + dt.timedelta(hours=1)) == len(partial)
    assert list(tmp_path.glob("*/*#*")) == []
    assert bytes(await blobs.get(B)) == b"whole"
