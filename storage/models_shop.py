"""The tables of the shop: the ledger, payments, plans, what providers tell, codes and invitations.

See storage/models.py, which hands them to Tortoise. A column called `payload` is sealed.
"""

from __future__ import annotations

from tortoise import Model, fields
from tortoise.fields import CASCADE, RESTRICT, SET_NULL, ForeignKeyField
from tortoise.migrations.constraints import CheckConstraint

from core.money import Book, PurchaseState, Rail, Reason, SubscriptionState
from storage.fields import UtcDatetimeField

_BOOKS = ", ".join(f"'{book}'" for book in Book)
_OWN = f"'{Book.AVAILABLE}', '{Book.RESERVED}'"
_REASONS = ", ".join(f"'{reason}'" for reason in Reason)
_RAILS = ", ".join(f"'{rail}'" for rail in Rail)
_PURCHASES = ", ".join(f"'{state}'" for state in PurchaseState)
_SUBSCRIPTIONS = ", ".join(f"'{state}'" for state in SubscriptionState)


class PurseRow(Model):
    """Somebody's two books of the ledger, with the balances that the transfers come to.

    One that is closed was merged into another one, or was its person's who is erased. Only triggers change a balance.
    """

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyNullableRelation[Model] = ForeignKeyField(
        "storage.PersonRow", "purses", on_delete=SET_NULL, null=True, db_index=True
    )
    person_id: int | None
    available = fields.BigIntField(default=0)
    reserved = fields.BigIntField(default=0)
    closed_at = UtcDatetimeField(null=True)

    class Meta:
        """Table."""

        table = "purse"
        constraints = [  # noqa: RUF012
            CheckConstraint(name="purse_available", check="available >= 0"),
            CheckConstraint(name="purse_reserved", check="reserved >= 0"),
        ]


class TransferRow(Model):
    """Credits that moved from one book to another: both sides are in one row, so that they can't differ.

    It is never changed and never deleted. None at all moved only where there was nothing to be taken back.
    """

    id = fields.BigIntField(primary_key=True)
    cause = fields.CharField(max_length=80, unique=True)
    reason = fields.CharField(max_length=16)
    giving = fields.CharField(max_length=16)
    giving_purse: fields.ForeignKeyNullableRelation[PurseRow] = ForeignKeyField(
        "storage.PurseRow", "given", on_delete=RESTRICT, null=True, db_index=True
    )
    giving_purse_id: int | None
    taking = fields.CharField(max_length=16)
    taking_purse: fields.ForeignKeyNullableRelation[PurseRow] = ForeignKeyField(
        "storage.PurseRow", "taken", on_delete=RESTRICT, null=True, db_index=True
    )
    taking_purse_id: int | None
    amount = fields.BigIntField()
    at = UtcDatetimeField()

    class Meta:
        """Table."""

        table = "transfer"
        constraints = [  # noqa: RUF012
            CheckConstraint(name="transfer_reason", check=f"reason IN ({_REASONS})"),
            CheckConstraint(name="transfer_books", check=f"giving IN ({_BOOKS}) AND taking IN ({_BOOKS})"),
            CheckConstraint(name="transfer_giving", check=f"(giving IN ({_OWN})) = (giving_purse_id IS NOT NULL)"),
            CheckConstraint(name="transfer_taking", check=f"(taking IN ({_OWN})) = (taking_purse_id IS NOT NULL)"),
            CheckConstraint(
                name="transfer_between",
                check="giving <> taking OR coalesce(giving_purse_id, 0) <> coalesce(taking_purse_id, 0)",
            ),
            CheckConstraint(name="transfer_amount", check=f"amount > 0 OR (amount = 0 AND taking = '{Book.REFUNDS}')"),
        ]


class PurchaseRow(Model):
    """A payment that was asked for or made. `payload` is where, sealed until it is over.

    `reference` is the provider's name of it, and one payment's only, unless it is empty.
    """

    id = fields.BigIntField(primary_key=True)
    number = fields.CharField(max_length=64, unique=True)
    person: fields.ForeignKeyNullableRelation[Model] = ForeignKeyField(
        "storage.PersonRow", "purchases", on_delete=SET_NULL, null=True, db_index=True
    )
    person_id: int | None
    rail = fields.CharField(max_length=16)
    product = fields.CharField(max_length=40)
    credits = fields.IntField()
    currency = fields.CharField(max_length=8)
    amount = fields.BigIntField()
    state = fields.CharField(max_length=16)
    platform = fields.CharField(max_length=16, default="")
    payload = fields.BinaryField(null=True)
    reference = fields.CharField(max_length=255, default="")
    payment = fields.CharField(max_length=255, default="")
    created_at = UtcDatetimeField()
    expires_at = UtcDatetimeField(null=True)
    paid_at = UtcDatetimeField(null=True)
    refunded = fields.BigIntField(default=0)
    taken_back = fields.IntField(default=0)
    missing = fields.IntField(default=0)
    disputed = fields.BooleanField(default=False)
    due_at = UtcDatetimeField(db_index=True)

    class Meta:
        """Table."""

        table = "purchase"
        indexes = (("rail", "paid_at"),)
        constraints = [  # noqa: RUF012
            CheckConstraint(name="purchase_state", check=f"state IN ({_PURCHASES})"),
            CheckConstraint(name="purchase_rail", check=f"rail IN ({_RAILS})"),
            CheckConstraint(name="purchase_paid", check="(state = 'paid') = (paid_at IS NOT NULL)"),
            CheckConstraint(
                name="purchase_amounts",
                check="credits >= 0 AND amount >= 0 AND refunded >= 0 AND taken_back >= 0 AND missing >= 0",
            ),
        ]


class SubscriptionRow(Model):
    """A plan that somebody has, or had until lately. `due_at` is when one that has ended is forgotten."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Model] = ForeignKeyField(
        "storage.PersonRow", "subscriptions", on_delete=CASCADE, db_index=True
    )
    person_id: int
    rail = fields.CharField(max_length=16)
    reference = fields.CharField(max_length=255)
    plan = fields.CharField(max_length=40)
    state = fields.CharField(max_length=16)
    period_end = UtcDatetimeField(null=True)
    ends = fields.BooleanField(default=False)
    platform = fields.CharField(max_length=16, default="")
    changed_at = UtcDatetimeField()
    due_at = UtcDatetimeField(null=True, db_index=True)

    class Meta:
        """Table."""

        table = "subscription"
        unique_together = (("rail", "reference"),)
        constraints = [  # noqa: RUF012
            CheckConstraint(name="subscription_state", check=f"state IN ({_SUBSCRIPTIONS})"),
            CheckConstraint(name="subscription_rail", check=f"rail IN ({_RAILS})"),
        ]


class CustomerRow(Model):
    """What a provider calls somebody. Of several names the newest counts."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Model] = ForeignKeyField(
        "storage.PersonRow", "customers", on_delete=CASCADE, db_index=True
    )
    person_id: int
    rail = fields.CharField(max_length=16)
    reference = fields.CharField(max_length=255)

    class Meta:
        """Table."""

        table = "customer"
        unique_together = (("rail", "reference"),)


class ProviderEventRow(Model):
    """Something that a provider told. `next_at` is when it may be taken in hand."""

    id = fields.BigIntField(primary_key=True)
    rail = fields.CharField(max_length=16)
    name = fields.CharField(max_length=255)
    kind = fields.CharField(max_length=80)
    subject = fields.CharField(max_length=255)
    attempts = fields.IntField(default=0)
    received_at = UtcDatetimeField()
    next_at = UtcDatetimeField()
    handled_at = UtcDatetimeField(null=True)
    due_at = UtcDatetimeField(db_index=True)

    class Meta:
        """Table."""

        table = "provider_event"
        unique_together = (("rail", "name"),)


class CodeRow(Model):
    """A keyed hash of a code that is worth credits, and how many people may use it and did."""

    id = fields.BigIntField(primary_key=True)
    code_hash = fields.CharField(max_length=64, unique=True)
    worth = fields.IntField()
    uses = fields.IntField()
    used = fields.IntField(default=0)
    due_at = UtcDatetimeField(db_index=True)

    class Meta:
        """Table."""

        table = "code"
        constraints = [  # noqa: RUF012
            CheckConstraint(name="code_worth", check="worth > 0"),
            CheckConstraint(name="code_uses", check="used >= 0 AND used <= uses"),
        ]


class CodeUseRow(Model):
    """Who has used a code."""

    id = fields.BigIntField(primary_key=True)
    code: fields.ForeignKeyRelation[CodeRow] = ForeignKeyField(
        "storage.CodeRow", "used_by", on_delete=CASCADE, db_index=True
    )
    code_id: int
    person: fields.ForeignKeyRelation[Model] = ForeignKeyField(
        "storage.PersonRow", "codes", on_delete=CASCADE, db_index=True
    )
    person_id: int

    class Meta:
        """Table."""

        table = "code_use"
        unique_together = (("code_id", "person_id"),)


class InvitationRow(Model):
    """What somebody's word for inviting others is made from, and a keyed hash of the word."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Model] = ForeignKeyField(
        "storage.PersonRow", "invitations", on_delete=CASCADE, db_index=True
    )
    person_id: int
    seed = fields.CharField(max_length=32)
    word_hash = fields.CharField(max_length=64, unique=True)

    class Meta:
        """Table."""

        table = "invitation"


class GuestRow(Model):
    """Somebody who was invited. Once they are erased it says nothing of them, and still counts for whoever invited."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyNullableRelation[Model] = ForeignKeyField(
        "storage.PersonRow", "invited_by", on_delete=SET_NULL, null=True
    )
    person_id: int | None
    inviter: fields.ForeignKeyRelation[Model] = ForeignKeyField(
        "storage.PersonRow", "guests", on_delete=CASCADE, db_index=True
    )
    inviter_id: int
    at = UtcDatetimeField()
    rewarded_at = UtcDatetimeField(null=True)

    class Meta:
        """Table."""

        table = "guest"
