"""What a person must have agreed to before their first photo is used."""

from __future__ import annotations

import datetime as dt

from core.model import Consent, Person


def needs_to_agree(person: Person, policy_version: str) -> bool:
    """Whether the person has yet to agree to this version of the policy. A changed policy asks everyone again."""
    return person.consent is None or person.consent.policy_version != policy_version


def agreement(policy_version: str, now: dt.datetime) -> Consent:
    """What is recorded when a person agrees: to the policy, to being old enough, and to owning the photos' use.

    `now` is timezone-aware.
    """
    return Consent(policy_version, now.astimezone(dt.UTC))
