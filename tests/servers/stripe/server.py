"""The stand-in for Stripe: an aiohttp server on this machine's loopback that the real library talks to."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from core.supervision import in_background, stop
from tests.servers.stripe import calls_table as calls_table  # fills the table of what is played
from tests.servers.stripe import paying, portal, returns
from tests.servers.stripe.account import open_account
from tests.servers.stripe.clock import Clock
from tests.servers.stripe.faults import Faults
from tests.servers.stripe.pages import Pages
from tests.servers.stripe.people import Payer
from tests.servers.stripe.specification import specification
from tests.servers.stripe.web import Request, Web
from tests.servers.stripe.webhooks import Webhooks
from tests.servers.stripe.world import Object, World

LETTERS: Final = "51StandInForStripe0000000000"
SECRET: Final = "whsec_standInForStripe00000000000000"
REQUESTS_KEPT: Final = 20_000


class StripeServer:
    """Use as `async with`. On leaving it, requests that did not fit the API and its own mistakes are raised.

    `clock`: the server's time, which fits core.ports.Clock. `violations`: requests that break Stripe's rules (take them
    with `take_violations` where a test makes them on purpose). `portal_saved`: an operator has saved the portal's
    settings in the dashboard.
    """

    def __init__(
        self, *, live: bool = False, portal_saved: bool = True, seed: int | None = None, clock: Clock | None = None
    ) -> None:
        self.key = f"sk_{'live' if live else 'test'}_{LETTERS}"
        self.keys = {self.key, self.key.replace("sk_", "rk_")}
        self.webhook_secret = SECRET
        self.clock = clock or Clock()
        self.world = World(self.clock, specification(), live, seed)
        self.faults = Faults()
        self.webhooks = Webhooks(self.world)
        self.violations: list[str] = []
        self.requests: deque[Request] = deque(maxlen=REQUESTS_KEPT)
        self.url = ""
        self._web = Web(self)
        self._pages = Pages(self.world)
        self._runner: web.AppRunner | None = None
        self._running: asyncio.Task[None] | None = None
        open_account(self.world)
        if portal_saved:
            portal.save_settings(self.world)

    @property
    def api_base(self) -> str:
        """What a client takes as its base address."""
        return self.url

    async def __aenter__(self) -> Self:
        await self.opens()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.closes()
        if error is None:
            self.is_content()

    async def opens(self, port: int = 0) -> None:
        """Start to listen; port 0 takes one that is free."""
        self._web.leaving.clear()
        application = web.Application(client_max_size=2**20)
        application.add_routes(self._pages.routes())
        application.router.add_route("*", "/{path:.*}", self._web.answer)
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = self.world.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._running = in_background(self.world.timeline.keeps_running(), "the time at Stripe")

    async def closes(self) -> None:
        """Stop listening."""
        self._web.leaving.set()
        if self._running is not None:
            failed = self._running.exception() if self._running.done() and not self._running.cancelled() else None
            await stop(self._running)
            if failed:
                self.world.mistakes.append(repr(failed))
        await self.webhooks.closes()
        if self._runner is not None:
            await self._runner.cleanup()

    def is_content(self) -> None:
        """Raise what was wrong so far.

        Raises:
            AssertionError: a client or the stand-in itself broke Stripe's rules.
        """
        assert not self.violations, f"requests that do not fit Stripe's API: {self.violations}"
        assert not self.world.mistakes, f"wrong answers of the stand-in: {self.world.mistakes}"

    def take_violations(self) -> list[str]:
        """The rules broken so far; they are forgiven."""
        taken, self.violations = self.violations, []
        return taken

    def asked(self, pattern: str) -> list[Request]:
        """The requests that fit a pattern such as "POST /v1/refunds", the oldest first."""
        return [request for request in self.requests if fnmatchcase(f"{request.method} {request.path}", pattern)]

    async def passes(self, **time: float) -> None:
        """Let time pass (as for a timedelta): links expire, periods renew, what was not told is told again."""
        await self.world.timeline.passes(dt.timedelta(**time))

    async def quiet(self) -> None:
        """Wait until all that is due has been told."""
        await self.world.timeline.quiet()

    def webhooks_to(self, url: str, *events: str, secret: str = "") -> Object:
        """Tell of events there: of all, or of those named."""
        return self.world.make(
            "webhook_endpoint", api_version=self.world.specification.version, enabled_events=list(events) or ["*"],
            status="enabled", url=url, _secrets=[(secret or self.webhook_secret, None)],
        )  # fmt: skip

    def rolls_secret(self, hours: float = 24) -> str:
        """A new webhook secret; the one before goes on to sign for so long. Both stand in the header meanwhile."""
        until = self.clock.seconds() + int(3600 * hours)
        self.webhook_secret = self.world.new_id("whsec", 32)
        for endpoint in self.world.of_kind("webhook_endpoint"):
            kept = [(secret, end or until) for secret, end in endpoint["_secrets"]]
            endpoint["_secrets"] = [(self.webhook_secret, None), *kept]
        return self.webhook_secret

    def payer(self, email: str = "ada@example.org", country: str = "DE") -> Payer:
        """Somebody who pays."""
        return Payer(self, email, country)

    def of_kind(self, kind: str) -> list[Object]:
        """The objects of a kind as they are now, newest first."""
        return self.world.of_kind(kind)

    def charge_of(self, payment: str) -> Object:
        """The charge that a payment intent, charge, checkout session or invoice was paid with."""
        one: Any = self.world.objects[payment]
        if one["object"] == "checkout.session":
            one = self.world.objects[one["payment_intent"] or one["invoice"]]
        if one["object"] == "invoice":
            one = self.world.objects[one["_intent"]]
        if one["object"] == "payment_intent":
            one = self.world.objects[one["latest_charge"]]
        charge: Object = one
        return charge

    def refunds(self, payment: str, amount: int | None = None) -> Object:
        """The operator gives money back in the dashboard. Pending while `world.refunds_pend`."""
        return returns.refund(self.world, self.charge_of(payment), amount)

    def refund_ends(self, refund: str, succeeded: bool = True) -> None:
        """A pending refund has arrived, or has come back."""
        returns.refund_ends(self.world, self.world.get("refund", refund), succeeded=succeeded)

    def disputes(self, payment: str, reason: str = "fraudulent") -> Object:
        """The card's owner goes to the bank."""
        return returns.dispute(self.world, self.charge_of(payment), reason)

    def dispute_ends(self, dispute: str = "", won: bool = True) -> None:
        """The bank decides; the newest dispute if none is named."""
        name = dispute or self.world.of_kind("dispute")[0]["id"]
        returns.dispute_ends(self.world, self.world.get("dispute", name), won=won)

    def money_arrives(self, session: str, good: bool = True) -> None:
        """What was paid by bank has arrived, or never will."""
        paying.money_arrives(self.world, self.world.get("checkout.session", session), good=good)

    def card_becomes(self, customer: str, behaviour: str) -> None:
        """A customer's cards behave so from now on: good, asks, refuses."""
        for card in self.world.of_kind("payment_method"):
            if card["customer"] == customer:
                card["_behaviour"] = behaviour
