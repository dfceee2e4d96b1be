"""expand[]: names replaced by what they name."""

from __future__ import annotations

from typing import Any, Final

from tests.servers.stripe.calls import list_of
from tests.servers.stripe.refusals import Refusal
from tests.servers.stripe.world import Object, World, shown

DEEPEST: Final = 4
# What is only there when it is asked for: kind and field to where its objects are.
INCLUDABLE: Final = {
    ("checkout.session", "line_items"): ("_line_items", "/v1/checkout/sessions/{id}/line_items"),
    ("charge", "refunds"): ("refund", "/v1/charges/{id}/refunds"),
    ("customer", "subscriptions"): ("subscription", "/v1/customers/{id}/subscriptions"),
    ("invoice", "payments"): ("invoice_payment", "/v1/invoice_payments?invoice={id}"),
}


def expanded(world: World, answer: Object, paths: list[str]) -> Object:
    """The answer as it is shown, with those fields as objects.

    Raises:
        Refusal: a field cannot be expanded.
    """
    result: Object = shown(answer)
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST:
            raise Refusal(400, f"You cannot expand more than 4 levels of a property: {path}", param="expand")
        if result["object"] == "list":
            if parts[0] != "data":
                raise Refusal(400, f"This property cannot be expanded ({path}).", param="expand", violation=True)
            for one in result["data"]:
                _expand(world, one, parts[1:], path)
        else:
            _expand(world, result, parts, path)
    return result


def _expand(world: World, one: Any, parts: list[str], path: str) -> None:
    if not parts or one is None:
        return
    if isinstance(one, list):
        for part in one:
            _expand(world, part, parts, path)
        return
    if not isinstance(one, dict):
        raise Refusal(400, f"This property cannot be expanded ({path}).", param="expand", violation=True)
    field, rest = parts[0], parts[1:]
    if (includable := INCLUDABLE.get((one.get("object", ""), field))) and one.get(field) is None:
        one[field] = _included(world, one, *includable)
    if field not in one:
        kind = world.specification.schemas.get(one.get("object", ""), {"properties": {field: {}}})
        if field not in kind["properties"]:
            raise Refusal(400, f"This property cannot be expanded ({path}).", param="expand", violation=True)
        return
    value = one[field]
    if isinstance(value, str) and value in world.objects:
        one[field] = value = shown(world.objects[value])
    elif isinstance(value, list):
        one[field] = value = [
            shown(world.objects[v]) if isinstance(v, str) and v in world.objects else v for v in value
        ]
    _expand(world, value, rest, path)


def _included(world: World, one: Object, source: str, url: str) -> Object:
    owner = world.objects[one["id"]]
    if source.startswith("_"):
        items = owner[source]
    else:
        items = [found for found in world.of_kind(source) if found.get(one["object"]) == one["id"]]
    return list_of([shown(item) for item in items][:10], url.format(id=one["id"]))
