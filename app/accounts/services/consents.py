"""What people agreed to: which words, in which version, and when."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.consent_models import Consent, ConsentKind, LegalText, TextKind
from app.accounts.models import User
from app.core import audit, options
from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import db

MOST_CHARACTERS = 100_000
WORDS = {
    ConsentKind.ADULT: "I am old enough for what is for adults.",
    ConsentKind.SHARES_LIKES: "Those who follow me see in their feeds what I like.",
}
"""What one agrees to that is no text of the house; each counts as version 1."""


@dataclass(frozen=True, slots=True)
class Words:
    """A version of a text of the house."""

    kind: TextKind
    number: int
    body_markdown: str
    published_at: datetime | None
    """Empty for the one that ships with the program."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the words."""
        return hashlib.sha256(self.body_markdown.encode()).digest()


def shipped(kind: TextKind) -> Words:
    """Version 1."""
    body = (resources.files("app.accounts.texts") / f"{kind}.md").read_text(encoding="utf-8")
    return Words(kind, 1, body, None)


def current(kind: TextKind) -> Words:
    """The version that holds now."""
    row = db.session.execute(
        select(LegalText.number, LegalText.body_markdown, LegalText.published_at)
        .where(LegalText.kind == kind)
        .order_by(LegalText.number.desc())
        .limit(1)
    ).one_or_none()
    return Words(kind, *row) if row is not None else shipped(kind)


def find_version(kind: TextKind, number: int) -> Words | None:
    """An earlier version, or the present one."""
    if number == 1:
        return shipped(kind)
    row = db.session.execute(
        select(LegalText.number, LegalText.body_markdown, LegalText.published_at).where(
            LegalText.kind == kind, LegalText.number == number
        )
    ).one_or_none()
    return Words(kind, *row) if row is not None else None


ASKED = options.register(
    options.Option(
        "texts.terms_asked", options.Kind.INT, 1, "Terms that people are asked to agree to",
        "Whoever agreed to an earlier version is asked when they come next. A new version raises it by itself.",
        group="Texts", low=1, high=10_000,
    )
)  # fmt: skip


def publish_text(kind: TextKind, body_markdown: str, by: User | None) -> Words:
    """Let a new version hold from now on. People are asked to agree when they come next. The caller commits.

    Raises:
        ValueError: it is empty, too long, or the one that holds already.
    """
    body = body_markdown.replace("\r\n", "\n").replace("\0", "").strip() + "\n"
    before = current(kind)
    if len(body) < 2 or len(body) > MOST_CHARACTERS:
        raise ValueError(f"A text has between 1 and {MOST_CHARACTERS:,} characters.")
    if body == before.body_markdown:
        raise ValueError("These words hold already.")
    number = 1 + (db.session.scalar(select(func.max(LegalText.number)).where(LegalText.kind == kind)) or 1)
    row = LegalText(kind=kind, number=number, body_markdown=body, published_at=now())
    db.session.add(row)
    if kind is TextKind.TERMS:
        options.set_option(ASKED.name, number, by)
    audit.record("text.published", actor=by, subject=("text", kind.value), facts={"number": number})
    return Words(kind, number, body, row.published_at)


def agree_to_texts(user: User) -> None:
    """Keep that ``user`` agreed to the present terms and was shown the privacy notice. Done again, nothing changes."""
    for kind in TextKind:
        words = current(kind)
        _give(user, ConsentKind(kind.value), words.number, words.digest)
        if kind is TextKind.TERMS:
            user.terms_number = words.number


def is_asked(user: User) -> bool:
    """Whether there are newer terms than those that they agreed to. Whoever never agreed is asked, too."""
    return user.terms_number < int(options.get(ASKED.name))


def give(user: User, kind: ConsentKind) -> None:
    """Keep that they agreed to something voluntary."""
    _give(user, kind, 1, hashlib.sha256(WORDS[kind].encode()).digest())
    audit.record("consent.given", actor=user, subject=("consent", kind.value))


def withdraw(user: User, kind: ConsentKind) -> None:
    """Keep that they took it back."""
    db.session.execute(
        update(Consent)
        .where(Consent.user_id == user.id, Consent.kind == kind, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now())
    )
    audit.record("consent.withdrawn", actor=user, subject=("consent", kind.value))


def say_adult(user: User) -> None:
    """They said that they are old enough for what is for adults."""
    if user.adult_since is None:
        user.adult_since = now()
        give(user, ConsentKind.ADULT)


def unsay_adult(user: User) -> None:
    """They want to be asked again, or not to see what is for adults."""
    if user.adult_since is not None:
        user.adult_since = None
        withdraw(user, ConsentKind.ADULT)


def list_consents(user: User, limit: int = 200) -> Sequence[Consent]:
    """What they agreed to, the latest first."""
    query = select(Consent).where(Consent.user_id == user.id).order_by(Consent.given_at.desc(), Consent.id.desc())
    return db.session.scalars(query.limit(limit)).all()


def _give(user: User, kind: ConsentKind, number: int, digest: bytes) -> None:
    row = {"id": uuid7(), "user_id": user.id, "kind": kind, "number": number, "digest": digest, "given_at": now()}
    db.session.execute(insert(Consent).values(**row).on_conflict_do_nothing())
