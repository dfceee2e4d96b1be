"""What a process that opens strangers' files takes from itself once everything it needs is loaded.

Every layer is put on by itself, and a layer that this machine does not offer is reported as off. docs/sandbox.md says
which layer protects what, and where.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import mmap
import os
import resource
import signal
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Final

try:
    import pyseccomp  # type: ignore[import-untyped]
except (ImportError, RuntimeError, OSError):  # RuntimeError: the system library libseccomp is not there
    pyseccomp = None

log = logging.getLogger(__name__)

Layers = tuple[tuple[str, bool], ...]

OPEN_FILES: Final = 16  # A decoder has four: nowhere three times, and the line to its parent.
PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 2, 4, 38  # from linux/prctl.h
CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWIPC, CLONE_THREAD = 0x10000000, 0x40000000, 0x08000000, 0x00010000
CAPSET, CAPABILITIES_V3 = 126, 0x20080522  # the call's number on x86-64, and linux/capability.h
LANDLOCK_CREATE, LANDLOCK_RESTRICT, LANDLOCK_ASK_VERSION = 444, 446, 1  # from linux/landlock.h
FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # Landlock's version -> how many kinds of access it knows
NET_RIGHTS_SINCE, SCOPES_SINCE = 4, 6
TWO_BITS: Final = 0b11  # TCP bind and connect; abstract sockets and signals
PROT_EXEC: Final = mmap.PROT_EXEC

HARMLESS: Final = (
    *("brk", "munmap", "mremap", "madvise", "futex", "rseq", "set_robust_list", "sched_yield", "sched_getaffinity"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall", "exit", "exit_group"),
    *("clock_gettime", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getrandom", "sysinfo", "uname"),
    *("getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "getcpu", "close"),
)
DENIED: Final = (  # Libraries ask for an optional file now and then; the answer is no, and the picture goes on.
    *("open", "openat", "stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2"),
    *("readlink", "readlinkat", "getcwd", "getdents64", "ioctl", "fcntl", "prctl"),
)


def lock_in(line: int) -> Layers:
    """Put on every layer, for good: each one's name and whether it is on. The process has one thread, and has loaded
    all that it needs: it opens no file any more, and talks over `line`, a connected socket, alone.

    A forbidden call ends the process with SIGSYS, or fails with EACCES where libraries make it in good faith.
    """
    return tuple((name, _put_on(name, layer, line)) for name, layer in LAYERS.items())


def _put_on(name: str, layer: Callable[[int], None], line: int) -> bool:
    try:
        layer(line)
    except Exception as error:  # noqa: BLE001 -- whatever keeps one layer off, the others go on
        log.debug("sandbox: %s is off: %s", name, type(error).__name__)
        return False
    return True


def _limits(_line: int) -> None:
    """No files of any size, no core dumps, and few descriptors. The address space is limited from the start."""
    for limit, value in ((resource.RLIMIT_NOFILE, OPEN_FILES), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (value, value))


def _namespace(flag: int) -> Callable[[int], None]:
    """A namespace of its own. That of users comes first: it is what lets an ordinary user have the others."""

    def layer(_line: int) -> None:
        _checked(LIBC.unshare(flag))

    return layer


def _no_capabilities(_line: int) -> None:
    """Neither those of root nor those that a user namespace brings."""
    header, nothing = struct.pack("=Ii", CAPABILITIES_V3, 0), bytes(24)
    _checked(LIBC.syscall(CAPSET, header, nothing))


def _not_dumpable(_line: int) -> None:
    """Other processes of the same user cannot look into its memory."""
    _checked(LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))


def _dies_with_parent(_line: int) -> None:
    """Anew, because the kernel forgets it when a process changes its credentials."""
    _checked(LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    told = ctypes.c_int()
    _checked(LIBC.prctl(PR_GET_PDEATHSIG, ctypes.byref(told), 0, 0, 0))
    if told.value != signal.SIGKILL:
        raise OSError(errno.EINVAL, "the kernel did not keep it")


def _no_new_privileges(_line: int) -> None:
    """Nothing that it could start has more rights than itself."""
    _checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _landlock(_line: int) -> None:
    """A set of rules that allows nothing: no file, no TCP, no abstract socket, no signal to others."""
    version = _checked(LIBC.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), LANDLOCK_ASK_VERSION))
    handled = [(1 << FILE_RIGHTS.get(version, 16)) - 1]
    if version >= NET_RIGHTS_SINCE:
        handled.append(TWO_BITS)
    if version >= SCOPES_SINCE:
        handled.append(TWO_BITS)
    rules = struct.pack(f"={len(handled)}Q", *handled)
    descriptor = _checked(LIBC.syscall(LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), 0))
    try:
        _checked(LIBC.syscall(LANDLOCK_RESTRICT, descriptor, 0))
    finally:
        os.close(descriptor)


def _seccomp(line: int) -> None:
    """An allow-list of system calls; everything else ends the process."""
    rules = pyseccomp.SyscallFilter(pyseccomp.KILL_PROCESS)
    for name, arguments in _allowed(line):
        rules.add_rule(pyseccomp.ALLOW, name, *arguments)
    for name in HARMLESS:
        rules.add_rule(pyseccomp.ALLOW, name)
    for name in DENIED:
        rules.add_rule(pyseccomp.ERRNO(errno.EACCES), name)
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")  # Its flags can't be seen; glibc falls back to clone.
    rules.load()


def _allowed(line: int) -> Iterator[tuple[str, list[pyseccomp.Arg]]]:
    """Calls that are allowed with some arguments only."""
    arg = pyseccomp.Arg
    on_line = [arg(0, pyseccomp.EQ, line)]
    for name in ("recvfrom", "sendto", "read", "write"):
        yield name, on_line
    yield "write", [arg(0, pyseccomp.EQ, 2)]  # what a dying interpreter has to say
    not_executable = [arg(2, pyseccomp.MASKED_EQ, PROT_EXEC, 0)]
    yield "mmap", not_executable
    yield "mprotect", not_executable
    yield "clone", [arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, CLONE_THREAD)]  # the HEVC decoder's thread
    yield "tgkill", [arg(0, pyseccomp.EQ, os.getpid())]  # abort()
    own = arg(0, pyseccomp.EQ, 0)
    yield "prlimit64", [own, arg(1, pyseccomp.EQ, resource.RLIMIT_CPU)]  # the time of the next call
    yield "prlimit64", [own, arg(2, pyseccomp.EQ, 0)]  # asking only


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


LIBC: Final = ctypes.CDLL(None, use_errno=True)
LAYERS: Final[Mapping[str, Callable[[int], None]]] = {  # in the order in which one lets the next be put on
    "limits": _limits,
    "user namespace": _namespace(CLONE_NEWUSER),
    "network namespace": _namespace(CLONE_NEWNET),
    "IPC namespace": _namespace(CLONE_NEWIPC),
    "no capabilities": _no_capabilities,
    "not dumpable": _not_dumpable,
    "dies with its parent": _dies_with_parent,
    "no new privileges": _no_new_privileges,
    "Landlock": _landlock,
    "seccomp": _seccomp,
}
