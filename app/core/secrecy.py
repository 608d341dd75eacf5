"""Secrets that must be read again, such as an authenticator's: encrypted in their row, with a key that is in no table.

The key follows from the installation's ``SECRET_KEY``: a copy of the database alone opens nothing. Whoever changes that
key changes the keys of everything here, too.
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

NONCE_BYTES = 12


class Unreadable(Exception):
    """It was sealed under another key or for another owner, or was changed since."""


@lru_cache(maxsize=16)
def _derived(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"soundstage secrecy " + purpose).derive(secret_key.encode())


def key_for(purpose: bytes) -> bytes:
    """The installation's 32 bytes for ``purpose``."""
    return _derived(current_app.config["SETTINGS"].secret_key, purpose)


def seal(content: bytes, *, purpose: bytes, owner: bytes) -> bytes:
    """``content`` as it may stand in a table: readable for ``purpose`` and in the row of ``owner`` only."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key_for(purpose)).encrypt(nonce, content, owner)


def unseal(sealed: bytes, *, purpose: bytes, owner: bytes, secret_key: str | None = None) -> bytes:
    """What was sealed; ``secret_key`` is that of the installation in those days, where it is another now.

    Raises:
        Unreadable: with another key, for another owner, or changed.
    """
    key = _derived(secret_key, purpose) if secret_key is not None else key_for(purpose)
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner)
    except InvalidTag as error:
        raise Unreadable from error


def keyed_digest(content: bytes, *, purpose: bytes) -> bytes:
    """What is kept of a short secret that is only compared: without the installation's key nobody can try them all."""
    return hmac.digest(key_for(purpose), content, hashlib.sha256)
