"""Stripe as payments.ports.Gateway."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import stripe

from core.money import Rail
from core.settings import ShopSettings, StripeSettings
from payments.ports import CheckoutState, Event, InvoiceState, Order, PaymentState, PlanState, Refused, Unknown
from payments.stripe_gateway import reading, signing
from payments.stripe_gateway.client import asking, client, idempotent
from payments.stripe_gateway.reading import PURCHASE

LANGUAGES: Final = (
    " bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl"
    " sv th tr vi zh zh-HK zh-TW "
)
PAGE: Final = 100  # the most that a list gives at once
INTENTS: Final = "payments.data.payment.payment_intent"
REFUNDS: Final = "latest_charge.refunds"


class StripeGateway:
    """payments.ports.Gateway over a client that is open."""

    rail = Rail.STRIPE
    kinds = signing.KINDS

    def __init__(self, opened: stripe.StripeClient, settings: StripeSettings, tax: str) -> None:
        self._v1 = opened.v1
        self._secrets = [part.strip() for part in settings.webhook_secret.get_secret_value().split(",") if part.strip()]
        self._tax = tax
        self.live = "_live_" in settings.key.get_secret_value()[:8]

    async def customer(self, number: str, locale: str) -> str:
        """See payments.ports.Gateway."""
        with asking():
            made = await self._v1.customers.create_async(
                {"metadata": {"number": number}, "preferred_locales": [language(locale, "en")]},
                idempotent(f"customer-{number}"),  # type: ignore[arg-type]
            )
        return made.id

    async def forget(self, customer: str) -> None:
        """See payments.ports.Gateway. Stripe itself cancels what a customer has when it deletes them."""
        try:
            with asking():
                await self._v1.customers.delete_async(customer)
        except Unknown:
            return

    async def cancel(self, subscription: str) -> None:
        """See payments.ports.Gateway."""
        try:
            with asking():
                await self._v1.subscriptions.cancel_async(subscription)
        except Unknown:
            return

    async def checkout(self, order: Order) -> CheckoutState:
        """See payments.ports.Gateway. Refused where the price is not the one that was told."""
        with asking():
            prices = await self._v1.prices.list_async({"lookup_keys": [order.article.key], "active": True})
            price = next(iter(prices.data), None)
            if price is None or (price.unit_amount, price.currency) != (order.article.amount, order.article.currency):
                raise Refused(f"{order.article.key} is not on sale at Stripe")
            made = await self._v1.checkout.sessions.create_async(
                self._session(order, price.id),  # type: ignore[arg-type]
                idempotent(f"checkout-{order.number}-{order.customer}"),  # type: ignore[arg-type]
            )
        return reading.checkout_of(made)

    async def expire(self, reference: str) -> CheckoutState:
        """See payments.ports.Gateway."""
        try:
            with asking():
                await self._v1.checkout.sessions.expire_async(reference)
        except Unknown:
            raise
        except Refused:  # It is over already.
            pass
        return await self.checkout_state(reference)

    async def portal(self, customer: str, locale: str, home: str) -> str:
        """See payments.ports.Gateway."""
        asked: dict[str, Any] = {"customer": customer, "locale": language(locale, "auto")}
        with asking():
            made = await self._v1.billing_portal.sessions.create_async(
                asked | ({"return_url": home} if home else {})  # type: ignore[arg-type]
            )
        return made.url

    async def receipt(self, payment: str, reference: str) -> str:
        """See payments.ports.Gateway."""
        with asking():
            if reference.startswith("in_"):
                return (await self._v1.invoices.retrieve_async(reference)).hosted_invoice_url or ""
            intent = await self._v1.payment_intents.retrieve_async(payment, {"expand": ["latest_charge"]})
        charge = intent.latest_charge
        return charge.receipt_url or "" if isinstance(charge, stripe.Charge) else ""

    async def checkout_state(self, reference: str) -> CheckoutState:
        """See payments.ports.Gateway."""
        with asking():
            found = await self._v1.checkout.sessions.retrieve_async(reference, {"expand": ["payment_intent"]})
        return reading.checkout_of(found)

    async def invoice_state(self, reference: str) -> InvoiceState:
        """See payments.ports.Gateway."""
        with asking():
            found = await self._v1.invoices.retrieve_async(reference, {"expand": [INTENTS]})
        return reading.invoice_of(found)

    async def plan_state(self, reference: str) -> PlanState:
        """See payments.ports.Gateway."""
        with asking():
            found = await self._v1.subscriptions.retrieve_async(reference)
        return reading.plan_of(found)

    async def payment_state(self, reference: str) -> PaymentState:
        """See payments.ports.Gateway."""
        with asking():
            intent = await self._v1.payment_intents.retrieve_async(reference, {"expand": [REFUNDS]})
            charge = intent.latest_charge
            disputes: list[stripe.Dispute] = []
            if isinstance(charge, stripe.Charge) and charge.disputed:
                disputes = (await self._v1.disputes.list_async({"payment_intent": reference, "limit": PAGE})).data
        return reading.payment_of(intent, disputes)

    async def invoice_of(self, payment: str) -> str:
        """See payments.ports.Gateway."""
        with asking():
            found = await self._v1.invoice_payments.list_async(
                {"payment": {"type": "payment_intent", "payment_intent": payment}}
            )
        return reading.name_of(found.data[0].invoice) if found.data else ""

    def verify(self, body: bytes, signature: str, now: dt.datetime) -> Event:
        """See payments.ports.Gateway."""
        return signing.verified(body, signature, self._secrets, now)

    async def events(self, since: dt.datetime, undelivered: bool = False) -> AsyncIterator[Event]:
        """See payments.ports.Gateway."""
        asked: dict[str, Any] = {"created": {"gte": int(since.timestamp())}, "types": list(signing.KINDS)}
        asked |= {"limit": PAGE} | ({"delivery_success": False} if undelivered else {})
        with asking():
            found = await self._v1.events.list_async(asked)  # type: ignore[arg-type]
            async for one in found.auto_paging_iter():
                yield signing.event(one.to_dict())

    async def payments(self, since: dt.datetime) -> AsyncIterator[PaymentState]:
        """See payments.ports.Gateway."""
        with asking():
            found = await self._v1.charges.list_async({"created": {"gte": int(since.timestamp())}, "limit": PAGE})
            async for one in found.auto_paging_iter():
                state = reading.charge_of(one)
                if state.succeeded and state.reference:
                    yield state

    def _session(self, order: Order, price: str) -> dict[str, Any]:
        metadata = {"metadata": {PURCHASE: order.number}}
        asked: dict[str, Any] = {
            "customer": order.customer,
            "client_reference_id": order.number,
            "line_items": [{"price": price, "quantity": 1}],
            "locale": language(order.locale, "auto"),
            "success_url": order.paid_url,
            "cancel_url": order.cancelled_url,
            "expires_at": int(order.expires_at.timestamp()),
            "expand": ["payment_intent"],
            **metadata,
        }
        if order.article.monthly:
            asked |= {"mode": "subscription", "subscription_data": metadata}
        else:  # What was told in the chat is what is paid: no other currency by the buyer's address.
            asked |= {"mode": "payment", "payment_intent_data": metadata, "adaptive_pricing": {"enabled": False}}
        if self._tax != "none":
            asked |= {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto"}}
        return asked


def language(locale: str, otherwise: str) -> str:
    """What Stripe calls a language, if it speaks it."""
    locale = locale.replace("_", "-")
    return next((name for name in (locale, locale.split("-")[0]) if f" {name} " in LANGUAGES), otherwise)


@asynccontextmanager
async def open_stripe(settings: StripeSettings, shop: ShopSettings) -> AsyncIterator[StripeGateway]:
    """Stripe, as long as the block runs. Nothing is asked of it yet."""
    async with client(settings) as opened:
        yield StripeGateway(opened, settings, shop.tax)
