"""This process → one that can read a store, compute and answer on its pipe, and do nothing else.

Three walls of Linux, none of which needs rights: a seccomp filter (no sockets, no programs, no other processes, no
changes of files; https://docs.kernel.org/userspace-api/seccomp_filter.html), Landlock where the kernel has it (no file
outside the store; https://docs.kernel.org/userspace-api/landlock.html), and limits of resources. None can be taken down
again, and threads started later are behind them too.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path as FilePath
from typing import BinaryIO

if sys.platform != "win32":
    import resource  # now: nothing can be imported behind the walls

OPEN_FILES = 512
"""RocksDB keeps this many files of a store open, less some; others it opens when they are needed."""


@cache
def can_wall() -> bool:
    """Whether text from outside may be answered on this system: it has seccomp, and its system calls are known here."""
    if sys.platform != "linux" or sys.maxsize < 2**32 or platform.machine() not in _MACHINES:
        return False
    action = ctypes.byref(ctypes.c_uint32(_KILL))
    return _syscall(_SECCOMP[platform.machine()], _IS_THERE, 0, action) == 0


def wall_off(store: FilePath) -> list[str]:
    """Put up the walls that this system has; their names. OSError if one that it has cannot be put up."""
    raised = _limit_resources()
    if not can_wall():
        return raised
    _prctl(_NO_NEW_PRIVS, 1)
    if _landlock(store):
        raised.append("landlock")
    _seccomp(_filter(*_MACHINES[platform.machine()]))
    return [*raised, "seccomp"]


def gauge() -> BinaryIO | None:
    """Where this process reads its own size; to be opened before the walls are up."""
    return FilePath("/proc/self/statm").open("rb") if sys.platform == "linux" else None


def limit_memory(size: BinaryIO | None, more: int) -> None:
    """Let this process take `more` bytes of address space beyond what it has, and no more; by its `gauge`."""
    if sys.platform == "win32" or size is None:
        return
    with size:
        most = int(size.read().split()[0]) * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def limit_seconds(more: float) -> None:
    """End this process, whatever it is doing, after so many seconds; 0 lets it live."""
    if sys.platform == "win32":
        return
    signal.setitimer(signal.ITIMER_REAL, more)  # nobody handles SIGALRM here, so it kills
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + 4 * more) + 2 if more else resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def die_with(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends; exit now if that has happened."""
    if sys.platform == "linux":
        _prctl(_PDEATHSIG, 9)
    if sys.platform != "win32" and os.getppid() != parent:
        sys.exit(0)


def _limit_resources() -> list[str]:
    if sys.platform == "win32":
        return []
    for limit, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, min(OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[0])),
    ):
        resource.setrlimit(limit, (most, most))
    return ["limits"]


# What the C library does not offer by name

_NO_NEW_PRIVS, _PDEATHSIG = 38, 1
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_ALL_THREADS = 1  # SECCOMP_FILTER_FLAG_TSYNC
_WITH_FILTER = 1  # SECCOMP_SET_MODE_FILTER
_IS_THERE = 2  # SECCOMP_GET_ACTION_AVAIL


def _prctl(option: int, value: int) -> None:
    _checked(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0), "prctl")


def _syscall(number: int, *arguments: object) -> int:
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    done: int = ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *words)
    return done


def _checked(done: int, what: str) -> int:
    if done < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return done


# Landlock: files

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights each version of Landlock knows; 16 from the fifth on."""


def _landlock(store: FilePath) -> bool:
    """Whether the kernel now refuses every file that is not in the store."""
    version = _syscall(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return False  # an older kernel, or switched off; the filter stands by itself
    handled = struct.pack("=Q", (1 << _FILE_RIGHTS.get(version, 16)) - 1)
    rules = _checked(_syscall(_CREATE_RULESET, handled, len(handled), 0), "landlock_create_ruleset")
    folder = os.open(store, os.O_PATH | os.O_DIRECTORY)
    try:
        rule = struct.pack("=Qi", _READ_FILE | _READ_FOLDER, folder)
        _checked(_syscall(_ADD_RULE, rules, 1, rule, 0), "landlock_add_rule")
        _checked(_syscall(_RESTRICT_SELF, rules, 0), "landlock_restrict_self")
    finally:
        os.close(folder)
        os.close(rules)
    return True


# seccomp: system calls

_REFUSED: dict[str, dict[str, tuple[int | None, int | None]]] = {
    "network": {
        "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "sendto": (44, 206),
        "recvfrom": (45, 207), "sendmsg": (46, 211), "recvmsg": (47, 212), "shutdown": (48, 210),
        "bind": (49, 200), "listen": (50, 201), "socketpair": (53, 199), "accept4": (288, 242),
        "recvmmsg": (299, 243), "sendmmsg": (307, 269),
    },
    "programs and processes": {
        "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
        "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
        "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272),
        "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
        "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
        "rt_tgsigqueueinfo": (297, 240), "personality": (135, 92),
    },
    "other ways to ask the kernel": {  # io_uring makes calls past the filter
        "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    },
    "parts of the kernel with a history": {
        "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217),
        "request_key": (249, 218), "keyctl": (250, 219), "memfd_secret": (447, 447),
        "memfd_create": (319, 279), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    },
    "the machine": {
        "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
        "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429),
        "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
        "mount_setattr": (442, 442), "init_module": (175, 105), "delete_module": (176, 106),
        "finit_module": (313, 273), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
        "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
        "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170),
        "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
        "iopl": (172, None), "ioperm": (173, None), "quotactl": (179, 60), "syslog": (103, 116),
    },
    "who it is": {
        "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
        "setresuid": (117, 147), "setresgid": (119, 149), "setgroups": (116, 159), "setfsuid": (122, 151),
        "setfsgid": (123, 152), "capset": (126, 91),
    },
    "changes of files": {
        "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "mkdir": (83, None),
        "mkdirat": (258, 34), "rmdir": (84, None), "creat": (85, None), "link": (86, None),
        "linkat": (265, 37), "unlink": (87, None), "unlinkat": (263, 35), "symlink": (88, None),
        "symlinkat": (266, 36), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53),
        "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55), "lchown": (94, None),
        "fchownat": (260, 54), "truncate": (76, 45), "ftruncate": (77, 46), "fallocate": (285, 47),
        "mknod": (133, None), "mknodat": (259, 33), "utime": (132, None), "utimes": (235, None),
        "utimensat": (280, 88), "futimesat": (261, None), "setxattr": (188, 5), "lsetxattr": (189, 6),
        "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
        "fremovexattr": (199, 16),
    },
    "words between processes": {
        "mq_open": (240, 180), "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186),
        "msgsnd": (69, 189), "msgrcv": (70, 188), "semget": (64, 190), "semop": (65, 193),
    },
}  # fmt: skip
"""System calls that fail with EPERM, by name; their numbers on x86-64 and aarch64, None where there is no such call."""

_NEWEST = 456  # what came later is not known here, and fails as on a kernel that does not have it
_EPERM, _ENOSYS = 1, 38
_ALLOW, _KILL = 0x7FFF0000, 0x80000000


def _fail(error: int) -> int:
    return 0x00050000 | error


_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _MACHINE = 0, 4
"""Where the call and its machine lie in what the filter is given (struct seccomp_data)."""

_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_THREAD = 0x00010000  # CLONE_THREAD

# machine → its name in the filter, its column above, and: open, openat, openat2, clone, clone3, tgkill, prlimit64
_MACHINES: dict[str, tuple[int, int, tuple[int | None, int, int, int, int, int, int]]] = {
    "x86_64": (0xC000003E, 0, (2, 257, 437, 56, 435, 234, 302)),
    "aarch64": (0xC00000B7, 1, (None, 56, 437, 220, 435, 131, 261)),
}

_Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def _argument(place: int) -> int:
    return 16 + 8 * place  # its lower half: both machines are little-endian


def _filter(
    machine: int, column: int, special: tuple[int | None, int, int, int, int, int, int]
) -> list[_Instruction]:
    """The filter's program; only a call of the one machine that passes every line is made."""
    open_, openat, openat2, clone, clone3, tgkill, prlimit = special
    program: list[_Instruction] = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _KILL),  # a call in another machine's numbers (i386) would be read wrongly
        (_LOAD, 0, 0, _NUMBER),
        (_GREATER, 0, 1, _NEWEST),
        (_RETURN, 0, 0, _fail(_ENOSYS)),  # and so all of x32, whose numbers begin at 0x40000000
    ]
    for calls in _REFUSED.values():
        for numbers in calls.values():
            number = numbers[column]
            if number is not None:
                program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _fail(_EPERM))]
    for number in (openat2, clone3):  # their arguments lie where a filter cannot look; callers fall back
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _fail(_ENOSYS))]
    if open_ is not None:
        program += _unless(open_, 1, lambda: (_ANY_BIT, 0, 1, _CHANGES))
    program += _unless(openat, 2, lambda: (_ANY_BIT, 0, 1, _CHANGES))
    program += _unless(clone, 0, lambda: (_ANY_BIT, 1, 0, _THREAD))
    program += _unless(tgkill, 0, lambda: (_EQUAL, 1, 0, os.getpid()))  # abort() sends itself a signal
    program += _unless(prlimit, 0, lambda: (_EQUAL, 1, 0, 0))
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def _unless(number: int, argument: int, test: Callable[[], _Instruction]) -> list[_Instruction]:
    """A call that fails if the test of one argument leads to the next line, and is made if it skips that."""
    return [
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _argument(argument)),
        test(),
        (_RETURN, 0, 0, _fail(_EPERM)),
        (_RETURN, 0, 0, _ALLOW),
    ]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _seccomp(program: list[_Instruction]) -> None:
    """Every thread of this process is behind the filter from now on."""
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    number = _SECCOMP[platform.machine()]
    whole = _Program(len(program), code)
    _checked(_syscall(number, _WITH_FILTER, _ALL_THREADS, ctypes.byref(whole)), "seccomp")
