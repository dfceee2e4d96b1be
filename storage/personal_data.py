"""What every table holds of a person, and what the rights of that person come to there.

A table without a declaration does not pass the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Erasure(Enum):
    """What becomes of a table's rows when a person is erased."""

    DELETED = "the person's row is deleted"
    CASCADES = "deleted by the database together with the row that it belongs to"
    KEPT = "stays in the books, without the person: their number is taken out of it"
    OUTLIVES = "stays until its own time is over, since it must hold for whoever comes back"
    NOT_PERSONAL = "holds nothing about anyone"


@dataclass(frozen=True, slots=True)
class TableDeclaration:
    """One table. `exported` and `corrected` name columns; what is not exported is internal or a hash."""

    holds: str
    erasure: Erasure
    exported: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()


DECLARATIONS: Final[Mapping[str, TableDeclaration]] = {
    "person": TableDeclaration(
        "the platform, a keyed hash of the id there, the first contact, and sealed: the id, language and timezone, and"
        " what was chosen once for all figurines; a linked account is a row of its own",
        Erasure.DELETED,
        exported=("platform", "created_at", "contact", "closed_at", "preferences", "reminders"),
        corrected=("contact", "preferences", "reminders"),
    ),
    "former_owner": TableDeclaration("the random code of an account that was merged into this one", Erasure.CASCADES),
    "consent": TableDeclaration(
        "which policy was agreed to, when, and the age that was stated",
        Erasure.CASCADES,
        exported=("policy_version", "given_at", "minimum_age"),
    ),
    "job": TableDeclaration(
        "an order: its style, state and times; sealed: the name, the wish, and what the figurine came out like",
        Erasure.CASCADES,
        exported=(
            *("style", "status", "created_at", "changed_at", "reason", "price", "priority", "kept_until"),
            *("details", "outcome", "platform"),
        ),
        corrected=("details",),
    ),
    "job_step": TableDeclaration(
        "the history of an order",
        Erasure.CASCADES,
        exported=("status", "at", "reason"),
    ),
    "job_origin": TableDeclaration("which message an order came from, by its number", Erasure.CASCADES),
    "job_photo": TableDeclaration(
        "which photos an order is made from", Erasure.CASCADES, exported=("job_id", "photo_id", "position")
    ),
    "turn": TableDeclaration("up to where in the fair order a person's work reaches", Erasure.CASCADES),
    "hold": TableDeclaration(
        "the credits of an order: set aside, spent, or given back",
        Erasure.CASCADES,
        exported=("job_id", "amount", "state"),
    ),
    "blob": TableDeclaration(
        "an encrypted file: its kind, size and times; the file itself is in the vault, and is exported with it",
        Erasure.CASCADES,
        exported=("kind", "job_id", "file_kind", "file_name", "size", "created_at", "due_at", "gone_at"),
    ),
    "photo": TableDeclaration(
        "a photo's size, what it shows, when it came and when figurines were made from it",
        Erasure.CASCADES,
        exported=(
            *("width", "height", "subject", "people", "whole"),
            *("arrived_at", "first_made_at", "last_made_at"),
        ),
    ),
    "inbox": TableDeclaration(
        "a message that came: keyed hashes of its number and of its album, its times, and sealed until it is handled:"
        " what it says",
        Erasure.CASCADES,
        exported=("platform", "received_at", "handled_at", "payload"),
    ),
    "outbox": TableDeclaration(
        "a message on its way: what it is about, its times, and sealed until it has arrived: its words",
        Erasure.CASCADES,
        exported=("platform", "notice", "job_id", "state", "created_at", "ended_at", "payload"),
    ),
    "session": TableDeclaration(
        "sealed: what the conversation remembers, such as a photo that waits for an answer",
        Erasure.CASCADES,
        exported=("payload", "changed_at"),
    ),
    "post": TableDeclaration(
        "a message that was sent: what it is about, and sealed: where it is on its platform",
        Erasure.CASCADES,
        exported=("platform", "post_key", "payload"),
    ),
    "link_code": TableDeclaration(
        "a keyed hash of the code that links another account, and until when it holds", Erasure.CASCADES
    ),
    "link_try": TableDeclaration(
        "that a wrong code was typed, for an hour, under the service's own number of somebody who may be gone",
        Erasure.OUTLIVES,
    ),
    "bar": TableDeclaration(
        "a keyed hash of somebody who said that they are too young, or who had the starter credits, and until when; it"
        " belongs to no person's row",
        Erasure.OUTLIVES,
    ),
    "purse": TableDeclaration(
        "a person's credits: to spend, and set aside; emptied into the service's books when they are erased",
        Erasure.KEPT,
        exported=("available", "reserved", "closed_at"),
    ),
    "transfer": TableDeclaration(
        "credits that moved, why and when, under the number of a purse, which may be nobody's; never changed",
        Erasure.KEPT,
        exported=("cause", "reason", "giving", "taking", "amount", "at"),
    ),
    "purchase": TableDeclaration(
        "a payment, kept as the law asks: what was bought, the sums, the provider's names for it, on which platform;"
        " sealed until it is paid or closed, emptied then: the place where it was asked for. Of somebody who is erased"
        " neither platform nor place stay",
        Erasure.KEPT,
        exported=(
            *("number", "rail", "product", "credits", "currency", "amount", "state", "platform", "payload"),
            *("reference", "payment", "created_at", "expires_at", "paid_at", "refunded", "taken_back", "missing"),
            "disputed",
        ),
    ),
    "guest": TableDeclaration(
        "who was invited by whom, and when that was rewarded; it goes with whoever invited",
        Erasure.KEPT,
        exported=("at", "rewarded_at"),
    ),
    "subscription": TableDeclaration(
        "a plan: the provider's name for it, how it stands and until when, and on which platform it was asked for; it"
        " is cancelled at the provider before",
        Erasure.CASCADES,
        exported=("rail", "reference", "plan", "state", "period_end", "ends", "platform", "changed_at"),
    ),
    "customer": TableDeclaration(
        "what a payment provider calls the person", Erasure.CASCADES, exported=("rail", "reference")
    ),
    "code_use": TableDeclaration("which codes a person has used, by their numbers", Erasure.CASCADES),
    "invitation": TableDeclaration(
        "what a person's word for inviting others is made from, and a keyed hash of the word", Erasure.CASCADES
    ),
    "provider_event": TableDeclaration(
        "that a payment provider told something, by its own names for it; they name nobody outside of the provider",
        Erasure.OUTLIVES,
    ),
    "code": TableDeclaration(
        "keyed hashes of codes that are worth credits, and how often they were used", Erasure.NOT_PERSONAL
    ),
    "memo": TableDeclaration("small facts about the service itself; nothing about anyone", Erasure.NOT_PERSONAL),
    "beat": TableDeclaration("when recurring things last happened", Erasure.NOT_PERSONAL),
    "alert": TableDeclaration("what an operator has to know; nothing about anyone", Erasure.NOT_PERSONAL),
    "tortoise_migrations": TableDeclaration("which migrations were applied", Erasure.NOT_PERSONAL),
    "sqlite_sequence": TableDeclaration("the last number given to a row of each table", Erasure.NOT_PERSONAL),
}
