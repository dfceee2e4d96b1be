"""All that this Stripe account holds, as the objects that the API shows."""

from __future__ import annotations

import copy
import random
import string
from collections.abc import Callable
from typing import Any, Final

from tests.servers.stripe.clock import Clock, Timeline
from tests.servers.stripe.refusals import Refusal, missing
from tests.servers.stripe.specification import Specification, Unfaithful

Object = dict[str, Any]  # keys that begin with "_" are the server's own and are never shown
PREFIXES: Final = {
    "product": "prod", "price": "price", "customer": "cus", "payment_intent": "pi", "charge": "ch", "refund": "re",
    "dispute": "du", "subscription": "sub", "subscription_item": "si", "invoice": "in", "line_item": "il",
    "invoice_payment": "inpay", "billing_portal.session": "bps", "billing_portal.configuration": "bpc", "event": "evt",
    "balance_transaction": "txn", "item": "li", "payment_method": "pm", "webhook_endpoint": "we",
}  # fmt: skip
LETTERS: Final = string.ascii_letters + string.digits
EVENT_LIFE: Final = 30 * 86_400  # seconds


class World:
    """Objects by id, oldest first, and what happened to them. `tax_percent`: what automatic tax comes to."""

    def __init__(self, clock: Clock, specification: Specification, live: bool, seed: int | None) -> None:
        self.clock = clock
        self.timeline = Timeline(clock)
        self.specification = specification
        self.live = live
        self.url = ""
        self.tax_percent = 19
        self.refunds_pend = False  # refunds stay pending until `refund_ends`
        self.dunning_ends_in = "canceled"  # what a subscription becomes when all tries failed; or "unpaid"
        self.random = random.Random(seed)  # noqa: S311 -- nothing here is a secret
        self.objects: dict[str, Object] = {}
        self.mistakes: list[str] = []  # the stand-in's own
        self.listeners: list[Callable[[Object], None]] = []
        self.request: dict[str, str | None] = {"id": None, "idempotency_key": None}  # the one being answered

    def new_id(self, prefix: str, length: int = 24) -> str:
        return f"{prefix}_{''.join(self.random.choices(LETTERS, k=length))}"

    def make(self, kind: str, **values: Any) -> Object:
        """A new object with all the fields of its kind; not announced yet."""
        made = self.specification.example(kind)
        made |= {"id": self.new_id(PREFIXES[kind]) if kind in PREFIXES else "", "object": kind}
        known = self.specification.schemas[kind]["properties"]
        for name, value in (("livemode", self.live), ("created", self.clock.seconds()), ("metadata", {})):
            if name in known:
                made[name] = value
        made |= values
        self.objects[made["id"]] = made
        return made

    def of_kind(self, kind: str) -> list[Object]:
        """All objects of a kind, newest first."""
        return [one for one in reversed(self.objects.values()) if one["object"] == kind and not one.get("deleted")]

    def get(self, kind: str, name: str, param: str = "id") -> Object:
        """The object of that name.

        Raises:
            Refusal: there is none such.
        """
        found = self.objects.get(name)
        if found is None or found["object"] != kind:
            raise missing(kind, name, param)
        return found

    def find(self, kind: str, **fields: Any) -> Object | None:
        """The newest object of a kind with those values."""
        return next((one for one in self.of_kind(kind) if all(one.get(k) == v for k, v in fields.items())), None)

    def change(self, one: Object, event: str = "", **values: Any) -> None:
        """Give an object new values; with an event, tell what they were before."""
        before = {key: copy.deepcopy(one.get(key)) for key, value in values.items() if one.get(key) != value}
        one.update(values)
        if "updated" in one and before:
            one["updated"] = self.clock.seconds()
        if event and (before or not event.endswith(".updated")):
            self.happened(event, one, before if event.endswith(".updated") else None)

    def happened(self, kind: str, one: Object, before: Object | None = None) -> None:
        """Something happened: it becomes an event, which keeps the object as it is now."""
        if kind not in self.specification.events:
            self.mistakes.append(f"there is no event {kind}")
        data: Object = {"object": shown(one)}
        if before is not None:
            data["previous_attributes"] = shown(before)
        event = self.make(
            "event",
            api_version=self.specification.version,
            data=data,
            pending_webhooks=0,
            request=dict(self.request),
            type=kind,
            _failed=set(),
        )
        self.check(event)
        for listener in self.listeners:
            listener(event)

    def check(self, value: Any) -> None:
        """Notice it if Stripe would not say this."""
        try:
            self.specification.check(shown(value))
        except Unfaithful as error:
            self.mistakes.append(str(error))

    def events(self) -> list[Object]:
        """The events of the last thirty days, newest first."""
        return [e for e in self.of_kind("event") if e["created"] > self.clock.seconds() - EVENT_LIFE]

    def merged(self, one: Object, metadata: Any) -> dict[str, str]:
        """An object's metadata after an update: what is empty goes."""
        if metadata == "":
            return {}
        both = {**(one.get("metadata") or {}), **(metadata or {})}
        return {key: value for key, value in both.items() if value != ""}

    def active_customer(self, name: str, param: str = "customer") -> Object:
        """A customer that was not deleted.

        Raises:
            Refusal: there is none such.
        """
        found = self.get("customer", name, param)
        if found.get("deleted"):
            raise Refusal(400, f"No such customer: '{name}'", code="resource_missing", param=param)
        return found


def shown(value: Any) -> Any:
    """A copy as the API shows it."""
    if isinstance(value, dict):
        return {key: shown(part) for key, part in value.items() if not key.startswith("_")}
    return [shown(part) for part in value] if isinstance(value, list) else value
