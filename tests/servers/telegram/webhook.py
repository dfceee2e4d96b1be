"""Posting updates to a webhook, again and again until it says that it has them."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import aiohttp

from core.supervision import in_background, stop
from tests.servers.telegram.refusals import bad
from tests.servers.telegram.updates import Update, Updates, as_text

if TYPE_CHECKING:
    from tests.servers.telegram.clock import Clock
    from tests.servers.telegram.wire import Call

PORTS: Final = (80, 88, 443, 8443)
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # the name of a header
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0


class Webhook:
    """Where updates go, if anywhere. `front`: what stands in front with TLS, by the beginnings of addresses."""

    def __init__(self, updates: Updates, clock: Clock) -> None:
        self._updates = updates
        self._clock = clock
        self.front: dict[str, str] = {}
        self.secret = ""
        self.connections = 40
        self.certificate = False
        self.lost = 0  # so many of the next deliveries arrive, but their answers do not, so that they come again
        self.refused = 0  # deliveries that were answered with anything but 2xx
        self.delivered = 0
        self.last_error = ""
        self._last_error_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def set(self, call: Call) -> bool:
        """What setWebhook asks."""
        url: str = call["url"]
        await self.stop()
        if call.get("drop_pending_updates"):
            self._updates.pending.clear()
        self._updates.allow(call.get("allowed_updates"))
        self._updates.end_poll("terminated by setWebhook request")
        self._updates.webhook_url = ""
        if not url:
            return True
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "localhost")
        if parts.scheme != "https" and not local:
            raise bad("bad webhook: An HTTPS URL must be provided for webhook", violation=True)
        if (parts.port or 443) not in PORTS and not local:
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443", violation=True)
        self._updates.webhook_url = url
        self.secret = call.get("secret_token", "")
        self.connections = call.get("max_connections", 40)
        self.certificate = "certificate" in call.values
        self._updates.arrived = self._news.set
        self._news.set()
        self._task = in_background(self._deliver(), "webhook")
        return True

    async def delete(self, call: Call) -> bool:
        """What deleteWebhook asks."""
        await self.stop()
        self._updates.webhook_url = ""
        if call.get("drop_pending_updates"):
            self._updates.pending.clear()
        return True

    def info(self) -> dict[str, Any]:
        """What getWebhookInfo tells."""
        shape: dict[str, Any] = {
            "url": self._updates.webhook_url,
            "has_custom_certificate": self.certificate and bool(self._updates.webhook_url),
            "pending_update_count": len(self._updates.pending),
        }
        if self._updates.webhook_url:
            shape["max_connections"] = self.connections
            shape["ip_address"] = "127.0.0.1"
            if self.last_error:
                shape |= {"last_error_message": self.last_error, "last_error_date": int(self._last_error_at)}
        return shape

    async def stop(self) -> None:
        if self._task is not None:
            await stop(self._task)
            self._task = None

    async def _deliver(self) -> None:
        """Updates of one chat one after the other, those of different chats side by side."""
        queues: defaultdict[int, deque[Update]] = defaultdict(deque)
        working: dict[int, asyncio.Task[None]] = {}
        handed_out = 0
        places = asyncio.Semaphore(self.connections)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            try:
                while True:
                    await self._news.wait()
                    self._news.clear()
                    for update in [one for one in self._updates.pending if one.id > handed_out]:
                        handed_out = update.id
                        queues[update.queue].append(update)
                        if update.queue not in working:
                            work = self._empty(session, queues, update.queue, places, working)
                            working[update.queue] = in_background(work, "webhook queue")
            finally:
                for task in list(working.values()):
                    await stop(task)

    async def _empty(
        self,
        session: aiohttp.ClientSession,
        queues: dict[int, deque[Update]],
        number: int,
        places: asyncio.Semaphore,
        working: dict[int, asyncio.Task[None]],
    ) -> None:
        queue = queues[number]
        while queue:
            pause = FIRST_PAUSE
            while True:
                async with places:
                    if await self._post(session, queue[0]):
                        break
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            self._updates.pending.remove(queue.popleft())
        del queues[number], working[number]

    async def _post(self, session: aiohttp.ClientSession, update: Update) -> bool:
        headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: self.secret} if self.secret else {})
        url = self._updates.webhook_url
        for beginning, behind in self.front.items():
            if url.startswith(beginning):
                url = behind + url.removeprefix(beginning)
        try:
            async with session.post(url, data=as_text(update), headers=headers, allow_redirects=False) as answer:
                if answer.status // 100 == 2 and self.lost <= 0:
                    self.delivered += 1
                    return True
                self.last_error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                if answer.status // 100 == 2:
                    self.lost -= 1
                    self.last_error = "Read timeout expired"
        except (aiohttp.ClientError, TimeoutError):
            self.last_error = "Connection refused"
        self.refused += 1
        self._last_error_at = self._clock.now()
        return False
