"""What a person must have agreed to before their first photo is used."""

from __future__ import annotations

import datetime as dt
from typing import Final

from core.records import Consent, Person

BARRED: Final = dt.timedelta(days=30)
"""For how long somebody who is too young is not asked again. Only a keyed hash is kept meanwhile."""


def needs_to_agree(person: Person, policy_version: str, minimum_age: int) -> bool:
    """Whether the person has yet to agree to this version of the policy and to being that old.

    A changed policy asks everyone again, and so does a higher age.
    """
    given = person.consent
    return given is None or given.policy_version != policy_version or given.minimum_age < minimum_age


def agreement(policy_version: str, minimum_age: int, now: dt.datetime) -> Consent:
    """What is recorded when a person agrees: to the policy, to being old enough, and to owning the photos' use.

    `now` is timezone-aware.
    """
    return Consent(policy_version, now.astimezone(dt.UTC), minimum_age)
