"""Folders and files for their owner only, written so that a crash leaves the old content or the new."""

from __future__ import annotations

import os
from pathlib import Path

from core.errors import SettingsError


def make_folder(folder: Path, setting: str) -> None:
    """Make a folder with mode 0700 if it is not there; `setting`, such as "[keys] dir", says where it was named.

    Raises:
        SettingsError: it can't be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{setting}: {folder} can't be created ({error.strerror}).") from None
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise SettingsError(f"{setting}: {folder} can't be written by this user.")


def write_whole(file: Path, data: bytes) -> None:
    """Put `data` in the place of the file, with mode 0600, and return when it is on the disk.

    Raises:
        OSError: it could not be written; the file is what it was before.
    """
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.rename(file)
    flush(file.parent)


def flush(path: Path) -> None:
    """Return when the file's content, or which files the folder has, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
