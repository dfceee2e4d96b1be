"""The settings of what works behind the conversation: what is kept, what is accepted, how figurines are made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError

from core.settings_base import Folder, Section

APP_NAME = "figurine"
STYLES = Path(__file__).parent / "generation" / "styles"  # Each file is a style; the settings need the names only.


def style_names() -> list[str]:
    """The styles that there are."""
    return sorted(file.stem for file in STYLES.glob("*.toml"))


def _data_dir() -> Path:
    return platformdirs.user_data_path(APP_NAME)


def _networks_dir() -> Path:
    return platformdirs.user_cache_path(APP_NAME) / "networks"


class DataSettings(Section):
    """Where rows and keys are kept."""

    dir: Folder = Field(default_factory=_data_dir)


class DatabaseSettings(Section):
    """Which database holds the rows: SQLite in the data folder, or PostgreSQL. The address may hold a password."""

    url: SecretStr = SecretStr("")

    @field_validator("url")
    @classmethod
    def _postgres(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("postgres://", "postgresql://")):
            raise PydanticCustomError("database", "empty, or an address that starts with postgresql://")
        return value


class BlobSettings(Section):
    """Where the encrypted photos and figurines are: a folder of the data folder, or a bucket. May hold a password."""

    url: SecretStr = SecretStr("")

    @field_validator("url")
    @classmethod
    def _bucket(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("s3://", "file://")):
            raise PydanticCustomError("blobs", "empty, or an address that starts with s3:// or file://")
        return value


class KeySettings(Section):
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


class PhotoSettings(Section):
    """What is accepted as a photo."""

    max_mb: int = Field(default=20, ge=1, le=100)
    max_megapixels: int = Field(default=64, ge=1, le=250)
    max_side: int = Field(default=20_000, ge=1_000, le=65_000)
    min_side: int = Field(default=64, ge=16, le=1_000)
    decode_seconds: float = Field(default=10.0, ge=1, le=60)
    album_max: int = Field(default=10, ge=1, le=50)


class SafetySettings(Section):
    """What is refused before it is looked at any further."""

    check: Literal["offline", "none"] = "offline"
    threshold: float = Field(default=0.7, ge=0.05, le=1)


class FigurineSettings(Section):
    """What figurines are like."""

    height_mm: float = Field(default=100.0, ge=40, le=250)
    default_style: str = "collector"
    engraving_max: int = Field(default=24, ge=1, le=40)

    @field_validator("default_style")
    @classmethod
    def _known(cls, value: str) -> str:
        names = style_names()
        if value not in names:
            raise PydanticCustomError("style", "one of {names}", {"names": ", ".join(names)})
        return value


class GenerationSettings(Section):
    """The processes that the engine runs in. Times are in seconds."""

    workers: int = Field(default=1, ge=1, le=16)
    memory_mb: int = Field(default=4_000, ge=1_000, le=64_000)
    start_seconds: float = Field(default=90.0, ge=5, le=600)
    look_seconds: float = Field(default=30.0, ge=2, le=300)
    make_seconds: float = Field(default=300.0, ge=10, le=3_600)
    silent_seconds: float = Field(default=60.0, ge=5, le=600)
    figurines_per_process: int = Field(default=10, ge=1, le=1_000)


class QueueSettings(Section):
    """Who waits how long. Times are in seconds."""

    waiting_max: int = Field(default=50, ge=1, le=1_000)
    per_day_max: int = Field(default=200, ge=1, le=10_000)
    attempts: int = Field(default=3, ge=1, le=20)
    lease_seconds: float = Field(default=30.0, ge=0.2, le=45)
    retry_seconds: float = Field(default=5.0, ge=0, le=600)


class RetentionSettings(Section):
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


class SculptSettings(Section):
    """The sculpt engine."""

    networks_dir: Folder = Field(default_factory=_networks_dir)


class ConsentSettings(Section):
    """What people agree to, and the times that they are told."""

    policy_version: str = Field(default="1", min_length=1, max_length=20)
    minimum_age: int = Field(default=13, ge=13, le=21)


class ServiceSettings(Section):
    """The running service."""

    drain_seconds: float = Field(default=30.0, ge=0, le=600)
