"""The account itself: what happened in it, what is in it, and whom it tells."""

from __future__ import annotations

from tests.servers.stripe.calls import Call, page, plays
from tests.servers.stripe.refusals import misfit, missing
from tests.servers.stripe.world import Object, World


@plays("event.retrieve")
def event(world: World, call: Call) -> Object:
    found = next((e for e in world.events() if e["id"] == call.name), None)
    if found is None:
        raise missing("event", call.name)
    return found


@plays("event.list", "created delivery_success type types")
def events(world: World, call: Call) -> Object:
    types, success = call.get("types"), call.values.get("delivery_success")
    if types and call.get("type"):
        raise misfit("You may only specify one of these parameters: type, types.")
    found = [
        e
        for e in world.events()
        if (not types or e["type"] in types)
        and (success is None or (e["pending_webhooks"] == 0 and not e["_failed"]) == success)
        and (not call.get("type") or _fits(e["type"], call.get("type")))
    ]
    return page(call, found)


def _fits(kind: str, wanted: str) -> bool:
    return kind == wanted or (wanted.endswith("*") and kind.startswith(wanted[:-1]))


@plays("account.retrieve_current")
def account(world: World, call: Call) -> Object:
    return world.objects["acct_figurines"]


def open_account(world: World) -> Object:
    """The one account."""
    made: Object = {
        "id": "acct_figurines", "object": "account", "business_type": "individual", "charges_enabled": True,
        "country": "DE", "created": world.clock.seconds(), "default_currency": "eur", "details_submitted": True,
        "email": "operator@example.org", "metadata": {}, "payouts_enabled": True, "type": "standard",
        "business_profile": {"name": "Figurines", "support_email": None, "url": None, "mcc": None},
        "capabilities": {"card_payments": "active", "transfers": "active"},
    }  # fmt: skip
    world.objects[made["id"]] = made
    return made


@plays("balance.retrieve")
def balance(world: World, call: Call) -> Object:
    sums: dict[str, int] = {}
    for movement in world.of_kind("balance_transaction"):
        sums[movement["currency"]] = sums.get(movement["currency"], 0) + movement["net"]
    funds = [{"amount": amount, "currency": currency, "source_types": {"card": amount}} for currency, amount in
             sorted(sums.items())]  # fmt: skip
    nothing = [{**fund, "amount": 0, "source_types": {"card": 0}} for fund in funds]
    return {"object": "balance", "available": nothing, "pending": funds, "livemode": world.live}


@plays("webhook_endpoint.retrieve")
def endpoint(world: World, call: Call) -> Object:
    return world.get("webhook_endpoint", call.name)


@plays("webhook_endpoint.list")
def endpoints(world: World, call: Call) -> Object:
    return page(call, world.of_kind("webhook_endpoint"))
