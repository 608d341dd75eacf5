"""Anchors: the chain's head, signed, kept where whoever writes to the database does not reach.

The signature is Ed25519 over three lines of text, so that anyone who has the public key can check one without us.
"""

import base64
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import current_app
from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.audit.chain import head_mac
from app.core.audit.models import AuditAnchor, AuditEntry, AuditHead
from app.core.audit.sealing import derive, installation_key
from app.core.clock import now
from app.extensions import db
from config import Settings

KEYS_CHANGED = "audit.rewrapped"
"""The action whose entries say with which key anchors were signed before."""
MAIL_EVERY = timedelta(hours=24)


class HeadRefused(Exception):
    """The head is not what this installation wrote last: nothing is signed. The message says why."""


class BadAnchor(Exception):
    """A file that should hold an anchor holds none, or one with a wrong signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """At ``at``, the chain had ``number`` entries and ended with ``digest``."""

    number: int
    digest: bytes
    at: datetime
    key: bytes
    signature: bytes

    @property
    def name(self) -> str:
        """As sentences call it."""
        return f"the anchor of {self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

    @property
    def file_name(self) -> str:
        """Files sort by number."""
        return f"{self.number:012d}.json"

    def is_signed_by(self, keys: Iterable[bytes]) -> bool:
        """Whether one of the public ``keys`` signed it."""
        if self.key not in set(keys):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(
                self.signature, _said(self.number, self.digest, self.at)
            )
        except (InvalidSignature, ValueError):
            return False
        return True

    def write(self) -> str:
        """As a file has it."""
        return json.dumps(
            {
                "soundstage_audit_anchor": 1, "number": self.number, "digest": self.digest.hex(),
                "at": _written(self.at), "key": self.key.hex(), "signature": base64.b64encode(self.signature).decode(),
            },
            indent=1,
        )  # fmt: skip

    @classmethod
    def read(cls, text: str) -> "Anchor":
        """What ``write`` wrote.

        Raises:
            BadAnchor: it was changed so that it is none any more.
        """
        try:
            said: dict[str, Any] = json.loads(text)
            return cls(
                number=int(said["number"]), digest=bytes.fromhex(said["digest"]), at=datetime.fromisoformat(said["at"]),
                key=bytes.fromhex(said["key"]), signature=base64.b64decode(said["signature"], validate=True),
            )  # fmt: skip
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BadAnchor(f"no anchor ({type(error).__name__})") from error


def signing_key(secret: str | None = None) -> Ed25519PrivateKey:
    """The installation's: ``AUDIT_SIGNING_KEY``, or derived from ``SECRET_KEY`` (or from another ``secret``)."""
    given = _settings().audit_signing_key
    derived = derive(secret, b"anchor") if secret is not None else installation_key(b"anchor")
    return Ed25519PrivateKey.from_private_bytes(given or derived)


def public_key(secret: str | None = None) -> bytes:
    """What anchors are checked with; 32 bytes."""
    return signing_key(secret).public_key().public_bytes_raw()


def known_keys() -> set[bytes]:
    """The present public key, and those that the log itself says came before it."""
    changed = db.session.scalars(select(AuditEntry.facts).where(AuditEntry.action == KEYS_CHANGED))
    before = {str(facts.get("key_before", "")) for facts in changed}
    return {public_key()} | {bytes.fromhex(key) for key in before if len(key) == 64}


def folder() -> Path:
    """Where anchors are written: ``AUDIT_ANCHOR_DIR``, or ``DATA_DIR/anchors``."""
    settings = _settings()
    return settings.audit_anchor_dir or settings.data_dir / "anchors"


def anchor_head() -> Anchor | None:
    """Sign the head and write it down, if it has grown since the last time. The caller commits.

    Raises:
        HeadRefused: the head was tampered with, or is behind what was signed before.
        OSError: the folder does not take it.
    """
    head = db.session.execute(select(AuditHead.number, AuditHead.digest, AuditHead.mac)).one_or_none()
    signed = max((number_of(path) for path in files(folder())), default=0)
    number = head.number if head is not None else 0
    if number < signed:
        raise HeadRefused(f"the log ends at {number}, but an anchor saw {signed} entries")
    if head is None or number == signed:
        return None
    if head_mac(number, head.digest) != head.mac:
        raise HeadRefused("the head is not what this installation wrote")
    at, key = now(), signing_key()
    anchor = Anchor(
        number=number, digest=head.digest, at=at,
        key=key.public_key().public_bytes_raw(), signature=key.sign(_said(number, head.digest, at)),
    )  # fmt: skip
    _put(anchor)
    values = {name: getattr(anchor, name) for name in ("number", "digest", "at", "key", "signature")}
    db.session.execute(insert(AuditAnchor).values(**values).on_conflict_do_nothing())
    return anchor


def files(place: Path) -> list[Path]:
    """The anchors in a folder, the oldest first."""
    return sorted(path for path in place.glob("*.json") if path.stem.isdigit()) if place.is_dir() else []


def number_of(path: Path) -> int:
    """How many entries the anchor in a file saw, by its name."""
    return int(path.stem)


def read_folder(place: Path, keys: Iterable[bytes]) -> Iterator[tuple[Path, Anchor | str]]:
    """The anchors in a folder, each with its file; or a sentence, where one is damaged or signed by somebody else."""
    keys = set(keys)
    for path in files(place):
        try:
            anchor = Anchor.read(path.read_text())
        except (BadAnchor, OSError, UnicodeDecodeError) as error:
            yield path, f"cannot be read: {error}"
            continue
        if anchor.number != number_of(path):
            yield path, "is not the one that its name says"
        else:
            yield path, anchor if anchor.is_signed_by(keys) else "is not signed by a key of this installation"


def is_mail_due() -> bool:
    """Whether there is an anchor to be mailed, and a day is over since the last."""
    newest = select(AuditAnchor.mailed_at.is_(None)).order_by(AuditAnchor.number.desc()).limit(1).scalar_subquery()
    recent = exists().where(AuditAnchor.mailed_at > now() - MAIL_EVERY)
    return bool(db.session.scalar(select(newest & ~recent)))


def newest_unmailed() -> AuditAnchor | None:
    """The newest anchor, locked until the commit, if it was not mailed; None also where someone else has it."""
    newest = select(AuditAnchor).order_by(AuditAnchor.number.desc()).limit(1).with_for_update(skip_locked=True)
    found = db.session.scalars(newest).one_or_none()
    return found if found is not None and found.mailed_at is None else None


def note_mailed(number: int) -> None:
    """An anchor is on its way to ``AUDIT_ANCHOR_MAIL``. The caller commits."""
    db.session.execute(update(AuditAnchor).where(AuditAnchor.number == number).values(mailed_at=now()))


def as_anchor(row: AuditAnchor) -> Anchor:
    """What was signed."""
    return Anchor(number=row.number, digest=row.digest, at=row.at, key=row.key, signature=row.signature)


def _put(anchor: Anchor) -> None:
    """Whole or not at all: a file that was half written would look like a damaged one."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    half = place / f".{anchor.file_name}.{os.getpid()}"
    with half.open("w") as file:
        file.write(anchor.write())
        file.flush()
        os.fsync(file.fileno())
    half.replace(place / anchor.file_name)


def _said(number: int, digest: bytes, at: datetime) -> bytes:
    return f"soundstage audit anchor 1\n{number} {digest.hex()}\n{_written(at)}\n".encode()


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
