"""The primitives: AES-256-GCM for small values, and in the STREAM construction for whole files.

STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance",
2015) encrypts a file in chunks. A chunk's nonce is a random prefix, the chunk's number and whether it is the last, so
that chunks which are left out, added or moved are noticed. Keys are handed on as `Cipher`, whose repr tells nothing.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import Tampered

Cipher: TypeAlias = AESGCM

KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
NONCE_BYTES: Final = 12
VALUE_VERSION: Final = b"\x01"  # First byte of a sealed value.
BLOB_HEADER: Final = b"FVB\x01"  # First bytes of an encrypted file, with the format's version: no picture begins so.
PREFIX_BYTES: Final = 7  # The random part of a chunk's nonce; a number of 4 bytes and the flag of 1 byte follow it.
CHUNK_BYTES: Final = 262_144


def new_key() -> bytes:
    """A random key of KEY_BYTES bytes."""
    return AESGCM.generate_key(8 * KEY_BYTES)


def about(*parts: str) -> bytes:
    """What a ciphertext is bound to: it opens as nothing else. Only the last part may be of any form."""
    return "\0".join(parts).encode()


def seal(cipher: Cipher, plain: bytes, bound: bytes) -> bytes:
    """Encrypt a small value under a random nonce; the result is 29 bytes longer."""
    nonce = os.urandom(NONCE_BYTES)
    return VALUE_VERSION + nonce + cipher.encrypt(nonce, plain, VALUE_VERSION + bound)


def unseal(cipher: Cipher, sealed: bytes, bound: bytes) -> bytes:
    """Decrypt what `seal` made.

    Raises:
        Tampered: it was changed, or belongs to another key, or is bound to something else.
    """
    start = len(VALUE_VERSION) + NONCE_BYTES
    if len(sealed) < start + TAG_BYTES or not sealed.startswith(VALUE_VERSION):
        raise Tampered("a sealed value is cut off or of an unknown version")
    try:
        return cipher.decrypt(sealed[len(VALUE_VERSION) : start], sealed[start:], VALUE_VERSION + bound)
    except InvalidTag:
        raise Tampered("a sealed value is not what was sealed") from None


def encrypt_blob(cipher: Cipher, data: bytes, bound: bytes) -> bytes:
    """Encrypt a whole file: BLOB_HEADER, the nonces' prefix, chunks. The key must be used for this one file only."""
    return b"".join(encrypted_chunks(cipher, memoryview(data), bound))


def decrypt_blob(cipher: Cipher, stored: memoryview, bound: bytes) -> bytes:
    """Decrypt what `encrypt_blob` made. Nothing is returned before everything has been authenticated.

    Raises:
        Tampered: it was changed, shortened or extended, or belongs to another key, or is bound to something else.
    """
    return b"".join(decrypted_chunks(cipher, stored, bound))


def encrypted_chunks(cipher: Cipher, data: memoryview, bound: bytes) -> Iterator[bytes]:
    """The pieces of an encrypted file, one after another."""
    prefix = os.urandom(PREFIX_BYTES)
    yield BLOB_HEADER + prefix
    for nonce, chunk in _numbered(prefix, data, CHUNK_BYTES):
        yield cipher.encrypt(nonce, chunk, BLOB_HEADER + bound)


def decrypted_chunks(cipher: Cipher, stored: memoryview, bound: bytes) -> Iterator[bytes]:
    """The pieces of the file, each authenticated; only when the last one has come is it known that none is missing.

    Raises:
        Tampered: see `decrypt_blob`.
    """
    start = len(BLOB_HEADER) + PREFIX_BYTES
    if len(stored) < start + TAG_BYTES or bytes(stored[: len(BLOB_HEADER)]) != BLOB_HEADER:
        raise Tampered("a stored file is cut off or of an unknown version")
    prefix = bytes(stored[len(BLOB_HEADER) : start])
    for nonce, chunk in _numbered(prefix, stored[start:], CHUNK_BYTES + TAG_BYTES):
        try:
            yield cipher.decrypt(nonce, chunk, BLOB_HEADER + bound)
        except InvalidTag:
            raise Tampered("a stored file is not what was stored") from None


def _numbered(prefix: bytes, data: memoryview, size: int) -> Iterator[tuple[bytes, memoryview]]:
    """Chunks of `size` bytes with their nonces; the last is shorter or as long, and empty data is one empty chunk."""
    count = max(1, -(-len(data) // size))
    for number in range(count):
        nonce = prefix + struct.pack(">IB", number, number == count - 1)
        yield nonce, data[number * size : (number + 1) * size]
