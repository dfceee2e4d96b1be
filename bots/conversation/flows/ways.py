"""Ways into the chat: addresses that open it and say where somebody comes from."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

LINK: Final = "link-"
INVITATION: Final = "invite-"
SHOP: Final = "shop"
"""What stands behind /start on the ways from a link code, an invitation and the shop. Any other is a greeting."""
FROM_SHOP: Final = (SHOP, "paid", "cancelled")
"""How the ways from the shop begin."""


def home(address: str, way: str) -> str:
    """The address of the chat, with that way in it where the platform has such a thing."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    return parts._replace(query=urlencode({**query, "start": way})).geturl() if "start" in query else address


def has_ways(address: str) -> bool:
    """Whether an address can say where somebody comes from."""
    return "start" in dict(parse_qsl(urlsplit(address).query))
