"""Identifiers: time-ordered UUIDs inside, short public ids in addresses, secrets that cannot be guessed."""

import os
import secrets
import time
from uuid import UUID

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PUBLIC_ID_LENGTH = 11


def uuid7() -> UUID:
    """A time-ordered UUID (RFC 9562 version 7): millisecond clock, then 74 random bits.

    Rows made together lie together in an index. Python 3.14 has this in its library, PostgreSQL 15 does not.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (2**48 - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def public_id() -> str:
    """A short id for addresses: 11 base58 characters, 64 bits, no look-alikes."""
    return "".join(secrets.choice(BASE58) for _ in range(PUBLIC_ID_LENGTH))


def secret() -> str:
    """An unguessable token of 128 bits for links and storage keys, safe in an address."""
    return secrets.token_urlsafe(16)
