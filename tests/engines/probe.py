"""A target that tries what a locked-in process must not be able to do. It needs nothing but the standard library."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import socket
import sys
import threading
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)


class Probe:
    """Every method but `warm_up` answers with what it got, or with the name of the error that it ran into."""

    def warm_up(self) -> None:
        """Nothing: everything is imported above."""

    def attempt(self, what: str) -> str:
        """Try the thing of that name."""
        try:
            return str(getattr(self, f"_{what}")())
        except OSError as error:
            return type(error).__name__

    def spin(self) -> None:
        while True:
            pass

    def slip(self) -> None:
        raise ValueError("secret")

    def _read_a_file(self) -> str:
        return Path("/etc/passwd").read_text()

    def _read_its_own_file(self) -> str:
        return Path(__file__).read_text()

    def _list_a_folder(self) -> list[str]:
        return os.listdir("/")  # noqa: PTH208 -- the plain call is what is tried

    def _see_whether_a_file_is_there(self) -> os.stat_result:
        return os.stat("/etc/passwd")  # noqa: PTH116 -- the plain call is what is tried

    def _write_a_file(self) -> int:
        return Path(os.environ["TMPDIR"], "probe").write_text("x")

    def _write_beside_the_line(self) -> int:
        return os.write(1, b"x")

    def _remove_a_file(self) -> None:
        Path(os.environ["TMPDIR"], "probe").unlink()

    def _open_a_socket(self) -> int:
        return int(LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0))

    def _open_a_local_socket(self) -> int:
        return int(LIBC.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))

    def _fork(self) -> int:
        if (pid := os.fork()) == 0:
            os._exit(0)
        return pid

    def _start_a_program(self) -> None:
        os.execv("/bin/true", ["true"])  # noqa: S606 -- the plain call is what is tried

    def _make_code(self) -> mmap.mmap:
        return mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)

    def _signal_its_parent(self) -> None:
        os.kill(os.getppid(), 0)

    def _trace_itself(self) -> int:
        return int(LIBC.ptrace(0, 0, 0, 0))

    def _lift_a_limit(self) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def _run_a_thread(self) -> list[int]:
        done: list[int] = []
        thread = threading.Thread(target=done.append, args=(1,))
        thread.start()
        thread.join()
        return done

    def _abort(self) -> None:
        os.abort()

    def _tell_about_itself(self) -> str:
        """As JSON: the environment, and what can be asked without opening anything."""
        told = {
            "environment": dict(os.environ),
            "uid": os.getuid(),
            "modules": [name for name in ("numpy", "asyncio", "pydantic") if name in sys.modules],
            "file size": resource.getrlimit(resource.RLIMIT_FSIZE),
            "files": resource.getrlimit(resource.RLIMIT_NOFILE),
            "core": resource.getrlimit(resource.RLIMIT_CORE),
        }
        return json.dumps(told)
