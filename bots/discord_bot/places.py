"""Where something happened on Discord, and how an answer gets there: what is in a Place's address."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

TOKEN_LIFE: Final = 14.5 * 60  # seconds for which an interaction's token is used; Discord takes it for 15 minutes


@dataclass(frozen=True, slots=True)
class Address:
    """Where answers go, in Discord's ids. Empty: the person's direct messages.

    `token` answers the interaction that came at `at` (seconds since 1970), without the bot's being there itself.
    `whispered`: what is said there is for one person only. `message` is what an answer refers to; `pressed`: it is
    the bot's own, and something on it was used. `present`: the bot is in `channel` itself. `most` and `usual` are the
    largest files in bytes, with the token and without. `threads`: the bot may open threads there.
    """

    channel: str = ""
    guild: str = ""
    application: str = ""
    token: str = field(default="", repr=False)
    at: float = 0.0
    whispered: bool = False
    message: str = ""
    pressed: bool = False
    present: bool = False
    most: int = 0
    usual: int = 0
    threads: bool = False

    @property
    def alone(self) -> bool:
        """Whether it is the person's direct messages with the bot, where nothing need be whispered."""
        return self.present and not self.guild

    def pack(self) -> str:
        """The address as a Place holds it."""
        return packed(self)

    def is_fresh(self, now: float) -> bool:
        """Whether its token may still be used; `now` in seconds since 1970."""
        return bool(self.token) and now - self.at < TOKEN_LIFE


@dataclass(frozen=True, slots=True)
class Post:
    """A message that was sent, and may be changed.

    `whispered`: only its token changes it. `alone`: one person sees it, nobody else. `filled`: there are files with it.
    """

    channel: str
    message: str
    application: str = ""
    token: str = field(default="", repr=False)
    at: float = 0.0
    whispered: bool = False
    alone: bool = False
    filled: bool = False

    def pack(self) -> bytes:
        """The post as it is kept."""
        return packed(self).encode()

    def is_fresh(self, now: float) -> bool:
        """Whether the token that made it may still be used."""
        return bool(self.token) and now - self.at < TOKEN_LIFE


def packed(value: Address | Post) -> str:
    """Compact JSON of what is not as usual."""
    usual = {entry.name: entry.default for entry in fields(value)}
    said = {name: item for name, item in asdict(value).items() if item != usual[name]}
    return json.dumps(said, separators=(",", ":")) if said else ""


def address(place: str) -> Address:
    """The address that was packed."""
    return Address(**_known(Address, place))


def post(payload: bytes) -> Post:
    """The post that was packed."""
    return Post(**{"channel": "", "message": "", **_known(Post, payload.decode())})


def _known(kind: type[Address | Post], text: str) -> dict[str, Any]:
    """What is in a packed value; what another version put there besides is left out."""
    names = {entry.name for entry in fields(kind)}
    return {name: item for name, item in json.loads(text or "{}").items() if name in names}
