"""The stand-in for Stripe: how it tells of what happened."""

from __future__ import annotations

import asyncio
import re
import sys

import aiohttp
import pytest
import stripe

from tests.servers.stripe_shop import hearing_shop, shop


async def test_what_happens_is_told_with_a_signature_that_the_library_accepts() -> None:
    async with hearing_shop() as made:
        session = await made.bought()
        await made.server.quiet()
        assert made.kinds == [
            "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
        ]  # fmt: skip
        told = made.heard[-1]
        assert (told.data.object.id, told.data.object.payment_status) == (session.id, "paid")
        assert (told.livemode, told.api_version) == (False, made.server.world.specification.version)
        assert await made.events(delivery_success=True, type="checkout.session.completed")


async def test_an_event_shows_what_was_then_and_not_what_is_now() -> None:
    async with hearing_shop() as made:
        made.server.webhooks.late(3600, "charge.succeeded")
        session = await made.bought()
        made.server.refunds(session.id)
        await made.server.passes(hours=2)
        amounts = {event.type: event.data.object.amount_refunded for event in made.heard if event.type[:7] == "charge."}
        assert amounts == {"charge.succeeded": 0, "charge.refunded": 200}
        assert made.kinds[-1] == "charge.succeeded"


async def test_an_event_is_told_again_until_somebody_has_it() -> None:
    async with hearing_shop() as made:
        made.answers += [500, 500]
        made.server.webhooks.behave()
        await made.v1.customers.create_async({})
        await made.server.quiet()
        assert made.kinds == []
        assert await made.events(delivery_success=False) == ["customer.created"]
        await made.server.passes(minutes=5)
        assert made.kinds == []
        await made.server.passes(minutes=31)
        assert made.kinds == ["customer.created"]
        assert await made.events(delivery_success=False) == []
        assert [delivery.status for delivery in made.server.webhooks.deliveries] == [500, 500, 200]


async def test_what_nobody_ever_took_stays_on_the_list_of_the_missed_for_thirty_days() -> None:
    async with hearing_shop() as made:
        made.answers += [503] * 100
        await made.v1.customers.create_async({})
        await made.server.passes(days=5)
        assert len(made.server.webhooks.deliveries) == 10
        assert await made.events(delivery_success=False) == ["customer.created"]
        missed = (await made.v1.events.list_async({"delivery_success": False})).data[0]
        made.answers.clear()
        assert await made.server.webhooks.resend(missed.id) == [200]
        assert await made.events(delivery_success=False) == []
        await made.server.passes(days=26)
        with pytest.raises(stripe.InvalidRequestError):
            await made.v1.events.retrieve_async(missed.id)


async def test_events_can_be_lost_once_doubled_and_never_told() -> None:
    async with hearing_shop() as made:
        webhooks = made.server.webhooks
        webhooks.lose("customer.*")
        await made.v1.customers.create_async({})
        await made.server.quiet()
        assert made.heard == []
        await made.server.passes(minutes=6)
        assert made.kinds == ["customer.created"]
        webhooks.twice(times=1)
        await made.v1.customers.create_async({})
        await made.server.quiet()
        assert made.heard[-1].id == made.heard[-2].id
        webhooks.never()
        await made.v1.customers.create_async({})
        await made.server.passes(days=4)
        assert len(made.heard) == 3
        assert await made.events(delivery_success=False) == ["customer.created"]


async def test_events_can_come_in_any_order() -> None:
    async with hearing_shop() as made:
        made.server.webhooks.shuffle(seed=3)
        await made.bought()
        await made.server.quiet()
        happened = (await made.events())[-4:]
        assert sorted(made.kinds) == sorted(happened)
        assert made.kinds != happened


async def test_a_secret_is_replaced_while_both_sign() -> None:
    async with hearing_shop() as made:
        old = made.server.webhook_secret
        new = made.server.rolls_secret(hours=1)
        for secret in (old, new):
            made.server.webhook_secret = secret
            await made.v1.customers.create_async({})
            await made.server.quiet()
        assert (len(made.heard), made.refused) == (2, 0)
        await made.server.passes(hours=2)
        made.server.webhook_secret = old
        await made.v1.customers.create_async({})
        await made.server.quiet()
        assert (len(made.heard), made.refused) == (2, 1)


async def test_forgeries_of_every_sort_do_not_pass_the_library() -> None:
    async with hearing_shop() as made:
        webhooks, secret = made.server.webhooks, made.server.webhook_secret
        assert await webhooks.forge() == 400
        assert await webhooks.forge(secret=secret, age=301) == 400
        assert await webhooks.forge(secret=secret, cut=40) == 400
        assert await webhooks.forge(signature="") == 400
        assert await webhooks.forge(body=b"{}", signature="t=1,v1=00") == 400
        assert made.heard == []
        assert await webhooks.forge(secret=secret, kind="invoice.paid", livemode=True) == 200
        assert (made.heard[0].type, made.heard[0].livemode) == ("invoice.paid", True)


async def test_only_what_an_endpoint_asked_for_is_told_there() -> None:
    async with hearing_shop() as made:
        endpoint = (await made.v1.webhook_endpoints.list_async()).data[0]
        made.server.world.objects[endpoint.id]["enabled_events"] = ["checkout.session.completed"]
        await made.bought()
        await made.server.quiet()
        assert made.kinds == ["checkout.session.completed"]


async def test_events_are_told_by_themselves_as_time_goes_by() -> None:
    async with hearing_shop() as made:
        await made.v1.customers.create_async({})
        async with asyncio.timeout(5):
            await made.told.wait()
        assert made.kinds == ["customer.created"]


async def test_a_person_with_a_browser_can_use_the_program() -> None:
    """`python -m tests.servers.stripe` prints where it is, serves, and lets time pass when it is told to."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.servers.stripe", "--port", "0", "--events",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert program.stdin
    assert program.stdout
    try:
        async with asyncio.timeout(30):
            words = dict(part.split("=", 1) for part in (await program.stdout.readline()).decode().split())
            assert re.fullmatch(r"whsec_\w+", words["webhook_secret"])
            head = {"Authorization": f"Bearer {words['key']}", "Stripe-Version": "2026-10-28.endive"}
            customers = f"{words['api_base']}/v1/customers"
            async with aiohttp.request("POST", customers, data={"name": "Ada"}, headers=head) as answer:
                assert (await answer.json())["name"] == "Ada"
            assert b"customer.created" in await program.stdout.readline()
            program.stdin.write(b"days 2\n")
            assert b"now" in await program.stdout.readline()
            program.stdin.close()
            assert await program.wait() == 0
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()


async def test_a_shop_that_hears_nothing_still_sees_what_happened() -> None:
    async with shop() as made:
        await made.bought()
        assert (await made.events())[-1] == "checkout.session.completed"
        assert await made.events(types=["charge.succeeded"]) == ["charge.succeeded"]
