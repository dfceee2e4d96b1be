"""The permissions that matter to a bot, as Discord numbers them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

PERMISSIONS: Final = {
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "use_external_emojis": 1 << 18,
    "use_application_commands": 1 << 31,
    "create_public_threads": 1 << 35,
    "send_messages_in_threads": 1 << 38,
    "use_external_apps": 1 << 50,
}
ADMINISTRATOR: Final = 1 << 3
EVERYDAY: Final = sum(PERMISSIONS.values()) - PERMISSIONS["manage_messages"]


def bits(names: Iterable[str]) -> int:
    """The number of a set of permissions.

    Raises:
        KeyError: a name is not one of PERMISSIONS.
    """
    return sum(PERMISSIONS[name] for name in set(names))
