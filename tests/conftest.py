"""What every test stands on: no network beyond this machine, the networks' folder and the sample photos."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from platformdirs import user_cache_path

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches beyond this machine fails at once."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def networks() -> Path:
    """The folder that set-up fills with the sculpt engine's networks."""
    folder = user_cache_path("figurine") / "networks"
    assert folder.is_dir(), "the networks are not there: run `python -m bots networks`"
    return folder


@pytest.fixture(scope="session")
def photo_path() -> Callable[[str], Path]:
    """The path of a sample photo by its name."""

    def path(name: str) -> Path:
        return ROOT / "samples" / "photos" / f"{name}.jpg"

    return path
