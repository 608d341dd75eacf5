"""Passwords: bcrypt over a keyed SHA-384 digest, so that every byte counts, also past bcrypt's 72nd."""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection
from functools import cache

import bcrypt
from flask import current_app

from app.accounts.errors import PasswordLength, PasswordPersonal, PasswordTooCommon
from app.core.offload import off_loop
from config import Settings

SHORTEST = 8
LONGEST_BYTES = 1024
HOUSE = "soundstage"
_FRINGE = re.compile(r"^[\W\d_]+|[\W\d_]+$")
NOBODYS_DIGEST_PASSWORD = "correct horse battery staple"  # noqa: S105 - belongs to nobody


def check_password_rules(password: str, *, own: Collection[str] = ()) -> None:
    """Length, a list, and nobody's own name, as NIST SP 800-63B asks; no rules about kinds of characters.

    ``own`` is what others know of the person: name, address. Digits and signs around it make no password of it.

    Raises:
        PasswordLength: under 8 characters or over 1,024 bytes.
        PasswordTooCommon: it stands on the list of common passwords.
        PasswordPersonal: it is one of ``own``, or this place's name.
    """
    if len(password) < SHORTEST or is_too_long(password):
        raise PasswordLength
    if password.lower() in common_passwords():
        raise PasswordTooCommon
    known = {one.strip().lower() for one in own} | {one.partition("@")[0].strip().lower() for one in own} | {HOUSE}
    bare = password.strip().lower()
    if (known - {""}) & {bare, _FRINGE.sub("", bare)}:
        raise PasswordPersonal


def is_too_long(password: str) -> bool:
    """Whether it is longer than any password here can be; such a one is never hashed."""
    return len(password) > LONGEST_BYTES or len(password.encode(errors="surrogatepass")) > LONGEST_BYTES


@cache
def common_passwords() -> frozenset[str]:
    """The 30,000 passwords that guessers try first. Loaded when somebody picks one: the lists take 13 MB."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - see above

    return frozenset(FREQUENCY_LISTS["passwords"])


def hash_password(password: str) -> bytes:
    """The digest to keep. Takes a fifth of a second of one core, beside the loop."""
    return off_loop(bcrypt.hashpw, _prepared(password), bcrypt.gensalt(_settings().bcrypt_cost))


def verify_password(password: str, digest: bytes | None) -> bool:
    """Whether ``password`` made ``digest``. With none, or one that no password makes, it takes as long and says no."""
    if digest is None or not digest.startswith(b"$2") or is_too_long(password):
        off_loop(bcrypt.checkpw, _prepared("" if is_too_long(password) else password), _nobodys_digest())
        return False
    return off_loop(bcrypt.checkpw, _prepared(password), digest)


def needs_rehash(digest: bytes) -> bool:
    """Whether ``digest`` was made with another cost than today's setting."""
    return int(digest.split(b"$")[2]) != _settings().bcrypt_cost


def _prepared(password: str) -> bytes:
    """64 base64 characters of HMAC-SHA-384: under 72 bytes and free of NUL, which bcrypt stops at."""
    keyed = hmac.new(_settings().secret_key.encode(), password.encode(), hashlib.sha384)
    return base64.b64encode(keyed.digest())


def _nobodys_digest() -> bytes:
    """A digest of today's cost for log-ins to names that do not exist."""
    kept: dict[int, bytes] = current_app.extensions.setdefault("nobodys_digest", {})
    cost = _settings().bcrypt_cost
    if cost not in kept:
        kept[cost] = hash_password(NOBODYS_DIGEST_PASSWORD)
    return kept[cost]


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
