"""The tables. storage/personal_data.py says what each holds of a person.

A column called `contact`, `preferences`, `details`, `outcome` or `payload` is sealed: encrypted under its owner's key.
"""

from __future__ import annotations

import datetime as dt

from tortoise import Model, fields
from tortoise.fields import CASCADE, ForeignKeyField, OneToOneField
from tortoise.migrations.constraints import CheckConstraint

from core.records import JobStatus, ParcelState
from storage.fields import UtcDatetimeField
from storage.models_shop import (
    CodeRow,
    CodeUseRow,
    CustomerRow,
    GuestRow,
    InvitationRow,
    ProviderEventRow,
    PurchaseRow,
    PurseRow,
    SubscriptionRow,
    TransferRow,
)

SHOP = (
    *(PurseRow, TransferRow, PurchaseRow, SubscriptionRow, CustomerRow, ProviderEventRow),
    *(CodeRow, CodeUseRow, InvitationRow, GuestRow),
)
"""Those of storage/models_shop.py: Tortoise looks for its models here."""
_STATUSES = ", ".join(f"'{status}'" for status in JobStatus)
_STATES = ", ".join(f"'{state}'" for state in ParcelState)


class PersonRow(Model):
    """Someone who talked to the bot. The platform's id is there as a keyed hash, and sealed in `contact`.

    A further contact of one account is a row of its own whose `account_id` names the row that everything belongs to; it
    has the same `owner`. Where `platform` is empty, that row itself is no contact any more.
    """

    id = fields.BigIntField(primary_key=True)
    platform = fields.CharField(max_length=16)
    platform_key = fields.CharField(max_length=64)
    created_at = UtcDatetimeField()
    owner = fields.CharField(max_length=32, default="", db_default="")
    contact = fields.BinaryField(null=True)
    closed_at = UtcDatetimeField(null=True)
    account_id = fields.BigIntField(null=True)
    preferences = fields.BinaryField(null=True)
    reminders = fields.BooleanField(default=True, db_default=True)

    class Meta:
        """Table."""

        table = "person"
        unique_together = (("platform", "platform_key"),)
        indexes = (("owner",), ("closed_at",), ("platform_key",), ("account_id",))


class FormerOwnerRow(Model):
    """The owner of an account that was merged into this one. Files that it brought are under that key."""

    owner = fields.CharField(max_length=32, primary_key=True)
    person: fields.ForeignKeyRelation[PersonRow] = ForeignKeyField(
        "storage.PersonRow", "former_owners", on_delete=CASCADE, db_index=True
    )
    person_id: int

    class Meta:
        """Table."""

        table = "former_owner"


class ConsentRow(Model):
    """One agreement to one version of the policy, and to being at least that old."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[PersonRow] = ForeignKeyField(
        "storage.PersonRow", "consents", on_delete=CASCADE, db_index=True
    )
    person_id: int
    policy_version = fields.CharField(max_length=20)
    given_at = UtcDatetimeField()
    minimum_age = fields.SmallIntField(default=13, db_default=13)

    class Meta:
        """Table."""

        table = "consent"


class JobRow(Model):
    """One order.

    `tag` and `rank` are its place in the fair order (core/queue/fairness.py), `fence` counts its claims, `cost_ms` is
    what it is expected to take, `kept_until` is when its files go, `due_at` when the row goes.
    """

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
    price = fields.IntField(default=1, db_default=1)
    cost_ms = fields.BigIntField(default=0, db_default=0)
    priority = fields.SmallIntField(default=0, db_default=0)
    tag = fields.BigIntField(default=0, db_default=0)
    rank = fields.BigIntField(default=0, db_default=0)
    run_at = UtcDatetimeField(null=True)
    fence = fields.IntField(default=0, db_default=0)
    attempts = fields.IntField(default=0, db_default=0)
    worker = fields.CharField(max_length=40, default="", db_default="")
    lease_until = UtcDatetimeField(null=True)
    cancel_asked = fields.BooleanField(default=False, db_default=False)
    kept_until = UtcDatetimeField(null=True)
    due_at = UtcDatetimeField(null=True)
    details = fields.BinaryField(null=True)
    outcome = fields.BinaryField(null=True)
    platform = fields.CharField(max_length=16, default="", db_default="")

    class Meta:
        """Table."""

        table = "job"
        indexes = (("status", "rank", "id"), ("status", "tag"), ("due_at",), ("status", "kept_until"))
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


class JobOriginRow(Model):
    """What an order came from, so that the same message places it once."""

    origin = fields.CharField(max_length=80, primary_key=True)
    job: fields.ForeignKeyRelation[JobRow] = ForeignKeyField(
        "storage.JobRow", "origins", on_delete=CASCADE, db_index=True
    )
    job_id: int

    class Meta:
        """Table."""

        table = "job_origin"


class TurnRow(Model):
    """Up to where in the fair order a person's work reaches."""

    person: fields.OneToOneRelation[PersonRow] = OneToOneField(
        "storage.PersonRow", "turn", on_delete=CASCADE, primary_key=True
    )
    person_id: int
    finish = fields.BigIntField(default=0)

    class Meta:
        """Table."""

        table = "turn"
        indexes = (("finish",),)


class HoldRow(Model):
    """The credits of one order: set aside, spent, or given back."""

    job: fields.OneToOneRelation[JobRow] = OneToOneField("storage.JobRow", "hold", on_delete=CASCADE, primary_key=True)
    job_id: int
    person_id = fields.BigIntField()
    amount = fields.IntField()
    state = fields.CharField(max_length=16)

    class Meta:
        """Table."""

        table = "hold"
        constraints = [  # noqa: RUF012
            CheckConstraint(name="hold_state", check="state IN ('reserved', 'captured', 'released')"),
            CheckConstraint(name="hold_amount", check="amount >= 0"),
        ]


class BlobRow(Model):
    """An encrypted photo, upload or result. `due_at` is when it is deleted, none if it is gone."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=64, unique=True)
    person: fields.ForeignKeyRelation[PersonRow] = ForeignKeyField(
        "storage.PersonRow", "blobs", on_delete=CASCADE, db_index=True
    )
    person_id: int
    kind = fields.CharField(max_length=16)
    job_id = fields.BigIntField(null=True, db_index=True)
    file_kind = fields.CharField(max_length=16, default="")
    file_name = fields.CharField(max_length=80, default="")
    size = fields.BigIntField()
    created_at = UtcDatetimeField()
    due_at = UtcDatetimeField(null=True, db_index=True)
    gone_at = UtcDatetimeField(null=True)

    class Meta:
        """Table."""

        table = "blob"
        indexes = (("gone_at",),)


class PhotoRow(Model):
    """A photo as the engines take it, and when figurines were made from it."""

    id = fields.BigIntField(primary_key=True)
    blob: fields.ForeignKeyRelation[BlobRow] = ForeignKeyField(
        "storage.BlobRow", "photos", on_delete=CASCADE, db_index=True
    )
    blob_id: int
    person_id = fields.BigIntField(db_index=True)
    width = fields.IntField()
    height = fields.IntField()
    subject = fields.CharField(max_length=16)
    people = fields.SmallIntField()
    whole = fields.BooleanField()
    arrived_at = UtcDatetimeField()
    first_made_at = UtcDatetimeField(null=True)
    last_made_at = UtcDatetimeField(null=True)

    class Meta:
        """Table."""

        table = "photo"


class JobPhotoRow(Model):
    """Which photos an order is made from, in their order."""

    id = fields.BigIntField(primary_key=True)
    job: fields.ForeignKeyRelation[JobRow] = ForeignKeyField(
        "storage.JobRow", "photos", on_delete=CASCADE, db_index=True
    )
    job_id: int
    photo: fields.ForeignKeyRelation[PhotoRow] = ForeignKeyField(
        "storage.PhotoRow", "jobs", on_delete=CASCADE, db_index=True
    )
    photo_id: int
    position = fields.SmallIntField()

    class Meta:
        """Table."""

        table = "job_photo"


class UpdateRow(Model):
    """Something that happened on a platform, kept before the platform is told that it arrived: the inbox."""

    id = fields.BigIntField(primary_key=True)
    platform = fields.CharField(max_length=16)
    update_key = fields.CharField(max_length=64)
    person: fields.ForeignKeyRelation[PersonRow] = ForeignKeyField(
        "storage.PersonRow", "updates", on_delete=CASCADE, db_index=True
    )
    person_id: int
    payload = fields.BinaryField(null=True)
    received_at = UtcDatetimeField()
    lease_until = UtcDatetimeField(null=True)
    attempts = fields.IntField(default=0)
    handled_at = UtcDatetimeField(null=True)
    due_at = UtcDatetimeField(null=True, db_index=True)
    group_key = fields.CharField(max_length=64, default="", db_default="")

    class Meta:
        """Table."""

        table = "inbox"
        unique_together = (("platform", "update_key"),)
        indexes = (("handled_at", "platform", "id"),)


class ParcelRow(Model):
    """A message that must arrive: the outbox."""

    id = fields.BigIntField(primary_key=True)
    origin = fields.CharField(max_length=80, unique=True)
    person: fields.ForeignKeyRelation[PersonRow] = ForeignKeyField(
        "storage.PersonRow", "parcels", on_delete=CASCADE, db_index=True
    )
    person_id: int
    platform = fields.CharField(max_length=16)
    notice = fields.CharField(max_length=16)
    job_id = fields.BigIntField(null=True, db_index=True)
    payload = fields.BinaryField(null=True)
    state = fields.CharField(max_length=16)
    attempts = fields.IntField(default=0)
    unsure = fields.BooleanField(default=False)
    created_at = UtcDatetimeField()
    next_at = UtcDatetimeField()
    ended_at = UtcDatetimeField(null=True)
    due_at = UtcDatetimeField(null=True, db_index=True)

    class Meta:
        """Table."""

        table = "outbox"
        constraints = [CheckConstraint(name="outbox_state", check=f"state IN ({_STATES})")]  # noqa: RUF012


class SessionRow(Model):
    """What the conversation remembers of one person between two messages."""

    person: fields.OneToOneRelation[PersonRow] = OneToOneField(
        "storage.PersonRow", "session", on_delete=CASCADE, primary_key=True
    )
    person_id: int
    payload = fields.BinaryField()
    changed_at = UtcDatetimeField()
    due_at = UtcDatetimeField(db_index=True)

    class Meta:
        """Table."""

        table = "session"


class PostRow(Model):
    """A message that was sent and may be changed or shown again. `post_key` is the bot's own name for it."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[PersonRow] = ForeignKeyField(
        "storage.PersonRow", "posts", on_delete=CASCADE, db_index=True
    )
    person_id: int
    platform = fields.CharField(max_length=16)
    post_key = fields.CharField(max_length=80)
    payload = fields.BinaryField()
    due_at = UtcDatetimeField(db_index=True)

    class Meta:
        """Table."""

        table = "post"
        unique_together = (("person_id", "platform", "post_key"),)


class LinkCodeRow(Model):
    """A keyed hash of the code by which a person links another account."""

    person: fields.OneToOneRelation[PersonRow] = OneToOneField(
        "storage.PersonRow", "link_code", on_delete=CASCADE, primary_key=True
    )
    person_id: int
    code_hash = fields.CharField(max_length=64, db_index=True)
    due_at = UtcDatetimeField(db_index=True)

    class Meta:
        """Table."""

        table = "link_code"


class LinkTryRow(Model):
    """A wrong code that was typed. It outlives whoever did, who could try for ever by being erased in between."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField(db_index=True)
    due_at = UtcDatetimeField(db_index=True)

    class Meta:
        """Table."""

        table = "link_try"


class MemoRow(Model):
    """A small fact about the service itself."""

    name = fields.CharField(max_length=80, primary_key=True)
    value = fields.TextField()

    class Meta:
        """Table."""

        table = "memo"


class BarRow(Model):
    """A keyed hash of somebody about whom nothing else is kept, and until when it is."""

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharField(max_length=16)
    platform_key = fields.CharField(max_length=64)
    due_at = UtcDatetimeField(db_index=True)

    class Meta:
        """Table."""

        table = "bar"
        unique_together = (("kind", "platform_key"),)


class BeatRow(Model):
    """When something that must happen again and again last happened."""

    name = fields.CharField(max_length=40, primary_key=True)
    at = UtcDatetimeField()

    class Meta:
        """Table."""

        table = "beat"


class AlertRow(Model):
    """Something that an operator has to know, until it is over."""

    name = fields.CharField(max_length=40, primary_key=True)
    detail = fields.CharField(max_length=200)
    raised_at = UtcDatetimeField()

    class Meta:
        """Table."""

        table = "alert"


def moment(value: dt.datetime | str) -> dt.datetime:
    """A moment as it comes out of a row, in UTC. SQLite gives text where a statement was written by hand."""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    return value.astimezone(dt.UTC)
