"""Files that people receive: written whole or not at all, under names that are safe and not yet taken."""

from __future__ import annotations

import errno
import itertools
import os
import re
import stat
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path, PurePath
from typing import Final

from core.errors import DiskFull, FigurineError, PhotoTooLarge

LONGEST_STEM: Final = 60
MEGA: Final = 1_000_000
MODE: Final = 0o644
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)


class FolderError(FigurineError):
    """The folder can't be written. Fields: folder, reason."""

    code = "error.folder"


def read_photo_file(file: Path, max_mb: int) -> bytes:
    """The bytes of an ordinary file. Devices and pipes, which may never end, are not opened.

    Raises:
        PhotoTooLarge: it has more than `max_mb` megabytes.
        OSError, ValueError: it can't be read, or is no ordinary file.
    """
    status = file.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no ordinary file")
    if status.st_size > max_mb * MEGA:
        raise PhotoTooLarge(limit=f"{max_mb} MB")
    return file.read_bytes()


def check_folder(folder: Path) -> None:
    """See early whether files can be written there, without making anything.

    Raises:
        FolderError
    """
    try:
        nearest = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    except (OSError, ValueError) as error:
        raise FolderError(folder=str(folder)[:120], reason=getattr(error, "strerror", "") or str(error)) from None
    if not nearest.is_dir():
        raise FolderError(folder=str(folder), reason=os.strerror(errno.ENOTDIR))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise FolderError(folder=str(folder), reason=os.strerror(errno.EACCES))


def write_all(folder: Path, files: Sequence[tuple[str, bytes]]) -> list[Path]:
    """Write files of these names into the folder, made when new. If one fails, nothing is left of any.

    Where a name is taken, all of them get the same number, so that what belongs together can be seen.

    Raises:
        DiskFull, FolderError
    """
    try:
        with ExitStack() as undo:
            _make_folder(folder, undo)
            with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as scratch:
                parts = [Path(scratch) / str(number) for number in range(len(files))]
                for part, (_, data) in zip(parts, files, strict=True):
                    part.write_bytes(data)
                    part.chmod(MODE)
                paths = _publish(parts, folder, [safe_name(name) for name, _ in files])
            undo.pop_all()
            return paths
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull(str(error)) from None
        raise FolderError(folder=str(folder), reason=error.strerror or type(error).__name__) from None


def safe_name(name: str) -> str:
    """The name without folders, spaces and anything that a file system or a shell could trip on."""
    plain = re.sub(r"[^\w.-]+", "-", PurePath(name.replace("\\", "/")).name)
    ending = PurePath(plain).suffix[:10]
    stem = plain.removesuffix(PurePath(plain).suffix).strip(".-_")[:LONGEST_STEM]
    return f"{stem or 'file'}{ending}"


def _make_folder(folder: Path, undo: ExitStack) -> None:
    """Make the folder and those above it; `undo` removes the new ones if they are empty."""
    new = list(itertools.takewhile(lambda place: not place.exists(), (folder, *folder.parents)))
    for place in reversed(new):
        place.mkdir(exist_ok=True)
        undo.callback(_remove_empty, place)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _publish(parts: Sequence[Path], folder: Path, names: Sequence[str]) -> list[Path]:
    for number in itertools.count(1):
        targets = [folder / _numbered(name, number) for name in names]
        if any(target.exists() for target in targets):
            continue
        with suppress(FileExistsError), ExitStack() as undo:  # Someone else may take a name at this moment.
            for part, target in zip(parts, targets, strict=True):
                _move(part, target)
                undo.callback(target.unlink)
            undo.pop_all()
            return targets
    raise AssertionError  # pragma: no cover -- there is always another number


def _numbered(name: str, number: int) -> str:
    path = PurePath(name)
    return name if number == 1 else f"{path.stem}-{number}{path.suffix}"


def _move(part: Path, target: Path) -> None:
    """Give a finished file its name without ever replacing another one, where the file system can promise that."""
    try:
        os.link(part, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        part.replace(target)
