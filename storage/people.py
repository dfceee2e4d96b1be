"""Persons and their consent."""

from __future__ import annotations

from core.model import Consent, Person
from core.ports import Clock
from storage.database import Database
from storage.models import ConsentRow, PersonRow, moment


class PeopleRows:
    """core.ports.People over the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(self, platform: str, platform_id: str) -> Person:
        """See core.ports.People."""
        key = self._database.key.hash(platform, platform_id)
        async with self._database.transaction() as transaction:
            row, _ = await PersonRow.get_or_create(
                {"created_at": self._clock.now()}, using_db=transaction, platform=platform, platform_key=key
            )
            newest = ConsentRow.filter(person_id=row.id).using_db(transaction).order_by("-id").first()
            consent = await newest
        if consent is None:
            return Person(row.id)
        return Person(row.id, Consent(consent.policy_version, moment(consent.given_at)))

    async def agree(self, person_id: int, consent: Consent) -> None:
        """See core.ports.People."""
        async with self._database.transaction() as transaction:
            await ConsentRow.create(
                using_db=transaction,
                person_id=person_id,
                policy_version=consent.policy_version,
                given_at=consent.given_at,
            )
