"""What we sign so that we know it again: addresses in mails, tickets, cookies. By HMAC-SHA-256, and nowhere else.

itsdangerous takes SHA-1 unless it is told otherwise. This is the one place that tells it; ``tests/unit/core`` holds the
rest of the application to that.
"""

import hashlib
from typing import Any, Final

from itsdangerous import Signer, TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer

DIGEST: Final = staticmethod(hashlib.sha256)
_HOW: Final[dict[str, Any]] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}

# Flask-WTF makes its signer itself and lets nobody say how: so the library's default is the better one, too.
Signer.default_digest_method = DIGEST


def signer(secret_key: str, *, purpose: str) -> Signer:
    """Signs short texts for ``purpose``; what is signed for one is worth nothing for another."""
    return Signer(secret_key, salt=purpose, **_HOW)


def timestamp_signer(secret_key: str, *, purpose: str) -> TimestampSigner:
    """Likewise, and says when it was signed."""
    return TimestampSigner(secret_key, salt=purpose, **_HOW)


def serializer(secret_key: str, *, purpose: str) -> URLSafeSerializer:
    """Signs JSON, in characters that an address may have."""
    return URLSafeSerializer(secret_key, salt=purpose, signer_kwargs=_HOW)


def timed_serializer(secret_key: str, *, purpose: str) -> URLSafeTimedSerializer:
    """Likewise, and can be asked how old it is."""
    return URLSafeTimedSerializer(secret_key, salt=purpose, signer_kwargs=_HOW)
