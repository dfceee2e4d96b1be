"""Files that people and the bot attach: what Discord finds out about them, and links that end."""

from __future__ import annotations

import hashlib
import hmac
import io
import mimetypes
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PIL import Image

LINK_LIVES: Final = 24 * 3600.0  # seconds


@dataclass(frozen=True)
class Upload:
    """A file on its way in."""

    name: str
    content: bytes
    content_type: str = ""


@dataclass(eq=False)
class Attachment:
    """A file of a message. `content` is None where the server was told to keep no media; size and digest stay."""

    id: int
    folder: int  # the id of the channel
    name: str
    content: bytes | None
    size: int
    digest: str
    content_type: str
    width: int = 0
    height: int = 0
    description: str = ""
    ephemeral: bool = False

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")


def upload(file: Upload | tuple[str, bytes] | bytes, stem: str = "photo") -> Upload:
    """A file from whatever is handy in a test: the bytes of a picture, or a name and bytes."""
    if isinstance(file, Upload):
        return file
    if isinstance(file, tuple):
        return Upload(*file)
    return Upload(f"{stem}{_extension(file)}", file)


def attach(
    file: Upload, number: int, folder: int, keep: bool, description: str = "", hidden: bool = False
) -> Attachment:
    """Take a file in, under an id. `hidden`: only one person sees its message."""
    digest = hashlib.sha256(file.content).hexdigest()
    kind = file.content_type or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    width, height = _size(file.content) if kind.startswith("image/") else (0, 0)
    return Attachment(
        id=number,
        folder=folder,
        name=re.sub(r"[^\w.\-]", "_", file.name, flags=re.ASCII) or "file",
        content=file.content if keep else None,
        size=len(file.content),
        digest=digest,
        content_type=kind,
        width=width,
        height=height,
        description=description,
        ephemeral=hidden,
    )


class Links:
    """Signs addresses of files and tells good ones from those that ended or were made up."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self.generation = 0  # raised when all the links that are out shall end at once

    def query(self, attachment: Attachment, now: float) -> str:
        """What follows the question mark of an address made now."""
        ends, made = f"{int(now + LINK_LIVES):x}", f"{int(now):x}"
        return f"ex={ends}&is={made}&hm={self._seal(attachment, ends, made)}&"

    def holds(self, attachment: Attachment, ends: str, made: str, seal: str, now: float) -> bool:
        """Whether the address was signed here and has not ended."""
        if not hmac.compare_digest(self._seal(attachment, ends, made), seal):
            return False
        return int(ends, 16) > now

    def _seal(self, attachment: Attachment, ends: str, made: str) -> str:
        what = f"{attachment.id}/{attachment.name}/{ends}/{made}/{self.generation}"
        return hmac.new(self._key, what.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=32)
def _size(content: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError):
        return 0, 0


def _extension(content: bytes) -> str:
    marks = {b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png", b"GIF8": ".gif", b"RIFF": ".webp", b"%PDF": ".pdf"}
    if content[4:8] == b"ftyp":
        return ".heic" if content[8:12] in (b"heic", b"mif1", b"heix") else ".mp4"
    return next((ending for mark, ending in marks.items() if content.startswith(mark)), ".bin")
