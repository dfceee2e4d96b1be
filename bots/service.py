"""The running service: every platform that has a token, the web server, and an orderly end."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Final

from bots.app import House, Parts, Talk, build_house, build_platforms, build_talk
from bots.conversation.conversation import Conversation
from bots.conversation.events import Chatter
from bots.conversation.texts import Texts
from bots.platforms import Platform
from bots.web.returning import Counter, nothing_sold
from bots.web.server import serving
from core.bells import TEXTS, Bells
from core.errors import PlatformRefused
from core.settings import Settings
from core.supervision import Supervisor, in_background, stop

log = logging.getLogger(__name__)

Tell = Callable[[str], None]
TOKENS: Final = {"telegram": "FIGURINE_TELEGRAM__TOKEN", "discord": "FIGURINE_DISCORD__TOKEN"}


class Stopping:
    """SIGTERM and Ctrl-C ask for an orderly end, a second one ends at once."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    def listen(self) -> None:
        """Take the signals of this process. To be called in its main task."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def end() -> None:
            if self.asked.is_set() and task:
                task.cancel()
            self.asked.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end)


async def run(settings: Settings, parts: Parts, tell: Tell, stopping: Stopping) -> None:
    """Serve until asked to stop, then finish what is in hand. `tell` is told what is on, what is off, and why.

    Raises:
        SettingsError, KeysMissing, DiskFull: it can't start.
    """
    async with running(settings, parts, tell) as house:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, house.bells.ring, TEXTS)
        gc.collect()
        gc.freeze()  # What lives as long as the service need not be gone through at every collection.
        await stopping.asked.wait()
        seconds = settings.service.drain_seconds
        tell(f"Stopping: nothing more is taken in, and what is in hand is finished within {seconds:g} s.")
    tell("Stopped. Nothing is lost: what was not finished goes on at the next start.")


@asynccontextmanager
async def running(settings: Settings, parts: Parts, tell: Tell) -> AsyncIterator[House]:
    """The service, running; when left, it is drained. Its bell TEXTS has the texts read anew."""
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(Texts.prepare)
        house = await stack.enter_async_context(build_house(settings, parts))
        platforms = [
            await stack.enter_async_context(platform)
            for platform in build_platforms(settings, house.storage, house.clock)
        ]
        talks = [
            await stack.enter_async_context(build_talk(house, platform.messenger, platform.name))
            for platform in platforms
        ]
        stack.push_async_callback(_drain, house, talks, settings.service.drain_seconds)
        conversations = {p.name: talk.conversation for p, talk in zip(platforms, talks, strict=True)}
        for platform in platforms:
            await stack.enter_async_context(_served(platform, conversations[platform.name], tell))
        hooks = {path: hook for platform in platforms for path, hook in platform.hooks().items()}
        counter = Counter(house.shop.look or nothing_sold, {platform.name: _home(platform) for platform in platforms})
        web = serving(settings, {**hooks, **house.shop.hooks}, counter=counter)
        address = await stack.enter_async_context(web)
        _tell_all(settings, platforms, address, tell)
        reloading = in_background(_reload(house.bells, platforms, tell), "reloading")
        stack.push_async_callback(stop, reloading)
        yield house


@asynccontextmanager
async def _served(platform: Platform, conversation: Conversation, tell: Tell) -> AsyncIterator[None]:
    """Takes in what people do there, as long as the block runs."""
    async with Supervisor() as supervisor:
        supervisor.start(platform.name, partial(_serve, platform, conversation, tell))
        yield


def _home(platform: Platform) -> Callable[[], str]:
    """What leads from a page back to the chat there; it may be known only once the platform was reached."""
    return lambda: platform.messenger.home(Chatter(platform.name, "")).replace("?start=photo", "?start=shop")


async def _serve(platform: Platform, conversation: Conversation, tell: Tell) -> None:
    """Serve one platform. Where it refuses, the operator is told once, and it is asked again after a pause."""
    told = ""
    while True:
        try:
            await platform.serve(conversation)
            return
        except PlatformRefused as refusal:
            if str(refusal) != told:
                told = str(refusal)
                tell(told)
            await asyncio.sleep(refusal.again_after)


async def _drain(house: House, talks: Sequence[Talk], seconds: float) -> None:
    """Answer what has come, end the figurines in hand, send what is ready; what takes longer is handed back."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(house.workshop.dispatcher.rest(), *(talk.reception.quiet() for talk in talks))
            await asyncio.gather(*(talk.delivery.quiet(seconds) for talk in talks))


async def _reload(bells: Bells, platforms: Sequence[Platform], tell: Tell) -> None:
    """Read the texts anew whenever that is asked for, and tell the platforms what changed."""
    while True:
        await bells.listen(TEXTS).wait()
        try:
            await asyncio.to_thread(Texts.reload)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with a file, the old texts stay in force
            tell(f"The texts could not be read ({type(error).__name__}); those of before stay in force.")
            continue
        for platform in platforms:
            try:
                await platform.told()
            except Exception as error:  # noqa: BLE001 -- the texts are in force here, whatever a platform says
                log.error("%s could not be told: %s", platform.name, type(error).__name__)
        tell("The texts were read anew.")


def _tell_all(settings: Settings, platforms: Sequence[Platform], address: str, tell: Tell) -> None:
    on = {platform.name for platform in platforms}
    for name, variable in TOKENS.items():
        way = f" ({settings.telegram.mode})" if name == "telegram" else ""
        tell(f"{name.capitalize()}: " + (f"on{way}" if name in on else f"off, since {variable} is not set"))
    tell(f"Web: {address} with /privacy, /terms and /healthz")
    mode = "LIVE mode, real money moves" if settings.stripe.is_live else "test mode, no real money moves"
    tell(f"Stripe: {mode}" if settings.stripe.is_on else "Stripe: off, since FIGURINE_STRIPE__KEY is not set")
    if settings.stripe.is_on and not settings.stripe.webhook_secret.get_secret_value():
        tell(
            "Warning: FIGURINE_STRIPE__WEBHOOK_SECRET is not set, so payments are found within 10 minutes, not seconds"
        )
