"""The webhook: what is genuine is kept and answered at once; everything else is refused and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from payments.stripe_gateway.signing import KINDS
from payments.webhook import LARGEST, PATH
from tests.payments.trading import Trade
from tests.servers.stripe import sign


async def stored(trade: Trade) -> int:
    return int((await trade.storage.database.once("SELECT count(*) AS n FROM provider_event"))[0]["n"])


@pytest.fixture
async def paid(trade: Trade) -> Trade:
    """A checkout that is paid, of which nothing was told."""
    trade.server.webhooks.never()
    await (await trade.opens()).pays()
    await trade.settles()
    assert await stored(trade) == 0
    return trade


def session(trade: Trade) -> Any:
    return trade.server.of_kind("checkout.session")[0]


async def posts(trade: Trade, body: bytes, headers: dict[str, str]) -> int:
    async def read() -> bytes:
        return body

    return await trade.opened.hooks[PATH](read, headers)


@pytest.mark.parametrize(
    "way",
    [
        {},
        {"signature": ""},
        {"signature": "nonsense"},
        {"signature": "t=1,v1=00"},
        {"age": 301},
        {"age": -301},
        {"cut": 100},
        {"cut": 0},
        {"body": b"\xff\xfe"},
        {"body": b""},
    ],
    ids=str,
)
async def test_what_is_forged_old_or_cut_off_is_refused(paid: Trade, way: dict[str, Any]):
    genuine = {} if way in ({}, {"body": b""}) else {"secret": paid.server.webhook_secret}
    assert await paid.server.webhooks.forge(about=session(paid), **genuine, **way) == 400
    assert (await stored(paid), await paid.has()) == (0, 0)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b'"x"', b'{"object": "event"}', b"[" * 200_000, b"{"])
async def test_what_is_signed_and_no_event_is_refused_too(paid: Trade, body: bytes):
    now = int(paid.server.clock.now().timestamp())
    header = sign(body, [paid.server.webhook_secret], now)
    assert await posts(paid, body, {"Stripe-Signature": header}) == 400
    assert await stored(paid) == 0


async def test_a_giant_is_not_even_read(paid: Trade):
    async def read() -> bytes:
        raise AssertionError("it was read")

    for length in (str(LARGEST + 1), "9" * 5_000, "-1", "²", "1e9"):
        headers = {"Stripe-Signature": "t=1,v1=0", "Content-Length": length}
        assert await paid.opened.hooks[PATH](read, headers) == 413
    assert await paid.opened.hooks[PATH](read, {}) == 400
    assert await posts(paid, b" " * (LARGEST + 1), {"Stripe-Signature": "t=1,v1=0"}) == 413


async def test_an_event_of_the_other_mode_is_refused_and_operators_hear_of_it(paid: Trade):
    way = {"secret": paid.server.webhook_secret, "livemode": True}
    assert await paid.server.webhooks.forge(about=session(paid), **way) == 400
    assert (await stored(paid), await paid.has()) == (0, 0)
    assert "another mode" in paid.opened.reports[0]


async def test_while_a_secret_is_replaced_both_hold(paid: Trade):
    old = paid.server.webhook_secret
    paid.server.webhook_secret = "whsec_anotherOneThatIsNotKnownHere"
    assert await paid.server.webhooks.forge(about=session(paid), secret=paid.server.webhook_secret) == 400
    header = sign(body := event(paid), [paid.server.webhook_secret, old], paid.server.clock.seconds())
    assert await posts(paid, body, {"Stripe-Signature": header}) == 200
    await paid.settles()
    assert await paid.has() == 5


def event(trade: Trade, name: str = "evt_1", kind: str = "checkout.session.completed") -> bytes:
    told = {
        "id": name, "object": "event", "type": kind, "livemode": False, "created": trade.server.clock.seconds(),
        "data": {"object": {"id": session(trade)["id"], "object": "checkout.session", "amount_total": 999_999}},
    }  # fmt: skip
    return json.dumps(told).encode()


async def test_what_an_event_says_is_never_believed(paid: Trade):
    """It is genuine, and says that another amount was paid for another purchase; only the name in it counts."""
    about = {**session(paid), "amount_total": 10**9, "client_reference_id": "0" * 32, "currency": "usd"}
    assert await paid.server.webhooks.forge(about=about, secret=paid.server.webhook_secret) == 200
    await paid.settles()
    assert await paid.has() == 5


async def test_the_same_event_twice_is_one(paid: Trade):
    for _ in range(2):
        header = sign(body := event(paid), [paid.server.webhook_secret], paid.server.clock.seconds())
        assert await posts(paid, body, {"Stripe-Signature": header}) == 200
    assert await stored(paid) == 1


async def test_what_is_about_nothing_that_matters_is_taken_and_not_kept(paid: Trade):
    way = {"secret": paid.server.webhook_secret, "kind": "payment_method.attached"}
    assert await paid.server.webhooks.forge(about={"id": "pm_1", "object": "payment_method"}, **way) == 200
    assert await stored(paid) == 0


async def test_an_event_about_what_stripe_does_not_know_is_handled_by_doing_nothing(paid: Trade):
    for kind in KINDS:
        about = {"id": "xx_unknown", "payment_intent": "pi_unknown", "object": "thing"}
        assert await paid.server.webhooks.forge(about=about, kind=kind, secret=paid.server.webhook_secret) == 200
    await paid.settles()
    [row] = await paid.storage.database.once("SELECT count(*) AS n FROM provider_event WHERE handled_at IS NULL")
    assert (row["n"], await paid.has()) == (0, 0)


async def test_nothing_secret_is_written_down(paid: Trade, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    await paid.server.webhooks.forge(about=session(paid))
    await paid.polls()
    assert await paid.has() == 5
    for secret in (paid.server.key, paid.server.webhook_secret):
        assert secret not in caplog.text
        assert secret not in repr(paid.opened) + repr(paid.settings)
