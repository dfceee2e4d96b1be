"""Which way of showing pictures a terminal understands."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Literal

Mode = Literal["kitty", "iterm2", "sixel", "blocks", "none"]

PATIENCE = 0.2  # seconds for the terminal's answer
ASK_ATTRIBUTES = "\x1b[c"  # Primary Device Attributes; 4 among the answer's numbers means sixel (VT340)
ANSWER = re.compile(r"\x1b\[\?([0-9;]*)c")
KITTY_TERMINALS = ("ghostty", "wezterm")
ITERM_TERMINALS = ("iTerm.app", "mintty", "vscode")


def detect(environment: Mapping[str, str], ask: Callable[[], str]) -> Mode:
    """The best mode for this terminal. `ask` returns the terminal's answer about its attributes."""
    program, term = environment.get("TERM_PROGRAM", ""), environment.get("TERM", "")
    multiplexed = "TMUX" in environment or term.startswith(("screen", "tmux"))
    if not multiplexed:
        if "KITTY_WINDOW_ID" in environment or "kitty" in term or program.lower() in KITTY_TERMINALS:
            return "kitty"
        if program in ITERM_TERMINALS or environment.get("LC_TERMINAL") == "iTerm2":
            return "iterm2"
    return "sixel" if speaks_sixel(ask()) else "blocks"


def speaks_sixel(answer: str) -> bool:
    """Whether the attributes name sixel graphics."""
    found = ANSWER.search(answer)
    return found is not None and "4" in found[1].split(";")


def ask_terminal() -> str:
    """The terminal's attributes; empty if this is no terminal or if it says nothing."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return ""
    keyboard = sys.stdin.fileno()
    with suppress(termios.error, OSError):
        before = termios.tcgetattr(keyboard)
        try:
            tty.setcbreak(keyboard)
            sys.stdout.write(ASK_ATTRIBUTES)
            sys.stdout.flush()
            return _answer(keyboard)
        finally:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
    return ""


def _answer(keyboard: int) -> str:
    answer, end = "", time.monotonic() + PATIENCE
    while not answer.endswith("c") and (left := end - time.monotonic()) > 0:
        if select.select([keyboard], [], [], left)[0]:
            answer += os.read(keyboard, 64).decode("ascii", "replace")
    return answer
