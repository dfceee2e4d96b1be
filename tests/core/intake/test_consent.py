"""Who has to be asked before their first photo."""

import datetime as dt

import pytest

from core.intake.consent import agreement, needs_to_agree
from core.records import Consent, Person

NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def test_a_new_person_is_asked():
    assert needs_to_agree(Person(1), "1", 13)


@pytest.mark.parametrize("agreed_to", [13, 16])
def test_whoever_agreed_to_this_version_and_age_is_not_asked_again(agreed_to):
    assert not needs_to_agree(Person(1, Consent("1", NOON, agreed_to)), "1", 13)


def test_a_changed_policy_asks_everyone_again():
    assert needs_to_agree(Person(1, Consent("1", NOON)), "2", 13)


def test_a_higher_age_asks_those_again_who_only_said_that_they_had_reached_the_lower():
    assert needs_to_agree(Person(1, Consent("1", NOON, 13)), "1", 16)


def test_an_agreement_records_version_age_and_time_in_utc():
    there = NOON.astimezone(dt.timezone(dt.timedelta(hours=5)))
    given = agreement("3", 16, there)
    assert given == Consent("3", NOON, 16)
    assert given.given_at.utcoffset() == dt.timedelta(0)
