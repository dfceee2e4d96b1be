"""Files that the server holds, the names that they go by, and the links that they are downloaded from."""

from __future__ import annotations

import base64
import hashlib
import random
from dataclasses import dataclass, field
from typing import Any, Final

from tests.servers.telegram import pictures
from tests.servers.telegram.clock import Clock
from tests.servers.telegram.refusals import bad

FETCH_LIMIT: Final = 20 * 1024 * 1024
LINK_LIVES: Final = 3600.0  # seconds
PREFIXES: Final = {
    "photo": "AgACAgIAAxkBAAI",
    "document": "BQACAgIAAxkBAAI",
    "video": "BAACAgIAAxkBAAI",
    "animation": "CgACAgIAAxkBAAI",
    "sticker": "CAACAgIAAxkBAAI",
    "voice": "AwACAgIAAxkBAAI",
    "audio": "CQACAgIAAxkBAAI",
    "video_note": "DQACAgIAAxkBAAI",
}
FOLDERS: Final = {"photo": "photos", "video": "videos", "animation": "animations", "sticker": "stickers"}


@dataclass(eq=False, slots=True)
class Stored:
    """One file. `data` is gone where the server keeps no media; `whole` is what this is a smaller size of."""

    id: str
    unique_id: str
    kind: str
    size: int
    width: int = 0
    height: int = 0
    data: bytes | None = field(default=None, repr=False)
    whole: Stored | None = field(default=None, repr=False)
    path: str = ""
    link_ends: float = 0.0

    def content(self) -> bytes | None:
        if self.whole is None:
            return self.data
        whole = self.whole.content()
        return None if whole is None else pictures.scaled(whole, self.width, self.height)

    def facts(self) -> dict[str, Any]:
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": self.size}

    def as_size(self) -> dict[str, Any]:
        return self.facts() | {"width": self.width, "height": self.height}


@dataclass(eq=False, slots=True)
class Media:
    """What a message carries: a photo in its sizes, a document, a video, an animation, a sticker, a voice message."""

    kind: str
    files: list[Stored]
    name: str = ""
    mime: str = ""
    digest: str = ""
    duration: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def main(self) -> Stored:
        """The file itself; a photo's largest."""
        return self.files[-1]

    @property
    def bytes(self) -> bytes | None:
        """What is in the file; none where the server keeps no media."""
        return self.main.content()

    @property
    def size(self) -> int:
        return self.main.size

    @property
    def width(self) -> int:
        return self.main.width

    @property
    def height(self) -> int:
        return self.main.height

    def shape(self) -> dict[str, Any]:
        """The message's fields for it."""
        if self.kind == "photo":
            return {"photo": [file.as_size() for file in self.files]}
        named = {"file_name": self.name} if self.name else {}
        shape = self.main.facts() | named | ({"mime_type": self.mime} if self.mime else {}) | self.facts
        if self.kind == "sticker":
            return {"sticker": self.main.as_size() | self.facts}
        if self.kind in ("video", "animation"):
            shape |= {"width": self.width, "height": self.height, "duration": self.duration}
        elif self.kind in ("voice", "audio"):
            shape = {**shape, "duration": self.duration}
            if self.kind == "voice":
                shape.pop("file_name", None)
        if self.kind == "animation":
            return {"animation": shape, "document": self.main.facts() | named | {"mime_type": self.mime}}
        return {self.kind: shape}


class Files:
    """All files, by their ids and by the paths that getFile gave out."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 -- only to look like the real ones
        self._by_id: dict[str, tuple[Stored, Media]] = {}
        self._by_path: dict[str, Stored] = {}
        self._count = 0

    def add(
        self,
        kind: str,
        data: bytes,
        *,
        name: str = "",
        mime: str = "",
        size: tuple[int, int] = (0, 0),
        weight: int | None = None,
        duration: int = 0,
        keep: bool = True,
        facts: dict[str, Any] | None = None,
    ) -> Media:
        """Take a file in. `weight`: pretend that it has so many bytes; `keep`: whether to hold what is in it."""
        digest = hashlib.sha256(data).hexdigest()
        heavy = len(data) if weight is None else weight
        main = Stored(self._id(kind), self._unique(kind, digest), kind, heavy, *size, data if keep else None)
        files = [main]
        if kind == "photo":
            files = [
                Stored(self._id(kind), self._unique(kind, f"{digest}{width}"), kind, 0, width, height, whole=main)
                for width, height in pictures.sizes(*size)[:-1]
            ]
            for smaller in files:
                smaller.size = max(400, heavy * smaller.width * smaller.height // (size[0] * size[1] or 1))
            main.width, main.height = pictures.sizes(*size)[-1]
            files.append(main)
        media = Media(kind, files, name, mime, digest, duration, facts or {})
        self._by_id |= {file.id: (file, media) for file in files}
        return media

    def media(self, file_id: str) -> Media:
        """What goes by this id.

        Raises:
            Refusal: nothing does.
        """
        if file_id not in self._by_id:
            raise bad("wrong file identifier/HTTP URL specified")
        return self._by_id[file_id][1]

    def link(self, file_id: str) -> dict[str, Any]:
        """The answer of getFile: a link that is good for an hour.

        Raises:
            Refusal: there is no such file, or it is too big to be fetched.
        """
        if file_id not in self._by_id:
            raise bad(
                "invalid file_id" if len(file_id) < 20 else "wrong file_id or the file is temporarily unavailable"
            )
        file, media = self._by_id[file_id]
        if file.size > FETCH_LIMIT:
            raise bad("file is too big")
        if not file.path:
            self._count += 1
            suffix = media.name.rpartition(".")[2].lower() if "." in media.name else SUFFIXES.get(file.kind, "bin")
            file.path = f"{FOLDERS.get(file.kind, 'documents')}/file_{self._count}.{suffix}"
            self._by_path[file.path] = file
        file.link_ends = self._clock.now() + LINK_LIVES
        return file.facts() | {"file_path": file.path}

    def at(self, path: str) -> Stored | None:
        """The file that a link leads to, while it does."""
        file = self._by_path.get(path)
        return file if file is not None and file.link_ends > self._clock.now() else None

    def forget(self, media: Media) -> None:
        """Drop a file for good."""
        for file in media.files:
            self._by_id.pop(file.id, None)
            self._by_path.pop(file.path, None)

    def __len__(self) -> int:
        return len(self._by_id)

    def _id(self, kind: str) -> str:
        return PREFIXES.get(kind, PREFIXES["document"]) + base64.urlsafe_b64encode(self._random.randbytes(42)).decode()

    def _unique(self, kind: str, digest: str) -> str:
        start = "AQAD" if kind == "photo" else "AgAD"
        return start + base64.urlsafe_b64encode(hashlib.sha256(digest.encode()).digest()[:9]).decode()


SUFFIXES: Final = {
    "photo": "jpg",
    "video": "mp4",
    "animation": "mp4",
    "sticker": "webp",
    "voice": "oga",
    "audio": "mp3",
}
