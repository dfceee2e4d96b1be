"""A process that opens strangers' files can do nothing but answer: tried in the real process, behind every layer."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from core.errors import EngineFailed, NotAPicture
from core.generation.pool.local import LocalPool
from core.generation.pool.sandbox import LAYERS
from core.generation.pool.wire import Call, Setup
from core.generation.pool.worker import Worker, WorkerDiedError
from core.settings import GenerationSettings, PhotoSettings

ROOT = Path(__file__).parents[4]
MEMORY = 1_000_000_000
KERNEL = tuple(int(number) for number in re.findall(r"\d+", os.uname().release)[:2])
PROBE = "tests.engines.probe:Probe"


@asynccontextmanager
async def probe(scratch: Path, sandboxed: bool = True, call_seconds: float | None = None) -> AsyncIterator[Worker]:
    setup = Setup(PROBE, {}, MEMORY, sandboxed=sandboxed, call_seconds=call_seconds)
    worker = await Worker.start(setup, scratch, 30)
    try:
        yield worker
    finally:
        await worker.close()


async def attempt(worker: Worker, what: str) -> str:
    return str(await worker.call(Call("attempt", (what,)), 10, 10))


def ended_by(cause: signal.Signals) -> str:
    """What WorkerDiedError says; 255 now and then, where asyncio learns too late what ended its child."""
    return rf"ended with code (-{cause:d}|255)"


def pool() -> LocalPool:
    return LocalPool("nothing:Nothing", {}, GenerationSettings(), PhotoSettings())


REFUSED = ["read_a_file", "read_its_own_file", "list_a_folder", "see_whether_a_file_is_there", "write_a_file"]
DEADLY = [
    *("write_beside_the_line", "remove_a_file", "open_a_socket", "open_a_local_socket", "fork", "start_a_program"),
    *("make_code", "signal_its_parent", "trace_itself", "lift_a_limit"),
]


@pytest.mark.parametrize("what", REFUSED)
async def test_a_locked_in_process_is_refused_every_file(tmp_path, what):
    async with probe(tmp_path) as worker:
        assert await attempt(worker, what) == "PermissionError"
        assert await attempt(worker, "run_a_thread") == "[1]", "it goes on"


@pytest.mark.parametrize("what", DEADLY)
async def test_a_locked_in_process_that_tries_more_is_ended_by_the_kernel(tmp_path, what):
    async with probe(tmp_path) as worker:
        with pytest.raises(WorkerDiedError, match=ended_by(signal.SIGSYS)):
            await attempt(worker, what)


@pytest.mark.parametrize("what", ["read_a_file", "open_a_socket", "fork", "make_code", "write_a_file"])
async def test_the_same_attempts_succeed_in_a_process_that_is_not_locked_in(tmp_path, what):
    """So that the tests above show the sandbox at work and not a broken attempt."""
    async with probe(tmp_path, sandboxed=False) as worker:
        assert not (await attempt(worker, what)).endswith("Error")


async def test_a_locked_in_process_sees_no_setting_and_has_tight_limits(tmp_path, monkeypatch):
    monkeypatch.setenv("FIGURINE_KEYS__MASTER", "0" * 64)
    async with probe(tmp_path) as worker:
        seen = json.loads(await attempt(worker, "tell_about_itself"))
    assert not [name for name in seen["environment"] if name.startswith("FIGURINE")]
    assert seen["environment"]["TMPDIR"] == str(tmp_path)
    assert (seen["file size"], seen["core"], seen["files"]) == ([0, 0], [0, 0], [16, 16])
    assert seen["modules"] == []


async def test_a_call_that_uses_too_much_cpu_time_is_ended_by_the_kernel_and_each_call_has_its_own(tmp_path):
    async with probe(tmp_path, call_seconds=0.5) as worker:
        for _ in range(3):
            assert await attempt(worker, "run_a_thread") == "[1]"
        begun = time.monotonic()
        with pytest.raises(WorkerDiedError, match=ended_by(signal.SIGXCPU)):
            await worker.call(Call("spin", ()), 20, 20)
        assert time.monotonic() - begun < 10


async def test_abort_is_still_possible_for_that_is_how_it_says_that_its_memory_is_full(tmp_path):
    async with probe(tmp_path) as worker:
        with pytest.raises(WorkerDiedError, match=ended_by(signal.SIGABRT)):
            await attempt(worker, "abort")


async def test_an_unexpected_exception_is_told_by_its_place_although_no_source_can_be_read(tmp_path):
    async with probe(tmp_path) as worker:
        with pytest.raises(EngineFailed, match=r"ValueError at .*probe\.py:\d+ slip") as caught:
            await worker.call(Call("slip", ()), 10, 10)
        assert "secret" not in str(caught.value)


async def test_the_service_can_ask_which_layers_are_on():
    async with pool() as engine:
        layers = dict(await engine.sandbox_layers())
    assert list(layers) == list(LAYERS)
    assert layers["limits"] and layers["no capabilities"] and layers["no new privileges"] and layers["not dumpable"]
    assert layers["dies with its parent"]


async def test_a_process_that_is_not_locked_in_reports_no_layer(tmp_path):
    async with probe(tmp_path, sandboxed=False) as worker:
        assert await worker.call(Call("layers", ()), 10, 10) == ()


async def test_the_kernel_confirms_what_the_process_reports():
    before = children()
    async with pool() as engine:
        layers = dict(await engine.sandbox_layers())
        (pid,) = children() - before
        status, apart = told_by_kernel(pid), namespaces_apart(pid) if os.geteuid() == 0 else {}
    assert status["NoNewPrivs"] == "1"
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert layers["seccomp"] == (status["Seccomp"] == "2")
    for name, is_apart in apart.items():
        assert layers[name] == is_apart


def told_by_kernel(pid: int) -> dict[str, str]:
    return dict(re.findall(r"^(\w+):\s*(.*)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE))


def namespaces_apart(pid: int) -> dict[str, bool]:
    names = {"user namespace": "user", "network namespace": "net", "IPC namespace": "ipc"}
    links = {name: (Path(f"/proc/{pid}/ns/{kind}"), Path(f"/proc/self/ns/{kind}")) for name, kind in names.items()}
    return {name: theirs.readlink() != ours.readlink() for name, (theirs, ours) in links.items()}


def children() -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has just ended
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


ALONE = """
import os, socket, sys
from core.generation.pool.sandbox import LAYERS
for name in sys.argv[3:]:
    try:
        LAYERS[name](1)
    except Exception:
        sys.exit(77)  # not on this machine
attempts = {
    "read": lambda: open("/etc/passwd").read(),
    "write": lambda: os.write(os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT), b"x"),
    "connect": lambda: socket.socket().connect((b"127.0.0.1", 9)),
    "descriptors": lambda: [os.dup(0) for _ in range(20)],
}
try:
    attempts[sys.argv[1]]()
except OSError as error:
    print(error.errno, flush=True)
"""


@pytest.mark.parametrize(
    ("layers", "what", "outcome"),
    [
        (["Landlock"], "read", "13\n"),
        (["Landlock"], "write", "13\n"),
        pytest.param(["Landlock"], "connect", "13\n", marks=pytest.mark.skipif(KERNEL < (6, 7), reason="came later")),
        (["seccomp"], "read", "13\n"),
        (["limits"], "write", "27\n"),
        (["limits"], "descriptors", "24\n"),
        (["user namespace", "network namespace"], "connect", "101\n"),
    ],
)
def test_each_layer_holds_by_itself(tmp_path, layers, what, outcome):
    needed = ["no new privileges", *layers] if layers[0] in ("Landlock", "seccomp") else layers
    command = [sys.executable, "-c", ALONE, what, str(tmp_path / "file"), *needed]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)
    if done.returncode == 77:
        pytest.skip(f"{layers[-1]} is not on this machine")
    assert done.stdout == outcome


async def test_a_decoder_ended_by_a_violation_costs_its_picture_only(photo_path, monkeypatch):
    """The decoder's own process, made to open a socket by a target that stands in for a reader with a hole."""
    monkeypatch.setattr("core.generation.pool.local.DECODER", "tests.engines.holed:HoledDecoder")
    upload = photo_path("cat").read_bytes()
    async with pool() as engine:
        assert await engine.decode(upload)
        with pytest.raises(NotAPicture):
            await engine.decode(b"exploit")
        begun = time.monotonic()
        assert await engine.decode(upload)
        assert time.monotonic() - begun < 2, "a new process does not cost seconds"


def test_without_libseccomp_the_layer_is_reported_as_off_and_the_others_are_on():
    command = [sys.executable, "-c", WITHOUT_LIBRARY]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)
    layers = json.loads(done.stdout)
    assert layers["seccomp"] is False
    assert layers["no new privileges"] is True


WITHOUT_LIBRARY = """
import ctypes.util, json, os, sys
ctypes.util.find_library = lambda name: "libc.so.6" if name == "c" else None
from core.generation.pool.sandbox import lock_in
os.write(1, json.dumps(dict(lock_in(0))).encode())
"""
