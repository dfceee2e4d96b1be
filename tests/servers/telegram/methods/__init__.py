"""The methods of the Bot API, each a function of the server and a call that fits the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from tests.servers.telegram.methods import answering, asking, editing, menus, sending
from tests.servers.telegram.wire import Call

if TYPE_CHECKING:
    from tests.servers.telegram.server import TelegramServer

Method = Callable[["TelegramServer", Call], Any | Awaitable[Any]]

METHODS: Final[dict[str, Method]] = (
    sending.METHODS | editing.METHODS | answering.METHODS | asking.METHODS | menus.METHODS
)
