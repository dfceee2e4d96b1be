"""The settings: `settings.toml`, overridden by FIGURINE_SECTION__KEY in the environment, checked before anything starts."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from core.errors import SettingsError
from core.generation.styles import styles

PREFIX = "FIGURINE_"
FILE_VARIABLE = "FIGURINE_SETTINGS"
FILE_NAME = "settings.toml"
APP_NAME = "figurine"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def _data_dir() -> Path:
    return platformdirs.user_data_path(APP_NAME)


def _networks_dir() -> Path:
    return platformdirs.user_cache_path(APP_NAME) / "networks"


class DataSettings(_Section):
    """Where rows and keys are kept."""

    dir: Path = Field(default_factory=_data_dir)


class PhotoSettings(_Section):
    """What is accepted as a photo."""

    max_mb: int = Field(20, ge=1, le=100)
    max_megapixels: int = Field(64, ge=1, le=250)
    max_side: int = Field(20_000, ge=1_000, le=65_000)
    min_side: int = Field(64, ge=16, le=1_000)
    decode_seconds: float = Field(10.0, ge=1, le=60)


class FigurineSettings(_Section):
    """What figurines are like."""

    height_mm: float = Field(100.0, ge=40, le=250)
    default_style: str = "collector"
    engraving_max: int = Field(24, ge=1, le=40)

    @field_validator("default_style")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in styles():
            raise PydanticCustomError("style", "the allowed values are {names}", {"names": ", ".join(styles())})
        return value


class GenerationSettings(_Section):
    """The engine and the processes that it runs in. Times are in seconds."""

    engine: Literal["auto", "sculpt"] = "auto"
    workers: int = Field(1, ge=1, le=16)
    memory_mb: int = Field(6_000, ge=1_000, le=64_000)
    start_seconds: float = Field(90.0, ge=5, le=600)
    look_seconds: float = Field(30.0, ge=2, le=300)
    make_seconds: float = Field(300.0, ge=10, le=3_600)
    silent_seconds: float = Field(60.0, ge=5, le=600)
    figurines_per_process: int = Field(20, ge=1, le=1_000)


class SculptSettings(_Section):
    """The sculpt engine."""

    networks_dir: Path = Field(default_factory=_networks_dir)


class ConsentSettings(_Section):
    """What people agree to, and the times that they are told."""

    policy_version: str = Field("1", min_length=1, max_length=20)
    minimum_age: int = Field(13, ge=13, le=21)
    photo_hours: int = Field(24, ge=1, le=24)
    result_days: int = Field(7, ge=1, le=365)


class ConsoleSettings(_Section):
    """The conversation in the terminal."""

    downloads: Path = Path("figurines")
    pictures: Literal["auto", "kitty", "iterm2", "sixel", "blocks", "none"] = "auto"


class Settings(BaseSettings):
    """All settings, read-only. Made by `load_settings`."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__")

    data: DataSettings = DataSettings()
    photos: PhotoSettings = PhotoSettings()
    figurines: FigurineSettings = FigurineSettings()
    generation: GenerationSettings = GenerationSettings()
    sculpt: SculptSettings = SculptSettings()
    consent: ConsentSettings = ConsentSettings()
    console: ConsoleSettings = ConsoleSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, whose content is handed to the constructor."""
        return env_settings, init_settings


AnySettings = TypeVar("AnySettings", bound=Settings)


def load_settings(model: type[AnySettings] = Settings) -> AnySettings:  # type: ignore[assignment]
    """Read the file and the environment.

    Raises:
        SettingsError: one sentence for the operator with the file, the key and the allowed values.
    """
    file = settings_file()
    in_file = _read(file) if file else {}
    _refuse_secrets(model, in_file, file)
    secrets = dict(_secrets_from_files(model, os.environ))
    _refuse_unknown_variables(model, os.environ)
    for (section, key), value in secrets.items():
        in_file.setdefault(section, {})[key] = value
    try:
        return model(**in_file)
    except ValidationError as error:
        raise SettingsError(_explain(model, error.errors()[0], file)) from None


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


def _keys(model: type[BaseSettings]) -> Iterator[tuple[str, str, Any]]:
    """Every (section, key, annotation)."""
    for section, part in model.model_fields.items():
        if isinstance(part.annotation, type) and issubclass(part.annotation, BaseModel):
            for key, field in part.annotation.model_fields.items():
                yield section, key, field.annotation


def _variable(section: str, key: str) -> str:
    return f"{PREFIX}{section}__{key}".upper()


def _secret_keys(model: type[BaseSettings]) -> list[tuple[str, str]]:
    return [(section, key) for section, key, kind in _keys(model) if "SecretStr" in str(kind) or kind is SecretStr]


def _refuse_secrets(model: type[BaseSettings], in_file: Mapping[str, Any], file: Path | None) -> None:
    for section, key in _secret_keys(model):
        if isinstance(in_file.get(section), dict) and key in in_file[section]:
            variable = _variable(section, key)
            raise SettingsError(
                f"{file}: [{section}] {key} is a secret and does not belong in this file. "
                f"Set {variable}, or {variable}_FILE to the path of a file that holds it."
            )


def _secrets_from_files(
    model: type[BaseSettings], environment: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], str]]:
    for section, key in _secret_keys(model):
        variable = f"{_variable(section, key)}_FILE"
        if variable in environment:
            try:
                yield (section, key), Path(environment[variable]).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{variable}: the file can't be read: {error.__class__.__name__}.") from None


def _refuse_unknown_variables(model: type[BaseSettings], environment: Mapping[str, str]) -> None:
    known = [_variable(section, key) for section, key, _ in _keys(model)]
    files = [f"{_variable(section, key)}_FILE" for section, key in _secret_keys(model)]
    for variable in sorted(environment):
        if variable.upper().startswith(PREFIX) and variable.upper() not in {FILE_VARIABLE, *known, *files}:
            raise SettingsError(f"The environment sets {variable}, which is no setting. Known are {', '.join(known)}.")


def _explain(model: type[BaseSettings], error: ErrorDetails, file: Path | None) -> str:
    """One sentence about the first thing that is wrong. A secret's value is never part of it."""
    section, key = (*map(str, error["loc"]), "", "")[:2]
    if error["type"] == "extra_forbidden" and not (key and _section(model, section)):
        return f"{file}: [{section}] is no section. Known are {', '.join(model.model_fields)}."
    part = _section(model, section)
    if part is None or not key:
        return f"{file}: {section} must be a section, written as [{section}]."
    if error["type"] == "extra_forbidden":
        return f"{file}: [{section}] {key} is no setting. Known are {', '.join(part.model_fields)}."
    variable = _variable(section, key)
    place = f"The environment's {variable}" if variable in os.environ else f"{file}: [{section}] {key}"
    shown = "" if (section, key) in _secret_keys(model) else f" is {error['input']!r}, but"
    return f"{place}{shown} must be {_allowed(part, key, error['msg'])}."


def _section(model: type[BaseSettings], name: str) -> type[BaseModel] | None:
    field = model.model_fields.get(name)
    kind = field.annotation if field else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


_KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}


def _allowed(section: type[BaseModel], key: str, message: str) -> str:
    """The allowed values of one key, in words."""
    schema = section.model_json_schema()["properties"][key]
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if schema.get("type") in _KINDS:
        least, most = schema.get("minimum"), schema.get("maximum")
        return _KINDS[schema["type"]] + (
            f" from {least:g} to {most:g}" if least is not None and most is not None else ""
        )
    if "minLength" in schema and "maxLength" in schema:
        return f"text of {schema['minLength']} to {schema['maxLength']} characters"
    if schema.get("format") == "path":
        return "the path of a folder"
    return message.replace("the allowed values are", "one of")
