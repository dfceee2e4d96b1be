"""A stand-in for Stripe, with people who pay.

async with StripeServer() as server:
    ...  # StripeClient(server.key, base_addresses={"api": server.api_base}); server.webhooks_to(url)
    ada = server.payer()
    page = await ada.opens(session.url)
    await ada.pays()                  # or pays_with_3ds, is_declined, pays_by_bank, leaves
    await server.passes(days=31)      # links expire, periods renew, webhooks are sent again
    server.refunds(session.id, 100)
"""

from tests.servers.stripe.clock import Clock
from tests.servers.stripe.people import Page, Payer
from tests.servers.stripe.server import StripeServer
from tests.servers.stripe.web import Request
from tests.servers.stripe.webhooks import Delivery, sign
from tests.servers.stripe.world import Object

__all__ = ["Clock", "Delivery", "Object", "Page", "Payer", "Request", "StripeServer", "sign"]
