"""What Discord tells, in the conversation's words: who it was, where it was, what they did."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from typing import Any, Final

import discord

from bots.conversation.events import HOME, Chatter, Event, Place, Typed
from bots.discord_bot.fetching import photo, pictures_of
from bots.discord_bot.places import Address
from bots.discord_bot.rendering import DEFAULT_MOST

PLATFORM: Final = "discord"
LOCALES_MOST: Final = 20_000  # people whose language is remembered: Discord tells it with interactions only
WITH_THREADS: Final = (discord.ChannelType.text, discord.ChannelType.news)
SAID: Final = (discord.MessageType.default, discord.MessageType.reply)


class Locales:
    """The languages of those who used a command or a button lately."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()

    def learn(self, person: str, locale: str) -> None:
        """Remember it."""
        self._known[person] = locale
        self._known.move_to_end(person)
        while len(self._known) > LOCALES_MOST:
            self._known.popitem(last=False)

    def of(self, person: str) -> str:
        """The language, empty if it is not known."""
        return self._known.get(person, "")


def chatter_of(user: discord.abc.User, locale: str) -> Chatter:
    """Who it was. Discord tells no timezone."""
    return Chatter(PLATFORM, str(user.id), locale, None)


def address_of(interaction: discord.Interaction[Any], whispered: bool, about: str = "") -> Address:
    """Where the answers to an interaction go. `about` is the message that it is about, if there is one."""
    pressed = interaction.message
    may = interaction.app_permissions
    alone = _is_alone(interaction)
    return Address(
        channel=str(interaction.channel_id or ""),
        guild=str(interaction.guild_id or ""),
        application=str(interaction.application_id),
        token=interaction.token,
        at=round(time.time(), 1),
        whispered=(whispered and not alone) or bool(pressed and pressed.flags.ephemeral),
        message=str(pressed.id) if pressed else about,
        pressed=pressed is not None,
        present=alone or interaction.is_guild_integration(),
        most=interaction.filesize_limit,
        usual=_usual(interaction.client, interaction.guild_id),
        threads=_has_threads(interaction) and may.create_public_threads and may.send_messages_in_threads,
    )


def _is_alone(interaction: discord.Interaction[Any]) -> bool:
    """Whether it happened in the person's direct messages with the bot."""
    return bool(interaction.context.dm_channel) and not interaction.guild_id


def _has_threads(interaction: discord.Interaction[Any]) -> bool:
    channel = interaction.channel
    return interaction.is_guild_integration() and channel is not None and channel.type in WITH_THREADS


def _usual(client: discord.Client, guild_id: int | None) -> int:
    """The largest file that a server takes of the bot itself, in bytes; in direct messages the default."""
    guild = client.get_guild(guild_id) if guild_id else None
    return guild.filesize_limit if guild and not guild.unavailable else DEFAULT_MOST


def place_of(address: Address, waits: bool) -> Place:
    """Where an interaction happened. What is whispered is read by nobody else."""
    return Place(address.pack(), shared=not (address.alone or address.whispered), waits=waits)


def is_for(bot: discord.ClientUser | None, message: discord.Message) -> bool:
    """Whether somebody speaks to the bot: in direct messages, or by naming it."""
    if bot is None or message.author.bot or message.webhook_id or message.type not in SAID:
        return False
    return message.guild is None or any(user.id == bot.id for user in message.mentions)


def said_at(message: discord.Message, client: discord.Client) -> Place:
    """Where a message was written: the person's own chat, or a channel, which it is answered in."""
    if message.guild is None:
        return HOME
    thread = message.channel.type in WITH_THREADS
    usual = _usual(client, message.guild.id)
    address = Address(
        str(message.channel.id),
        str(message.guild.id),
        message=str(message.id),
        present=True,
        usual=usual,
        threads=thread,
    )
    return Place(address.pack(), shared=True)


def event_of(message: discord.Message, bot: discord.ClientUser) -> Event:
    """What a message says or brings."""
    text = re.sub(rf"<@!?{bot.id}>", "", message.content).strip()
    pictures = pictures_of(message)
    return photo(pictures, caption=text) if pictures else Typed(text)
