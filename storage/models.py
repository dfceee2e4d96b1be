"""The tables. storage/personal_data.py says what each holds of a person."""

from __future__ import annotations

import datetime as dt

from tortoise import Model, fields
from tortoise.fields import CASCADE, ForeignKeyField
from tortoise.migrations.constraints import CheckConstraint

from core.model import JobStatus
from storage.fields import UtcDatetimeField

_STATUSES = ", ".join(f"'{status}'" for status in JobStatus)


class PersonRow(Model):
    """Someone who talked to the bot. The platform's id is there as a keyed hash only."""

    id = fields.BigIntField(primary_key=True)
    platform = fields.CharField(max_length=16)
    platform_key = fields.CharField(max_length=64)
    created_at = UtcDatetimeField()

    class Meta:
        """Table."""

        table = "person"
        unique_together = (("platform", "platform_key"),)


class ConsentRow(Model):
    """One agreement to one version of the policy."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[PersonRow] = ForeignKeyField(
        "storage.PersonRow", "consents", on_delete=CASCADE, db_index=True
    )
    person_id: int
    policy_version = fields.CharField(max_length=20)
    given_at = UtcDatetimeField()

    class Meta:
        """Table."""

        table = "consent"


class JobRow(Model):
    """One order."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[PersonRow] = ForeignKeyField(
        "storage.PersonRow", "jobs", on_delete=CASCADE, db_index=True
    )
    person_id: int
    style = fields.CharField(max_length=24)
    status = fields.CharField(max_length=16, db_index=True)
    created_at = UtcDatetimeField()
    changed_at = UtcDatetimeField()
    reason = fields.CharField(max_length=80, default="")

    class Meta:
        """Table."""

        table = "job"
        constraints = [CheckConstraint(name="job_status", check=f"status IN ({_STATUSES})")]  # noqa: RUF012


class JobStepRow(Model):
    """One step of an order: its history."""

    id = fields.BigIntField(primary_key=True)
    job: fields.ForeignKeyRelation[JobRow] = ForeignKeyField(
        "storage.JobRow", "steps", on_delete=CASCADE, db_index=True
    )
    job_id: int
    status = fields.CharField(max_length=16)
    at = UtcDatetimeField()
    reason = fields.CharField(max_length=80, default="")

    class Meta:
        """Table."""

        table = "job_step"


def moment(value: dt.datetime) -> dt.datetime:
    """A moment as it comes out of a row, in UTC."""
    return value.astimezone(dt.UTC)
