"""`chat`: the conversation in this terminal."""

from __future__ import annotations

import datetime as dt
import os
import sys
from contextlib import closing
from pathlib import Path

from bots.app import Parts, build_conversation
from bots.cli.running import run_to_end
from bots.cli.usage import UsageError
from bots.console.chat import Chat
from bots.console.faces import Face, JsonFace
from bots.console.inline.detect import Mode, ask_terminal, detect
from bots.console.messenger import ConsoleMessenger
from bots.console.reading import script_lines, typed_lines
from bots.conversation.events import Chatter
from bots.conversation.texts import DEFAULT, Texts
from bots.conversation.typed import one_line
from core.settings import Settings, load_settings

PLATFORM = "console"
LONGEST_USER = 64  # characters
LANGUAGE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def run(user: str, script: Path | None, downloads: Path | None, as_json: bool, parts: Parts | None) -> int:
    """Play the conversation; the exit status is 1 if a file that came could not be saved.

    Raises:
        UsageError: no such script, or no name.
        SettingsError, DiskFull: the data folder can't be used.
    """
    settings: Settings = load_settings()
    name = one_line(user, LONGEST_USER)
    if not name:
        raise UsageError("--user needs a name.")
    played = _read(script) if script else None
    chatter = Chatter(PLATFORM, name, _language(), dt.datetime.now().astimezone().tzinfo or dt.UTC)
    face = JsonFace(sys.stdout) if as_json else _terminal(settings, Texts(chatter.locale), interactive=script is None)
    messenger = ConsoleMessenger(face, downloads or settings.console.downloads)
    run_to_end(_talk(settings, chatter, face, messenger, played, parts or Parts()))
    return int(messenger.lost_files)


async def _talk(
    settings: Settings, chatter: Chatter, face: Face, messenger: ConsoleMessenger, script: str | None, parts: Parts
) -> None:
    async with build_conversation(settings, messenger, parts, PLATFORM, only=chatter) as conversation:
        with closing(face):
            await conversation.resume(chatter)
            chat = Chat(conversation, messenger, face, chatter, settings.photos.max_mb)
            lines = typed_lines() if script is None else script_lines(script)
            await chat.play(lines, settle=not sys.stdin.isatty() or script is not None)


def _terminal(settings: Settings, texts: Texts, interactive: bool) -> Face:
    from bots.console.terminal import TerminalFace

    live = sys.stdout.isatty()
    chosen = settings.console.pictures
    mode: Mode = (detect(os.environ, ask_terminal) if live else "blocks") if chosen == "auto" else chosen
    interactive = interactive and live and sys.stdin.isatty()
    face = TerminalFace(sys.stdout, texts, mode, interactive)
    if interactive:
        face.hint()
    return face


def _read(script: Path) -> str:
    try:
        return script.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise UsageError(f"The script {str(script)[:120]} can't be read: {reason}.") from None


def _language() -> str:
    """The language that the environment asks for, as POSIX orders it."""
    value = next((os.environ[name] for name in LANGUAGE_VARIABLES if os.environ.get(name)), "")
    language = value.partition(".")[0].partition("@")[0]
    return language if language not in ("", "C", "POSIX") else DEFAULT
