"""What sections of the settings are made of: folders, addresses, and that nothing in them changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from core.settings_checks import TOGETHER

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Section(BaseModel):
    """A section of the settings. What is wrong in it is told without repeating it, since it may be a secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


def together(sentence: str) -> PydanticCustomError:
    """An error about settings that don't fit each other; the whole sentence for the operator."""
    return PydanticCustomError(TOGETHER, "{sentence}", {"sentence": sentence})


def _expanded(folder: Path) -> Path:
    try:
        return folder.expanduser()
    except RuntimeError:
        raise PydanticCustomError("home", "a folder; nobody of that name has a home here") from None


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


Folder = Annotated[Path, AfterValidator(_expanded)]
ApiAddress = Annotated[str, AfterValidator(lambda address: _encrypted(address, "http"))]
GatewayAddress = Annotated[str, AfterValidator(lambda address: _encrypted(address, "ws"))]
PublicAddress = Annotated[str, AfterValidator(lambda address: address and _encrypted(address, "http"))]
