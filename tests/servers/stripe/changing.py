"""How subscriptions are changed: plans with what is settled for them, pauses, cancellations."""

from __future__ import annotations

from typing import Any

from tests.servers.stripe import lines
from tests.servers.stripe.catalogue import plan_of
from tests.servers.stripe.periods import (
    after,
    bill,
    card_of,
    end,
    item_of,
    next_turn,
    with_item,
)
from tests.servers.stripe.refusals import declined, refused
from tests.servers.stripe.world import Object, World

UPDATED = "customer.subscription.updated"


def change_plan(
    world: World,
    subscription: Object,
    price: Object,
    quantity: int,
    *,
    proration: str = "create_prorations",
    anew: bool = False,
    strict: bool = False,
) -> None:
    """Another price from now on. `anew`: a new period begins now; `strict`: only if it can be paid.

    Raises:
        Refusal: the price does not fit, or could not be paid.
    """
    item, now, card = item_of(subscription), world.clock.seconds(), card_of(world, subscription)
    old, start, stop = item["price"], item["current_period_start"], item["current_period_end"]
    if price["currency"] != subscription["currency"]:
        raise refused("The price's currency must match the subscription's currency.", param="items[0][price]")
    if not price["active"] and price["id"] != old["id"]:
        raise refused(
            "The price specified is inactive. This field only accepts active prices.", param="items[0][price]"
        )
    if strict and proration == "always_invoice" and card and card["_behaviour"] != "good":
        raise declined("insufficient_funds")
    anew = anew or _rhythm(price) != _rhythm(old)
    if (price["id"], quantity) == (old["id"], item["quantity"]) and not anew:
        return
    left = (stop - now) / (stop - start) if stop > now else 0.0
    if proration != "none":
        automatic = subscription["automatic_tax"]
        for sort, words, count, when in ((old, "Unused time on", -item["quantity"], stop),
                                         (price, "Remaining time on", quantity, stop))[: 1 if anew else 2]:  # fmt: skip
            text = f"{words} {abs(count)} × {world.objects[sort['product']]['name']}"
            part = lines.line(world, sort, abs(count), (now, when), item=item, text=text, automatic=automatic,
                                 amount=round(sort["unit_amount"] * count * left))  # fmt: skip
            subscription["_pending"].append(part)
    values: dict[str, Any] = {"price": price, "plan": plan_of(world, price), "quantity": quantity}
    period = (now, after(now, price["recurring"], 1)) if anew else None
    if period:
        values |= {"current_period_start": period[0], "current_period_end": period[1]}
        subscription["billing_cycle_anchor"] = now
    world.change(subscription, UPDATED, items=with_item(world, subscription, item, **values))
    if period:
        next_turn(world, subscription, now, price["recurring"])
    if period or proration == "always_invoice":
        bill(world, subscription, "subscription_update", period, at_once=True)


def _rhythm(price: Object) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


def ends_with_period(world: World, subscription: Object, yes: bool, **details: Any) -> None:
    """It is not renewed; or it is, after all."""
    now = world.clock.seconds()
    reason = {**subscription["cancellation_details"], **details, "reason": "cancellation_requested" if yes else None}
    world.change(
        subscription,
        UPDATED,
        cancel_at_period_end=yes,
        cancel_at=item_of(subscription)["current_period_end"] if yes else None,
        canceled_at=now if yes else None,
        cancellation_details=reason,
    )


def pause_collection(world: World, subscription: Object, asked: Any) -> None:
    """Go on, but take no money for a while; what is empty ends that."""
    paused = asked and {"behavior": asked["behavior"], "resumes_at": asked.get("resumes_at")}
    world.change(subscription, UPDATED, pause_collection=paused or None)
    if paused and (until := paused["resumes_at"]):

        def goes_on() -> None:
            if subscription["pause_collection"] == paused:
                world.change(subscription, UPDATED, pause_collection=None)

        world.timeline.deed(until, goes_on)


def pause(world: World, subscription: Object) -> None:
    """Stand still: nothing is due and nothing is provided.

    Raises:
        Refusal: it does not run.
    """
    if subscription["status"] not in ("active", "trialing", "past_due"):
        raise refused(f"You cannot pause a subscription with the status {subscription['status']}.")
    paused = {"type": "subscription", "transitioned_at": world.clock.seconds(),
              "subscription": {"type": "pause_requested"}}  # fmt: skip
    world.change(subscription, status="paused", status_details={"paused": paused})
    subscription["_turn"] += 1
    world.happened("customer.subscription.paused", subscription)


def resume(world: World, subscription: Object) -> None:
    """Go on, with a new period from now on.

    Raises:
        Refusal: it does not stand still.
    """
    if subscription["status"] != "paused":
        raise refused("You cannot resume this subscription because it is not paused.")
    item, now = item_of(subscription), world.clock.seconds()
    period = now, after(now, item["price"]["recurring"], 1)
    items = with_item(world, subscription, item, current_period_start=period[0], current_period_end=period[1])
    world.change(subscription, status="active", billing_cycle_anchor=now, items=items)
    subscription.pop("status_details", None)
    next_turn(world, subscription, now, item["price"]["recurring"])
    world.happened("customer.subscription.resumed", subscription)
    bill(world, subscription, "subscription_update", period, at_once=True)


def cancel(world: World, subscription: Object, **details: Any) -> None:
    """End it now."""
    subscription["cancellation_details"] = {**subscription["cancellation_details"], **details}
    end(world, subscription, "cancellation_requested")
