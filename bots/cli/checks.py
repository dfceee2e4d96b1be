"""`check`: is everything in order, and if not, what is to be done?"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from bots.app import Parts, build_engine
from bots.cli import shop_checks
from bots.cli.finding import Check, Finding
from bots.cli.keyring import place_of_master
from bots.cli.running import run_to_end
from core.errors import FigurineError, NetworksMissing, SettingsError
from core.settings import Settings, load_settings, settings_file
from storage.audit import sweeps
from storage.audit.audit import keys_folder
from storage.audit.rows import beats
from storage.database import Database
from storage.keys.store import KeyStore
from storage.reading import reading

GPU_DEVICE: Final = Path("/dev/nvidia0")
MEGA: Final = 1_000_000
ROOM_MB: Final = 500  # free space that is comfortable
MARKS: Final = {True: "✓", False: "✗", None: "·"}


def run(parts: Parts | None) -> bool:
    """Print one line for each part; whether everything essential is there."""
    try:
        settings: Settings = load_settings()
    except SettingsError as error:
        _tell("settings", Finding(False, str(error)))
        return False
    _tell("settings", Finding(True, f"{settings_file() or 'no settings.toml, so everything has its default'}"))
    return run_to_end(_all(settings, parts or Parts()))


async def _all(settings: Settings, parts: Parts) -> bool:
    fine = True
    for name, check in CHECKS.items():
        finding = await check(settings, parts)
        _tell(name, finding)
        fine = fine and finding.fine is not False
    return fine


async def _data_folder(settings: Settings, parts: Parts) -> Finding:  # noqa: ARG001 -- all checks are called alike
    folder = settings.data.dir
    nearest = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(nearest).free / MEGA
    if free < ROOM_MB:
        return Finding(False, f"{folder}: only {free:.0f} MB are free. Make some room, at least {ROOM_MB} MB.")
    return Finding(True, f"{folder}, {free / 1000:.0f} GB free")


async def _database(settings: Settings, parts: Parts) -> Finding:  # noqa: ARG001 -- all checks are called alike
    url = settings.database.url.get_secret_value()
    try:
        async with Database(settings.data.dir, url):
            return Finding(True, f"{'PostgreSQL' if url else 'SQLite'} opens, and its tables are up to date")
    except FigurineError as error:
        return Finding(False, str(error))


async def _telegram(settings: Settings, parts: Parts) -> Finding:  # noqa: ARG001 -- all checks are called alike
    if not settings.telegram.token.get_secret_value():
        return Finding(None, "off: FIGURINE_TELEGRAM__TOKEN is not set (docs/go-live.md says where it comes from)")
    if settings.telegram.mode == "webhook" and not settings.web.public_url:
        return Finding(False, "its mode is webhook, and [web] public_url is empty. Set it, or take mode polling")
    return Finding(True, f"has a token, and takes updates by {settings.telegram.mode}")


async def _discord(settings: Settings, parts: Parts) -> Finding:  # noqa: ARG001 -- all checks are called alike
    if not settings.discord.token.get_secret_value():
        return Finding(None, "off: FIGURINE_DISCORD__TOKEN is not set (docs/go-live.md says where it comes from)")
    return Finding(True, "has a token")


async def _people(settings: Settings, parts: Parts) -> Finding:  # noqa: ARG001 -- all checks are called alike
    if not settings.support.contact:
        return Finding(None, "nobody can reach you: set [support] contact, which /support tells")
    return Finding(True, f"/support names {settings.support.contact}")


async def _keys(settings: Settings, parts: Parts) -> Finding:  # noqa: ARG001 -- all checks are called alike
    folder = keys_folder(settings)
    if not KeyStore(folder, settings.keys).exists:
        return Finding(None, f"none in {folder} yet; the first start makes them")
    place, closed = place_of_master(settings)
    advice = "" if closed else ". Put it back, or close it with `chmod 600`"
    return Finding(closed, f"in {folder}, master key {place}{advice}")


async def _sweep(settings: Settings, parts: Parts) -> Finding:
    now = parts.clock().now()
    try:
        async with reading(settings.data.dir, settings.database.url.get_secret_value()) as reader:
            late = await sweeps.standing(reader, settings.retention, now)
            last = (await beats(reader)).get(sweeps.SWEEP)
    except FigurineError as error:
        return Finding(False, str(error))
    if late:
        return Finding(False, " ".join(f"{finding.what}. {finding.remedy}" for finding in late))
    if last is None:
        return Finding(None, "none yet, and nothing waits for one")
    return Finding(True, f"the last one was {sweeps.ago(now - last)} ago, and no alert stands")


async def _networks(settings: Settings, parts: Parts) -> Finding:
    folder = settings.sculpt.networks_dir
    if wrong := parts.damaged_networks(settings):
        return Finding(False, f"{folder} lacks {', '.join(wrong)}. Run: python -m bots networks")
    return Finding(True, f"{folder}")


async def _engine(settings: Settings, parts: Parts) -> Finding:
    begun = time.monotonic()
    try:
        async with build_engine(settings, parts) as engine:
            await engine.warm()
    except NetworksMissing as error:
        return Finding(False, f"it can't start: {error}")
    except FigurineError as error:
        advice = "Is libatomic1 installed, and are 3 GB of memory free?"
        return Finding(False, f"its process does not start ({error}). {advice}")
    return Finding(True, f"it starts in {time.monotonic() - begun:.1f} s")


async def _sandbox(settings: Settings, parts: Parts) -> Finding:
    try:
        async with build_engine(settings, parts) as engine:
            layers = await engine.sandbox_layers()
    except FigurineError as error:
        return Finding(False, f"the decoder does not start ({error})")
    on = ", ".join(name for name, there in layers if there) or "nothing"
    off = ", ".join(name for name, there in layers if not there)
    return Finding(None if off else True, f"pictures are decoded behind {on}" + (f"; not here: {off}" if off else ""))


async def _gpu(settings: Settings, parts: Parts) -> Finding:  # noqa: ARG001 -- all checks are called alike
    if not GPU_DEVICE.exists():
        return Finding(None, "none here, and none is needed: the sculpt engine works on the CPU")
    if importlib.util.find_spec("torch") is None:
        return Finding(None, "there is one; nothing uses it yet")
    return Finding(True, "there is one, and torch is installed; nothing uses it yet")


CHECKS: Final[dict[str, Check]] = {
    "data folder": _data_folder,
    "database": _database,
    "keys": _keys,
    "sweep": _sweep,
    "networks": _networks,
    "engine": _engine,
    "sandbox": _sandbox,
    "GPU": _gpu,
    "Telegram": _telegram,
    "Discord": _discord,
    "support": _people,
    "Stripe": shop_checks.stripe,
    "sold on Telegram": shop_checks.telegram,
    "sold on Discord": shop_checks.discord,
}


def _tell(name: str, finding: Finding) -> None:
    sys.stdout.write(f"{MARKS[finding.fine]} {name}: {finding.sentence}\n")
    sys.stdout.flush()
