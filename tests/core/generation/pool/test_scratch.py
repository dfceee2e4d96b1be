"""Temporary folders of worker processes: what a killed service leaves goes with the next start, nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from core.generation.pool.scratch import PREFIX, SETTLED, Scratch
from tests.conftest import ROOT

HOLD = """
import time
from core.generation.pool.scratch import Scratch
with Scratch() as scratch:
    print(scratch.path, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def aged(folder: Path) -> Path:
    """As if it had been made some minutes ago."""
    folder.mkdir(exist_ok=True)
    (folder / "file").touch()
    then = time.time() - 2 * SETTLED
    os.utime(folder, (then, then))
    return folder


def test_a_folder_goes_with_its_owner(temporary: Path):
    with Scratch() as scratch:
        assert scratch.path.parent == temporary
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_a_living_one_uses_stays(temporary: Path):
    processes = [
        subprocess.Popen([sys.executable, "-c", HOLD], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    folders = [Path(process.stdout.readline().strip()) for process in processes if process.stdout]
    try:
        processes[0].kill()
        processes[0].wait()
        for folder in folders:
            aged(folder)
        with Scratch():
            assert [folder.exists() for folder in folders] == [False, True]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_a_young_folder_and_somebody_elses_name_stay(temporary: Path):
    young = temporary / f"{PREFIX}young"
    young.mkdir()
    other = aged(temporary / "figurine-of-my-own")
    target = aged(temporary / "target")
    link = temporary / f"{PREFIX}link"
    link.symlink_to(target)
    with Scratch():
        assert young.exists()
        assert other.exists()
        assert (target / "file").exists()
