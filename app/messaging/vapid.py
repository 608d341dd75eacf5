"""The key by which push services know this installation (VAPID, RFC 8292): made once, kept in DATA_DIR or given."""

import base64
import os
import tempfile
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import current_app

from config import Settings

FILE = "vapid_private_key"
_CURVE = ec.SECP256R1()


def private_key() -> str:
    """The 32 bytes of the private key in base64url, as ``VAPID_PRIVATE_KEY`` has it."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.vapid_private_key or _kept(settings.data_dir)


def public_key() -> str:
    """What browsers are to be given as ``applicationServerKey``: the point, uncompressed, in base64url."""
    return _public(private_key())


def subject() -> str:
    """Whom a push service can write to about us."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.vapid_subject:
        return settings.vapid_subject
    return settings.public_url if settings.is_https else f"mailto:{parseaddr(settings.mail_from)[1]}"


@lru_cache(maxsize=8)
def _public(private: str) -> str:
    raw = base64.urlsafe_b64decode(private + "=" * (-len(private) % 4))
    point = ec.derive_private_key(int.from_bytes(raw), _CURVE).public_key()
    return _base64url(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _kept(data_dir: Path) -> str:
    """The installation's own key; of two processes that begin at once, the first one's holds."""
    path = data_dir / FILE
    if not path.exists():
        secret = ec.generate_private_key(_CURVE).private_numbers().private_value.to_bytes(32)
        data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=data_dir, prefix=f".{FILE}-", delete=False) as draft:
            draft.write(_base64url(secret))
        try:
            os.link(draft.name, path)  # whole or not at all, and never over another
        except FileExistsError:
            pass
        finally:
            Path(draft.name).unlink()
    return path.read_text().strip()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
