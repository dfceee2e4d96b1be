"""The client that speaks to Stripe, and what its errors mean here."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import stripe

from core.errors import ShopAway
from core.settings import StripeSettings
from payments.ports import Refused, Unknown

API_VERSION: Final = "2026-10-28.endive"
"""Of Stripe's interface; the one that the pinned library speaks. Both are raised together."""
TIMEOUT: Final = 15.0  # seconds for one try
RETRIES: Final = 2  # by the library, with the same idempotency key, after a pause that doubles


class Http(stripe.HTTPXClient):
    """The library's client, which hands a form over in the way that httpx wants it by now."""

    def _get_request_args_kwargs(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None
    ) -> tuple[list[str], dict[str, Any]]:
        form = {"headers": headers, "content": post_data, "timeout": TIMEOUT}
        return [method, url], form


@asynccontextmanager
async def client(settings: StripeSettings) -> AsyncIterator[stripe.StripeClient]:
    """A client, open as long as the block runs."""
    stripe.enable_telemetry = False  # It would tell about this machine, and write a file into its user's home.
    for name in ("stripe", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)  # They would write down whatever is asked.
    http = Http(timeout=TIMEOUT)
    try:
        yield stripe.StripeClient(
            settings.key.get_secret_value(),
            stripe_version=API_VERSION,
            base_addresses={"api": settings.api_base},
            max_network_retries=RETRIES,
            http_client=http,
        )
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]


@contextmanager
def asking() -> Iterator[None]:
    """What goes wrong in the block is said in the shop's own errors, without Stripe's words, which may quote somebody.

    Raises:
        ShopAway, Refused, Unknown: see payments.ports.
    """
    try:
        yield
    except stripe.InvalidRequestError as error:
        kind = Unknown if error.http_status == 404 or error.code == "resource_missing" else Refused
        raise kind(_told(error)) from None
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise ShopAway(_told(error)) from None
    except stripe.StripeError as error:
        raise Refused(_told(error)) from None


def idempotent(key: str) -> Mapping[str, str]:
    """Options of a request that does once what it does, however often it is made within a day."""
    return {"idempotency_key": key}


def _told(error: stripe.StripeError) -> str:
    parameter = getattr(error, "param", None)
    return " ".join(str(part) for part in (type(error).__name__, error.http_status, error.code, parameter) if part)
