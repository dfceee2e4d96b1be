"""The settings: `settings.toml`, overridden by FIGURINE_SECTION__KEY in the environment, checked before the start."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from core.errors import SettingsError
from core.settings_checks import (
    PREFIX,
    explain,
    refuse_secrets,
    refuse_unknown_variables,
    secrets_from_files,
    without_secret_files,
)

FILE_VARIABLE = f"{PREFIX}SETTINGS"
FILE_NAME = "settings.toml"
APP_NAME = "figurine"
STYLES = Path(__file__).parent / "generation" / "styles"  # Each file is a style; the settings need the names only.


def _expanded(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError:
        raise PydanticCustomError("home", "a folder; nobody of that name has a home here") from None


Folder = Annotated[Path, AfterValidator(_expanded)]
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _encrypted(address: str, scheme: str) -> str:
    """An address whose traffic is encrypted, or stays on this machine. Without the slash at its end."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    local = parts.scheme == scheme and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == f"{scheme}s" or local) or parts.username:
        raise PydanticCustomError(
            "address",
            "an address that starts with {scheme}s://; {scheme}:// is taken for this machine itself only",
            {"scheme": scheme},
        )
    return address.rstrip("/")


ApiAddress = Annotated[str, AfterValidator(lambda address: _encrypted(address, "http"))]
GatewayAddress = Annotated[str, AfterValidator(lambda address: _encrypted(address, "ws"))]
PublicAddress = Annotated[str, AfterValidator(lambda address: address and _encrypted(address, "http"))]
Currency = Annotated[str, Field(pattern=r"^[a-z]{3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
ProductName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,20}$")]
Prices = Annotated[dict[Currency, Annotated[int, Field(ge=1, le=99_999_999)]], Field(min_length=1)]
RailName = Literal["stripe", "stars", "discord"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _data_dir() -> Path:
    return platformdirs.user_data_path(APP_NAME)


def _networks_dir() -> Path:
    return platformdirs.user_cache_path(APP_NAME) / "networks"


class DataSettings(_Section):
    """Where rows and keys are kept."""

    dir: Folder = Field(default_factory=_data_dir)


class DatabaseSettings(_Section):
    """Which database holds the rows: SQLite in the data folder, or PostgreSQL. The address may hold a password."""

    url: SecretStr = SecretStr("")

    @field_validator("url")
    @classmethod
    def _postgres(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("postgres://", "postgresql://")):
            raise PydanticCustomError("database", "empty, or an address that starts with postgresql://")
        return value


class BlobSettings(_Section):
    """Where the encrypted photos and figurines are: a folder of the data folder, or a bucket. May hold a password."""

    url: SecretStr = SecretStr("")

    @field_validator("url")
    @classmethod
    def _bucket(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("s3://", "file://")):
            raise PydanticCustomError("blobs", "empty, or an address that starts with s3:// or file://")
        return value


class KeySettings(_Section):
    """The keys that everything personal is encrypted under. `master` is hexadecimal, 64 digits."""

    dir: Folder | None = None
    backup_days: int = Field(default=7, ge=1, le=30)
    master: SecretStr | None = None
    previous: SecretStr | None = None

    @field_validator("master", "previous")
    @classmethod
    def _hexadecimal(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[0-9a-fA-F]{64}", value.get_secret_value()):
            raise PydanticCustomError("key", "64 hexadecimal digits")
        return value


class PhotoSettings(_Section):
    """What is accepted as a photo."""

    max_mb: int = Field(default=20, ge=1, le=100)
    max_megapixels: int = Field(default=64, ge=1, le=250)
    max_side: int = Field(default=20_000, ge=1_000, le=65_000)
    min_side: int = Field(default=64, ge=16, le=1_000)
    decode_seconds: float = Field(default=10.0, ge=1, le=60)
    album_max: int = Field(default=10, ge=1, le=50)


class SafetySettings(_Section):
    """What is refused before it is looked at any further."""

    check: Literal["offline", "none"] = "offline"
    threshold: float = Field(default=0.7, ge=0.05, le=1)


class FigurineSettings(_Section):
    """What figurines are like."""

    height_mm: float = Field(default=100.0, ge=40, le=250)
    default_style: str = "collector"
    engraving_max: int = Field(default=24, ge=1, le=40)

    @field_validator("default_style")
    @classmethod
    def _known(cls, value: str) -> str:
        names = sorted(file.stem for file in STYLES.glob("*.toml"))
        if value not in names:
            raise PydanticCustomError("style", "one of {names}", {"names": ", ".join(names)})
        return value


class GenerationSettings(_Section):
    """The processes that the engine runs in. Times are in seconds."""

    workers: int = Field(default=1, ge=1, le=16)
    memory_mb: int = Field(default=4_000, ge=1_000, le=64_000)
    start_seconds: float = Field(default=90.0, ge=5, le=600)
    look_seconds: float = Field(default=30.0, ge=2, le=300)
    make_seconds: float = Field(default=300.0, ge=10, le=3_600)
    silent_seconds: float = Field(default=60.0, ge=5, le=600)
    figurines_per_process: int = Field(default=10, ge=1, le=1_000)


class QueueSettings(_Section):
    """Who waits how long. Times are in seconds."""

    waiting_max: int = Field(default=50, ge=1, le=1_000)
    per_day_max: int = Field(default=200, ge=1, le=10_000)
    attempts: int = Field(default=3, ge=1, le=20)
    lease_seconds: float = Field(default=30.0, ge=0.2, le=45)
    retry_seconds: float = Field(default=5.0, ge=0, le=600)


class RetentionSettings(_Section):
    """How long what is kept. Nothing may be set to more than the privacy policy promises."""

    photo_minutes_after: int = Field(default=60, ge=0, le=1_440)
    photo_hours: int = Field(default=24, ge=1, le=24)
    draft_hours: int = Field(default=24, ge=1, le=24)
    results_days: int = Field(default=7, ge=1, le=30)
    receipts_days: int = Field(default=3, ge=1, le=7)
    jobs_days: int = Field(default=90, ge=1, le=90)
    closed_days: int = Field(default=30, ge=0, le=30)
    payments_years: int = Field(default=10, ge=1, le=12)
    sweep_seconds: float = Field(default=60.0, ge=0.1, le=300)


class SculptSettings(_Section):
    """The sculpt engine."""

    networks_dir: Folder = Field(default_factory=_networks_dir)


class ConsentSettings(_Section):
    """What people agree to, and the times that they are told."""

    policy_version: str = Field(default="1", min_length=1, max_length=20)
    minimum_age: int = Field(default=13, ge=13, le=21)


class OperatorSettings(_Section):
    """Who runs the service, by their ids on each platform."""

    telegram: tuple[str, ...] = ()
    discord: tuple[str, ...] = ()
    console: tuple[str, ...] = ()


class SupportSettings(_Section):
    """Where people turn to when the bot can't help them: an address that they can write to."""

    contact: str = Field(default="", max_length=200)


class TelegramSettings(_Section):
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


class DiscordSettings(_Section):
    """The Discord bot. Without a token it is off."""

    token: SecretStr = SecretStr("")
    api_base: ApiAddress = "https://discord.com/api/v10"
    gateway: GatewayAddress = "wss://gateway.discord.gg/"


class WebSettings(_Section):
    """The service's own small web server: webhooks and the pages of the policy. Port 0 takes any that is free."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    public_url: PublicAddress = ""


class ServiceSettings(_Section):
    """The running service."""

    drain_seconds: float = Field(default=30.0, ge=0, le=600)


class PackSettings(_Section):
    """Credits that are bought once. Prices are in the currency's smallest unit, by its three letters in small."""

    id: ProductName
    credits: int = Field(ge=1, le=100_000)
    prices: Prices
    stars: int = Field(default=0, ge=0, le=10_000)
    discord_sku: str = Field(default="", pattern=r"^\d{0,20}$")


class PlanSettings(PackSettings):
    """Credits that come each month. Who has the plan goes before others in the queue where `priority` is 1."""

    priority: int = Field(default=1, ge=0, le=1)


class ShopSettings(_Section):
    """What credits cost, what figurines cost in credits, and who takes the money on which platform."""

    telegram: tuple[RailName, ...] = ("stripe",)
    discord: tuple[RailName, ...] = ("stripe",)
    console: tuple[RailName, ...] = ("stripe",)
    currency: Currency = "eur"
    currencies: dict[Country, Currency] = Field(default_factory=dict)
    tax: Literal["none", "inclusive", "exclusive"] = "none"
    starter_credits: int = Field(default=3, ge=0, le=100)
    invitation_credits: int = Field(default=1, ge=0, le=100)
    invitations_per_month: int = Field(default=5, ge=0, le=1_000)
    prices: dict[str, int] = Field(default_factory=dict)
    packs: tuple[PackSettings, ...] = ()
    plans: tuple[PlanSettings, ...] = ()
    link_minutes: int = Field(default=60, ge=30, le=1_440)


class StripeSettings(_Section):
    """Stripe. Without a key it is off. Several webhook secrets, with commas between, hold while one is replaced."""

    key: SecretStr = SecretStr("")
    webhook_secret: SecretStr = SecretStr("")
    api_base: ApiAddress = "https://api.stripe.com"

    @field_validator("key")
    @classmethod
    def _key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"(sk|rk)_(test|live)_\w{8,250}", value.get_secret_value()):
            raise PydanticCustomError(
                "key", "empty, or a secret or restricted key of Stripe's: sk_test_..., rk_live_..."
            )
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _secret(cls, value: SecretStr) -> SecretStr:
        secrets = [secret.strip() for secret in value.get_secret_value().split(",") if secret.strip()]
        if not all(re.fullmatch(r"whsec_\w{8,250}", secret) for secret in secrets):
            raise PydanticCustomError("secret", "empty, or what Stripe shows for the webhook: whsec_...")
        return value


class ConsoleSettings(_Section):
    """The conversation in the terminal."""

    downloads: Folder = Path("figurines")
    pictures: Literal["auto", "kitty", "iterm2", "sixel", "blocks", "none"] = "auto"


class Settings(BaseSettings):
    """All settings, read-only. Made by `load_settings`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__")

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
