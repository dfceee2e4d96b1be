"""A stand-in for Telegram's Bot API, with people who talk to the bot.

async with TelegramServer() as server:
    ...  # a client library with base_url=server.base_url, base_file_url=server.base_file_url, token=server.token
    ada = server.person("Ada", language="de")
    await ada.starts()
    await ada.sends_photo(photo, caption="in a red cape")
    await ada.presses("marble")
    result = await ada.reads("Here is", within=30)
"""

from tests.servers.telegram.groups import Channel, Group
from tests.servers.telegram.media import Media
from tests.servers.telegram.people import Person
from tests.servers.telegram.queries import InlineAnswer, Press
from tests.servers.telegram.server import TOKEN, Request, TelegramServer
from tests.servers.telegram.transcript import Line
from tests.servers.telegram.world import Button, Message, Version

__all__ = [
    "TOKEN",
    "Button",
    "Channel",
    "Group",
    "InlineAnswer",
    "Line",
    "Media",
    "Message",
    "Person",
    "Press",
    "Request",
    "TelegramServer",
    "Version",
]
