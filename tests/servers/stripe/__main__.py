"""The stand-in alone: `python -m tests.servers.stripe [--port P] [--webhooks-to URL] [--events]`.

It prints where it is, with its key and secret, and goes on until it is interrupted or its input ends. Its pages open in a browser. A line such
as `days 31` on its input lets time pass.
"""

from __future__ import annotations

import argparse
import asyncio
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
        while line := await asyncio.to_thread(sys.stdin.readline):
            await _do(server, line.split())
            while server.violations:
                print(f"! {server.violations.pop()}", flush=True)
    finally:
        await server.closes()


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
    asyncio.run(play(arguments.port, arguments.webhooks_to, events=arguments.events))
