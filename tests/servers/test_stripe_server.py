"""The stand-in for Stripe: the real library talks to it, and it keeps to Stripe's rules."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
import pytest
import stripe

from tests.servers.stripe_shop import Shop, shop


async def test_a_key_of_somebody_else_is_refused() -> None:
    async with shop() as made:
        for key in ("sk_test_of_somebody_else_entirely", made.server.key.replace("test", "live")):
            http = stripe.AIOHTTPClient()
            other = stripe.StripeClient(key, base_addresses={"api": made.server.api_base}, http_client=http)
            with pytest.raises(stripe.AuthenticationError) as refused:
                await other.v1.accounts.retrieve_current_async()
            assert key not in str(refused.value)
            await http.close_async()


async def test_the_account_and_its_balance_can_be_asked_for() -> None:
    async with shop() as made:
        account = await made.v1.accounts.retrieve_current_async()
        await made.bought()
        balance = await made.v1.balance.retrieve_async()
        assert (account.country, account.charges_enabled) == ("DE", True)
        assert [(fund.amount, fund.currency) for fund in balance.pending] == [(172, "eur")]


@pytest.mark.parametrize(
    ("values", "param"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"ui_mode": "hosted"}, "ui_mode"),
        ({"mode": "gift"}, "mode"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"line_items": [{"price": "{pack}", "quantity": 1, "colour": "red"}]}, "line_items[0][colour]"),
        ({"metadata": {"note": "x" * 501}}, "metadata[note]"),
        ({"success_url": "shop"}, "success_url"),
        ({"subscription_data": {"metadata": {"a": "b"}}}, "subscription_data"),
        ({"discounts": [{"coupon": "half"}]}, "discounts"),
    ],
)
async def test_a_misfit_is_answered_400_and_remembered(values: dict[str, Any], param: str) -> None:
    async with shop() as made:
        if "line_items" in values:
            values = {"line_items": [values["line_items"][0] | {"price": made.pack}]}
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await made.checkout(**values)
        assert (refused.value.http_status, refused.value.param) == (400, param)
        assert len(made.server.take_violations()) == 1


async def test_a_test_that_leaves_a_misfit_behind_fails() -> None:
    with pytest.raises(AssertionError, match="colour"):
        async with shop() as made:
            with pytest.raises(stripe.InvalidRequestError):
                await made.v1.customers.create_async({"colour": "red"})


async def test_a_wrong_answer_of_the_stand_in_itself_fails_the_test() -> None:
    with pytest.raises(AssertionError, match=r"wrong answers.*amount_total"):
        async with shop() as made:
            session = await made.checkout()
            made.server.world.objects[session.id]["amount_total"] = "2.00"
            await made.again(session)


async def test_another_version_or_an_unknown_address_is_a_misfit() -> None:
    async with shop() as made, aiohttp.ClientSession() as browser:
        head = {"Authorization": f"Bearer {made.server.key}", "Stripe-Version": "2023-08-16"}
        async with browser.get(f"{made.server.api_base}/v1/account", headers=head) as answer:
            assert answer.status == 400
        head["Stripe-Version"] = made.server.world.specification.version
        async with browser.get(f"{made.server.api_base}/v1/wishes", headers=head) as answer:
            assert answer.status == 404
        async with browser.post(f"{made.server.api_base}/v1/customers", json={}, headers=head) as answer:
            assert answer.status == 400
        assert len(made.server.take_violations()) == 3


async def test_what_is_not_there_is_said_to_be_missing() -> None:
    async with shop() as made:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await made.v1.prices.retrieve_async("price_nowhere")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await made.checkout(customer="cus_nobody")
        assert (refused.value.http_status, refused.value.param) == (400, "customer")


async def test_the_same_idempotency_key_gives_the_same_answer() -> None:
    async with shop() as made:
        once = await made.v1.customers.create_async({"name": "Ada"}, {"idempotency_key": "ada"})
        twice = await made.v1.customers.create_async({"name": "Ada"}, {"idempotency_key": "ada"})
        assert once.id == twice.id
        assert twice.last_response.headers["Idempotent-Replayed"] == "true"
        with pytest.raises(stripe.IdempotencyError):
            await made.v1.customers.create_async({"name": "Bob"}, {"idempotency_key": "ada"})
        assert made.server.take_violations()
        await made.server.passes(hours=25)
        assert (await made.v1.customers.create_async({"name": "Bob"}, {"idempotency_key": "ada"})).id != once.id


async def test_a_refused_request_does_not_use_its_key_up() -> None:
    async with shop() as made:
        with pytest.raises(stripe.InvalidRequestError):
            await made.v1.refunds.create_async({"charge": "ch_none"}, {"idempotency_key": "again"})
        made.server.faults.storm("customer")
        with pytest.raises(stripe.RateLimitError):
            await made.v1.customers.create_async({}, {"idempotency_key": "again"})
        assert (await made.v1.customers.create_async({}, {"idempotency_key": "again"})).id


async def test_lists_come_in_pages_newest_first() -> None:
    async with shop() as made:
        names = [(await made.v1.customers.create_async({"name": str(number)})).id for number in range(7)]
        first = await made.v1.customers.list_async({"limit": 3})
        assert [one.id for one in first.data] == names[:3:-1]
        assert first.has_more
        assert [one.id async for one in first.auto_paging_iter()] == names[::-1]
        before = await made.v1.customers.list_async({"limit": 2, "ending_before": names[2]})
        assert [one.id for one in before.data] == [names[4], names[3]]


async def test_lists_can_be_narrowed() -> None:
    async with shop() as made:
        old = await made.bought()
        await made.server.passes(days=2)
        new = await made.checkout()
        sessions = made.v1.checkout.sessions
        for filters, expected in (
            ({"created": {"gte": new.created}}, [new.id]),
            ({"created": {"lt": new.created}}, [old.id]),
            ({"status": "complete"}, [old.id]),
            ({"payment_intent": old.payment_intent}, [old.id]),
        ):
            assert [one.id for one in (await sessions.list_async(filters)).data] == expected
        found = await made.v1.prices.list_async({"lookup_keys": ["plan", "bigger"], "active": True})
        assert {price.id for price in found.data} == {made.plan, made.bigger}


async def test_names_are_expanded_four_deep_and_no_deeper() -> None:
    async with shop() as made:
        session = await made.bought()
        found = await made.again(session, "payment_intent.latest_charge.balance_transaction", "line_items.data.price")
        assert found.payment_intent.latest_charge.balance_transaction.amount == 200
        assert found.line_items.data[0].price.id == made.pack
        with pytest.raises(stripe.InvalidRequestError):
            await made.again(session, "payment_intent.latest_charge.customer.default_source.customer")
        with pytest.raises(stripe.InvalidRequestError):
            await made.again(session, "wishes")
        made.server.take_violations()


async def test_a_price_never_changes_but_its_lookup_key_moves_on() -> None:
    async with shop() as made:
        pack = await made.v1.prices.retrieve_async(made.pack)
        new = {"product": pack.product, "currency": "eur", "unit_amount": 300, "lookup_key": "pack"}
        with pytest.raises(stripe.InvalidRequestError):
            await made.v1.prices.create_async(new)
        dearer = await made.v1.prices.create_async({**new, "transfer_lookup_key": True})
        with pytest.raises(stripe.InvalidRequestError):
            await made.v1.prices.update_async(made.pack, {"unit_amount": 300})
        made.server.take_violations()
        old = await made.v1.prices.update_async(made.pack, {"active": False})
        assert (old.active, old.lookup_key, dearer.lookup_key) == (False, None, "pack")
        with pytest.raises(stripe.InvalidRequestError, match="inactive"):
            await made.checkout()
        with pytest.raises(stripe.InvalidRequestError, match="cannot be deleted"):
            await made.v1.products.delete_async(str(pack.product))


async def test_faults_happen_when_they_are_asked_for() -> None:
    async with shop() as made:
        faults = made.server.faults
        faults.fail("customer", status=503)
        with pytest.raises(stripe.APIError):
            await made.v1.customers.create_async({})
        faults.decline("refund")
        with pytest.raises(stripe.CardError) as declined:
            await made.v1.refunds.create_async({"charge": "ch_any"})
        assert declined.value.code == "card_declined"
        faults.hang("customer")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await made.v1.customers.create_async({})
        faults.delay("customer", 0.05)
        began = time.monotonic()
        await made.v1.customers.create_async({})
        assert time.monotonic() - began >= 0.05


async def test_a_connection_that_is_cut_after_the_work_was_done_shows_once_the_key_comes_again() -> None:
    async with shop() as made:
        made.server.faults.lose_answer("customer")
        with pytest.raises(stripe.APIConnectionError):
            await made.v1.customers.create_async({"name": "Ada"}, {"idempotency_key": "ada"})
        again = await made.v1.customers.create_async({"name": "Ada"}, {"idempotency_key": "ada"})
        assert [one.id for one in (await made.v1.customers.list_async()).data] == [again.id]


async def test_a_kept_failure_is_answered_for_the_same_key_again() -> None:
    async with shop() as made:
        made.server.faults.fail("customer", kept=True)
        for _ in range(2):
            with pytest.raises(stripe.APIError):
                await made.v1.customers.create_async({}, {"idempotency_key": "k"})
        assert await _customers(made) == 0


async def _customers(made: Shop) -> int:
    return len((await made.v1.customers.list_async()).data)


async def test_a_deleted_customer_is_gone_and_so_is_the_plan() -> None:
    async with shop() as made:
        customer = await made.v1.customers.create_async({"metadata": {"number": "7"}})
        plan = await made.subscribed(customer=customer.id)
        await made.v1.customers.delete_async(customer.id)
        assert (await made.subscription(plan.id)).status == "canceled"
        assert (await made.v1.customers.retrieve_async(customer.id)).deleted
        with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
            await made.checkout(customer=customer.id)
        assert await _customers(made) == 0


async def test_metadata_is_merged_and_what_is_empty_goes() -> None:
    async with shop() as made:
        customer = await made.v1.customers.create_async({"metadata": {"a": "1", "b": "2"}})
        changed = await made.v1.customers.update_async(customer.id, {"metadata": {"a": "", "c": "3"}})
        assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
