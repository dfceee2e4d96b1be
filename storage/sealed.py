"""Small texts of a person as sealed bytes: what is put into a column, and what comes out."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from core.model import MeshFacts, Subject, SubjectKind
from core.records import Contact, Outcome, Preferences, Wanted
from storage.vault import Vault


class Sealer:
    """Seals JSON under the key of a person's owner. The context says which column it is: none can be swapped."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def seal(self, owner: str, context: str, value: object) -> bytes:
        """Any value that JSON knows, sealed."""
        return await self._vault.seal(
            owner, json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"), context
        )

    async def open(self, owner: str, context: str, sealed: bytes) -> Any:
        """What was sealed. Raises Gone."""
        return json.loads(await self._vault.unseal(owner, bytes(sealed), context))

    async def seal_bytes(self, owner: str, context: str, value: bytes) -> bytes:
        """Bytes, sealed."""
        return await self._vault.seal(owner, value, context)

    async def open_bytes(self, owner: str, context: str, sealed: bytes) -> bytes:
        """What was sealed. Raises Gone."""
        return await self._vault.unseal(owner, bytes(sealed), context)

    async def wanted(self, owner: str, sealed: bytes) -> Wanted:
        """What was asked for."""
        return Wanted(**await self.open(owner, "job.details", sealed))

    async def contact(self, owner: str, sealed: bytes) -> Contact:
        """How a person is reached."""
        return Contact(**await self.open(owner, "person.contact", sealed))

    async def preferences(self, owner: str, sealed: bytes | None) -> Preferences:
        """What a person has chosen; the usual where nothing is sealed."""
        return Preferences(**await self.open(owner, "person.preferences", sealed)) if sealed else Preferences()

    async def outcome(self, owner: str, sealed: bytes) -> Outcome:
        """What came of an order."""
        value = await self.open(owner, "job.outcome", sealed)
        subject, facts = value["subject"], value["facts"]
        return Outcome(
            Subject(SubjectKind(subject["kind"]), subject["count"], subject["whole"]),
            MeshFacts(**{**facts, "size_mm": tuple(facts["size_mm"])}),
            value["seconds"],
        )

    async def seal_outcome(self, owner: str, outcome: Outcome) -> bytes:
        """See `outcome`."""
        value = {"subject": asdict(outcome.subject), "facts": asdict(outcome.facts), "seconds": dict(outcome.seconds)}
        return await self.seal(owner, "job.outcome", value)
