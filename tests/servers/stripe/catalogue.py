"""Products and prices."""

from __future__ import annotations

from typing import Any

from tests.servers.stripe.calls import Call, page, plays
from tests.servers.stripe.refusals import misfit, refused
from tests.servers.stripe.world import Object, World

PRODUCT = "active description images metadata name shippable statement_descriptor tax_code unit_label url"


@plays("product.create", f"{PRODUCT} id type")
def create_product(world: World, call: Call) -> Object:
    if (name := call.get("id")) and name in world.objects:
        raise refused("Product already exists.", code="resource_already_exists", param="id")
    values = {"active": True, "images": [], "marketing_features": [], "type": "service", "default_price": None}
    product = world.make("product", **{**values, **call.values, "updated": world.clock.seconds()})
    world.happened("product.created", product)
    return product


@plays("product.retrieve")
def product(world: World, call: Call) -> Object:
    return world.get("product", call.name)


@plays("product.update", f"{PRODUCT} default_price")
def update_product(world: World, call: Call) -> Object:
    found = world.get("product", call.name)
    values = {key: None if value == "" else value for key, value in call.values.items() if key != "expand"}
    world.change(found, "product.updated", **values | {"metadata": world.merged(found, call.values.get("metadata"))})
    return found


@plays("product.list", "active created ids url")
def products(world: World, call: Call) -> Object:
    ids = call.get("ids")
    return page(call, [p for p in world.of_kind("product") if not ids or p["id"] in ids], active=True, url=True)


@plays("product.delete")
def delete_product(world: World, call: Call) -> Object:
    found = world.get("product", call.name)
    if world.find("price", product=found["id"]):
        raise refused("This product cannot be deleted because it has one or more user-created prices.")
    world.happened("product.deleted", found)
    world.objects[found["id"]] = gone = {"id": found["id"], "object": "product", "deleted": True}
    return gone


@plays(
    "price.create",
    "active billing_scheme currency lookup_key metadata nickname product product_data recurring tax_behavior"
    " transfer_lookup_key unit_amount",
)
def create_price(world: World, call: Call) -> Object:
    return new_price(world, call.values)


def new_price(world: World, values: dict[str, Any], **own: Any) -> Object:
    """A price by the parameters for one.

    Raises:
        Refusal: they do not go together.
    """
    if ("product" in values) == ("product_data" in values):
        raise misfit("You must specify either `product` or `product_data` when creating a price.", "product")
    if values.get("unit_amount") is None:
        raise misfit(
            "One of `unit_amount`, `unit_amount_decimal` or `custom_unit_amount` must be given.", "unit_amount"
        )
    if values["unit_amount"] < 0:
        raise misfit("Invalid integer: unit_amount must be at least 0", "unit_amount")
    if "product" in values:
        product_id = world.get("product", values["product"], "product")["id"]
    else:
        data = {"images": [], "marketing_features": [], "type": "service", **values["product_data"]}
        made = world.make("product", active=True, updated=world.clock.seconds(), **data)
        world.happened("product.created", made)
        product_id = made["id"]
    key = values.get("lookup_key")
    if key:
        _take_key(world, key, transfer=values.get("transfer_lookup_key", False))
    price = world.make(
        "price",
        active=values.get("active", True),
        billing_scheme="per_unit",
        currency=values["currency"].lower(),
        lookup_key=key,
        metadata=values.get("metadata") or {},
        nickname=values.get("nickname"),
        product=product_id,
        recurring=_recurring(values.get("recurring")),
        tax_behavior=values.get("tax_behavior", "unspecified"),
        type="recurring" if values.get("recurring") else "one_time",
        unit_amount=values["unit_amount"],
        unit_amount_decimal=str(values["unit_amount"]),
        **own,
    )
    world.happened("price.created", price)
    return price


def _recurring(asked: dict[str, Any] | None) -> Object | None:
    if not asked:
        return None
    return {
        "interval": asked["interval"],
        "interval_count": asked.get("interval_count", 1),
        "meter": None,
        "usage_type": "licensed",
        "trial_period_days": None,
    }


def _take_key(world: World, key: str, *, transfer: bool) -> None:
    owner = world.find("price", lookup_key=key)
    if owner is None:
        return
    if not transfer:
        raise refused(
            f"A price (`{owner['id']}`) already uses that lookup key. To transfer the lookup key to this price, set"
            " `transfer_lookup_key` to true.",
            code="lookup_key_already_exists",
            param="lookup_key",
        )
    world.change(owner, "price.updated", lookup_key=None)


@plays("price.retrieve")
def price(world: World, call: Call) -> Object:
    return world.get("price", call.name)


@plays("price.update", "active lookup_key metadata nickname tax_behavior transfer_lookup_key")
def update_price(world: World, call: Call) -> Object:
    found = world.get("price", call.name)
    values: dict[str, Any] = {"metadata": world.merged(found, call.values.get("metadata"))}
    for key in ("active", "nickname"):
        if key in call.values:
            values[key] = call.values[key] if call.values[key] != "" else None
    if behavior := call.get("tax_behavior"):
        if found["tax_behavior"] not in ("unspecified", behavior):
            raise refused("`tax_behavior` cannot be changed once it is set.", param="tax_behavior")
        values["tax_behavior"] = behavior
    if "lookup_key" in call.values and call.get("lookup_key") != found["lookup_key"]:
        if key := call.get("lookup_key"):
            _take_key(world, key, transfer=call.get("transfer_lookup_key", False))
        values["lookup_key"] = call.get("lookup_key")
    world.change(found, "price.updated", **values)
    return found


@plays("price.list", "active created currency lookup_keys product recurring type")
def prices(world: World, call: Call) -> Object:
    keys, recurring = call.get("lookup_keys"), call.get("recurring", {})
    if keys and len(keys) > 10:
        raise misfit("Array lookup_keys exceeded maximum 10 allowed elements.", "lookup_keys")
    found = [
        p
        for p in world.of_kind("price")
        if (not keys or p["lookup_key"] in keys)
        and all((p["recurring"] or {}).get(field) == value for field, value in recurring.items())
        and not p.get("_inline")
    ]
    return page(call, found, active=True, currency=True, product=True, type=True)


def plan_of(world: World, price: Object) -> Object:
    """A recurring price as the old kind of plan that subscription items still show."""
    plan = {**world.specification.example("plan"), **{key: price[key] for key in
            ("id", "active", "billing_scheme", "created", "currency", "livemode", "metadata", "nickname", "product")},
            "object": "plan", "amount": price["unit_amount"], "amount_decimal": price["unit_amount_decimal"],
            "interval": price["recurring"]["interval"], "interval_count": price["recurring"]["interval_count"],
            "usage_type": "licensed"}  # fmt: skip
    plan.pop("tiers", None)
    return plan
