"""Services stay alive, end in order, and what must not stop halfway does not."""

from __future__ import annotations

import asyncio

import pytest

from core.supervision import Supervisor, to_the_end


async def test_a_service_that_fails_or_returns_is_started_again_and_others_do_not_notice():
    starts: list[str] = []
    thrice = asyncio.Event()

    async def failing() -> None:
        starts.append("failing")
        if starts.count("failing") == 3:
            thrice.set()
            await asyncio.Event().wait()
        if len(starts) % 2:
            raise RuntimeError

    async def steady() -> None:
        starts.append("steady")
        await asyncio.Event().wait()

    async with Supervisor(first_pause=0.01) as supervisor:
        supervisor.start("steady", steady)
        supervisor.start("failing", failing)
        await asyncio.wait_for(thrice.wait(), 2)
    assert starts.count("steady") == 1


async def test_services_are_stopped_the_newest_first():
    stopped: list[str] = []

    def service(name: str):
        async def run() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                stopped.append(name)

        return run

    async with Supervisor() as supervisor:
        for name in ("first", "second", "third"):
            supervisor.start(name, service(name))
        await asyncio.sleep(0)
    assert stopped == ["third", "second", "first"]


async def test_what_must_not_stop_halfway_ends_before_the_cancellation_goes_on():
    steps: list[str] = []

    async def work() -> None:
        steps.append("begun")
        await asyncio.sleep(0.05)
        steps.append("ended")

    task = asyncio.get_running_loop().create_task(to_the_end(work()))
    await asyncio.sleep(0.01)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["begun", "ended"]


async def test_an_error_of_uninterrupted_work_is_passed_on():
    async def work() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await to_the_end(work())
