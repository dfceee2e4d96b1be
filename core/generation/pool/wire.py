"""What a pool and its worker processes say to each other: length-prefixed pickles of a few known types.

A worker opens hostile pictures, so what comes back from it is not trusted: the reader builds nothing but the product's
own values (see "Restricting Globals" in the documentation of Python's pickle).
"""

from __future__ import annotations

import io
import pickle
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core import errors, model
from core.errors import FigurineError
from core.model import Progress

LENGTH: Final = struct.Struct(">Q")
LARGEST: Final = 1 << 30  # bytes of one message; a figurine's files come to some 20 MB

Plain = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Setup:
    """The first message to a worker: what to build, and the limits to take on before.

    `target` is "module:Class", called with `kwargs`. `memory_bytes` limits the address space, `call_seconds` the CPU
    time of every call but the first. If `sandboxed`, the process locks itself in after the first call, which is
    `warm_up`: from then on it opens no file, reaches no network and starts nothing (see sandbox.py).
    """

    target: str
    kwargs: Mapping[str, Plain]
    memory_bytes: int
    sandboxed: bool = False
    call_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """Call a method of the target. If `reports`, a function that takes Progress is its last argument."""

    method: str
    args: tuple[Any, ...]
    reports: bool = False


@dataclass(frozen=True, slots=True)
class Reported:
    """Progress of the present call."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class Returned:
    """The present call's result."""

    value: Any


@dataclass(frozen=True, slots=True)
class Raised:
    """The present call raised an error of the product's own."""

    error: FigurineError


@dataclass(frozen=True, slots=True)
class Broke:
    """The present call raised something else: the exception's type and the place, never its text."""

    kind: str
    place: str


Message = Setup | Call | Reported | Returned | Raised | Broke


class WireError(Exception):
    """A message holds something that the product does not send."""


def pack(message: Message) -> bytes:
    """The message with its length in front.

    Raises:
        pickle.PicklingError, TypeError: it holds something that can't be sent.
    """
    body = pickle.dumps(message, protocol=5)
    return LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> Message:
    """The message in a body without its length.

    Raises:
        WireError: damaged, or not one of the known types.
    """
    try:
        message = _Reader(io.BytesIO(body)).load()
    except Exception as error:  # noqa: BLE001 -- damaged pickles raise anything
        raise WireError(f"{type(error).__name__}: {error}") from None
    if not isinstance(message, Message):
        raise WireError(type(message).__name__)
    return message


def body_length(head: bytes) -> int:
    """The length in bytes of the body that follows.

    Raises:
        WireError: more than LARGEST.
    """
    length: int = LENGTH.unpack(head)[0]
    if length > LARGEST:
        raise WireError(f"{length} bytes")
    return length


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        home = {"core.model": vars(model), "core.errors": vars(errors), __name__: globals()}.get(module, {})
        found = home.get(name)
        if found is not None and getattr(found, "__module__", None) == module:
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is not among the values that are exchanged")
