"""The vault: files and values of owners, in a real folder that several processes use."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.errors import FigurineError, Gone, KeysMissing, StoreFailed, Tampered
from core.settings import BlobSettings, KeySettings
from core.supervision import in_background, stop
from storage.blobs import path_of
from storage.vault import Vault

ROOT = Path(__file__).parents[2]
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
MARKER = b"a marker that stands for a face"
LONGEST_HOLD = 0.010  # seconds


def vault_in(folder: Path) -> Vault:
    return Vault(folder, KeySettings(), BlobSettings())


@pytest_asyncio.fixture
async def vault(tmp_path: Path) -> AsyncIterator[Vault]:
    async with vault_in(tmp_path) as opened:
        yield opened


async def stored(vault: Vault) -> set[str]:
    return {entry.name async for page in vault.stored() for entry in page}


async def keyed(vault: Vault) -> set[str]:
    return {entry.name async for page in vault.keyed() for entry in page}


async def refused(vault: Vault, owner: str, name: str, kind: str = "photo") -> type[FigurineError] | None:
    try:
        await vault.get(owner, name, kind)
    except FigurineError as error:
        return type(error)
    return None


def other_process(folder: Path, statement: str, *values: str) -> str:
    """What another process, which opens the same vault and runs a statement, prints."""
    program = (
        "import asyncio, datetime as dt, sys\nfrom pathlib import Path\n"
        "from core.settings import BlobSettings, KeySettings\nfrom storage.vault import Vault\n"
        "async def main():\n"
        "    async with Vault(Path(sys.argv[1]), KeySettings(), BlobSettings()) as vault:\n"
        f"        {statement}\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", program, folder, *values]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def on_disk(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("size", [0, 1_000, 20_000_000])
async def test_a_file_comes_back_and_is_nowhere_in_clear(vault, tmp_path, size):
    owner, data = await vault.new_owner(), (MARKER * (size // len(MARKER) + 1))[:size]
    name = await vault.put(owner, data, "photo")
    assert await vault.get(owner, name, "photo") == data
    assert await stored(vault) == await keyed(vault) == {name}
    assert not any(MARKER in content for content in on_disk(tmp_path))
    async with vault_in(tmp_path) as after_a_restart:
        assert await after_a_restart.get(owner, name, "photo") == data


async def test_a_value_comes_back_for_its_owner_and_purpose_only(vault):
    ada, bob = [await vault.new_owner() for _ in range(2)]
    sealed = await vault.seal(ada, b"Ada", "engraving")
    assert await vault.unseal(ada, sealed, "engraving") == b"Ada"
    for owner, context in ((bob, "engraving"), (ada, "name")):
        with pytest.raises(Tampered):
            await vault.unseal(owner, sealed, context)


async def test_a_file_is_its_owners_and_of_its_kind_only(vault):
    ada, bob = [await vault.new_owner() for _ in range(2)]
    name = await vault.put(ada, MARKER, "photo")
    assert await refused(vault, ada, name) is None
    assert await refused(vault, bob, name) is Gone
    assert await refused(vault, ada, name, "result") is Tampered


async def test_two_files_that_were_swapped_are_both_refused(vault, tmp_path):
    owner = await vault.new_owner()
    one, two = [await vault.put(owner, MARKER, "photo") for _ in range(2)]
    first, second = (tmp_path / "blobs" / path_of(name) for name in (one, two))
    first.rename(tmp_path / "kept")
    second.rename(first)
    (tmp_path / "kept").rename(second)
    assert [await refused(vault, owner, name) for name in (one, two)] == [Tampered, Tampered]


async def test_destroyed_files_are_gone_and_others_stay(vault):
    owner = await vault.new_owner()
    names = [await vault.put(owner, MARKER, "photo") for _ in range(5)]
    for _ in range(2):
        await vault.destroy([*names[:3], "0" * 32])
    assert [await refused(vault, owner, name) for name in names] == [Gone, Gone, Gone, None, None]
    assert await stored(vault) == await keyed(vault) == set(names[3:])


async def test_an_erased_owner_keeps_nothing_and_gets_nothing_new(vault):
    ada, bob = [await vault.new_owner() for _ in range(2)]
    mine, theirs, sealed = (
        await vault.put(ada, MARKER, "x"),
        await vault.put(bob, MARKER, "x"),
        await vault.seal(ada, b"", ""),
    )
    for _ in range(2):
        await vault.erase_owner(ada, NOON)
    for call in (
        vault.get(ada, mine, "x"),
        vault.unseal(ada, sealed, ""),
        vault.put(ada, b"", "x"),
        vault.seal(ada, b"", ""),
    ):
        with pytest.raises(Gone):
            await call
    assert await stored(vault) == await keyed(vault) == {theirs}
    assert await vault.erased_owners() == {ada}
    assert await vault.get(bob, theirs, "x") == MARKER


async def test_what_another_process_destroys_cannot_be_read_in_the_next_call(vault, tmp_path):
    owner = await vault.new_owner()
    expired, erased = [await vault.put(owner, MARKER, "photo") for _ in range(2)]
    sealed = await vault.seal(owner, MARKER, "name")
    assert await asyncio.to_thread(
        other_process, tmp_path, "print(await vault.get(*sys.argv[2:], 'photo'))", owner, expired
    ) == repr(MARKER)
    kept = tmp_path / "blobs" / path_of(expired)
    content = kept.read_bytes()
    await asyncio.to_thread(other_process, tmp_path, "await vault.destroy([sys.argv[2]])", expired)
    kept.write_bytes(content)  # as from a backup
    assert await refused(vault, owner, expired) is Gone
    assert await vault.get(owner, erased, "photo") == MARKER
    await asyncio.to_thread(
        other_process, tmp_path, "await vault.erase_owner(sys.argv[2], dt.datetime.now(dt.UTC))", owner
    )
    assert await refused(vault, owner, erased) is Gone
    with pytest.raises(Gone):
        await vault.unseal(owner, sealed, "name")


async def test_what_another_process_rotates_is_read_and_added_to_as_before(vault, tmp_path):
    owner = await vault.new_owner()
    name = await vault.put(owner, MARKER, "photo")
    for _ in range(2):
        assert (
            await asyncio.to_thread(
                other_process,
                tmp_path,
                "print(await vault.rotate())",
            )
            != "0"
        )
        assert await vault.get(owner, name, "photo") == MARKER
        newcomer = await vault.new_owner()
        seen = await asyncio.to_thread(
            other_process, tmp_path, "print(len(await vault.seal(sys.argv[2], b'', '')))", newcomer
        )
        assert seen == "29"


async def test_a_file_whose_owner_is_erased_while_it_is_stored_is_not_kept(vault, tmp_path):
    owner = await vault.new_owner()
    async with vault_in(tmp_path) as other:
        putting = in_background(vault.put(owner, bytes(20_000_000), "photo"), "put")
        while not await keyed(other):  # noqa: ASYNC110 -- a row tells nobody that it is there
            await asyncio.sleep(0)
        await other.erase_owner(owner, NOON)
        with pytest.raises(Gone):
            await putting
    assert await stored(vault) == await keyed(vault) == set()


async def test_bytes_that_do_not_fit_leave_nothing_behind(vault, tmp_path):
    owner = await vault.new_owner()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    try:
        with pytest.raises(StoreFailed):
            await vault.put(owner, bytes(1_000_000), "photo")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert await keyed(vault) == set()
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []
    await vault.put(owner, bytes(1_000_000), "photo")


async def test_a_storm_of_cancellations_leaves_nothing_readable_and_the_vault_usable(vault):
    chance = random.Random(11)  # noqa: S311 -- moments of cancellation
    owner, kept = await vault.new_owner(), set()
    for _ in range(120):
        task = in_background(vault.put(owner, bytes(chance.choice([100, 400_000])), "photo"), "put")
        await asyncio.sleep(chance.random() * 0.008)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            kept.add(await task)
    assert await keyed(vault) == await stored(vault) == kept
    assert 0 < len(kept) < 120
    await asyncio.wait_for(vault.put(owner, b"", "photo"), 5)


async def test_the_event_loop_is_not_held_by_a_large_file(vault):
    """What the loop's own thread computes at a stretch counts, since others use this machine as well."""
    owner, data = await vault.new_owner(), os.urandom(20_000_000)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            started = time.thread_time()
            await asyncio.sleep(0.001)
            longest = max(longest, time.thread_time() - started)

    watching = in_background(watch(), "watch")
    name = await vault.put(owner, data, "photo")
    await vault.get(owner, name, "photo")
    await asyncio.sleep(0.01)
    await stop(watching)
    assert 0 < longest < LONGEST_HOLD


async def test_a_key_folder_of_its_own_holds_all_keys_and_is_not_begun_anew_beside_files(tmp_path):
    keys = KeySettings(dir=tmp_path / "apart")
    async with Vault(tmp_path / "data", keys, BlobSettings()) as vault:
        name = await vault.put(owner := await vault.new_owner(), MARKER, "photo")
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"blobs"}
    (tmp_path / "apart").rename(tmp_path / "lost")
    with pytest.raises(KeysMissing, match="no keys in"):
        await Vault(tmp_path / "data", keys, BlobSettings()).__aenter__()
    (tmp_path / "lost").rename(tmp_path / "apart")
    async with Vault(tmp_path / "data", keys, BlobSettings()) as vault:
        assert await vault.get(owner, name, "photo") == MARKER


async def test_no_error_tells_a_key(vault, tmp_path):
    owner = await vault.new_owner()
    name = await vault.put(owner, MARKER, "photo")
    (tmp_path / "blobs" / path_of(name)).write_bytes(b"FVB\x01" + bytes(60))
    secret = (tmp_path / "keys" / "master.key").read_text().strip()
    (tmp_path / "keys" / "master.key").write_text(secret[:-1])
    told = []
    for call in (vault.get(owner, name, "photo"), vault.new_owner(), vault.rotate()):
        with pytest.raises((Tampered, KeysMissing)) as caught:
            await call
        told.append(str(caught.value) + repr(caught.value))
    assert secret[:16] not in "".join(told)
