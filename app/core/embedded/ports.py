"""Ports on 127.0.0.1 that nobody holds."""

import random
import socket
from pathlib import Path

PORTS = range(20000, 32000)
"""Above everyone's well-known ports and below those of outgoing connections, which begin at 32768 on Linux: so a port
from here is still free when a server that crashed comes back for it."""

_TRIES = 200


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port() -> int:
    """A free port, chosen at random so that two installations that start at once rarely ask for the same.

    Raises:
        OSError: none of many tries was free.
    """
    for port in random.sample(PORTS, _TRIES):  # which port to try is no secret  # nosec B311
        if is_free(port):
            return port
    raise OSError("no free port between 20000 and 32000 on 127.0.0.1")


def remembered_port(memory: Path) -> int:
    """The port that the file ``memory`` holds if it is still free, else another one, written there."""
    try:
        port = int(memory.read_text())
    except (OSError, ValueError):
        port = 0
    if port not in PORTS or not is_free(port):
        port = free_port()
        memory.write_text(f"{port}\n")
    return port
