"""How what exists on the server is written as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.servers.discord.ids import moment
from tests.servers.discord.permissions import EVERYDAY, bits
from tests.servers.discord.world import (
    DIRECT,
    GROUP,
    TEXT,
    THREAD,
    Account,
    Channel,
    Guild,
)

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer

JSON = dict[str, Any]


def user(account: Account) -> JSON:
    body: JSON = {
        "id": str(account.id),
        "username": account.handle,
        "global_name": None if account.bot else account.name,
        "avatar": None,
        "discriminator": "0421" if account.bot else "0",
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
    }
    return body | {"bot": True} if account.bot else body


def member(account: Account, guild: Guild, with_user: bool = True) -> JSON:
    body: JSON = {
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "collectibles": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": moment(guild.joined),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [],
        "mute": False,
        "deaf": False,
    }
    return body | {"user": user(account)} if with_user else body


def own_user(server: DiscordServer) -> JSON:
    return user(server.bot) | {
        "mfa_enabled": True,
        "locale": "en-US",
        "premium_type": 0,
        "email": None,
        "verified": True,
    }


def application(server: DiscordServer) -> JSON:
    install: JSON = {"scopes": ["applications.commands", "bot"], "permissions": str(EVERYDAY)}
    return {
        "id": str(server.bot.id),
        "name": server.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": server.application_flags,
        "flags_new": str(server.application_flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(server.owner),
        "approximate_guild_count": sum(g.has_bot for g in server.guilds.values()),
        "approximate_user_install_count": sum(p.installed for p in server.people.values()),
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "bot": user(server.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "install_params": install,
        "integration_types_config": {
            "0": {"oauth2_install_params": install},
            "1": {"oauth2_install_params": {"scopes": ["applications.commands"], "permissions": "0"}},
        },
        "tags": [],
    }


def channel(place: Channel) -> JSON:
    last = next(reversed(place.messages), None)
    body: JSON = {
        "id": str(place.id),
        "type": place.kind,
        "flags": 0,
        "last_message_id": str(last) if last else None,
    }
    if place.kind in (DIRECT, GROUP):
        body["recipients"] = [user(p) for p in place.people if not p.bot]
        if place.kind == GROUP:
            body |= {"name": place.name or None, "icon": None, "owner_id": str(place.people[0].id)}
        return body
    assert place.guild is not None
    body |= {
        "guild_id": str(place.guild.id),
        "name": place.name,
        "rate_limit_per_user": 0,
        "parent_id": str(place.parent.id) if place.parent else None,
    }
    if place.kind == THREAD:
        return body | _thread(place)
    denied = bits(place.denied)
    overwrite = {"id": str(place.guild.id), "type": 0, "allow": "0", "deny": str(denied)}
    return body | {
        "position": list(place.guild.channels).index(place.id),
        "topic": None,
        "nsfw": False,
        "permission_overwrites": [overwrite] if denied else [],
    }


def _thread(place: Channel) -> JSON:
    return {
        "owner_id": str(place.owner.id if place.owner else 0),
        "message_count": len(place.messages),
        "member_count": 1,
        "total_message_sent": len(place.messages),
        "thread_metadata": {
            "archived": False,
            "archive_timestamp": moment(place.created),
            "auto_archive_duration": place.archive_after,
            "locked": False,
            "create_timestamp": moment(place.created),
        },
    }


def interaction_channel(place: Channel, person: Account) -> JSON:
    """A channel as it is told with an interaction: with what the person may do there."""
    body = channel(place)
    body.pop("permission_overwrites", None)
    if place.kind == DIRECT:
        body.pop("recipients")  # Discord names nobody here
        return body | {"recipients": []}
    return body if place.kind == GROUP else body | {"permissions": str(place.permissions_of(person))}


def role_of_everyone(guild: Guild) -> JSON:
    return {
        "id": str(guild.id),
        "name": "@everyone",
        "permissions": str(EVERYDAY),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def guild(place: Guild) -> JSON:
    body: JSON = dict.fromkeys(
        [
            "icon", "description", "home_header", "splash", "discovery_splash", "banner", "application_id",
            "afk_channel_id", "system_channel_id", "widget_channel_id", "max_presences", "vanity_url_code",
            "rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id", "incidents_data",
        ]
    )  # fmt: skip
    return body | {
        "id": str(place.id),
        "name": place.name,
        "features": [],
        "owner_id": str(place.owner.id),
        "region": "deprecated",
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 0,
        "roles": [role_of_everyone(place)],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "premium_tier": place.premium_tier,
        "premium_subscription_count": 0,
        "preferred_locale": place.locale,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "hub_type": None,
        "emojis": [],
        "stickers": [],
    }


def guild_create(place: Guild, bot: Account) -> JSON:
    """A server as the gateway tells it: with its channels and, of the members, the bot alone."""
    extra: JSON = {
        "joined_at": moment(place.joined),
        "large": False,
        "unavailable": False,
        "member_count": len(place.members) + 1,
        "members": [member(bot, place)],
        "channels": [channel(c) for c in place.channels.values() if c.kind == TEXT and c.allows("view_channel")],
        "threads": [channel(c) for c in place.channels.values() if c.kind == THREAD],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
    return guild(place) | extra


def owners(person: Account, place: Channel) -> dict[str, str]:
    """Whose installation of the app lets the person use it here: "0" a server's, "1" the person's own."""
    mine = {"1": str(person.id)} if person.installed else {}
    if place.guild:
        return ({"0": str(place.guild.id)} if place.guild.has_bot else {}) | mine
    return ({"0": "0"} if place.kind == DIRECT else {}) | mine
