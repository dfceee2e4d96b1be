"""What the files tell: whether each is one that the program makes, closed to others, and unreadable."""

from __future__ import annotations

import mmap
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from storage.audit.findings import REPORT, Area, Finding, some
from storage.crypto import BLOB_HEADER

BESIDE: Final = "(-wal|-shm|-journal)?"
DATA: Final = re.compile(
    rf"(figurine|snapshot/rows)\.sqlite3{BESIDE}|people\.(key|new)|(snapshot/)?opening\.lock|in-use\.lock"
)
BLOB: Final = re.compile(r"[0-9a-f]{2}/([0-9a-f]{32})(#.*)?")
KEYS: Final = re.compile(
    rf"master\.(key|new)|keys\.sqlite3(\.new)?{BESIDE}|(backups/)?opening\.lock|backups/[^/]+\.sqlite3(\.new)?{BESIDE}"
)
LOCKS: Final = re.compile(r"(.*/)?(opening|in-use)\.lock")  # empty, and of whatever mode the system gives
OTHERS: Final = 0o077
BEGINNINGS: Final = (
    b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"%PDF", b"PK\x03\x04", b"glTF",
    b"solid ", b"\x1f\x8b", b"\x1a\x45\xdf\xa3", b"{", b"[{", b"<",
)  # fmt: skip
TELLING: Final = 3  # bytes of a beginning that nothing random has
FTYP: Final = slice(4, 8)  # where HEIF, AVIF and MP4 say what they are
WITHIN: Final = (
    b"\x89PNG\r\n\x1a\n", b"JFIF\0\x01", b"Exif\0\0MM", b"Exif\0\0II", b"WEBPVP8", b"ftypheic", b"ftypavif",
    b"ftypisom", b"ftypmp42", b"glTF\x02\0\0\0", b"%PDF-1.",
)  # fmt: skip
BLOB_LOOK: Final = 4_096  # bytes of a blob that are searched; behind its header all of it was encrypted in one go


class Places:
    """The folders of the program: what may be in each."""

    def __init__(self, data: Path, keys: Path, blobs: Path | None) -> None:
        """`blobs` is None where they are in a bucket."""
        self.data = data
        self.keys = keys
        self.blobs = blobs

    def is_declared(self, file: Path) -> bool:
        """Whether the program makes such a file."""
        if self.blobs and file.is_relative_to(self.blobs):
            return bool(BLOB.fullmatch(file.relative_to(self.blobs).as_posix()))
        if file.is_relative_to(self.keys):
            return bool(KEYS.fullmatch(file.relative_to(self.keys).as_posix()))
        return bool(DATA.fullmatch(file.relative_to(self.data).as_posix()))

    def is_blob(self, file: Path) -> bool:
        """Whether the file is where the encrypted files are."""
        return self.blobs is not None and file.is_relative_to(self.blobs)

    def shown(self, path: Path) -> str:
        """A path as it is told: within the data folder, or whole."""
        inside = path != self.data and path.is_relative_to(self.data)
        return str(path.relative_to(self.data) if inside else path)

    def everything(self) -> Iterator[Path]:
        """Every folder and file."""
        seen: set[Path] = set()
        for top in (self.data, self.keys, self.blobs):
            if top is None or not top.exists() or top in seen:
                continue
            for folder, _, names in os.walk(top):
                if Path(folder) not in seen:
                    seen.add(Path(folder))
                    yield Path(folder)
                    yield from (Path(folder, name) for name in names)


def look(places: Places) -> list[Finding]:
    """Every file of the program's folders, looked at. It may take a while, and reads only."""
    unknown: list[str] = []
    opened: list[str] = []
    clear: list[str] = []
    for path in places.everything():
        try:
            mode = path.lstat().st_mode
            shown = places.shown(path)
            if mode & OTHERS and not LOCKS.fullmatch(path.name) and not stat.S_ISLNK(mode):
                opened.append(shown)
            if stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode) or not places.is_declared(path):
                unknown.append(shown)
            if stat.S_ISREG(mode) and is_readable(path, places.is_blob(path), places.is_declared(path)):
                clear.append(shown)
        except FileNotFoundError:  # The service goes on beside this.
            continue
    return _told(places.data, unknown, opened, clear)


def _told(data: Path, unknown: list[str], opened: list[str], clear: list[str]) -> list[Finding]:
    found = []
    if unknown:
        found.append(
            Finding(Area.UNDECLARED, f"files: {some(sorted(unknown))}", f"Move them out of {data}, or remove them.")
        )
    if opened:
        what = f"open to other users: {some(sorted(opened))}"
        found.append(Finding(Area.READABLE, what, f"Close them with `chmod -R go= {data}`, or where they are."))
    if clear:
        remedy = f"Remove them if they are not the program's. Otherwise: {REPORT[0].lower()}{REPORT[1:]}"
        found.append(Finding(Area.READABLE, f"in clear: {some(sorted(clear))}", remedy))
    return found


def is_readable(file: Path, blob: bool = False, declared: bool = False) -> bool:
    """Whether a file holds, or begins with, something that people make. A blob must begin as the vault's do.

    Of a declared file, which may be random bytes, a beginning that is short tells nothing.
    """
    with file.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if not size:
            return False
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            head = content[:16]
            if blob and not head.startswith(BLOB_HEADER[: min(size, len(BLOB_HEADER))]):
                return True
            beginnings = tuple(mark for mark in BEGINNINGS if not declared or len(mark) >= TELLING)
            if head.startswith(beginnings) or head[FTYP] == b"ftyp":
                return True
            end = min(size, BLOB_LOOK) if blob else size
            return any(content.find(mark, 0, end) >= 0 for mark in WITHIN)
