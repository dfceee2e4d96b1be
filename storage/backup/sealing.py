"""The encryption of a backup: keys that come from one random key, each for one purpose."""

from __future__ import annotations

import mmap
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage import crypto
from storage.private_files import flush

PURPOSE: Final = "figurine backup"


def new_key() -> bytes:
    """The random key of a backup."""
    return secrets.token_bytes(crypto.KEY_BYTES)


def cipher(key: bytes, what: str) -> crypto.Cipher:
    """The key of one file of the backup, by HKDF-SHA256."""
    derived = HKDF(SHA256(), crypto.KEY_BYTES, salt=None, info=f"{PURPOSE}: {what}".encode()).derive(key)
    return crypto.Cipher(derived)


def encrypt(source: Path, target: Path, key: bytes, what: str) -> None:
    """Encrypt a file that is not empty, piece by piece; `target` is new. Raises OSError."""
    _write(target, crypto.encrypted_chunks(cipher(key, what), _mapped(source), _bound(what)))


def decrypt(source: Path, target: Path, key: bytes, what: str) -> None:
    """Decrypt what `encrypt` made, piece by piece; `target` is new, and is whole only when this returns.

    Raises:
        Tampered: it is not what was encrypted.
        OSError: it can't be read or written.
    """
    _write(target, crypto.decrypted_chunks(cipher(key, what), _mapped(source), _bound(what)))


def _mapped(file: Path) -> memoryview:
    """A file's content, read when it is needed. It is let go of with the view."""
    with file.open("rb") as stream:
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def _bound(what: str) -> bytes:
    return crypto.about("backup", what)


def _write(target: Path, pieces: Iterable[bytes]) -> None:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.writelines(pieces)
    flush(target)
