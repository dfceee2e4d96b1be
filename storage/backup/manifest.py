"""What a backup says of itself: which files it has, and what they must be."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from core.errors import FigurineError

FILE_NAME: Final = "manifest.json"
DATABASE: Final = "database"  # the encrypted rows
BLOBS: Final = "blobs"
PREFIX: Final = "figurine-"
STAMP: Final = "%Y%m%dT%H%M%S%fZ"
VERSION: Final = 1
MOST_MANIFEST: Final = 1 << 30  # bytes


class NoBackup(FigurineError):
    """No backup can be made or restored here, and nothing was changed; the text is one sentence for the operator."""

    code = "error.settings"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup's description.

    `made` is in ISO format, UTC. `owner` is the code whose key the two sealed values are under, in hexadecimal: `key`,
    from which the keys of the backup come, and `people`, the key that hides who is who. `files` has the SHA-256 of
    every file by its path. `rows` tells whether the rows are in it.
    """

    made: str
    rows: bool
    owner: str
    key: str
    people: str
    files: Mapping[str, str]
    version: int = VERSION

    @property
    def blobs(self) -> list[str]:
        """The names of the encrypted files."""
        return [path.rpartition("/")[2] for path in self.files if path.startswith(f"{BLOBS}/")]

    def digest(self) -> bytes:
        """SHA-256 of all of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).digest()

    def text(self, seal: bytes) -> bytes:
        """The file's content; `seal` is the digest, encrypted."""
        return json.dumps({**asdict(self), "seal": seal.hex()}, indent=1).encode()


def read(folder: Path) -> tuple[Manifest, bytes]:
    """A backup's description and its seal.

    Raises:
        NoBackup: it can't be understood.
    """
    file = folder / FILE_NAME
    try:
        if file.stat().st_size > MOST_MANIFEST:
            raise ValueError
        found = json.loads(file.read_bytes())
        if found.get("version") != VERSION:
            raise NoBackup(f"{folder} was made by another version of this program, whose backups this one can't read.")
        seal = bytes.fromhex(found.pop("seal"))
        manifest = Manifest(**found)
        bytes.fromhex(manifest.key + manifest.people)
        if not all(isinstance(text, str) for pair in manifest.files.items() for text in pair):
            raise ValueError
        return manifest, seal
    except FileNotFoundError:
        raise NoBackup(f"{folder} is no backup: it has no {FILE_NAME}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise NoBackup(f"{file} is damaged. Take another backup; nothing was changed.") from None


def check_files(folder: Path, manifest: Manifest) -> None:
    """See that every file is there and what it was.

    Raises:
        NoBackup: one is not.
    """
    for name, expected in manifest.files.items():
        file = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise NoBackup(f"{folder / FILE_NAME} is damaged. Take another backup; nothing was changed.")
        try:
            if sha256(file) != expected:
                raise NoBackup(f"{file} is damaged. Take another backup; nothing was changed.")
        except OSError as error:
            raise NoBackup(f"{file} can't be read ({error.strerror}). Nothing was changed.") from None


def newest(place: Path) -> Path:
    """The backup at a place, which is one itself or a folder of several.

    Raises:
        NoBackup: there is none.
    """
    if (place / FILE_NAME).is_file():
        return place
    found = sorted(file.parent for file in place.glob(f"{PREFIX}*/{FILE_NAME}"))
    if not found:
        raise NoBackup(f"There is no backup in {place}.")
    return found[-1]


def folder_name(made: dt.datetime) -> str:
    """What a backup's folder is called; they sort by time."""
    return f"{PREFIX}{made.astimezone(dt.UTC).strftime(STAMP)}"


def sha256(file: Path) -> str:
    """A file's SHA-256 in hexadecimal. Raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
