"""The connection to Discord's gateway: what comes in is translated, kept, and only then acknowledged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp
import discord

from bots.conversation.conversation import Conversation
from bots.conversation.events import Event
from bots.conversation.forms import Form
from bots.conversation.texts import Texts
from bots.discord_bot.asides import Asides
from bots.discord_bot.commands import Tree
from bots.discord_bot.components import Choosable, Pressable, filled, modal
from bots.discord_bot.directs import MESSAGES_MOST, Directs
from bots.discord_bot.refusals import USED_UP
from bots.discord_bot.rest import ACKNOWLEDGED, LONGEST_WAIT, Line
from bots.discord_bot.signins import Manners, SignIns
from bots.discord_bot.translating import Locales, address_of, chatter_of, event_of, is_for, place_of, said_at
from bots.discord_bot.waiting import LONGEST, PROMPT, Pending, Pendings
from core.errors import FigurineError, PlatformRefused
from core.supervision import in_background, stop

log = logging.getLogger(__name__)

CONNECTIONS: Final = 64  # to Discord at once; many new ones together would take longer than waiting for one
SOON: Final = 2.0  # seconds of the three that Discord gives
LAST_WORDS: Final = 3.0  # seconds for what came in last to be kept and acknowledged
TROUBLE: Final = (discord.DiscordException, aiohttp.ClientError, OSError)
LOOK_PAUSE: Final = 0.05  # seconds between two channels that are looked through
LOOK_AGAIN: Final = 5.0  # seconds until one is tried again
LOOKS: Final = 3  # at one that can't be read
INTENTS: Final = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)


class GatewayClient(discord.AutoShardedClient):
    """One connection, with as many shards as Discord wants. A new one is made for each attempt to connect."""

    def __init__(
        self,
        conversation: Conversation,
        pendings: Pendings,
        locales: Locales,
        line: Line,
        asides: Asides,
        directs: Directs,
        sign_ins: SignIns,
        manners: Manners,
        operators: bool,
        engraved: int,
    ) -> None:
        """`engraved`: how many characters a name on a base may have."""
        super().__init__(
            intents=INTENTS,
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_WAIT,
            heartbeat_timeout=manners.silence,
            http_trace=line.refusals.trace(),
        )
        self._conversation = conversation
        self._pendings = pendings
        self._locales = locales
        self._line = line
        self._asides = asides
        self._directs = directs
        self._looking: asyncio.Task[None] | None = None
        self._sign_ins = sign_ins
        self._handling: set[asyncio.Task[Any]] = set()
        self.exhausted = asyncio.Event()
        self.down: dict[int, float] = {}
        self.up_since = 0.0
        self._engraved = engraved
        self.tree = Tree(self, self.take_command, operators, engraved)

    async def setup_hook(self) -> None:
        """Ask how many shards there should be. The gateway's address stays the one in the settings."""
        self.add_dynamic_items(Pressable, Choosable)
        shards, _, limits = await self.http.get_bot_gateway()
        if limits["remaining"] <= 0:
            raise PlatformRefused(USED_UP, max(60.0, limits["reset_after"] / 1_000))
        self.shard_count = shards

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Sign in only as often as is good; otherwise whoever watches over this client ends it."""
        if await self._sign_ins.pause(shard_id or 0) > 0:
            self.exhausted.set()
            await asyncio.Event().wait()
        await self._sign_ins.count(shard_id or 0)
        await super().before_identify_hook(shard_id, initial=initial)

    async def on_shard_connect(self, shard_id: int) -> None:
        """A shard has signed in; what happened before is not told to it. Direct messages come over the first."""
        self._is_up(shard_id)
        if shard_id == 0:
            self._directs.begin()
            if self._looking:
                await stop(self._looking)
            self._looking = in_background(self._look_for_missed(), "the look for direct messages that were missed")

    async def _look_for_missed(self) -> None:
        try:
            for channel, after in await self._directs.channels():
                await self._read_on(channel, after)
                await asyncio.sleep(LOOK_PAUSE)
        except Exception as error:  # noqa: BLE001 -- the text could hold personal data
            log.error("the look for direct messages that were missed failed with %s", type(error).__name__)
        await self._directs.end()

    async def _read_on(self, channel: int, after: int) -> None:
        """Take what stands in a channel of direct messages after something. What is known is not kept twice."""
        place = self.get_partial_messageable(channel, type=discord.ChannelType.private)
        for _ in range(LOOKS):
            try:
                async for message in place.history(limit=MESSAGES_MOST, after=discord.Object(after), oldest_first=True):
                    await self.on_message(message)
                return
            except (discord.Forbidden, discord.NotFound):
                return
            except TROUBLE as error:
                log.warning("direct messages could not be read: %s", type(error).__name__)
                await asyncio.sleep(LOOK_AGAIN)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """A shard goes on where it was."""
        self._is_up(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A shard has lost its connection."""
        self.down.setdefault(shard_id, asyncio.get_running_loop().time())

    def _is_up(self, shard_id: int) -> None:
        self.down.pop(shard_id, None)
        if not self.up_since:
            self.up_since = asyncio.get_running_loop().time()

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:
        """Say which event failed; the text of what went wrong could hold personal data."""
        log.error("%s failed", event_method)

    async def on_message(self, message: discord.Message) -> None:
        """Somebody wrote; it concerns the bot in direct messages, and where it is named."""
        if self.user is None or not is_for(self.user, message):
            return
        with self._under_way():
            person = str(message.author.id)
            self._line.reconsider(person)
            if message.guild is None:
                self._line.remember_direct(person, str(message.channel.id))
                self._line.ways.open(str(message.channel.id))  # Who writes there can be written to.
            chatter = chatter_of(message.author, self._locales.of(person))
            event, place = event_of(message, self.user), said_at(message, self)
            try:
                told = await self._conversation.receive(chatter, event, f"message:{message.id}", place)
            except Exception as error:  # noqa: BLE001 -- the text could hold personal data
                log.error("a message could not be kept: %s", type(error).__name__)
                told = Texts(chatter.locale)(FigurineError.code)
            if told:
                self._asides.say(chatter, told, place)
            elif message.guild is None:
                self._directs.heard(person, str(message.channel.id), message.id)

    async def on_guild_channel_update(
        self,
        before: discord.abc.GuildChannel,  # noqa: ARG002 -- the library gives it
        after: discord.abc.GuildChannel,
    ) -> None:
        """Who may do what there may have changed."""
        self._line.ways.open(str(after.id))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot is there, perhaps once more."""
        for channel in guild.channels:
            self._line.ways.open(str(channel.id))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """As on_guild_join: it was away for a time."""
        await self.on_guild_join(guild)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A form was filled in; everything else comes through the tree of commands and the dynamic items."""
        if interaction.type is discord.InteractionType.modal_submit and (event := filled(interaction)):
            await self.take_component(interaction, event)

    async def take_command(
        self, interaction: discord.Interaction[Any], event: Event, private: bool, about: str
    ) -> None:
        """Keep a command. Discord shows that the bot thinks about it until the first answer comes."""
        await self._take(interaction, event, private, waits=True, about=about)

    async def take_component(self, interaction: discord.Interaction[Any], event: Event) -> None:
        """Keep what was done with a component."""
        await self._take(interaction, event, private=False, waits=False)

    async def show_form(self, interaction: discord.Interaction[Any], button: str, form: Form) -> None:
        """Show the form behind a button; nothing has happened yet."""
        try:
            shown = modal(button, form, Texts(interaction.locale.value), self._engraved)
            await interaction.response.send_modal(shown)
        except TROUBLE as error:
            log.warning("a form could not be shown: %s", type(error).__name__)

    async def _take(
        self, interaction: discord.Interaction[Any], event: Event, private: bool, waits: bool, about: str = ""
    ) -> None:
        address = address_of(interaction, private, about)
        person = str(interaction.user.id)
        self._locales.learn(person, interaction.locale.value)
        self._line.reconsider(person)
        pending = self._pendings.open(person, interaction.id, address, waits)
        with self._under_way():
            try:
                await self._keep(interaction, event, pending)
            finally:
                pending.settle(pending.dead)
                if not pending.waits:
                    self._pendings.forget(address.token)

    async def _keep(self, interaction: discord.Interaction[Any], event: Event, pending: Pending) -> None:
        """Keep it, then acknowledge it, or leave that to its answer if that comes soon.

        Should keeping it take long, it is acknowledged before Discord gives it up.
        """

        async def receive() -> None:
            chatter = chatter_of(interaction.user, interaction.locale.value)
            place = place_of(pending.address, pending.waits)
            key = f"interaction:{interaction.id}"
            pending.words = await self._conversation.receive(chatter, event, key, place)
            if pending.address.alone and not pending.words:
                self._directs.heard(pending.person, pending.address.channel, interaction.id)

        task = in_background(receive(), "an interaction that is being kept")
        await asyncio.wait([task], timeout=SOON)
        late = not task.done() and pending.take()
        if late:
            await self._acknowledge(interaction, pending)
        await asyncio.wait([task])
        if error := task.exception():
            log.error("an interaction could not be kept: %s", type(error).__name__)
            pending.words = Texts(interaction.locale.value)(FigurineError.code)
        if pending.words:
            await self._say(interaction, pending, late)
        elif not late:
            await self._leave_to_answer(interaction, pending)

    async def _leave_to_answer(self, interaction: discord.Interaction[Any], pending: Pending) -> None:
        if pending.waits:
            await pending.news(PROMPT)
        while not pending.is_settled:
            if pending.take():
                await self._acknowledge(interaction, pending)
                return
            await pending.news(LONGEST)

    async def _acknowledge(self, interaction: discord.Interaction[Any], pending: Pending) -> None:
        with self._heeding(pending):
            await interaction.response.defer(ephemeral=pending.address.whispered, thinking=pending.waits)

    async def _say(self, interaction: discord.Interaction[Any], pending: Pending, late: bool) -> None:
        """Answer with why nothing was kept, to this person alone."""
        text, pending.waits = pending.words, False
        with self._heeding(pending):
            if not late:
                await interaction.response.send_message(text, ephemeral=True)
            else:
                await interaction.followup.send(text, ephemeral=True)

    @contextmanager
    def _heeding(self, pending: Pending) -> Iterator[None]:
        """What Discord says to an acknowledgement."""
        try:
            yield
        except discord.NotFound:
            pending.dead = True
            log.warning("an interaction came too late to be acknowledged")
        except discord.HTTPException as error:
            if error.code != ACKNOWLEDGED:
                log.warning("an interaction could not be acknowledged: HTTP %d", error.status)
        except TROUBLE as error:
            log.warning("an interaction could not be acknowledged: %s", type(error).__name__)

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        """Whoever ends this client waits for what is done here."""
        task = asyncio.current_task()
        if task is not None:
            self._handling.add(task)
        try:
            yield
        finally:
            if task is not None:
                self._handling.discard(task)

    async def finish(self) -> None:
        """Let what came in last be kept and acknowledged, then close the connection."""
        if self._looking:
            await stop(self._looking)
        if self._handling:
            await asyncio.wait(list(self._handling), timeout=LAST_WORDS)
        await self.close()
