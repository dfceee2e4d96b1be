"""`shop`: what is on sale is put to Stripe, codes are made, and the books are compared."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.lived import Operator, Result
from tests.servers.stripe import StripeServer


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def at(operator: Operator, server: StripeServer) -> Operator:
    """The operator with the keys of a Stripe account."""
    operator.environment |= {"FIGURINE_STRIPE__KEY": server.key, "FIGURINE_STRIPE__API_BASE": server.api_base}
    return operator


async def run(operator: Operator, *words: str) -> Result:
    return await asyncio.to_thread(operator.run, "shop", *words)


async def test_what_is_on_sale_is_told_first_then_put_to_stripe_once(operator: Operator):
    async with StripeServer(seed=1) as server:
        at(operator, server)
        told = await run(operator, "sync", "--dry-run")
        assert (told.code, told.err) == (0, "")
        assert "would be: " in told.out
        assert "test mode" in told.out
        assert not [call for call in server.requests if call.method == "POST"]
        done = await run(operator, "sync")
        assert (done.code, done.err) == (0, "")
        assert done.out.count("\n") == told.out.count("\n")
        again = await run(operator, "sync")
        assert again.out.startswith("Nothing to do")


async def test_the_books_of_a_new_shop_agree(operator: Operator):
    async with StripeServer(seed=1) as server:
        told = await run(at(operator, server), "report")
        assert (told.code, told.err) == (0, "")
        assert told.out == "✓ Ledger, rows and Stripe agree about everything that was paid in the last 7 days.\n"


async def test_without_a_key_or_with_a_wrong_one_it_is_one_sentence_without_the_key(operator: Operator):
    without = await asyncio.to_thread(operator.run, "shop", "sync")
    assert without.code == 2
    assert "FIGURINE_STRIPE__KEY is not set" in without.err
    async with StripeServer(seed=1) as server:
        at(operator, server).environment["FIGURINE_STRIPE__KEY"] = "sk_test_somebodyelses"
        refused = await run(operator, "sync")
        server.take_violations()
    assert refused.code != 0
    assert "Stripe refuses" in refused.err
    assert "somebodyelses" not in refused.err + refused.out
    assert "Traceback" not in refused.err


async def test_a_code_is_printed_once_and_kept_as_a_hash(operator: Operator):
    made = await run(operator, "codes", "--credits", "5", "--uses", "10", "--days", "30")
    assert made.code == 0
    code = made.out.strip()
    assert f"/redeem {code}" in made.err
    assert "5 credits to 10 people" in made.err
    kept = b"".join(path.read_bytes() for path in operator.data.rglob("*") if path.is_file())
    assert code.encode() not in kept
    assert code.replace("-", "").lower().encode() not in kept.lower()
