"""What is wrong with a setting, in one sentence that names the file, the key and the allowed values."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

from core.errors import SettingsError

PREFIX = "FIGURINE_"
TOGETHER = "together"
"""The type of an error about settings that don't fit each other; its message is the whole sentence."""
_FILE_SUFFIX = "_FILE"
_KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}


def refuse_secrets(model: type[BaseSettings], in_file: Mapping[str, Any], file: str) -> None:
    """Secrets come from the environment only.

    Raises:
        SettingsError: the file holds one.
    """
    for section, key in _secret_keys(model):
        if isinstance(in_file.get(section), dict) and key in in_file[section]:
            variable = _variable(section, key)
            raise SettingsError(
                f"{file}: [{section}] {key} is a secret and does not belong in this file. "
                f"Set {variable}, or {variable}{_FILE_SUFFIX} to the path of a file that holds it."
            )


def secrets_from_files(model: type[BaseSettings], environment: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Section, key and value of every secret whose file the environment names.

    Raises:
        SettingsError: such a file can't be read.
    """
    for section, key in _secret_keys(model):
        variable = _variable(section, key) + _FILE_SUFFIX
        if variable in environment:
            try:
                yield section, key, Path(environment[variable]).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{variable}: the file can't be read ({type(error).__name__}).") from None


def without_secret_files(model: type[BaseSettings], environment: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """The environment without the variables that name secrets' files, which are no settings themselves."""
    files = {(_variable(section, key) + _FILE_SUFFIX).lower() for section, key in _secret_keys(model)}
    return {name: value for name, value in environment.items() if name.lower() not in files}


def refuse_unknown_variables(
    model: type[BaseSettings], environment: Mapping[str, str], allowed: Set[str] = frozenset()
) -> None:
    """Refuse every FIGURINE_ variable that is no setting, since it is most likely mistyped.

    Raises:
        SettingsError: with the names that come nearest.
    """
    known = {_variable(section, key) for section, key, _ in _keys(model)}
    files = {_variable(section, key) + _FILE_SUFFIX for section, key in _secret_keys(model)}
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable not in known | files | allowed:
            section = variable.partition("__")[0] + "__"
            near = sorted(name for name in known if name.startswith(section))
            choice = ", ".join(near) if near else f"{PREFIX}SECTION__KEY, with a section of {_names(model)}"
            raise SettingsError(f"The environment sets {variable}, which is no setting. Known are {choice}.")


def explain(model: type[BaseSettings], error: ErrorDetails, file: str) -> str:
    """One sentence about one validation error. A secret's value is never part of it."""
    if error["type"] == TOGETHER:
        return f"{file}: {error['msg']}"
    section, key = (*map(str, error["loc"]), "", "")[:2]
    part = _section(model, section)
    if part is None:
        return f"{file}: [{section}] is no section. Known are {_names(model)}."
    if not key:
        return f"{file}: {section} must be a section, written as [{section}]."
    if error["type"] == "extra_forbidden":
        return f"{file}: [{section}] {key} is no setting. Known are {_names(part)}."
    variable = _variable(section, key)
    place = f"The environment's {variable}" if variable in os.environ else f"{file}: [{section}] {key}"
    if len(error["loc"]) > 2:
        return _explain_entry(error, file)
    if (section, key) in _secret_keys(model) or error["type"] == "missing":
        return f"{place} must be {_allowed(part, key, error['msg'])}."
    return f"{place} is {error['input']!r}, but must be {_allowed(part, key, error['msg'])}."


def _explain_entry(error: ErrorDetails, file: str) -> str:
    """One sentence about something inside of a list or table, such as the third pack's price."""
    section, key, *inner = error["loc"]
    words = [f"number {part + 1}" if isinstance(part, int) else str(part) for part in inner if part != "[key]"]
    place = f"{file}: [{section}] {key}, {', '.join(words)}"
    if error["type"] in ("missing", "extra_forbidden"):
        return f"{place}: {'that is needed' if error['type'] == 'missing' else 'there is no such setting'}."
    message = error["msg"].removeprefix("Input should be ").removeprefix("String should ")
    return f"{place} is {error['input']!r}, but must be {message}."


def _allowed(section: type[BaseModel], key: str, message: str) -> str:
    """The allowed values of one key, in words."""
    schema = section.model_json_schema()["properties"][key]
    least, most = schema.get("minimum"), schema.get("maximum")
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    if schema.get("type") in _KINDS:
        return _KINDS[schema["type"]] + (f" from {least:g} to {most:g}" if None not in (least, most) else "")
    if "minLength" in schema and "maxLength" in schema:
        return f"text of {schema['minLength']} to {schema['maxLength']} characters"
    if schema.get("format") == "path":
        return "the path of a folder"
    return message


def _keys(model: type[BaseSettings]) -> Iterator[tuple[str, str, Any]]:
    """Section, key and annotation of every setting."""
    for section in model.model_fields:
        part = _section(model, section)
        for key, field in part.model_fields.items() if part else ():
            yield section, key, field.annotation


def _secret_keys(model: type[BaseSettings]) -> list[tuple[str, str]]:
    return [(section, key) for section, key, kind in _keys(model) if kind in (SecretStr, SecretStr | None)]


def _section(model: type[BaseSettings], name: str) -> type[BaseModel] | None:
    field = model.model_fields.get(name)
    kind = field.annotation if field else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _variable(section: str, key: str) -> str:
    return f"{PREFIX}{section}__{key}".upper()


def _names(model: type[BaseModel]) -> str:
    return ", ".join(model.model_fields)
