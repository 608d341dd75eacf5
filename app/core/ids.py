"""Identifiers: time-ordered UUIDs inside, short public ids in addresses, secrets that cannot be guessed."""

import os
import secrets
import threading
import time
from datetime import datetime
from uuid import UUID

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PUBLIC_ID_LENGTH = 11


_turn = threading.Lock()
_latest = 0
"""Clock and counter of the id that was given last, as one number."""


def uuid7() -> UUID:
    """A time-ordered UUID (RFC 9562 version 7): millisecond clock, a counter of 12 bits, 62 random bits.

    Rows made together lie together in an index. What one process makes is in the order in which it made it, also
    within a millisecond (RFC 9562, 6.2, method 1). Python 3.14 has this in its library, PostgreSQL 15 does not.
    """
    global _latest  # noqa: PLW0603 - the order of a process
    with _turn:
        _latest = max(_latest + 1, time.time_ns() // 1_000_000 << 12)
        ordered = _latest
    value = (ordered >> 12 & (2**48 - 1)) << 80 | 0x7 << 76 | (ordered & 0xFFF) << 64
    return UUID(int=value | 0x2 << 62 | int.from_bytes(os.urandom(8), "big") >> 2)


def uuid7_at(moment: datetime) -> UUID:
    """As ``uuid7``, of another moment: for what is older than its row, where ids say the order. Not before 1970."""
    clock = max(0, int(moment.timestamp() * 1000)) & (2**48 - 1)
    random = int.from_bytes(os.urandom(10), "big")
    return UUID(int=clock << 80 | 0x7 << 76 | (random >> 68) << 64 | 0x2 << 62 | random & (2**62 - 1))


def public_id() -> str:
    """A short id for addresses: 11 base58 characters, 64 bits, no look-alikes."""
    return "".join(secrets.choice(BASE58) for _ in range(PUBLIC_ID_LENGTH))


def secret() -> str:
    """An unguessable token of 128 bits for links and storage keys, safe in an address."""
    return secrets.token_urlsafe(16)
