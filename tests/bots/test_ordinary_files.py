"""Only ordinary files are read as photos: a device or a pipe may never end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bots.console.lines import SendFile, parse
from bots.files import FolderError, check_folder, read_photo_file


def test_a_device_is_refused_without_reading_it():
    with pytest.raises(OSError, match="no ordinary file"):
        read_photo_file(Path("/dev/zero"), max_mb=20)


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="no ordinary file"):
        read_photo_file(pipe, max_mb=20)


def test_a_home_that_nobody_has_is_a_path_like_any_other():
    assert parse("@~nobody-of-that-name/x.jpg") == SendFile(Path("~nobody-of-that-name/x.jpg"))


def test_a_folder_with_too_long_a_name_is_refused_in_words():
    with pytest.raises(FolderError):
        check_folder(Path("x" * 300))
