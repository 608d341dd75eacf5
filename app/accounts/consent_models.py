"""The tables of what people agreed to, and of the texts that they agreed to."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import uuid7
from app.extensions import Model


class TextKind(StrEnum):
    """What a text of the house is."""

    TERMS = "terms"
    PRIVACY = "privacy"


class LegalText(Model):
    """A version of the terms or of the privacy notice, as the operator wrote it. It is never changed or deleted.

    Version 1 is the one that ships with the program (``texts/``) and has no row.
    """

    __tablename__ = "legal_texts"
    __table_args__ = (UniqueConstraint("kind", "number"), CheckConstraint("number > 1", name="after_the_shipped_one"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[TextKind] = mapped_column(enum_column(TextKind))
    number: Mapped[int]
    body_markdown: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(default=now)


class ConsentKind(StrEnum):
    """What somebody agreed to."""

    TERMS = "terms"
    PRIVACY = "privacy"
    """They were shown how their data is treated; nothing that is voluntary hides in it."""
    ADULT = "adult"
    """They said that they are old enough for what is for adults."""
    SHARES_LIKES = "shares_likes"


class Consent(Model):
    """That somebody agreed to something, to which version of its words, and when; and when they took it back."""

    __tablename__ = "consents"
    __table_args__ = (
        Index("ix_consents_by_user", "user_id", "kind", "given_at"),
        Index(
            "uq_consents_standing", "user_id", "kind", "number", unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[ConsentKind] = mapped_column(enum_column(ConsentKind))
    number: Mapped[int]
    """Which version of the words."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of these words, so that nobody can say later that they were others."""
    given_at: Mapped[datetime] = mapped_column(default=now)
    withdrawn_at: Mapped[datetime | None]
