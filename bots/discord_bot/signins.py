"""How often the bot may sign in at the gateway: a thousand a day are allowed, and a crash loop must stay far below."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from core.ports import Clock
from core.stores import Memos

MEMO: Final = "discord.signins"


@dataclass(frozen=True, slots=True)
class Manners:
    """How patient the bot is. Times are in seconds.

    `free` sign-ins may follow one another; then the pause doubles from `first_pause` to `longest_pause`: 48 a day at
    the most. A connection that held for `healthy` makes up for all. `silence` is how long the gateway may say nothing
    before the library connects anew and goes on where it was, `lost` how long a connection may be gone before
    everything is made anew, `look` how often that is looked at.
    """

    free: int = 5
    first_pause: float = 60.0
    longest_pause: float = 2_220.0
    healthy: float = 600.0
    silence: float = 46.0  # Discord answers a heartbeat every 41.25 s.
    lost: float = 30.0
    look: float = 5.0
    retry: float = 1.0
    longest_retry: float = 60.0


class SignIns:
    """Counts sign-ins, over restarts too."""

    def __init__(self, memos: Memos, clock: Clock, manners: Manners) -> None:
        self._memos = memos
        self._clock = clock
        self._manners = manners

    async def pause(self, shard: int = 0) -> float:
        """Seconds until the next one of a shard is allowed."""
        count, last = (await self._known()).get(str(shard), (0, 0.0))
        beyond = count - self._manners.free
        if beyond < 0:
            return 0.0
        wait = min(self._manners.first_pause * 2.0 ** min(beyond, 30), self._manners.longest_pause)
        passed = self._clock.now().timestamp() - last
        return max(0.0, wait - passed) if passed >= 0 else wait

    async def count(self, shard: int) -> None:
        """One happens now."""
        known = await self._known()
        known[str(shard)] = (known.get(str(shard), (0, 0.0))[0] + 1, self._clock.now().timestamp())
        await self._memos.put(MEMO, json.dumps(known))

    async def forgive(self) -> None:
        """All is well: none of them counts any more."""
        if await self._known():
            await self._memos.put(MEMO, "")

    async def _known(self) -> dict[str, tuple[int, float]]:
        value = json.loads(await self._memos.get(MEMO) or "{}")
        return {shard: (int(count), float(last)) for shard, (count, last) in value.items()}
