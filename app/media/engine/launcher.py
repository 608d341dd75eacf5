"""Closes the sandbox around itself, then becomes the program. A program of its own, started by `sandbox.run`.

``python -I -S launcher.py SPEC``, where SPEC is JSON: ``argv`` (empty: say which layers hold, and end), ``reads``,
``runs`` and ``writes`` (paths), ``parent`` (process id), and the four numbers of `sandbox.Limits`.

It is no ``preexec_fn``, because that runs between fork and exec of a process that may have
threads. System call numbers and bits are those of linux/landlock.h and linux/prctl.h; the layers that a kernel lacks
are left out, and reported.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from typing import Any

EXIT_BROKEN = 125

_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 24, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # one number on every architecture
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE, _MAKE_REG, _TRUNCATE = 1, 2, 4, 8, 32, 256, 1 << 14
_FILE_BITS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_RUNTIME = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")
_HANDLED_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15}  # how many file rights a kernel's Landlock knows; 16 from ABI 5

_libc = ctypes.CDLL(None, use_errno=True)


def main(spec: dict[str, Any]) -> None:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    """Close every layer, then exec."""
    for number in (signal.SIGXFSZ, signal.SIGPIPE):  # Python ignores these, and what is ignored stays so through exec
        signal.signal(number, signal.SIG_DFL)
    layers = {"network": _leave_network()}
    _drop_capabilities()
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    layers["landlock"] = _landlock(spec)
    for what, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_FSIZE, spec["file_bytes"]),
        (resource.RLIMIT_AS, spec["memory_bytes"]),
        (resource.RLIMIT_CPU, spec["cpu_s"]),
    ):
        resource.setrlimit(what, (value, value + (what == resource.RLIMIT_CPU)))
    # Last, because a change of credentials clears it; and a parent that died before this line is noticed by the next.
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    if os.getppid() != spec["parent"]:
        os.kill(os.getpid(), signal.SIGKILL)
    if spec["argv"]:
        os.execv(spec["argv"][0], spec["argv"])  # noqa: S606 - the point of this file
    sys.stdout.write(json.dumps(layers))


def _leave_network() -> str:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    """Go into a network namespace that has nothing in it, not even a loopback that is up."""
    for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET):  # with CAP_SYS_ADMIN, and without
        if _libc.unshare(flags) == 0:
            return "own empty network namespace"
    return f"no namespace ({os.strerror(ctypes.get_errno())})"


def _drop_capabilities() -> None:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    """So that root, too, comes out of the exec with no more rights over files than their owner has."""
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0):
            break


def _landlock(spec: dict[str, Any]) -> str:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    """Allow the system's libraries, the program, its inputs and its scratch folder; refuse every other path."""
    abi = _libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if abi < 1:
        return "none in this kernel"
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
    return f"ABI {abi}"


def _check(result: int) -> int:  # pragma: no cover - ends in an exec; the sandbox tests prove it
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


if __name__ == "__main__":  # pragma: no cover - likewise
    try:
        main(json.loads(sys.argv[1]))
    except Exception as problem:  # noqa: BLE001 - whatever it is, the program must not start
        sys.stderr.write(f"sandbox: {problem!r}\n")
        sys.exit(EXIT_BROKEN)
