"""Closes the sandbox around itself, then becomes the program. A program of its own, started by `sandbox.run`.

``python -I -S launcher.py SPEC``, where SPEC is a mapping, marshalled, in hexadecimal: ``argv`` (empty: say which
layers hold, and end), ``reads``, ``runs`` and ``writes`` (paths), ``line`` (a pipe whose other end only the parent
holds, or -1), ``wrapped`` (whether bubblewrap is around us, which ends us with our parent), ``layers`` (which of
`namespace`, `landlock` and `seccomp` to close), and the four numbers of `sandbox.Limits`.

It is no ``preexec_fn``, because that runs between fork and exec of a process that may have threads. As it runs before
every program, it imports little: json, signal and typing would double the 20 ms that it takes. System call numbers and
bits are those of linux/landlock.h, linux/prctl.h, linux/seccomp.h and linux/audit.h; the layers that a kernel lacks are
left out, and reported.
"""

from __future__ import annotations

import ctypes
import marshal
import os
import resource
import select
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EXIT_BROKEN = 125

_SIGKILL, _SIGPIPE, _SIGXFSZ, _SIG_DFL = 9, 13, 25, 0

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 22, 24, 38
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_THREAD = 0x1000_0000, 0x4000_0000, 0x1_0000
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # one number on every architecture
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE, _MAKE_REG, _TRUNCATE = 1, 2, 4, 8, 32, 256, 1 << 14
_FILE_BITS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_HANDLED_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15}  # how many file rights a kernel's Landlock knows; 16 from ABI 5
_RUNTIME = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")  # as in `layers`

_EPERM, _ENOSYS = 1, 38
_SECCOMP = {
    # machine: (audit's name of it, clone, calls that are refused: new sockets and processes, leaving the group or a
    # namespace, looking into others, and what widens the kernel's surface most)
    "x86_64": (
        0xC000_003E,
        56,
        {
            "socket": 41, "fork": 57, "vfork": 58, "ptrace": 101, "setpgid": 109, "setsid": 112, "pivot_root": 155,
            "chroot": 161, "mount": 165, "add_key": 248, "keyctl": 250, "unshare": 272, "perf_event_open": 298,
            "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "bpf": 321,
            "userfaultfd": 323, "io_uring_setup": 425,
        },
    ),
    "aarch64": (
        0xC000_00B7,
        220,
        {
            "mount": 40, "pivot_root": 41, "chroot": 51, "unshare": 97, "ptrace": 117, "setpgid": 154, "setsid": 157,
            "socket": 198, "add_key": 217, "keyctl": 219, "perf_event_open": 241, "open_by_handle_at": 265,
            "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271, "bpf": 280, "userfaultfd": 282,
            "io_uring_setup": 425,
        },
    ),
}  # fmt: skip
_CLONE3 = 435  # its flags lie in memory, out of a filter's sight; without it libraries take clone

_libc = ctypes.CDLL(None, use_errno=True)


def main(spec: dict[str, Any]) -> None:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    """Close every layer, then exec."""
    for number in (_SIGXFSZ, _SIGPIPE):  # Python ignores these, and what is ignored stays so through exec
        _libc.signal(number, _SIG_DFL)
    wanted = spec["layers"]
    layers: dict[str, Any] = {"namespace": "namespace" in wanted and _leave_network()}
    _drop_capabilities()
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    layers["landlock"] = _landlock(spec) if "landlock" in wanted else 0
    for what, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_FSIZE, spec["file_bytes"]),
        (resource.RLIMIT_AS, spec["memory_bytes"]),
        (resource.RLIMIT_CPU, spec["cpu_s"]),
    ):
        resource.setrlimit(what, (value, value + (what == resource.RLIMIT_CPU)))
    if not spec["wrapped"]:  # late, because a change of credentials clears it
        _check(_libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0))
    _hang_up_with_parent(spec["line"])
    layers["seccomp"] = "seccomp" in wanted and _filter_calls()
    if spec["argv"]:
        os.execv(spec["argv"][0], spec["argv"])  # noqa: S606 - the point of this file  # nosec B606
    sys.stdout.write(repr(layers))


def _hang_up_with_parent(line: int) -> None:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    """Notice a parent that died before its death was going to be told to us: its end of the line is closed."""
    if line >= 0:
        if select.select([line], [], [], 0)[0]:
            sys.exit(EXIT_BROKEN)
        os.close(line)


def _leave_network() -> bool:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    """Go into a network namespace that has nothing in it, not even a loopback that is up."""
    # The first works with CAP_SYS_ADMIN, the second for everyone, where the machine allows it.
    return any(_libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def _drop_capabilities() -> None:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    """So that root, too, comes out of the exec with no more rights over files than their owner has."""
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
            break


def _landlock(spec: dict[str, Any]) -> int:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    """Allow the system's libraries, the program, its inputs and its scratch folder; refuse every other path.

    Returns the kernel's ABI of it, 0 for none.
    """
    abi: int = _libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if abi < 1:
        return 0
    handled = (1 << _HANDLED_BY_ABI.get(abi, 16)) - 1
    tcp, scopes = 3, 3  # bind and connect; abstract sockets and signals
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    rules = _check(_libc.syscall(_LANDLOCK_CREATE, struct.pack("<QQQ", handled, tcp, scopes)[:size], size, 0))
    grants = [(path, _EXECUTE | _READ_FILE | _READ_DIR) for path in (*_RUNTIME, *spec["runs"])]
    grants += [(path, _READ_FILE | _READ_DIR) for path in spec["reads"]]
    grants += [
        (path, _READ_FILE | _READ_DIR | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _TRUNCATE) for path in spec["writes"]
    ]
    grants += [("/dev/null", _READ_FILE | _WRITE_FILE), ("/dev/urandom", _READ_FILE)]
    for path, bits in grants:
        if os.path.exists(path):  # noqa: PTH110 - pathlib costs milliseconds, and this file runs before every program
            allowed = bits & handled & (~0 if os.path.isdir(path) else _FILE_BITS)  # noqa: PTH112 - likewise
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            _check(_libc.syscall(_LANDLOCK_ADD, rules, 1, struct.pack("<Qi", allowed, fd), 0))
            os.close(fd)
    _check(_libc.syscall(_LANDLOCK_RESTRICT, rules, 0))
    os.close(rules)
    return abi


class _Program(ctypes.Structure):
    """struct sock_fprog: how many instructions, and where they are."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _filter_calls() -> bool:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    """Refuse new sockets and new processes (threads may be), and to leave the group that is killed at the deadline."""
    known = _SECCOMP.get(os.uname().machine)
    if known is None:
        return False
    code = call_filter(*known)
    program = _Program(len(code) // 8, code)
    return bool(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0) == 0)


def call_filter(machine: int, clone: int, refused: dict[str, int]) -> bytes:
    """The filter as classic BPF over struct seccomp_data: number at 0, architecture at 4, first argument at 16."""
    load, jump_equal, jump_from, jump_bits, end = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, no = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
    steps = [
        (load, 0, 0, 4), (jump_equal, 1, 0, machine), (end, 0, 0, kill),
        (load, 0, 0, 0),
        (jump_from, 0, 1, 0x4000_0000), (end, 0, 0, no | _ENOSYS),  # x86's second set of numbers (x32)
        (jump_equal, 0, 1, _CLONE3), (end, 0, 0, no | _ENOSYS),
    ]  # fmt: skip
    for number in refused.values():
        steps += [(jump_equal, 0, 1, number), (end, 0, 0, no | _EPERM)]
    steps += [
        (jump_equal, 0, 3, clone), (load, 0, 0, 16), (jump_bits, 1, 0, _CLONE_THREAD), (end, 0, 0, no | _EPERM),
        (end, 0, 0, allow),
    ]  # fmt: skip
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def _check(result: int) -> int:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


if __name__ == "__main__":  # pragma: no cover - likewise
    try:
        main(marshal.loads(bytes.fromhex(sys.argv[1])))  # noqa: S302 - made by `layers.command`  # nosec B302
    except Exception as problem:  # noqa: BLE001 - whatever it is, the program must not start
        sys.stderr.write(f"sandbox: {problem!r}\n")
        sys.exit(EXIT_BROKEN)
