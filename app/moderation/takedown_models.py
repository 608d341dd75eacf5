"""The tables of takedowns: who complains of what, what became of it, and every clock that runs."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import uuid7
from app.extensions import Model
from app.moderation.takedown_states import ClaimState, NoticeState


class ComplainantRole(StrEnum):
    """In what capacity someone complains."""

    OWNER = "owner"
    AGENT = "agent"


class ClockKind(StrEnum):
    """What happens when a clock runs out."""

    CONFIRM = "confirm"
    """An unconfirmed notice lapses."""
    COMPLETE = "complete"
    """A notice lapses whose complainant did not answer."""
    DECIDE = "decide"
    """Nothing: the desk is late."""
    COUNTER = "counter"
    """Whoever is complained of cannot answer any more."""
    COURT = "court"
    """What was countered comes back."""
    PUBLISH = "publish"
    """The notice is published."""


class EntryKind(StrEnum):
    """A line of a notice's story."""

    ASKED = "asked"
    ANSWERED = "answered"
    NOTED = "noted"
    """For the moderators alone."""
    EXTENDED = "extended"
    SUED = "sued"
    MERGED = "merged"


class Publication(StrEnum):
    """Whether everyone can read a notice."""

    WAITING = "waiting"
    PUBLISHED = "published"
    KEPT_BACK = "kept_back"


class RepeatState(StrEnum):
    """What becomes of somebody who has as many strikes as one may have."""

    PROPOSED = "proposed"
    SUSPENDED = "suspended"
    SPARED = "spared"
    DROPPED = "dropped"
    """A strike was taken back before anybody decided."""
    LIFTED = "lifted"
    """A strike was taken back, and with it the suspension."""


class Complainant(Model):
    """An address from which notices come, and whether it abused them."""

    __tablename__ = "takedown_complainants"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    flagged_at: Mapped[datetime | None]
    flagged_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    flag_reasons: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class TakedownNotice(Model):
    """What somebody says about works of theirs that are here without leave, and signs."""

    __tablename__ = "takedown_notices"
    __table_args__ = (
        Index("ix_takedown_notices_due", "due_at", "id", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_takedown_notices_newest", "created_at", "id"),
        Index("ix_takedown_notices_by_state", "state", "created_at", "id"),
        Index("ix_takedown_notices_by_complainant", "complainant_id", "created_at", "id"),
        Index(
            "ix_takedown_notices_published", "published_at", "id", postgresql_where=text("publication = 'published'")
        ),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_one"),
        CheckConstraint("(publication = 'published') = (published_at IS NOT NULL)", name="published_once"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    reference: Mapped[str] = mapped_column(unique=True)
    complainant_id: Mapped[UUID] = mapped_column(ForeignKey("takedown_complainants.id"))
    name: Mapped[str]
    organisation: Mapped[str] = mapped_column(default="", server_default="")
    role: Mapped[ComplainantRole] = mapped_column(enum_column(ComplainantRole))
    postal_address: Mapped[str] = mapped_column(default="", server_default="")
    works: Mapped[str]
    """Which works they say are theirs."""
    explanation: Mapped[str] = mapped_column(default="", server_default="")
    """How these are used here without leave, in their words."""
    proofs: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """Addresses elsewhere; shown as text, never fetched."""
    unfound: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """What they named that is not here, or not for everyone to see."""
    signature: Mapped[str]
    signed_at: Mapped[datetime]
    """When they signed the statements of good faith and of accuracy, without which no notice is taken."""
    sending: Mapped[str | None] = mapped_column(unique=True)
    """The form's own number, so that one that is sent twice is one notice."""

    state: Mapped[NoticeState] = mapped_column(enum_column(NoticeState), default=NoticeState.UNCONFIRMED)
    created_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """When the next of its clocks runs out; kept with the clocks, so that the desk can be sorted by it."""
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("takedown_notices.id"), index=True)

    publication: Mapped[Publication] = mapped_column(enum_column(Publication), default=Publication.WAITING)
    published_at: Mapped[datetime | None]
    redactions: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """Words that moderators blacked out, beside what the rules black out."""
    public_name: Mapped[str] = mapped_column(default="", server_default="")
    public_works: Mapped[str] = mapped_column(default="", server_default="")
    public_explanation: Mapped[str] = mapped_column(default="", server_default="")

    complainant: Mapped[Complainant] = relationship(lazy="raise_on_sql")


class TakedownParty(Model):
    """Somebody whose things a notice names: they are told, and answer, for themselves."""

    __tablename__ = "takedown_parties"
    __table_args__ = (
        UniqueConstraint("notice_id", "person_id"),
        Index("ix_takedown_parties_by_person", "person_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("takedown_notices.id", ondelete="CASCADE"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    told_at: Mapped[datetime | None]
    """When they were told that something of theirs was taken down; before that they see nothing of the notice."""
    countered_at: Mapped[datetime | None]
    counter_statement: Mapped[str] = mapped_column(default="", server_default="")
    counter_name: Mapped[str] = mapped_column(default="", server_default="")
    counter_address: Mapped[str] = mapped_column(default="", server_default="")
    counter_signature: Mapped[str] = mapped_column(default="", server_default="")
    sued_at: Mapped[datetime | None]
    court: Mapped[str] = mapped_column(default="", server_default="")
    """Which court, and under what number, in the complainant's words."""

    person: Mapped[User | None] = relationship(lazy="raise_on_sql")
    notice: Mapped[TakedownNotice] = relationship(lazy="raise_on_sql")


class TakedownClaim(Model):
    """One thing that a notice names, and what stands of that."""

    __tablename__ = "takedown_claims"
    __table_args__ = (
        UniqueConstraint("notice_id", "kind", "thing_id"),
        Index("ix_takedown_claims_of_thing", "kind", "thing_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("takedown_notices.id", ondelete="CASCADE"))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("takedown_parties.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    """A ``RefKind``; with ``thing_id`` it names the thing, which may be gone one day."""
    thing_id: Mapped[UUID]
    title: Mapped[str]
    address: Mapped[str]
    state: Mapped[ClaimState] = mapped_column(enum_column(ClaimState), default=ClaimState.WAITING)
    reasons: Mapped[str] = mapped_column(default="", server_default="")
    """What was said with the latest decision about it."""
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When nothing more could happen to it."""

    party: Mapped[TakedownParty] = relationship(lazy="raise_on_sql")


class TakedownClock(Model):
    """Something that happens, or has to be done, at a time. An open one has no ``ended_at``."""

    __tablename__ = "takedown_clocks"
    __table_args__ = (
        Index(
            "uq_takedown_clocks_open", "notice_id", "party_id", "kind", unique=True,
            postgresql_where=text("ended_at IS NULL"), postgresql_nulls_not_distinct=True,
        ),
        Index("ix_takedown_clocks_due", "due_at", postgresql_where=text("ended_at IS NULL")),
        Index(
            "ix_takedown_clocks_to_warn", "warn_at",
            postgresql_where=text("ended_at IS NULL AND warned_at IS NULL AND warn_at IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("takedown_notices.id", ondelete="CASCADE"))
    party_id: Mapped[UUID | None] = mapped_column(ForeignKey("takedown_parties.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ClockKind] = mapped_column(enum_column(ClockKind))
    due_at: Mapped[datetime]
    warn_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class TakedownEntry(Model):
    """A line of a notice's story that is no change of a state: questions, answers, notes."""

    __tablename__ = "takedown_entries"
    __table_args__ = (Index("ix_takedown_entries_of_notice", "notice_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    notice_id: Mapped[UUID] = mapped_column(ForeignKey("takedown_notices.id", ondelete="CASCADE"))
    kind: Mapped[EntryKind] = mapped_column(enum_column(EntryKind))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """Empty for the complainant."""
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Strike(Model):
    """One accepted notice against somebody, however many of their things it names."""

    __tablename__ = "strikes"
    __table_args__ = (Index("ix_strikes_of_person", "person_id", "given_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    party_id: Mapped[UUID] = mapped_column(ForeignKey("takedown_parties.id", ondelete="CASCADE"), unique=True)
    given_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]


class RepeatInfringement(Model):
    """Somebody reached the number of strikes that one may have, and what was made of it."""

    __tablename__ = "repeat_infringements"
    __table_args__ = (
        Index(
            "uq_repeat_infringements_open", "person_id", unique=True,
            postgresql_where=text("state IN ('proposed', 'suspended')"),
        ),
        Index("ix_repeat_infringements_proposed", "id", postgresql_where=text("state = 'proposed'")),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    strikes: Mapped[int]
    state: Mapped[RepeatState] = mapped_column(enum_column(RepeatState), default=RepeatState.PROPOSED)
    decision_id: Mapped[UUID | None]
    """The suspension, as moderators' decisions are kept."""
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    reasons: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    ends_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    person: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[person_id])


class TransparencyFigure(Model):
    """A number of the transparency page: of a month (``2026-11``) or of all time (``all``); made anew by a job."""

    __tablename__ = "transparency_figures"

    period: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
