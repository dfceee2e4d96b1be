"""What a line of the terminal means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Say:
    """The person types text."""

    text: str


@dataclass(frozen=True, slots=True)
class SendFile:
    """`@path`, with a caption behind it if there is one; `@path @path …` sends an album."""

    path: Path
    caption: str = ""
    more: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Press:
    """`#id` or `#text` presses a button; `?#id` only if it is offered now."""

    button: str
    only_if_offered: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """`!wait` waits until nothing is pending."""


Action = Say | SendFile | Press | Wait


def parse(line: str) -> Action | None:
    """The meaning of a line; None for an empty one."""
    line = line.strip()
    if not line:
        return None
    if line == "!wait":
        return Wait()
    if line.startswith("@"):
        return _file(line[1:].strip())
    if line.startswith("?#"):
        return Press(line[2:].strip(), only_if_offered=True)
    if line.startswith("#"):
        return Press(line[1:].strip())
    return Say(line)


def _file(text: str) -> SendFile:
    """One file, or several where each has its @. The caption stands behind the last one."""
    first, *rest = re.split(r"(?:^|\s)@", text)
    sent = _one(first)
    for other in rest:
        if sent.caption:  # An @ within the caption is the caption's own.
            return SendFile(sent.path, f"{sent.caption} @{' @'.join(rest[len(sent.more) :])}", sent.more)
        next_one = _one(other)
        sent = SendFile(sent.path, next_one.caption, (*sent.more, next_one.path))
    return sent


def _one(text: str) -> SendFile:
    """The longest beginning that names a file is the path, since a path may hold spaces; the rest is the caption."""
    words = text.split(" ")
    for count in range(len(words), 0, -1):
        path = _expanded(" ".join(words[:count]))
        if _is_file(path):
            return SendFile(path, " ".join(words[count:]).strip())
    return SendFile(_expanded(text))


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # Nobody of that name has a home here.
        return Path(text)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long a name, or one with a zero byte
        return False
