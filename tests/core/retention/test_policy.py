"""How long what is kept: every kind to the second, and what no order of times and no clock can change."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from core.retention.policy import RULES, Kind, State, due, is_due, table
from core.retention.terms import Length, Times, Unit
from core.settings import KeySettings, RetentionSettings, Settings, load_settings


@dataclass(frozen=True)
class Both:
    """The sections that the policy reads, as Settings has them, whatever the environment says."""

    retention: RetentionSettings = field(default_factory=RetentionSettings)
    keys: KeySettings = field(default_factory=KeySettings)


DEFAULTS = Both()
CAME = dt.datetime(2025, 3, 30, 0, 30, tzinfo=dt.UTC)  # half an hour before the clocks of Europe change
SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
MONTHS = {12: dt.datetime(2026, 3, 30, 0, 30, tzinfo=dt.UTC), 24: dt.datetime(2027, 3, 30, 0, 30, tzinfo=dt.UTC)}
ZONES = (
    "America/St_Johns",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Africa/Monrovia",
)

MOMENTS = st.timedeltas(-15_000 * DAY, 60_000 * DAY).map(lambda since: CAME + since)
TIMES = st.builds(Times, MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS, st.none() | MOMENTS)
KINDS = st.sampled_from(Kind)
STATES = st.sampled_from(State)
FIELDS = st.sampled_from(("since", "changed", "first", "ended"))


def _allowed(key: str) -> st.SearchStrategy[int]:
    least, most = (RetentionSettings.model_json_schema()["properties"][key][edge] for edge in ("minimum", "maximum"))
    return st.integers(least, most)


LIMITS = st.builds(
    Both,
    retention=st.builds(
        RetentionSettings,
        **{key: _allowed(key) for key in RetentionSettings.model_fields if not key.startswith("sweep")},
    ),
    keys=st.builds(KeySettings, backup_days=st.integers(1, 30)),
)


@pytest.fixture
def clean_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("FIGURINE_")]:
        monkeypatch.delenv(name)


ENDS = [
    (Kind.PHOTO, State.IDLE, Times(CAME), CAME + 24 * HOUR),
    (Kind.PHOTO, State.IN_USE, Times(CAME), CAME + 24 * HOUR),
    (Kind.PHOTO, State.IDLE, Times(CAME, first=CAME + HOUR, ended=CAME + HOUR), CAME + 2 * HOUR),
    (Kind.PHOTO, State.IDLE, Times(CAME, first=CAME + HOUR, ended=CAME + 20 * HOUR), CAME + 21 * HOUR),
    (Kind.PHOTO, State.IDLE, Times(CAME, first=CAME + HOUR, ended=CAME + 25 * HOUR - SECOND), CAME + 25 * HOUR),
    (Kind.PHOTO, State.IN_USE, Times(CAME, first=CAME + HOUR, ended=CAME + 2 * HOUR), CAME + 25 * HOUR),
    (Kind.UPLOAD, State.IN_USE, Times(CAME), CAME + 24 * HOUR),
    (Kind.UPLOAD, State.IDLE, Times(CAME, ended=CAME + MINUTE), CAME + MINUTE),
    (Kind.RESULT, State.IDLE, Times(CAME), CAME + 7 * DAY),
    (Kind.DRAFT, State.IDLE, Times(CAME), CAME + 24 * HOUR),
    (Kind.DRAFT, State.IDLE, Times(CAME, changed=CAME + HOUR), CAME + 25 * HOUR),
    (Kind.INBOX_PAYLOAD, State.IDLE, Times(CAME), CAME + 24 * HOUR),
    (Kind.INBOX_PAYLOAD, State.IDLE, Times(CAME, ended=CAME + MINUTE), CAME + MINUTE),
    (Kind.INBOX_ROW, State.IDLE, Times(CAME, ended=CAME + MINUTE), CAME + MINUTE + 3 * DAY),
    (Kind.OUTBOX_PAYLOAD, State.IDLE, Times(CAME), CAME + 7 * DAY),
    (Kind.OUTBOX_PAYLOAD, State.IDLE, Times(CAME, ended=CAME + MINUTE), CAME + MINUTE),
    (Kind.OUTBOX_ROW, State.IDLE, Times(CAME, ended=CAME + MINUTE), CAME + MINUTE + 3 * DAY),
    (Kind.TICKET_PICTURE, State.IDLE, Times(CAME), CAME + 24 * HOUR),
    (Kind.TICKET_TEXT, State.IDLE, Times(CAME), MONTHS[12]),
    (Kind.JOB_ROW, State.IDLE, Times(CAME, ended=CAME + HOUR), CAME + HOUR + 90 * DAY),
    (Kind.FILE_ROW, State.IDLE, Times(CAME, ended=CAME + HOUR), CAME + HOUR + 3 * DAY),
    (Kind.AUDIT, State.IDLE, Times(CAME), MONTHS[24]),
    (Kind.WEB_TRACE, State.IDLE, Times(CAME), CAME + 24 * HOUR),
    (Kind.CLOSED_ACCOUNT, State.IDLE, Times(CAME, ended=CAME + HOUR), CAME + HOUR + 30 * DAY),
    (Kind.BAR, State.IDLE, Times(CAME), CAME + 30 * DAY),
    (Kind.KEY_BACKUP, State.IDLE, Times(CAME), CAME + 7 * DAY),
    (Kind.POST, State.IDLE, Times(CAME), CAME + 7 * DAY),
    (Kind.POST, State.IDLE, Times(CAME, changed=CAME + HOUR), CAME + HOUR + 7 * DAY),
    (Kind.LINK_CODE, State.IDLE, Times(CAME), CAME + 10 * MINUTE),
    (Kind.LINK_TRY, State.IDLE, Times(CAME), CAME + HOUR),
    (Kind.PURCHASE, State.IDLE, Times(CAME), CAME + 90 * DAY),
    (Kind.PURCHASE, State.IDLE, Times(CAME, ended=CAME + HOUR), CAME + HOUR + 30 * DAY),
    (Kind.PURCHASE, State.IDLE, Times(CAME, ended=CAME + 80 * DAY), CAME + 90 * DAY),
    (Kind.PAYMENT, State.IDLE, Times(CAME), CAME.replace(year=CAME.year + 10)),
    (Kind.SUBSCRIPTION, State.IDLE, Times(CAME), CAME + 90 * DAY),
    (Kind.PROVIDER_EVENT, State.IDLE, Times(CAME), CAME + 90 * DAY),
    (Kind.PROVIDER_EVENT, State.IDLE, Times(CAME, ended=CAME + HOUR), CAME + HOUR + 30 * DAY),
    (Kind.WELCOME, State.IDLE, Times(CAME), CAME + 90 * DAY),
]


@pytest.mark.parametrize(("kind", "state", "times", "end"), ENDS)
def test_a_thing_is_due_at_the_exact_moment_and_not_a_second_before(kind, state, times, end):
    at = due(kind, state, times, DEFAULTS)
    assert [is_due(at, end + seconds * SECOND) for seconds in (-1, 0, 1)] == [False, True, True]


@pytest.mark.parametrize("kind", [Kind.INBOX_ROW, Kind.OUTBOX_ROW, Kind.JOB_ROW, Kind.CLOSED_ACCOUNT])
def test_what_counts_from_an_end_that_has_not_come_is_not_due(kind):
    assert due(kind, State.IDLE, Times(CAME), DEFAULTS) is None
    assert not is_due(None, CAME + 10_000 * DAY)


def test_every_kind_has_a_rule_an_exact_moment_above_and_a_line_in_the_table():
    assert set(RULES) == set(Kind) == {kind for kind, *_ in ENDS}
    assert [row.kind for row in table(DEFAULTS)] == list(Kind)
    assert all(row.what and row.at_latest and row.then for row in table(DEFAULTS))


def test_the_table_says_the_numbers_of_the_settings():
    limits = Both(
        retention=RetentionSettings(photo_minutes_after=1, photo_hours=5, closed_days=0),
        keys=KeySettings(backup_days=2),
    )
    rows = {row.kind: row for row in table(limits)}
    assert rows[Kind.PHOTO].normally.startswith("1 minute after the last figurine")
    assert rows[Kind.PHOTO].at_latest.startswith("5 hours after the first figurine")
    assert rows[Kind.INBOX_PAYLOAD].normally == "at once after it was handled"
    assert rows[Kind.AUDIT].at_latest == "24 months after it was written"
    assert rows[Kind.CLOSED_ACCOUNT].at_latest == "at once after it was closed"
    assert rows[Kind.KEY_BACKUP].at_latest == "2 days after it was made"


def test_all_settings_together_are_limits(clean_environment):
    assert table(Settings()) == table(DEFAULTS)


def test_only_the_photos_limit_ends_orders():
    assert [kind for kind in Kind if RULES[kind].expires_orders] == [Kind.PHOTO]


@given(KINDS, STATES, TIMES, FIELDS, st.timedeltas(dt.timedelta(), 1_000 * DAY), LIMITS)
def test_what_happened_later_is_never_due_earlier(kind, state, times, name, later, limits):
    moment = getattr(times, name)
    moved = replace(times, **{name: moment and moment + later})
    before, after = (due(kind, state, each, limits) for each in (times, moved))
    assert (before is None) == (after is None)
    assert before is None or before <= after


@given(KINDS, TIMES, LIMITS)
def test_what_is_in_use_is_never_due_before_it_would_be_otherwise(kind, times, limits):
    idle, in_use = (due(kind, state, times, limits) for state in (State.IDLE, State.IN_USE))
    assert idle == in_use or idle < in_use


@given(STATES, TIMES, LIMITS)
def test_a_photo_is_due_within_a_day_of_its_first_figurine_or_of_its_arrival_whatever_the_clock_did(
    state, times, limits
):
    at = due(Kind.PHOTO, state, times, limits)
    assert at <= (times.first or times.since) + 24 * HOUR


@given(STATES, TIMES, MOMENTS, st.lists(MOMENTS, min_size=1), LIMITS)
def test_again_never_extends_a_photos_hard_limit(state, times, first, again, limits):
    hard = first + limits.retention.photo_hours * HOUR
    for ended in again:
        assert due(Kind.PHOTO, state, replace(times, first=first, ended=ended), limits) <= hard
    assert due(Kind.PHOTO, State.IN_USE, replace(times, first=first, ended=again[0]), limits) == hard


@given(KINDS, STATES, TIMES, st.sampled_from(ZONES), LIMITS)
def test_no_timezone_and_no_change_of_the_clocks_moves_an_end(kind, state, times, zone, limits):
    names = ("since", "changed", "first", "ended")
    local = {name: moment.astimezone(ZoneInfo(zone)) for name in names if (moment := getattr(times, name))}
    assert Times(**local) == times
    assert all(getattr(Times(**local), name).tzinfo is dt.UTC for name in local)
    assert due(kind, state, Times(**local), limits) == due(kind, state, times, limits)


def test_a_day_on_which_the_clocks_change_has_24_hours_here():
    berlin = ZoneInfo("Europe/Berlin")
    at = due(Kind.PHOTO, State.IDLE, Times(dt.datetime(2025, 3, 29, 12, tzinfo=berlin)), DEFAULTS)
    assert at == dt.datetime(2025, 3, 30, 13, tzinfo=berlin)
    again = Times(dt.datetime(2025, 10, 26, 2, 30, fold=1, tzinfo=berlin))  # the second half past two of that night
    assert due(Kind.PHOTO, State.IDLE, again, DEFAULTS) == dt.datetime(2025, 10, 27, 1, 30, tzinfo=dt.UTC)


@given(MOMENTS, st.sampled_from((1, 12, 24)))
def test_months_are_those_of_the_calendar(moment, months):
    end = Length(months, Unit.MONTH).after(moment)
    ahead = (end.year - moment.year) * 12 + end.month - moment.month
    assert (ahead, end.day, end.time()) == (months, moment.day, moment.time()) or (
        (ahead, end.day, end.time()) == (months + 1, 1, dt.time()) and moment.day > (end - DAY).day
    )


@pytest.mark.parametrize("hour", [0, 23])
def test_a_month_without_that_day_counts_to_its_very_end(hour):
    leap_day = dt.datetime(2024, 2, 29, hour, tzinfo=dt.UTC)
    assert due(Kind.TICKET_TEXT, State.IDLE, Times(leap_day), DEFAULTS) == dt.datetime(2025, 3, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("name", ["since", "changed", "first", "ended"])
def test_a_time_without_a_timezone_is_refused(name):
    with pytest.raises(ValueError, match="timezone"):
        Times(**({"since": CAME} | {name: CAME.replace(tzinfo=None)}))


def test_asking_without_a_timezone_is_refused():
    with pytest.raises(ValueError, match="timezone"):
        is_due(CAME, CAME.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("RETENTION__PHOTO_MINUTES_AFTER", 1_441, "a whole number from 0 to 1440"),
        ("RETENTION__PHOTO_HOURS", 25, "a whole number from 1 to 24"),
        ("RETENTION__PHOTO_HOURS", 0, "a whole number from 1 to 24"),
        ("RETENTION__DRAFT_HOURS", 25, "a whole number from 1 to 24"),
        ("RETENTION__RESULTS_DAYS", 31, "a whole number from 1 to 30"),
        ("RETENTION__RECEIPTS_DAYS", 8, "a whole number from 1 to 7"),
        ("RETENTION__JOBS_DAYS", 91, "a whole number from 1 to 90"),
        ("RETENTION__CLOSED_DAYS", 31, "a whole number from 0 to 30"),
        ("RETENTION__SWEEP_SECONDS", 301, "a number from 0.1 to 300"),
        ("KEYS__BACKUP_DAYS", 31, "a whole number from 1 to 30"),
    ],
)
def test_a_limit_beyond_the_promise_is_refused_with_what_is_allowed(
    clean_environment, monkeypatch, key, value, allowed
):
    monkeypatch.setenv(f"FIGURINE_{key}", str(value))
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert all(part in str(caught.value) for part in (key, allowed, str(value)))
