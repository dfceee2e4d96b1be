"""What people do on the portal's page and on an invoice's."""

from __future__ import annotations

from typing import Any

from tests.servers.stripe import changing, invoices, periods, portal
from tests.servers.stripe.customers import new_card
from tests.servers.stripe.refusals import refused
from tests.servers.stripe.world import Object, World


def pays_invoice(world: World, invoice: Object, behaviour: str) -> str:
    """Pay an open invoice with a new card, which the subscription is paid with from then on; the invoice's status."""
    customer = world.objects[invoice["customer"]]
    card = new_card(world, behaviour, customer)
    status = invoices.collect(world, invoice, card)
    subscription = world.objects.get(invoice.get("_subscription", ""))
    if status == "paid" and subscription and subscription["status"] not in periods.OVER:
        world.change(subscription, "customer.subscription.updated", default_payment_method=card["id"])
    return status


def running(world: World, session: Object) -> Object | None:
    """The customer's subscription that is not over."""
    return next((one for one in world.of_kind("subscription")
                 if one["customer"] == session["customer"] and one["status"] not in periods.OVER), None)  # fmt: skip


def offers(world: World, session: Object) -> tuple[list[str], list[Object]]:
    """What the page says and offers."""
    features = world.objects[session["configuration"]]["features"]
    found, forms, lines = running(world, session), [], []
    if found:
        price = periods.item_of(found)["price"]
        lines.append(f"{world.objects[price['product']]['name']}: {found['status']}")
        forms = _plan(world, session, found, features)
    if features["payment_method_update"]["enabled"]:
        cards = [("good", "4242 (is good)"), ("asks", "3184 (asks)"), ("refuses", "0341 (has no money)")]
        forms.append(_form("card", "Pay with this card", {"name": "card", "label": "Card", "choices": cards}))
    if features["invoice_history"]["enabled"]:
        own = [one for one in world.of_kind("invoice") if one["customer"] == session["customer"] and one["number"]]
        lines += [f"Invoice {one['number']}: {one['status']}" for one in own]
    return lines, forms


def _plan(world: World, session: Object, found: Object, features: Object) -> list[Object]:
    forms = []
    if features["subscription_cancel"]["enabled"]:
        forms.append(
            _form("stay", "Stay after all") if found["cancel_at_period_end"] else _form("cancel", "Cancel plan")
        )
    if features["subscription_pause"]["enabled"]:
        forms.append(_form("resume", "Resume") if found["status"] == "paused" else _form("pause", "Pause"))
    current = periods.item_of(found)["price"]["id"]
    prices = [p for p in portal.offered(world, session, found["currency"]) if p["id"] != current]
    if prices and found["status"] in ("active", "past_due"):
        choices = [(p["id"], p["lookup_key"] or world.objects[p["product"]]["name"]) for p in prices]
        forms.append(_form("change", "Change plan", {"name": "price", "label": "Plan", "choices": choices}))
    return forms


def acts(world: World, session: Object, said: dict[str, str]) -> str:
    """Do what a button says; what the page says then.

    Raises:
        Refusal: it is not offered.
    """
    action = said.get("action", "")
    if action not in {form["action"] for form in offers(world, session)[1]}:
        raise refused("This is not offered.")
    features = world.objects[session["configuration"]]["features"]
    if action == "card":
        card = new_card(world, said.get("card", "good"), world.objects[session["customer"]])
        customer = world.objects[session["customer"]]
        settings = {**customer["invoice_settings"], "default_payment_method": card["id"]}
        world.change(customer, "customer.updated", invoice_settings=settings)
        if found := running(world, session):
            world.change(found, "customer.subscription.updated", default_payment_method=card["id"])
        return "Your card was changed."
    found = running(world, session)
    if found is None:
        raise refused("There is no plan.")
    if action == "cancel" and features["subscription_cancel"]["mode"] == "immediately":
        changing.cancel(world, found)
    elif action in ("cancel", "stay"):
        changing.ends_with_period(world, found, action == "cancel")
    elif action == "pause":
        changing.pause(world, found)
    elif action == "resume":
        changing.resume(world, found)
    else:
        offered = {price["id"]: price for price in portal.offered(world, session, found["currency"])}
        feature = features["subscription_update"]
        quantity = periods.item_of(found)["quantity"]
        changing.change_plan(world, found, offered[said["price"]], quantity, proration=feature["proration_behavior"])
    return "Done."


def _form(action: str, words: str, *fields: Any) -> Object:
    return {"action": action, "words": words, "fields": list(fields)}
