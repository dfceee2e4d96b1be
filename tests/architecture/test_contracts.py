"""Every architecture contract holds, and each has been seen to fail: a check that cannot fail protects nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bots", "core", "storage", "payments")

VIOLATIONS = {
    "Imports point one way: bots -> payments -> storage -> core": ("core/errors.py", "import storage"),
    "tortoise only in storage": ("core/queue/__init__.py", "import tortoise"),
    "obstore only in storage": ("payments/__init__.py", "import obstore"),
    "cryptography only in storage": ("core/intake/__init__.py", "import cryptography"),
    "The sculpt engine's libraries only in the sculpt engine": ("core/generation/__init__.py", "import cv2"),
    "onnxruntime only where a network runs": ("core/intake/safety/__init__.py", "import onnxruntime"),
    "typer and rich only where a terminal is": ("bots/conversation/__init__.py", "import rich"),
    "apscheduler only in the schedule": ("core/retention/policy.py", "import apscheduler"),
    "telegram and httpx only in the Telegram adapter": ("bots/conversation/__init__.py", "import telegram"),
    "discord only in the Discord adapter": ("bots/telegram_bot/__init__.py", "import discord"),
    "aiohttp only where something is served or fetched over the web": ("bots/service.py", "import aiohttp"),
    "stripe only in payments/stripe_gateway": ("payments/till.py", "import stripe"),
    "jinja2 only where pages are made": ("bots/conversation/__init__.py", "import jinja2"),
    "The platforms do not know each other": ("bots/telegram_bot/__init__.py", "import bots.web"),
    "The conversation knows no platform": ("bots/conversation/__init__.py", "import bots.console"),
    "No circles among the rooms of the core": ("core/intake/__init__.py", "import core.queue"),
    "No circle anywhere": ("core/generation/sculpt/shapes.py", "import core.generation.sculpt.solid.grid"),
}
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
PROTECTED = sorted({module for contract in CONTRACTS for module in contract.get("protected_modules", ())})


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env=os.environ | {"COLUMNS": "300", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "*.ttf", "*.po"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_has_a_violation_that_it_catches() -> None:
    assert {contract["name"] for contract in CONTRACTS} == set(VIOLATIONS)


def test_the_code_keeps_every_contract(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("contract", "violation"), VIOLATIONS.items())
def test_a_violation_is_caught(copy: Path, contract: str, violation: tuple[str, str]) -> None:
    file, line = violation
    target = copy / file
    target.write_text(f"{target.read_text()}\n{line}\n")
    result = lint(copy)
    assert result.returncode == 1, result.stdout
    assert f"{contract} BROKEN" in result.stdout


def test_every_protected_library_is_caught_outside_of_its_room(copy: Path) -> None:
    target = copy / "core" / "model.py"
    target.write_text(target.read_text() + "".join(f"\nimport {library}" for library in PROTECTED) + "\n")
    told = lint(copy).stdout
    assert [library for library in PROTECTED if f"core.model -> {library}" not in told] == []


def test_a_new_module_of_the_core_needs_a_place_among_the_layers(copy: Path) -> None:
    (copy / "core" / "newcomer.py").write_text('"""Has no place yet."""\n')
    assert "newcomer" in lint(copy).stdout


def test_a_background_task_outside_of_supervision_is_refused(tmp_path: Path) -> None:
    offender = tmp_path / "offender.py"
    offender.write_text('"""Starts a task of its own."""\n\nimport asyncio\n\nasyncio.create_task(asyncio.sleep(0))\n')
    ruff = Path(sys.executable).with_name("ruff")
    command = [ruff, "check", "--config", ROOT / "pyproject.toml", "--no-cache", offender]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "TID251" in result.stdout
