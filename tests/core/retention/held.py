"""What is there and when it must be gone, told from what happened to it and not from what the product noted for it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from tests.core.retention.living import House

HOUR: Final = dt.timedelta(hours=1)
DAY: Final = dt.timedelta(days=1)
OPEN: Final = ("accepted", "reserved", "queued", "running")
Held = dict[tuple[str, int], dt.datetime]
"""Kind and number → when it must be gone."""


def held(house: House) -> Held:
    """Everything that is kept of people and has an end."""
    return {**_photos(house), **_results(house), **_jobs(house), **_messages(house), **_others(house)}


def _photos(house: House) -> Held:
    found: Held = {}
    photos = "SELECT photo.id, arrived_at, NULL FROM photo JOIN blob ON blob.id = blob_id WHERE due_at IS NOT NULL"
    for photo, arrived, _ in house.at(photos):
        made = [
            at
            for _, at, _ in house.at(
                "SELECT job_step.id, at, NULL FROM job_step JOIN job_photo USING (job_id)"
                " WHERE photo_id = ? AND status = 'made' ORDER BY job_step.id",
                photo,
            )
        ]
        ends = [(made[0] if made else arrived) + DAY]
        if made and not in_use(house, photo):
            ends.append(made[-1] + HOUR)
        found["photo", photo] = min(ends)
    return found


def in_use(house: House, photo: int) -> bool:
    """Whether an order needs a photo."""
    needing = "SELECT status FROM job JOIN job_photo ON job_id = job.id WHERE photo_id = ?"
    return any(status in OPEN for (status,) in house.rows(needing, photo))


def _results(house: House) -> Held:
    kinds = {"upload": DAY, "result": 7 * DAY}
    statement = "SELECT id, created_at, NULL FROM blob WHERE kind = ? AND due_at IS NOT NULL"
    return {(kind, row): at + length for kind, length in kinds.items() for row, at, _ in house.at(statement, kind)}


def _jobs(house: House) -> Held:
    """The rows of ended orders. One whose files are still held stays with them."""
    ended = house.at(
        "SELECT id, changed_at, NULL FROM job WHERE status IN ('delivered', 'failed', 'cancelled', 'expired')"
        " AND NOT EXISTS (SELECT 1 FROM blob WHERE job_id = job.id AND due_at IS NOT NULL)"
    )
    found = {("job", row): at + 90 * DAY for row, at, _ in ended}
    made = house.at(
        "SELECT job_id, at, NULL FROM job_step JOIN job ON job.id = job_id WHERE job.status = 'made'"
        " AND job_step.status = 'made'"
    )
    return found | {("undelivered", row): at + 7 * DAY for row, at, _ in made}


def _messages(house: House) -> Held:
    found: Held = {}
    for row, came, handled in house.at("SELECT id, received_at, handled_at FROM inbox"):
        found["inbox", row] = handled + 3 * DAY if handled else came + DAY
    for row, written, ended in house.at("SELECT id, created_at, ended_at FROM outbox"):
        found["outbox", row] = ended + 3 * DAY if ended else written + 7 * DAY
    return found


def _others(house: House) -> Held:
    found: Held = {}
    for row, changed, _ in house.at("SELECT person_id, changed_at, NULL FROM session"):
        found["session", row] = changed + DAY
    for row, until, _ in house.at("SELECT id, due_at, NULL FROM bar"):
        found["bar", row] = until
    for row, until, _ in house.at("SELECT id, due_at, NULL FROM post"):
        found["post", row] = until
    for row, until, _ in house.at("SELECT person_id, due_at, NULL FROM link_code"):
        found["code", row] = until
    for row, until, _ in house.at("SELECT id, due_at, NULL FROM link_try"):
        found["try", row] = until
    for row, closed, _ in house.at("SELECT id, closed_at, NULL FROM person WHERE closed_at IS NOT NULL"):
        found["account", row] = closed + 30 * DAY
    return found
