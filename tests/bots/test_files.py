"""Files that people receive: whole or not at all, under safe names that are not yet taken."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bots.files import FolderError, check_folder, safe_name, write_all
from core.errors import DiskFull


@contextmanager
def little_room(most: int) -> Iterator[None]:
    """No file may become larger than `most` bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_files_are_written_and_what_belongs_together_gets_the_same_number(tmp_path: Path):
    files = [("a.glb", b"1"), ("a.stl", b"2")]
    assert write_all(tmp_path, files) == [tmp_path / "a.glb", tmp_path / "a.stl"]
    (tmp_path / "a-2.stl").write_bytes(b"mine")
    assert write_all(tmp_path, files) == [tmp_path / "a-3.glb", tmp_path / "a-3.stl"]
    assert (tmp_path / "a-2.stl").read_bytes() == b"mine"
    assert (tmp_path / "a-3.stl").read_bytes() == b"2"
    assert len(list(tmp_path.iterdir())) == 5


def test_others_may_read_them(tmp_path: Path):
    (path,) = write_all(tmp_path, [("a.glb", b"1")])
    assert path.stat().st_mode & 0o777 == 0o644


def test_on_a_full_disk_nothing_is_left_not_even_the_new_folder(tmp_path: Path):
    with little_room(100), pytest.raises(DiskFull):
        write_all(tmp_path / "new" / "folder", [("small.glb", b"1"), ("large.stl", b"2" * 200)])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_told_early_and_late(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    for attempt in (check_folder, lambda folder: write_all(folder, [("a.glb", b"1")])):
        with pytest.raises(FolderError) as caught:
            attempt(tmp_path / "file" / "below")
        assert caught.value.fields["reason"] == "Not a directory"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("figurine-vinyl.glb", "figurine-vinyl.glb"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("C:\\a\\b.png", "b.png"),
        (".hidden", "hidden"),
        ("a b\n$(rm).png", "a-b-rm.png"),
        ("Zoë.png", "Zoë.png"),
        ("", "file"),
        ("x" * 300 + ".stl", "x" * 60 + ".stl"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert safe_name(name) == safe
