"""How subscriptions go on: periods and their invoices, tries to collect them, and the end."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any, Final

from tests.servers.stripe import invoices, lines
from tests.servers.stripe.world import Object, World

HOUR: Final = 3600
DAY: Final = 86_400
RETRIES: Final = (3 * DAY, 5 * DAY, 7 * DAY)  # between the tries to collect an invoice
OVER: Final = ("canceled", "incomplete_expired")


def after(start: int, recurring: Object, count: int) -> int:
    """The moment so many periods after one; a month's 31st is its last day where it has none."""
    number: int = count * recurring["interval_count"]
    begin = dt.datetime.fromtimestamp(start, dt.UTC)
    if recurring["interval"] in ("day", "week"):
        return start + number * {"day": DAY, "week": 7 * DAY}[recurring["interval"]]
    months = begin.month - 1 + number * (12 if recurring["interval"] == "year" else 1)
    year, month = begin.year + months // 12, months % 12 + 1
    day = min(begin.day, calendar.monthrange(year, month)[1])
    return int(begin.replace(year=year, month=month, day=day).timestamp())


def item_of(subscription: Object) -> Object:
    """The one thing that is subscribed to."""
    item: Object = subscription["items"]["data"][0]
    return item


def card_of(world: World, subscription: Object) -> Object | None:
    """What it is paid with."""
    customer = world.objects[subscription["customer"]]
    default = (customer.get("invoice_settings") or {}).get("default_payment_method")
    return world.objects.get(subscription["default_payment_method"] or default or "")


def next_turn(world: World, subscription: Object, anchor: int, recurring: Object) -> None:
    """Count periods from here on."""
    subscription["_turn"] += 1
    subscription["_anchor"] = (anchor, 0)
    _waits(world, subscription, recurring)


def _waits(world: World, subscription: Object, recurring: Object) -> None:
    turn = subscription["_turn"]

    def turns() -> None:
        if subscription["_turn"] == turn and subscription["status"] not in (*OVER, "paused", "incomplete"):
            _period_ends(world, subscription)

    anchor, count = subscription["_anchor"]
    world.timeline.deed(after(anchor, recurring, count + 1), turns)


def _period_ends(world: World, subscription: Object) -> None:
    if subscription["cancel_at_period_end"]:
        end(world, subscription, subscription["cancellation_details"]["reason"] or "cancellation_requested")
        return
    item, anchor = item_of(subscription), subscription["_anchor"]
    price, count = item["price"], anchor[1] + 1
    subscription["_anchor"] = (anchor[0], count)
    period = after(anchor[0], price["recurring"], count), after(anchor[0], price["recurring"], count + 1)
    items = with_item(world, subscription, item, current_period_start=period[0], current_period_end=period[1])
    world.change(subscription, "customer.subscription.updated", items=items)
    bill(world, subscription, "subscription_cycle", period, at_once=False)
    _waits(world, subscription, price["recurring"])


def with_item(world: World, subscription: Object, item: Object, **values: Any) -> Object:
    """The items of a subscription, one of them changed."""
    world.objects[item["id"]] = changed = {**item, **values}
    data = [changed if one["id"] == item["id"] else one for one in subscription["items"]["data"]]
    return {**subscription["items"], "data": data}


def bill(
    world: World, subscription: Object, reason: str, period: tuple[int, int] | None, *, at_once: bool
) -> Object | None:
    """An invoice of what is pending, and of a period if one begins; None if there is nothing to bill."""
    item = item_of(subscription)
    parts, subscription["_pending"] = subscription["_pending"], []
    if period:
        price, automatic = item["price"], subscription["automatic_tax"]
        parts.append(lines.line(world, price, item["quantity"], period, item=item, automatic=automatic))
    if not parts:
        return None
    start, stop = period or (item["current_period_start"], world.clock.seconds())
    customer = world.objects[subscription["customer"]]
    made = lines.new_invoice(world, customer, parts, reason, subscription, period_start=start, period_end=stop)
    if (paused := subscription["pause_collection"]) or subscription["status"] == "unpaid":
        behaviour = paused["behavior"] if paused else "keep_as_draft"
        if behaviour == "keep_as_draft":
            made["auto_advance"] = False
        else:
            invoices.ends(world, made, {"void": "void", "mark_uncollectible": "uncollectible"}[behaviour])
    elif at_once:
        invoices.collect(world, made, card_of(world, subscription))
    else:
        made["automatically_finalizes_at"] = world.clock.seconds() + HOUR
        world.timeline.deed(world.clock.seconds() + HOUR, lambda: _try(world, subscription, made))
    return made


def _try(world: World, subscription: Object, invoice: Object) -> None:
    if invoice["status"] in ("draft", "open") and subscription["status"] not in OVER:
        world.change(invoice, automatically_finalizes_at=None)
        invoices.collect(world, invoice, card_of(world, subscription))


def _follows(world: World, invoice: Object) -> None:
    """What an invoice's fate means for its subscription."""
    subscription = world.objects.get(invoice.get("_subscription", ""))
    if subscription is None or subscription["status"] in OVER:
        return
    if invoice["status"] == "paid":
        if subscription["status"] in ("incomplete", "past_due", "unpaid") and _nothing_owed(world, subscription):
            world.change(subscription, "customer.subscription.updated", status="active")
        return
    if subscription["status"] == "incomplete":
        return
    if subscription["status"] == "active":
        world.change(subscription, "customer.subscription.updated", status="past_due")
    tries = invoice["attempt_count"] - 1
    if tries < len(RETRIES):
        again = world.clock.seconds() + RETRIES[tries]
        world.change(invoice, "invoice.updated", next_payment_attempt=again)
        world.timeline.deed(again, lambda: _again(world, subscription, invoice, again))
    else:
        world.change(invoice, "invoice.updated", next_payment_attempt=None)
        _given_up(world, subscription)


def _again(world: World, subscription: Object, invoice: Object, planned: int) -> None:
    if invoice["next_payment_attempt"] == planned:
        _try(world, subscription, invoice)


def _given_up(world: World, subscription: Object) -> None:
    if world.dunning_ends_in == "canceled":
        end(world, subscription, "payment_failed")
    else:
        world.change(subscription, "customer.subscription.updated", status="unpaid")


def _nothing_owed(world: World, subscription: Object) -> bool:
    newest = world.objects.get(subscription["latest_invoice"] or "")
    return newest is None or newest["status"] in ("paid", "draft", "void")


def end(world: World, subscription: Object, reason: str) -> None:
    """It is over."""
    now = world.clock.seconds()
    details = {**subscription["cancellation_details"], "reason": reason}
    world.change(
        subscription,
        status="canceled",
        canceled_at=subscription["canceled_at"] or now,
        ended_at=now,
        cancellation_details=details,
        cancel_at_period_end=False,
    )
    for invoice in world.of_kind("invoice"):
        if invoice.get("_subscription") == subscription["id"] and invoice["status"] in ("draft", "open"):
            world.change(invoice, auto_advance=False, next_payment_attempt=None)
    world.happened("customer.subscription.deleted", subscription)


invoices.AFTERWARDS.append(_follows)
