"""The one place that starts background tasks: services that are restarted, and work that can be cancelled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

log = logging.getLogger(__name__)

Service = Callable[[], Awaitable[None]]
Result = TypeVar("Result")

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0
HEALTHY_AFTER = 60.0  # A service that ran this long in seconds starts again with the shortest pause.


def in_background(work: Coroutine[Any, Any, Result], name: str) -> asyncio.Task[Result]:
    """Start work that its caller goes on to await or to cancel. Whoever calls this must do one of the two."""
    return asyncio.create_task(work, name=name)  # noqa: TID251 -- the one place that may


async def stop(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has ended. What it raises is not passed on."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()


@asynccontextmanager
async def alive(beat: Service, every: float, name: str) -> AsyncIterator[None]:
    """Give a sign of life every so many seconds while the block runs. One that fails is made up for by the next."""
    pulse: asyncio.Task[None] | None = None

    async def beats() -> None:
        while True:
            try:
                await beat()
            except Exception as error:  # noqa: BLE001 -- the work itself goes on; the error's text may be personal
                log.warning("no sign of life of %s: %s", name, type(error).__name__)
            await asyncio.sleep(every)

    def begin() -> None:
        nonlocal pulse
        pulse = in_background(beats(), f"pulse of {name}")

    timer = asyncio.get_running_loop().call_later(every, begin)  # Most work is over by then, and needs no task.
    try:
        yield
    finally:
        timer.cancel()
        if pulse is not None:
            await stop(pulse)


class Supervisor:
    """Keeps services alive until it is left; then stops them, the newest first.

    A service is a coroutine function that runs until it is cancelled. If it raises or returns, it is started again
    after a pause that doubles from `first_pause` to LONGEST_PAUSE seconds. Other services do not notice.
    """

    def __init__(self, first_pause: float = FIRST_PAUSE) -> None:
        self._first_pause = first_pause
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._tasks:
            await stop(self._tasks.pop())

    def start(self, name: str, service: Service) -> None:
        """Run a service in the background from now on."""
        self._tasks.append(in_background(self._keep_alive(name, service), name))

    async def _keep_alive(self, name: str, service: Service) -> None:
        loop = asyncio.get_running_loop()
        pause = self._first_pause
        while True:
            started = loop.time()
            try:
                await service()
                log.error("%s returned by itself", name)
            except Exception as error:  # one service must not end the others
                log.error("%s failed with %s", name, type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
            if loop.time() - started > HEALTHY_AFTER:
                pause = self._first_pause
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


async def to_the_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` to its end even if the caller is cancelled meanwhile; the cancellation is passed on afterwards.

    For the few steps that must not stop halfway, such as the end of a transaction.
    """
    task = in_background(work, "work that is not interrupted")
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()
        raise cancelled
    return task.result()
