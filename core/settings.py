"""The settings: `settings.toml`, overridden by FIGURINE_SECTION__KEY in the environment, checked before the start."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from core.errors import SettingsError
from core.settings_base import LOOPBACK, Section, together
from core.settings_checks import (
    PREFIX,
    explain,
    refuse_secrets,
    refuse_unknown_variables,
    secrets_from_files,
    without_secret_files,
)
from core.settings_house import (
    APP_NAME,
    BlobSettings,
    ConsentSettings,
    DatabaseSettings,
    DataSettings,
    FigurineSettings,
    GenerationSettings,
    KeySettings,
    PhotoSettings,
    QueueSettings,
    RetentionSettings,
    SafetySettings,
    SculptSettings,
    ServiceSettings,
)
from core.settings_platforms import (
    ConsoleSettings,
    DiscordSettings,
    OperatorSettings,
    SupportSettings,
    TelegramSettings,
    WebSettings,
)
from core.settings_shop import PackSettings, PlanSettings, RailName, ShopSettings, StripeSettings

__all__ = [
    "APP_NAME",
    "FILE_NAME",
    "FILE_VARIABLE",
    "LOOPBACK",
    "PREFIX",
    "AnySettings",
    "BlobSettings",
    "ConsentSettings",
    "ConsoleSettings",
    "DataSettings",
    "DatabaseSettings",
    "DiscordSettings",
    "FigurineSettings",
    "GenerationSettings",
    "KeySettings",
    "OperatorSettings",
    "PackSettings",
    "PhotoSettings",
    "PlanSettings",
    "QueueSettings",
    "RailName",
    "RetentionSettings",
    "SafetySettings",
    "SculptSettings",
    "Section",
    "ServiceSettings",
    "Settings",
    "ShopSettings",
    "StripeSettings",
    "SupportSettings",
    "TelegramSettings",
    "WebSettings",
    "load_settings",
    "settings_file",
]

FILE_VARIABLE = f"{PREFIX}SETTINGS"
FILE_NAME = "settings.toml"


class Settings(BaseSettings):
    """All settings, read-only. Made by `load_settings`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, env_prefix=PREFIX, env_nested_delimiter="__"
    )

    data: DataSettings = Field(default_factory=DataSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    blobs: BlobSettings = Field(default_factory=BlobSettings)
    keys: KeySettings = Field(default_factory=KeySettings)
    photos: PhotoSettings = Field(default_factory=PhotoSettings)
    safety: SafetySettings = Field(default_factory=SafetySettings)
    figurines: FigurineSettings = Field(default_factory=FigurineSettings)
    generation: GenerationSettings = Field(default_factory=GenerationSettings)
    queue: QueueSettings = Field(default_factory=QueueSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    sculpt: SculptSettings = Field(default_factory=SculptSettings)
    consent: ConsentSettings = Field(default_factory=ConsentSettings)
    telegram: TelegramSettings = Field(default_factory=TelegramSettings)
    discord: DiscordSettings = Field(default_factory=DiscordSettings)
    web: WebSettings = Field(default_factory=WebSettings)
    service: ServiceSettings = Field(default_factory=ServiceSettings)
    operators: OperatorSettings = Field(default_factory=OperatorSettings)
    support: SupportSettings = Field(default_factory=SupportSettings)
    shop: ShopSettings = Field(default_factory=ShopSettings)
    stripe: StripeSettings = Field(default_factory=StripeSettings)
    console: ConsoleSettings = Field(default_factory=ConsoleSettings)

    @property
    def rails(self) -> dict[str, tuple[RailName, ...]]:
        """The rails that work, by platform, in the order in which they are offered there."""
        works = {"stripe": self.stripe.is_on}  # Nothing takes Stars yet, or sells through Discord itself.
        chosen = {"telegram": self.shop.telegram, "discord": self.shop.discord, "console": self.shop.console}
        return {platform: tuple(rail for rail in rails if works.get(rail)) for platform, rails in chosen.items()}

    @property
    def sells(self) -> bool:
        """Whether anything can be paid for anywhere."""
        return any(self.rails.values())

    @model_validator(mode="after")
    def _real_money_comes_back_encrypted(self) -> Self:
        if self.stripe.is_live and not self.web.public_url.startswith("https://"):
            raise together(
                "FIGURINE_STRIPE__KEY holds a live key, and [web] public_url is no https:// address. People come back "
                "to it after paying, and Stripe sends there what happened. Set it, or use a test key (sk_test_...)."
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- the base class gives it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- the base class gives it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose content is handed to the constructor."""
        if isinstance(env_settings, EnvSettingsSource):
            env_settings.env_vars = without_secret_files(settings_cls, env_settings.env_vars)
        return env_settings, init_settings


AnySettings = TypeVar("AnySettings", bound=Settings)


def load_settings(model: type[AnySettings] = Settings) -> AnySettings:  # type: ignore[assignment]
    """Read the file and the environment.

    Raises:
        SettingsError: one sentence for the operator with the file, the key and the allowed values.
    """
    file = settings_file()
    in_file = _read(file) if file else {}
    name = str(file or FILE_NAME)
    refuse_secrets(model, in_file, name)
    refuse_unknown_variables(model, os.environ, allowed={FILE_VARIABLE})
    for section, key, secret in secrets_from_files(model, os.environ):
        in_file.setdefault(section, {})[key] = secret
    try:
        return model(**in_file)
    except ValidationError as error:
        raise SettingsError(explain(model, error.errors()[0], name)) from None


def settings_file() -> Path | None:
    """The file that holds: the one that FIGURINE_SETTINGS names, else the project's, else the current folder's.

    Raises:
        SettingsError: FIGURINE_SETTINGS names a file that is not there.
    """
    if named := os.environ.get(FILE_VARIABLE):
        if not Path(named).is_file():
            raise SettingsError(f"{FILE_VARIABLE} names {named}, and there is no such file.")
        return Path(named)
    root = Path(__file__).resolve().parent.parent
    places = [root / FILE_NAME] if (root / "pyproject.toml").is_file() else []
    return next((place for place in [*places, Path(FILE_NAME)] if place.is_file()), None)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} can't be read: {error}.") from None
