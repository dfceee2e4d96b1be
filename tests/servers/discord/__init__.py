"""A stand-in for Discord: REST API v10, gateway and files, on 127.0.0.1.

async with DiscordServer() as server:
    discord.http.Route.BASE = server.api_base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway.url)
    ada = server.person("Ada", locale="de")
    general = server.guild("Makers").channel("general")
    ... start the bot; await server.gateway.ready() ...
    await ada.uses("/figurine", general, photo=picture, style="marble")
    await ada.reads("on its way", general)
"""

from tests.servers.discord.media import Attachment, Upload
from tests.servers.discord.people import Choice, Line, Person
from tests.servers.discord.said import (
    Button,
    Menu,
    Message,
)
from tests.servers.discord.server import DiscordServer
from tests.servers.discord.specification import Unfaithful
from tests.servers.discord.world import (
    Channel,
    Guild,
    Interaction,
)

__all__ = [
    "Attachment",
    "Button",
    "Channel",
    "Choice",
    "DiscordServer",
    "Guild",
    "Interaction",
    "Line",
    "Menu",
    "Message",
    "Person",
    "Unfaithful",
    "Upload",
]
