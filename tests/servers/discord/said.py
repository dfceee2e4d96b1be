"""Messages: what they say now, and what they said before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers.discord.media import Attachment

if TYPE_CHECKING:
    from tests.servers.discord.world import Account, Channel, Interaction

EPHEMERAL, LOADING, HAS_THREAD, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 5, 1 << 15
SUPPRESS_EMBEDS = 1 << 2


@dataclass(frozen=True)
class Version:
    """What a message said before it was edited."""

    text: str
    buttons: tuple[str, ...]
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True)
class Button:
    """A button as people see it."""

    label: str
    custom_id: str
    url: str
    style: int
    disabled: bool


@dataclass(frozen=True)
class Menu:
    """A select menu as people see it. `options`: label and value of each."""

    custom_id: str
    placeholder: str
    options: tuple[tuple[str, str], ...]
    disabled: bool
    most: int = 1


@dataclass(eq=False)
class Message:
    """A message as it is now; `versions` is what it was."""

    id: int
    channel: Channel
    author: Account
    created: float
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    kind: int = 0
    reply_to: Message | None = None
    interaction: Interaction | None = None
    private_to: Account | None = None
    mentions: list[Account] = field(default_factory=list)
    reactions: dict[str, list[Account]] = field(default_factory=dict)
    thread: Channel | None = None
    edited: float | None = None
    versions: list[Version] = field(default_factory=list)
    deleted: bool = False

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def thinking(self) -> bool:
        return bool(self.flags & LOADING)

    @property
    def edits(self) -> int:
        return len(self.versions)

    @property
    def text(self) -> str:
        """All the words of the message: its content, embeds and text components."""
        words = [self.content]
        for embed in self.embeds:
            words += [embed.get("title", ""), embed.get("description", "")]
            words += [f"{f['name']}\n{f['value']}" for f in embed.get("fields", [])]
            words.append(embed.get("footer", {}).get("text", ""))
        words += [part["content"] for part in walk(self.components) if part["type"] == 10]
        return "\n".join(filter(None, words))

    @property
    def buttons(self) -> list[Button]:
        return [
            Button(
                part.get("label") or (part.get("emoji") or {}).get("name", ""),
                part.get("custom_id", ""),
                part.get("url") or "",
                part["style"],
                bool(part.get("disabled")),
            )
            for part in walk(self.components)
            if part["type"] == 2
        ]

    @property
    def menus(self) -> list[Menu]:
        return [
            Menu(
                part["custom_id"],
                part.get("placeholder", ""),
                tuple((option["label"], option["value"]) for option in part["options"]),
                bool(part.get("disabled")),
                part.get("max_values", 1),
            )
            for part in walk(self.components)
            if part["type"] == 3
        ]

    @property
    def images(self) -> list[bytes]:
        """The pictures in it, where the server keeps media."""
        return [a.content for a in self.attachments if a.is_image and a.content is not None]

    def file(self, ending: str) -> bytes:
        """The content of the first file with such an end of its name.

        Raises:
            LookupError: there is none, or the server keeps no media.
        """
        for attachment in self.attachments:
            if attachment.name.endswith(ending) and attachment.content is not None:
                return attachment.content
        raise LookupError(f"no file *{ending} among {[a.name for a in self.attachments]}")

    def remember(self) -> None:
        """Keep what the message says now as a version of the past."""
        self.versions.append(Version(self.text, tuple(b.label for b in self.buttons), tuple(self.attachments)))

    def seen_by(self, person: Account) -> bool:
        return not self.deleted and self.private_to in (None, person)

    def __str__(self) -> str:
        parts = [f"{self.author.name}: {'…' if self.thinking else self.text}"]
        parts += [f"[{a.name}]" for a in self.attachments]
        parts += [f"({b.label})" for b in self.buttons]
        parts += [f"<{' | '.join(label for label, _ in menu.options)}>" for menu in self.menus]
        return " ".join(parts) + (" (only for one person)" if self.ephemeral else "")


def walk(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All components, those inside others too, in the order in which they are shown."""
    flat: list[dict[str, Any]] = []
    for part in components:
        flat.append(part)
        inner = [*part.get("components", [])]
        inner += [part[name] for name in ("accessory", "component") if isinstance(part.get(name), dict)]
        flat += walk(inner)
    return flat
