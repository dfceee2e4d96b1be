"""The parts that can be replaced, and those that stand there if none is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import resources
from typing import Final

from core.clock import SystemClock
from core.generation.pool.judge import safety
from core.generation.sculpt.networks import damaged
from core.ports import Clock, Safety
from core.settings import Settings
from core.stores import Credits
from payments.free import FreeCredits

TYPEFACE: Final = resources.files("core.generation.sculpt.stand") / "fonts" / "NotoSans-Bold.ttf"


def _networks(settings: Settings) -> Mapping[str, str]:
    return {"networks": str(settings.sculpt.networks_dir)}


def _damaged_networks(settings: Settings) -> list[str]:
    return damaged(settings.sculpt.networks_dir)


@dataclass(frozen=True, slots=True)
class Parts:
    """What can be replaced.

    `maker` is the import path of a core.ports.Maker, which its worker process builds. `damaged_networks` names those of
    its files that are absent or not the right ones. `typeface` gives a font's file for the labels on sheets.
    """

    maker: str = "core.generation.sculpt.engine:SculptMaker"
    maker_arguments: Callable[[Settings], Mapping[str, str | int | float | bool]] = _networks
    damaged_networks: Callable[[Settings], list[str]] = _damaged_networks
    typeface: Callable[[], bytes] = TYPEFACE.read_bytes
    safety: Callable[[Settings], AbstractAsyncContextManager[Safety]] = safety
    credits: Callable[[], Credits] = FreeCredits
    clock: Callable[[], Clock] = SystemClock
