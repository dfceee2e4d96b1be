"""Sealed values and encrypted files: they open as what they were, or not at all."""

from __future__ import annotations

import os
import random

import pytest

from core.errors import Tampered
from storage import crypto
from storage.crypto import BLOB_HEADER, CHUNK_BYTES, PREFIX_BYTES, TAG_BYTES, Cipher, about, new_key

START = len(BLOB_HEADER) + PREFIX_BYTES
STORED_CHUNK = CHUNK_BYTES + TAG_BYTES
BOUND = about("blob", "0" * 32, "photo")


@pytest.fixture(scope="module")
def cipher() -> Cipher:
    return Cipher(new_key())


def refused(cipher: Cipher, stored: bytes, bound: bytes = BOUND) -> bool:
    try:
        crypto.decrypt_blob(cipher, memoryview(stored), bound)
    except Tampered:
        return True
    return False


def pieces(stored: bytes) -> tuple[bytes, list[bytes]]:
    """The header, and the chunks as they are stored."""
    return stored[:START], [stored[at : at + STORED_CHUNK] for at in range(START, len(stored), STORED_CHUNK)]


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 20_000_000])
def test_a_file_of_any_size_comes_back_and_none_of_it_is_stored_in_clear(cipher, size):
    data = os.urandom(size)
    stored = crypto.encrypt_blob(cipher, data, BOUND)
    assert crypto.decrypt_blob(cipher, memoryview(stored), BOUND) == data
    assert size == 0 or data[-32:] not in stored or size < 8
    assert len(stored) == START + size + TAG_BYTES * max(1, -(-size // CHUNK_BYTES))


def test_the_same_file_is_never_stored_as_the_same_bytes(cipher):
    first, second = (crypto.encrypt_blob(cipher, b"the same", BOUND) for _ in range(2))
    assert first[START:] != second[START:]


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_a_file_that_is_cut_at_the_border_of_a_chunk_is_refused(cipher, chunks):
    stored = crypto.encrypt_blob(cipher, os.urandom(3 * CHUNK_BYTES), BOUND)
    assert refused(cipher, stored[: START + chunks * STORED_CHUNK])


def test_a_file_that_is_cut_anywhere_is_refused(cipher):
    stored = crypto.encrypt_blob(cipher, os.urandom(CHUNK_BYTES + 40), BOUND)
    assert all(refused(cipher, stored[:length]) for length in [*range(START + 40), len(stored) - 17, len(stored) - 1])


def test_chunks_in_another_order_or_twice_or_too_many_are_refused(cipher):
    header, chunks = pieces(crypto.encrypt_blob(cipher, os.urandom(4 * CHUNK_BYTES), BOUND))
    first, second, third, last = chunks
    for wrong in ([second, first, third, last], [first, third, last], [first, first, second, third, last]):
        assert refused(cipher, header + b"".join(wrong))
    assert refused(cipher, header + b"".join([*chunks, last]))
    assert refused(cipher, header + b"".join(chunks) + b"\0")


def test_a_chunk_of_another_file_under_the_same_key_is_refused(cipher):
    (header, mine), (_, other) = (pieces(crypto.encrypt_blob(cipher, bytes(2 * CHUNK_BYTES), BOUND)) for _ in range(2))
    assert refused(cipher, header + mine[0] + other[1])


def test_a_bit_that_is_flipped_anywhere_is_noticed(cipher):
    stored = crypto.encrypt_blob(cipher, os.urandom(CHUNK_BYTES + 100), BOUND)
    chance = random.Random(5)  # noqa: S311 -- places of bits
    places = [*range(START + 20), *range(len(stored) - 130, len(stored)), *chance.sample(range(len(stored)), 60)]
    for place in places:
        changed = bytearray(stored)
        changed[place] ^= 1 << chance.randrange(8)
        assert refused(cipher, bytes(changed)), place


def test_a_file_opens_under_its_own_name_kind_and_key_only(cipher):
    stored = crypto.encrypt_blob(cipher, b"data", BOUND)
    assert not refused(cipher, stored)
    assert refused(cipher, stored, about("blob", "0" * 32, "result"))
    assert refused(cipher, stored, about("blob", "1" * 32, "photo"))
    assert refused(Cipher(new_key()), stored)


def test_an_encrypted_file_is_not_taken_for_a_picture(cipher):
    pictures = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*", b"MM", b"\0\0")
    assert not crypto.encrypt_blob(cipher, b"data", BOUND).startswith(pictures)


def test_a_sealed_value_comes_back_for_the_same_purpose_only(cipher):
    sealed = crypto.seal(cipher, b"Ada", about("value", "a" * 32, "name"))
    assert crypto.unseal(cipher, sealed, about("value", "a" * 32, "name")) == b"Ada"
    assert crypto.seal(cipher, b"Ada", about("value", "a" * 32, "name")) != sealed
    for key, bound in ((cipher, ("value", "a" * 32, "title")), (cipher, ("value", "b" * 32, "name"))):
        with pytest.raises(Tampered):
            crypto.unseal(key, sealed, about(*bound))
    with pytest.raises(Tampered):
        crypto.unseal(Cipher(new_key()), sealed, about("value", "a" * 32, "name"))


def test_a_sealed_value_that_was_changed_or_cut_is_refused(cipher):
    sealed = crypto.seal(cipher, b"Ada", b"name")
    for place in range(len(sealed)):
        for wrong in (sealed[:place], sealed[:place] + bytes([sealed[place] ^ 4]) + sealed[place + 1 :]):
            with pytest.raises(Tampered):
                crypto.unseal(cipher, wrong, b"name")
