"""What can be asked about subscriptions and their items."""

from __future__ import annotations

from typing import Any

from tests.servers.stripe import changing, periods, subscriptions
from tests.servers.stripe.calls import Call, page, plays
from tests.servers.stripe.refusals import Refusal, declined, misfit, missing, refused
from tests.servers.stripe.tax import automatic_tax
from tests.servers.stripe.world import Object, World


@plays(
    "subscription.create",
    "automatic_tax cancel_at_period_end customer default_payment_method description items metadata payment_behavior"
    " off_session proration_behavior",
)
def create(world: World, call: Call) -> Object:
    customer = world.active_customer(call.values["customer"])
    wanted = call.get("items", [])
    if len(wanted) != 1 or "price" not in wanted[0]:
        raise misfit("the stand-in plays subscriptions to one price", "items")
    price = world.get("price", wanted[0]["price"], "items[0][price]")
    if not price["recurring"]:
        raise refused(f"The price specified is set to `type=one_time` but this field only accepts prices with"
                      f" `type=recurring`: {price['id']}", param="items[0][price]")  # fmt: skip
    name = call.get("default_payment_method") or customer["invoice_settings"]["default_payment_method"]
    card = world.get("payment_method", name, "default_payment_method") if name else None
    behaviour = call.get("payment_behavior", "allow_incomplete")
    if card is None and behaviour != "default_incomplete":
        raise refused("This customer has no attached payment source or default payment method. Please consider adding a"
                      " default payment method.", code="resource_missing")  # fmt: skip
    if behaviour == "error_if_incomplete" and card and card["_behaviour"] != "good":
        raise declined("insufficient_funds")
    return subscriptions.begin(
        world, customer, price, wanted[0].get("quantity", 1), card, present=False,
        wait=behaviour == "default_incomplete", metadata=call.get("metadata", {}), description=call.get("description"),
        automatic_tax={**automatic_tax(call.get("automatic_tax")), "disabled_reason": None},
    )  # fmt: skip


@plays("subscription.retrieve")
def retrieve(world: World, call: Call) -> Object:
    return world.get("subscription", call.name)


@plays("subscription.list", "created customer price status")
def listed(world: World, call: Call) -> Object:
    status, price = call.get("status"), call.get("price")

    def fits(has: str) -> bool:
        if status in (None, "ended"):
            return (has in periods.OVER) == (status == "ended")
        return bool(status in ("all", has))

    found = [
        one
        for one in world.of_kind("subscription")
        if fits(one["status"]) and (not price or periods.item_of(one)["price"]["id"] == price)
    ]
    return page(call, found, customer=True)


@plays(
    "subscription.update",
    "automatic_tax billing_cycle_anchor cancel_at_period_end cancellation_details default_payment_method description"
    " items metadata off_session pause_collection payment_behavior proration_behavior",
)
def update(world: World, call: Call) -> Object:
    found = world.get("subscription", call.name)
    if found["status"] in periods.OVER:
        raise refused(
            "A canceled subscription can only update its cancellation_details and metadata.", code="resource_missing"
        )
    if call.get("items"):
        _change_items(world, found, call.get("items"), call)
    if "pause_collection" in call.values:
        changing.pause_collection(world, found, call.get("pause_collection"))
    if "cancel_at_period_end" in call.values:
        changing.ends_with_period(
            world, found, call.values["cancel_at_period_end"], **_details(call.get("cancellation_details"))
        )
    values: dict[str, Any] = {
        key: call.get(key) for key in ("description", "default_payment_method") if key in call.values
    }
    if name := values.get("default_payment_method"):
        world.get("payment_method", name, "default_payment_method")
    if "automatic_tax" in call.values:
        values["automatic_tax"] = {**automatic_tax(call.get("automatic_tax")), "disabled_reason": None}
    if "metadata" in call.values:
        values["metadata"] = world.merged(found, call.values["metadata"])
    world.change(found, "customer.subscription.updated", **values)
    return found


def _details(given: Any) -> Object:
    return {key: value or None for key, value in (given or {}).items()}


def _change_items(world: World, found: Object, wanted: list[Object], call: Call) -> None:
    current = periods.item_of(found)
    if len(wanted) != 1 or wanted[0].get("id") != current["id"]:
        raise misfit("the stand-in plays subscriptions to one price: name its item and its new price", "items")
    _change_item(world, found, wanted[0], call)


def _change_item(world: World, found: Object, wanted: Object, call: Call) -> None:
    current: Object = periods.item_of(found)
    if beyond := sorted(set(wanted) - {"id", "price", "quantity"}):
        raise misfit(f"the stand-in does not play {beyond[0]} of an item", "items")
    price = world.get("price", wanted["price"], "items[0][price]") if "price" in wanted else current["price"]
    if not price["recurring"]:
        raise refused("The price specified is set to `type=one_time` but this field only accepts prices with"
                      " `type=recurring`.", param="items[0][price]")  # fmt: skip
    behaviour = call.get("payment_behavior", "allow_incomplete")
    if behaviour not in ("allow_incomplete", "error_if_incomplete"):
        raise misfit(f"the stand-in does not play payment_behavior {behaviour}", "payment_behavior")
    changing.change_plan(
        world, found, price, wanted.get("quantity") or current["quantity"],
        proration=call.get("proration_behavior", "create_prorations"),
        anew=(call.get("billing_cycle_anchor") or {}).get("type") == "now",
        strict=behaviour == "error_if_incomplete",
    )  # fmt: skip


@plays("subscription.cancel", "cancellation_details invoice_now prorate")
def cancel(world: World, call: Call) -> Object:
    found = world.get("subscription", call.name)
    if found["status"] in periods.OVER:
        raise missing("subscription", call.name)
    if call.get("invoice_now") or call.get("prorate"):
        raise misfit("the stand-in does not play prorated cancellations", "prorate")
    changing.cancel(world, found, **_details(call.get("cancellation_details")))
    return found


@plays("subscription.pause", "type")
def pause(world: World, call: Call) -> Object:
    found = world.get("subscription", call.name)
    changing.pause(world, found)
    return found


@plays("subscription.resume", "billing_cycle_anchor proration_behavior")
def resume(world: World, call: Call) -> Object:
    found = world.get("subscription", call.name)
    changing.resume(world, found)
    return found


@plays("subscription_item.list", "subscription")
def items(world: World, call: Call) -> Object:
    return page(call, world.get("subscription", call.values["subscription"], "subscription")["items"]["data"])


@plays("subscription_item.retrieve")
def item(world: World, call: Call) -> Object:
    return world.get("subscription_item", call.name)


@plays("subscription_item.update", "price quantity proration_behavior payment_behavior")
def update_item(world: World, call: Call) -> Object:
    found = world.get("subscription_item", call.name)
    subscription = world.objects[found["subscription"]]
    wanted: Object = {key: call.values[key] for key in ("price", "quantity") if key in call.values}
    _change_item(world, subscription, wanted, call)
    return world.objects[found["id"]]


@plays("customer.delete")
def delete_customer(world: World, call: Call) -> Object:
    found = world.get("customer", call.name)
    if found.get("deleted"):
        raise Refusal(404, f"No such customer: '{call.name}'", code="resource_missing", param="id")
    for subscription in world.of_kind("subscription"):
        if subscription["customer"] == found["id"] and subscription["status"] not in periods.OVER:
            changing.cancel(world, subscription)
    world.happened("customer.deleted", found)
    kept = {f"_{key}": value for key, value in found.items()}
    found.clear()
    found.update({"id": kept["_id"], "object": "customer", "deleted": True, **kept})
    return found
