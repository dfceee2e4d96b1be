"""The parts that can be replaced, and those that stand there if none is named."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import resources
from typing import Final

from core.bells import Bells
from core.clock import SystemClock
from core.generation.pool.judge import safety
from core.generation.sculpt.networks import damaged
from core.ports import Clock, Safety
from core.settings import Settings
from core.stores import Credits
from payments.opening import OpenShop, open_shop
from storage.opened import Storage

TYPEFACE: Final = resources.files("core.generation.sculpt.stand") / "fonts" / "NotoSans-Bold.ttf"

OpeningShop = Callable[
    [Settings, Storage, Clock, Bells, Callable[[int], Awaitable[object]]], AbstractAsyncContextManager[OpenShop]
]


def _networks(settings: Settings) -> Mapping[str, str]:
    return {"networks": str(settings.sculpt.networks_dir)}


def _damaged_networks(settings: Settings) -> list[str]:
    return damaged(settings.sculpt.networks_dir)


@dataclass(frozen=True, slots=True)
class Parts:
    """What can be replaced.

    `maker` is the import path of a core.ports.Maker, which its worker process builds. `damaged_networks` names those of
    its files that are absent or not the right ones. `typeface` gives a font's file for the labels on sheets. `credits`
    count in the place of the shop's own.
    """

    maker: str = "core.generation.sculpt.engine:SculptMaker"
    maker_arguments: Callable[[Settings], Mapping[str, str | int | float | bool]] = _networks
    damaged_networks: Callable[[Settings], list[str]] = _damaged_networks
    typeface: Callable[[], bytes] = TYPEFACE.read_bytes
    safety: Callable[[Settings], AbstractAsyncContextManager[Safety]] = safety
    credits: Callable[[], Credits] | None = None
    shop: OpeningShop = open_shop
    clock: Callable[[], Clock] = SystemClock
