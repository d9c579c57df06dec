"""What a child gives up before it touches a stranger's file.

Three layers, each of which would do alone against honest libraries; together they are for the day when a
decoder is taken over by the file that it reads: limits that every Unix has, Landlock for the file system
(Linux 5.13), and a seccomp filter against sockets and new programs. Where the kernel lacks the last two,
the first one remains.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterable

SPARE_SECONDS = 5  # between the signal that ends a child at its CPU limit and the kill that cannot be caught

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SECCOMP_MODE_FILTER = 2
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # the same on every architecture
_WRITE, _READ, _LIST, _REMOVE, _MAKE, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 5, 1 << 8, 1 << 14

# architecture: its number in a seccomp filter, and the calls that it does not get: socket, socketpair,
# execve, execveat, ptrace, io_uring_setup (which could open sockets by itself), kill.
_FORBIDDEN = {
    "x86_64": (0xC000003E, (41, 53, 59, 322, 101, 425, 62)),
    "aarch64": (0xC00000B7, (198, 199, 221, 281, 117, 425, 129)),
}


def limit(memory: int, cpu: int, disk: int) -> None:
    """Bound address space (bytes), processor time (seconds) and the size of any file written (bytes)."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + SPARE_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(10)
    os.umask(0o077)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # when memory runs out, the kernel takes this process and not the portal


def die_with(parent: int) -> None:
    """End this process as soon as `parent` (its process id) ends, by whatever means."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # it ended before the line above


def lock(folder: str | None, libraries: Iterable[str]) -> None:
    """Give up the file system, every socket, and starting programs.

    What is left: to write in `folder`, to read in the folders `libraries` (a library may import another of
    its modules late), and what is open already.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _landlock(libc, folder, libraries)
    _seccomp(libc)


def _landlock(libc: ctypes.CDLL, folder: str | None, libraries: Iterable[str]) -> None:
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return
    # All rights that this version knows: a right that is not named here would not be taken away.
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    network = 3 if version >= 4 else 0
    scopes = 3 if version >= 6 else 0  # abstract sockets and signals
    size = {1: 8, 2: 8, 3: 8, 4: 16, 5: 16}.get(version, 24)
    rules = struct.pack("=QQQ", files, network, scopes)[:size]
    handle = libc.syscall(_LANDLOCK_CREATE, rules, ctypes.c_size_t(size), 0)
    if handle < 0:
        return
    allowed = [(library, _READ | _LIST) for library in libraries]
    if folder is not None:
        allowed.append((folder, (_WRITE | _READ | _REMOVE | _MAKE | _TRUNCATE) & files))
    for path, rights in allowed:
        beneath = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        libc.syscall(_LANDLOCK_ADD, handle, 1, struct.pack("=Qi", rights, beneath), 0)
        os.close(beneath)
    libc.syscall(_LANDLOCK_RESTRICT, handle, 0)
    os.close(handle)


def _seccomp(libc: ctypes.CDLL) -> None:
    if platform.machine() not in _FORBIDDEN:
        return
    architecture, calls = _FORBIDDEN[platform.machine()]
    load, equal, above, answer = 0x20, 0x15, 0x35, 0x06  # operations of the kernel's packet filter
    allow, kill, refuse = 0x7FFF0000, 0x80000000, 0x00050000 | 1  # the last: fails with "not permitted"
    program = [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, kill), (load, 0, 0, 0)]
    # From 2**30 on, x86_64 counts its calls a second time (x32).
    program += [(above, len(calls) + 1, 0, 1 << 30)]
    program += [(equal, len(calls) - n, 0, call) for n, call in enumerate(calls)]
    program += [(answer, 0, 0, allow), (answer, 0, 0, refuse)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    # struct sock_fprog, with the padding before its pointer
    rule = struct.pack("@HP", len(program), ctypes.addressof(code))
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, rule, 0, 0)
