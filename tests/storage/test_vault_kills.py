"""Processes that are killed in the middle of whatever they do with a vault: what had been promised holds."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

from core.errors import Gone
from core.settings import BlobSettings, KeySettings
from storage.vault import Vault

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("living.py")
MARKER = b"a marker that stands for a face"
KILLS = 30


def lived(folder: Path) -> list[list[str]]:
    """What the lives of many killed processes noted."""
    command = [sys.executable, PROGRAM, folder / "data", folder / "notes", str(KILLS)]
    run = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in (folder / "notes").read_text().splitlines()]


async def content(vault: Vault, owner: str, name: str) -> str | None:
    try:
        return hashlib.sha256(await vault.get(owner, name, "photo")).hexdigest()
    except Gone:
        return None


async def test_after_many_kills_everything_that_was_promised_holds(tmp_path):
    notes = await asyncio.to_thread(lived, tmp_path)
    counts = Counter(what for what, *_ in notes)
    assert min(counts[what] for what in ("put", "destroyed", "erased", "rotated")) >= 3, counts
    begun = {what: {value for note, *values in notes if note == what for value in values} for what in counts}
    async with Vault(tmp_path / "data", KeySettings(), BlobSettings()) as vault:
        for rotation in range(2):
            for owner, name, digest in (values for what, *values in notes if what == "put"):
                found = await content(vault, owner, name)
                if name in begun["destroyed"] or owner in begun["erased"]:
                    assert found is None
                elif name not in begun["destroying"] and owner not in begun["erasing"]:
                    assert found == digest
                else:
                    assert found in (None, digest)
            assert await vault.rotate() > 0 or rotation == 0
        assert begun["erased"] <= await vault.erased_owners()
        held_in_backups(vault.key_backups, begun["erased"])
    assert len((tmp_path / "data" / "keys" / "master.key").read_text().split()) == 1
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert not any(MARKER in path.read_bytes() for path in files)


def held_in_backups(folder: Path, erased: set[str]) -> None:
    for backup in folder.glob("*.sqlite3"):
        with contextlib.closing(sqlite3.connect(backup)) as connection:
            owners = {owner for (owner,) in connection.execute("SELECT owner FROM owner_key").fetchall()}
        assert not owners & erased
