"""The customer portal: its configurations and sessions."""

from __future__ import annotations

import copy
from typing import Any, Final

from tests.servers.stripe.calls import Call, page, plays
from tests.servers.stripe.refusals import misfit, refused
from tests.servers.stripe.world import Object, World

LINK_HOLDS: Final = 5 * 60  # seconds until a link that nobody opened is over
VISIT: Final = 3600  # seconds that a visit may take
FEATURES: Final[Object] = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"enabled": False, "duration": {"type": "indefinite", "interval_options": []}},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
PLAYED: Final = "business_profile default_return_url features login_page metadata name"


def new_configuration(world: World, features: Object, **values: Any) -> Object:
    """A configuration; what is not named is off."""
    profile = {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None}
    profile |= {key: value or None for key, value in values.pop("business_profile", {}).items()}
    made = world.make(
        "billing_portal.configuration",
        **{"active": True, "is_default": False, "login_page": {"enabled": False, "url": None}} | values,
        business_profile=profile,
        features=_merged(FEATURES, features),
        updated=world.clock.seconds(),
    )
    world.happened("billing_portal.configuration.created", made)
    return made


def save_settings(world: World) -> Object:
    """What an operator saves once in the dashboard: all is offered, for all plans."""
    on: Object = {"enabled": True}
    features = dict.fromkeys(FEATURES, on)
    features["subscription_update"] = on | {
        "default_allowed_updates": ["price"],
        "proration_behavior": "create_prorations",
        "products": None,
    }
    return new_configuration(world, features, is_default=True)


def _merged(base: Object, new: Object) -> Object:
    result = copy.deepcopy(base)
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _merged(result[key], value)
        else:
            result[key] = [] if value == "" else value
    return result


@plays("billing_portal._configuration.create", PLAYED)
def create_configuration(world: World, call: Call) -> Object:
    features = call.values["features"]
    changing = features.get("subscription_update", {})
    if changing.get("enabled") and not changing.get("products"):
        raise misfit(
            "You must provide at least one product for `subscription_update`.", "features[subscription_update]"
        )
    return new_configuration(world, **{k: v for k, v in call.values.items() if k != "expand" and v != ""})


@plays("billing_portal._configuration.update", f"{PLAYED} active")
def update_configuration(world: World, call: Call) -> Object:
    found = world.get("billing_portal.configuration", call.name)
    values = {key: value for key, value in call.values.items() if key in ("active", "default_return_url", "name")}
    values["metadata"] = world.merged(found, call.values.get("metadata"))
    values["features"] = _merged(found["features"], call.get("features", {}))
    values["business_profile"] = _merged(found["business_profile"], call.get("business_profile", {}))
    world.change(found, "billing_portal.configuration.updated", **values)
    return found


@plays("billing_portal._configuration.retrieve")
def configuration(world: World, call: Call) -> Object:
    return world.get("billing_portal.configuration", call.name)


@plays("billing_portal._configuration.list", "active is_default")
def configurations(world: World, call: Call) -> Object:
    return page(call, world.of_kind("billing_portal.configuration"), active=True, is_default=True)


@plays("billing_portal._session.create", "configuration customer locale return_url")
def create_session(world: World, call: Call) -> Object:
    customer = world.active_customer(call.get("customer", ""))
    if name := call.get("configuration"):
        chosen = world.get("billing_portal.configuration", name, "configuration")
        if not chosen["active"]:
            raise refused("The configuration is inactive.", param="configuration")
    else:
        found = world.find("billing_portal.configuration", is_default=True)
        if found is None:
            mode = "live" if world.live else "test"
            raise refused(f"No configuration provided and your {mode} mode default configuration has not been created."
                          " Provide a configuration or create your default by saving your customer portal settings in"
                          f" {mode} mode at https://dashboard.stripe.com/settings/billing/portal.")  # fmt: skip
        chosen = found
    made = world.make(
        "billing_portal.session",
        configuration=chosen["id"],
        customer=customer["id"],
        locale=call.get("locale"),
        return_url=call.get("return_url", chosen["default_return_url"]),
        _opened=0,
    )
    secret = world.new_id("test", 40)
    made |= {"url": f"{world.url}/portal/{secret}", "_secret": secret, "flow": None}
    world.happened("billing_portal.session.created", made)
    return made


def is_over(world: World, session: Object) -> bool:
    """Whether the link no longer opens anything."""
    until: int = session["_opened"] + VISIT if session["_opened"] else session["created"] + LINK_HOLDS
    return world.clock.seconds() > until


def offered(world: World, session: Object, currency: str) -> list[Object]:
    """The prices that a plan may be changed to."""
    feature = world.objects[session["configuration"]]["features"]["subscription_update"]
    if not feature["enabled"] or "price" not in feature["default_allowed_updates"]:
        return []
    prices = [p for p in world.of_kind("price") if p["active"] and p["recurring"] and p["currency"] == currency]
    if feature["products"] is None:
        return prices
    allowed = {name for product in feature["products"] for name in product["prices"]}
    return [price for price in prices if price["id"] in allowed]
