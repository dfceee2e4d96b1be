"""The stand-in alone, with one person to be: `python -m tests.servers.telegram [--port P] [--token T]`.

A line is said to the bot; `/photo PATH [CAPTION]` sends a photo, `/press WORD` presses a button. All that the bot says
is shown.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from tests.servers.telegram import TOKEN, Message, Person, TelegramServer


async def play(port: int, token: str) -> None:
    """Serve until the input ends."""
    server = TelegramServer(token)
    await server.opens(port)
    print(f"base_url={server.base_url} base_file_url={server.base_file_url} token={server.token}")
    you = server.person("You")
    you.chat.waiters.append((lambda message: _show(message, server), asyncio.get_running_loop().create_future()))
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            await _do(you, line.strip())
        except (AssertionError, OSError) as error:
            print(f"! {error}")
        while server.violations:
            print(f"! {server.violations.pop()}")
    await server.closes()


def _show(message: Message, server: TelegramServer) -> bool:
    if message.sender is server.bot:
        print(f"{'*' if message.edits else ' '} {message}")
    return False


async def _do(you: Person, line: str) -> None:
    word, _, rest = line.partition(" ")
    if word == "/photo":
        path, _, caption = rest.partition(" ")
        await you.sends_photo(await asyncio.to_thread(Path(path).read_bytes), caption)
    elif word == "/press":
        await you.presses(rest)
    elif line:
        await you.says(line)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A stand-in for the Bot API")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    arguments = parser.parse_args()
    asyncio.run(play(arguments.port, arguments.token))
