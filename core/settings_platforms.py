"""The settings of what talks to people: the platforms, the web server, the terminal, and who runs it all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError

from core.settings_base import ApiAddress, Folder, GatewayAddress, PublicAddress, Section


class OperatorSettings(Section):
    """Who runs the service, by their ids on each platform."""

    telegram: tuple[str, ...] = ()
    discord: tuple[str, ...] = ()
    console: tuple[str, ...] = ()


class SupportSettings(Section):
    """Where people turn to when the bot can't help them: an address that they can write to."""

    contact: str = Field(default="", max_length=200)


class TelegramSettings(Section):
    """The Telegram bot. Without a token it is off."""

    token: SecretStr = SecretStr("")
    api_base: ApiAddress = "https://api.telegram.org/bot"
    file_base: ApiAddress = "https://api.telegram.org/file/bot"
    mode: Literal["polling", "webhook"] = "polling"
    fetch_mb: int = Field(default=20, ge=1, le=2_000)
    send_mb: int = Field(default=50, ge=1, le=2_000)
    per_second: int = Field(default=28, ge=1, le=1_000)

    @field_validator("token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"\d{1,20}:[\w-]{8,100}", value.get_secret_value()):
            raise PydanticCustomError("token", "empty, or a token as @BotFather gives it: digits, a colon, letters")
        return value


class DiscordSettings(Section):
    """The Discord bot. Without a token it is off."""

    token: SecretStr = SecretStr("")
    api_base: ApiAddress = "https://discord.com/api/v10"
    gateway: GatewayAddress = "wss://gateway.discord.gg/"


class WebSettings(Section):
    """The service's own small web server: webhooks and the pages of the policy. Port 0 takes any that is free."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    public_url: PublicAddress = ""


class ConsoleSettings(Section):
    """The conversation in the terminal."""

    downloads: Folder = Path("figurines")
    pictures: Literal["auto", "kitty", "iterm2", "sixel", "blocks", "none"] = "auto"
