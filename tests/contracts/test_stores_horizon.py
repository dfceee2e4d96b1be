"""What every database promises of an order that newcomers overtake: for how long they do."""

from __future__ import annotations

from core.queue.fairness import PATIENCE
from tests.databases import House


async def test_a_later_photo_is_told_for_how_long_newcomers_go_before_it(house: House):
    ada = await house.person("ada")
    album = [await house.queued(ada, cost_ms=1000) for _ in range(3)]

    async def told(seconds: float, *jobs: int) -> list[tuple[int, int]]:
        house.clock.wait(seconds=seconds)
        found = [await house.storage.jobs.ahead(album[job].id, house.clock.now()) for job in jobs]
        return [(ahead.behind_ms, ahead.horizon_ms) for ahead in found]

    turn = PATIENCE * 1000
    assert await told(0, 0, 1, 2) == [(0, 0), (1000, turn), (2000, 2 * turn)]
    assert await told(50, 1, 2) == [(1000, turn - 50_000), (2000, 2 * turn - 50_000)]
    assert await told(200, 1, 2) == [(1000, 0), (2000, 2 * turn - 250_000)]
    single = await house.queued(await house.person("bob"), cost_ms=1000)
    ahead = await house.storage.jobs.ahead(single.id, house.clock.now())
    assert (ahead.behind_ms, ahead.horizon_ms) == (0, 0)
    await house.claim()  # Now the second photo is next, by its age, although a newcomer's tag is lower.
    assert await told(0, 1, 2) == [(1000, 0), (2000, 2 * turn - 250_000)]
    await house.claim()
    await house.claim()
    assert await told(0, 2) == [(0, 0)]
    missing = await house.storage.jobs.ahead(10_000, house.clock.now())
    assert (missing.jobs, missing.cost_ms, missing.behind_ms, missing.horizon_ms) == (0, 0, 0, 0)
