"""Codes that are worth credits, invitations, and who has been welcomed. Codes and words are kept as keyed hashes."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from typing import Final

from core.records import Contact
from storage.accounts import ACCOUNT, account_of
from storage.database import Database
from storage.deadlines import Deadlines
from storage.sql import Tx

CODE: Final = "code"
SEED: Final = "invitation"
WORD: Final = "invitation word"
WORD_BYTES: Final = 10  # which are 16 letters
WELCOME: Final = "welcome"


class CodeRows:
    """payments.stores.Codes over the database."""

    def __init__(self, database: Database, deadlines: Deadlines) -> None:
        self._database = database
        self._deadlines = deadlines

    async def issue(self, code: str, worth: int, uses: int, until: dt.datetime) -> None:
        """See payments.stores.Codes. One that is there already stays as it is."""
        await self._database.once(
            "INSERT INTO code (code_hash, worth, uses, used, due_at) VALUES ($1, $2, $3, 0, $4)"
            " ON CONFLICT (code_hash) DO NOTHING RETURNING id",
            *(self._database.key.hash(CODE, code), worth, uses, until),
        )

    async def redeem(self, tx: Tx, person_id: int, code: str, now: dt.datetime) -> tuple[int, int] | None:
        """See payments.stores.Codes."""
        account = await account_of(tx, person_id)
        row = await tx.one(
            "SELECT id, worth, used, uses FROM code WHERE code_hash = $1 AND due_at > $2 FOR UPDATE",
            *(self._database.key.hash(CODE, code), now),
        )
        if not account.id or row is None or row["used"] >= row["uses"]:
            return None
        used = await tx.one(
            "INSERT INTO code_use (code_id, person_id) VALUES ($1, $2)"
            " ON CONFLICT (code_id, person_id) DO NOTHING RETURNING id",
            *(row["id"], account.id),
        )
        if used is None:
            return None
        await tx.query("UPDATE code SET used = used + 1 WHERE id = $1", row["id"])
        return int(row["id"]), int(row["worth"])

    async def invitation(self, person_id: int) -> str:
        """See payments.stores.Codes. It is made from a seed and the key of people, and can't be read in a row."""
        known = await self._seed(person_id)
        if known is None:
            seed = secrets.token_hex(16)
            await self._database.once(
                f"INSERT INTO invitation (person_id, seed, word_hash) SELECT {ACCOUNT}, $2, $3 FROM person own"
                " WHERE own.id = $1 FOR KEY SHARE RETURNING id",
                *(person_id, seed, self._word_hash(self._word(seed))),
            )
            known = await self._seed(person_id)  # Of two at once, the first one's.
        return self._word(known) if known else ""

    async def inviter(self, tx: Tx, word: str) -> int | None:
        """See payments.stores.Codes."""
        row = await tx.one("SELECT person_id FROM invitation WHERE word_hash = $1", self._word_hash(word))
        return int(row["person_id"]) if row else None

    async def invited(self, tx: Tx, person_id: int, inviter_id: int, now: dt.datetime) -> bool:
        """See payments.stores.Codes."""
        guest, inviter = await account_of(tx, person_id), await account_of(tx, inviter_id)
        if not guest.id or not inviter.id or guest.id == inviter.id:
            return False
        row = await tx.one(
            "INSERT INTO guest (person_id, inviter_id, at) VALUES ($1, $2, $3)"
            " ON CONFLICT (person_id) DO NOTHING RETURNING id",
            *(guest.id, inviter.id, now),
        )
        return row is not None

    async def rewarded(self, tx: Tx, person_id: int, now: dt.datetime) -> int | None:
        """Whoever invited a person, the first time that this is asked: from then on it counts as rewarded."""
        account = await account_of(tx, person_id)
        row = await tx.one(
            "UPDATE guest SET rewarded_at = $2 WHERE person_id = $1 AND rewarded_at IS NULL RETURNING inviter_id",
            *(account.id, now),
        )
        return int(row["inviter_id"]) if row else None

    async def invitations(self, tx: Tx, inviter_id: int, since: dt.datetime) -> int:
        """See payments.stores.Codes."""
        account = await account_of(tx, inviter_id)
        row = await tx.one(
            "SELECT count(*) AS n FROM guest WHERE inviter_id = $1 AND rewarded_at > $2", account.id, since
        )
        return int(row["n"]) if row else 0

    async def welcomed(self, tx: Tx, contact: Contact, now: dt.datetime) -> bool:
        """Whether that contact was welcomed before, and lately. It is remembered by a keyed hash that it is now."""
        key = self._database.key.hash(contact.platform, contact.platform_id)
        row = await tx.one(
            "INSERT INTO bar (kind, platform_key, due_at) VALUES ($1, $2, $3) ON CONFLICT (kind, platform_key)"
            " DO UPDATE SET due_at = excluded.due_at WHERE bar.due_at <= $4 RETURNING id",
            *(WELCOME, key, self._deadlines.welcome(now), now),
        )
        return row is None

    async def _seed(self, person_id: int) -> str | None:
        rows = await self._database.look(
            f"SELECT seed FROM invitation WHERE person_id = (SELECT {ACCOUNT} FROM person own WHERE own.id = $1)"
            " ORDER BY id LIMIT 1",
            person_id,
        )
        return str(rows[0]["seed"]) if rows else None

    def _word(self, seed: str) -> str:
        made = bytes.fromhex(self._database.key.hash(SEED, seed))[:WORD_BYTES]
        return base64.b32encode(made).decode().lower()

    def _word_hash(self, word: str) -> str:
        return self._database.key.hash(WORD, word.strip().lower())
