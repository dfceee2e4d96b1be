"""How far an order is, is told until that can't be done any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from bots.conversation.events import Chatter
from bots.conversation.flows.telling import Telling
from bots.conversation.messages import Reply
from core.errors import TryLater, Undeliverable, Unreachable
from core.records import JobEvent, Waiting


@pytest.mark.parametrize(
    ("trouble", "tries"), [(Undeliverable(), 1), (Unreachable(), 1), (BrokenPipeError(), 1), (TryLater(1.0), 3)]
)
async def test_an_order_whose_progress_nobody_takes_is_told_no_more(trouble: Exception, tries: int) -> None:
    sent: list[Reply] = []

    async def send(chatter: Chatter, reply: Reply) -> None:
        sent.append(reply)
        raise trouble

    async def watch(order: int) -> AsyncIterator[JobEvent]:
        for position in (3, 2, 1):
            yield Waiting(position, 600.0 * position)

    messenger = SimpleNamespace(send=send, edit_pause=0.0)
    services: Any = SimpleNamespace(orders=SimpleNamespace(watch=watch), messenger=messenger)
    await Telling(services, Chatter("console", "ada"), 1, 5).follow()
    assert len(sent) == tries
    assert all(reply.passing for reply in sent)
