"""Which parameters of a checkout session go together."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from tests.servers.stripe.calls import Call
from tests.servers.stripe.refusals import misfit
from tests.servers.stripe.world import World

SHORTEST: Final = 30 * 60
LONGEST: Final = 24 * 3600
INNER: Final = {
    "payment_intent_data": {"description", "metadata", "receipt_email", "setup_future_usage", "statement_descriptor",
                            "statement_descriptor_suffix"},
    "subscription_data": {"description", "metadata"},
}  # fmt: skip


def check(world: World, call: Call) -> None:
    """Refuse what Stripe refuses.

    Raises:
        Refusal: something does not fit.
    """
    _check_mode(call)
    _check_inner(call)
    _check_customer(call)
    _check_addresses(call)
    if expires := call.get("expires_at"):
        ahead = expires - world.clock.seconds()
        if ahead < SHORTEST:
            raise misfit("The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
                         "expires_at")  # fmt: skip
        if ahead > LONGEST:
            raise misfit("The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
                         "expires_at")  # fmt: skip


def _check_mode(call: Call) -> None:
    if call.get("mode") not in ("payment", "subscription"):
        raise misfit("the stand-in plays the modes payment and subscription", "mode")
    if call.get("ui_mode", "hosted_page") != "hosted_page":
        raise misfit("the stand-in plays hosted pages", "ui_mode")
    if call.get("mode") == "subscription" and (call.get("customer_creation") or call.get("invoice_creation")):
        raise misfit("`customer_creation` and `invoice_creation` can only be used in `payment` mode.", "mode")


def _check_inner(call: Call) -> None:
    for key, known in INNER.items():
        inner: dict[str, Any] = call.get(key, {})
        if beyond := sorted(set(inner) - known):
            raise misfit(f"the stand-in does not play {key}[{beyond[0]}]", key)
        if key in call.values and (call.get("mode") == "payment") == (key == "subscription_data"):
            raise misfit(f"You can not pass `{key}` in `{call.get('mode')}` mode.", key)


def _check_customer(call: Call) -> None:
    if call.get("customer") and (call.get("customer_email") or call.get("customer_creation")):
        raise misfit("You may only specify one of these parameters: customer, customer_email, customer_creation.")
    if call.get("customer_update") and not call.get("customer"):
        raise misfit("`customer_update` can only be used with `customer`.", "customer_update")
    if len(call.get("client_reference_id", "")) > 200:
        raise misfit("Invalid string: client_reference_id must be at most 200 characters", "client_reference_id")


def _check_addresses(call: Call) -> None:
    if not call.get("success_url"):
        raise misfit("Missing required param: success_url.", "success_url")
    for key in ("success_url", "cancel_url"):
        if (url := call.get(key)) and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
            raise misfit("Not a valid URL", key)
