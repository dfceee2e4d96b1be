"""The stand-in alone: `python -m tests.servers.stripe [--port P] [--webhooks-to URL] [--events]`.

It prints where it is, with its key and secret, and its pages open in a browser. A line such as `days 31` on its input
lets time pass; it ends with its input, or when it is interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import stat
import sys

from tests.servers.stripe.server import StripeServer


async def play(port: int, webhooks_to: str, *, events: bool) -> None:
    """Serve until the input ends."""
    server = StripeServer()
    await server.opens(port)
    if webhooks_to:
        server.webhooks_to(webhooks_to)
    if events:
        server.world.listeners.append(lambda event: print(f"  {event['type']} {event['data']['object'].get('id', '')}"))
    print(f"api_base={server.api_base} key={server.key} webhook_secret={server.webhook_secret}", flush=True)
    try:
        lines = await _input()
        while line := await lines.readline():
            await _do(server, line.decode().split())
            while server.violations:
                print(f"! {server.violations.pop()}", flush=True)
    finally:
        await server.closes()


async def _input() -> asyncio.StreamReader:
    """What is typed or piped in; nothing, for ever, where nobody can type."""
    reader = asyncio.StreamReader()
    if sys.stdin.isatty() or stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    return reader


async def _do(server: StripeServer, words: list[str]) -> None:
    if not words:
        return
    if len(words) == 2 and words[0] in ("days", "hours", "minutes") and words[1].isdigit():
        await server.passes(**{words[0]: int(words[1])})
        print(f"it is {server.clock.now():%Y-%m-%d %H:%M} now", flush=True)
    else:
        print("days N, hours N and minutes N let time pass", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A stand-in for Stripe")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--webhooks-to", default="")
    parser.add_argument("--events", action="store_true", help="print what happens")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(play(arguments.port, arguments.webhooks_to, events=arguments.events))
