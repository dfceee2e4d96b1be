"""What can be asked about invoices."""

from __future__ import annotations

from tests.servers.stripe import invoices
from tests.servers.stripe.calls import Call, page, plays
from tests.servers.stripe.refusals import Refusal, declined, refused
from tests.servers.stripe.world import Object, World


@plays("invoice.retrieve")
def invoice(world: World, call: Call) -> Object:
    return world.get("invoice", call.name)


@plays("invoice.list", "collection_method created customer status subscription")
def invoice_list(world: World, call: Call) -> Object:
    wanted = call.get("subscription")
    found = [i for i in world.of_kind("invoice") if not wanted or i.get("_subscription") == wanted]
    return page(call, found, customer=True, status=True, collection_method=True)


@plays("invoice.update", "metadata description footer auto_advance")
def update_invoice(world: World, call: Call) -> Object:
    found = world.get("invoice", call.name)
    values = {key: call.get(key) for key in ("description", "footer", "auto_advance") if key in call.values}
    world.change(found, "invoice.updated", **values, metadata=world.merged(found, call.values.get("metadata")))
    return found


@plays("invoice_line_item.list")
def lines(world: World, call: Call) -> Object:
    return page(call, world.get("invoice", call.name)["lines"]["data"])


@plays("invoice.finalize_invoice", "auto_advance")
def finalize(world: World, call: Call) -> Object:
    found = world.get("invoice", call.name)
    if found["status"] != "draft":
        raise refused("This invoice is already finalized, you can't re-finalize a non-draft invoice.",
                      code="invoice_not_editable")  # fmt: skip
    invoices.finalize(world, found)
    return found


@plays("invoice.pay", "paid_out_of_band payment_method off_session")
def pay(world: World, call: Call) -> Object:
    found = world.get("invoice", call.name)
    if found["status"] == "paid":
        raise refused("Invoice is already paid", code="invoice_payment_intent_requires_action")
    if found["status"] == "void":
        raise refused("Invoice is no longer payable")
    if call.get("paid_out_of_band"):
        invoices.settled(world, found, out_of_band=True)
        return found
    customer = world.objects[found["customer"]]
    name = call.get("payment_method") or customer["invoice_settings"]["default_payment_method"]
    if subscription := world.objects.get(found.get("_subscription", "")):
        name = call.get("payment_method") or subscription["default_payment_method"] or name
    card = world.get("payment_method", name, "payment_method") if name else None
    if card is None:
        raise refused("There is no default_payment_method set on this Customer or Invoice. Please set a default payment"
                      " method on one of these objects.")  # fmt: skip
    if invoices.collect(world, found, card) != "paid":
        if world.objects[found["_intent"]]["status"] == "requires_action":
            message = (
                "Payment for this invoice requires additional user action before it can be completed successfully."
            )
            raise Refusal(402, message, kind="card_error", code="invoice_payment_intent_requires_action")
        raise declined("insufficient_funds")
    return found


@plays("invoice.void_invoice")
def void(world: World, call: Call) -> Object:
    found = world.get("invoice", call.name)
    if found["status"] not in ("open", "uncollectible"):
        raise refused("You can only pass in open or uncollectible invoices. This invoice isn't.")
    invoices.ends(world, found, "void")
    return found


@plays("invoice.mark_uncollectible")
def uncollectible(world: World, call: Call) -> Object:
    found = world.get("invoice", call.name)
    if found["status"] not in ("open", "draft"):
        raise refused("You can only pass in open invoices. This invoice isn't.")
    invoices.ends(world, found, "uncollectible")
    return found


@plays("invoice_payment.retrieve")
def invoice_payment(world: World, call: Call) -> Object:
    return world.get("invoice_payment", call.name)


@plays("invoice_payment.list", "created invoice payment status")
def invoice_payments(world: World, call: Call) -> Object:
    wanted = call.get("payment", {}).get("payment_intent")
    found = [p for p in world.of_kind("invoice_payment") if not wanted or p["payment"].get("payment_intent") == wanted]
    return page(call, found, invoice=True, status=True)
