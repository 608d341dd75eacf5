"""The tables of filters: what is watched for, what was found, what is tried, who is trusted."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import uuid7
from app.core.screening import Screened
from app.extensions import Model


class FilterKind(StrEnum):
    """What a rule watches for."""

    WORDS = "words"
    LINKS = "links"
    PATTERNS = "patterns"
    FILES = "files"
    """Files by their SHA-256."""
    PICTURES = "pictures"
    """Pictures by their PDQ hash: also resized, recompressed and slightly changed ones."""


class Category(StrEnum):
    """Why something is watched for."""

    CHILDREN = "children"
    """Child safety: holds at once, whatever the rule says; operators are told at once; the evidence is kept."""
    VIOLENCE = "violence"
    HATE = "hate"
    SPAM = "spam"
    OTHER = "other"


class FilterAction(StrEnum):
    """What is done with what a rule finds."""

    FLAG = "flag"
    """Seen, and in the queue."""
    HOLD = "hold"
    """Waits: nobody but its author sees it before somebody has looked."""
    HIDE = "hide"
    """The rule decides: hidden, with a statement of reasons that can be appealed, at the end of the queue, and waiting
    for nobody. Not of child safety, which waits."""


class Whom(StrEnum):
    """Whose things a rule is for."""

    EVERYONE = "everyone"
    NEW = "new"
    """Accounts that count as new; see the options."""


class FilterState(StrEnum):
    """Whether a rule does anything."""

    DRAFT = "draft"
    TRIAL = "trial"
    """It finds, and what it finds is only counted."""
    LIVE = "live"
    OFF = "off"


class FilterRule(Model):
    """Something to watch for, and what to do when it is found."""

    __tablename__ = "filter_rules"
    __table_args__ = (CheckConstraint("entries >= 0", name="entries_range"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str]
    kind: Mapped[FilterKind] = mapped_column(enum_column(FilterKind))
    category: Mapped[Category] = mapped_column(enum_column(Category), default=Category.OTHER)
    action: Mapped[FilterAction] = mapped_column(enum_column(FilterAction), default=FilterAction.HOLD)
    whom: Mapped[Whom] = mapped_column(enum_column(Whom), default=Whom.EVERYONE)
    applies_to: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """Values of ``Screened``; none is all."""
    terms: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """Words, links or patterns; lists of hashes have tables of their own."""
    entries: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many there are, hashes included."""
    note: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[FilterState] = mapped_column(enum_column(FilterState), default=FilterState.DRAFT)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Counts changes, so that two who edit do not undo each other."""
    hits: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    trial_hits: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    released: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """How many of its hits a moderator let through."""
    upheld: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    last_hit_at: Mapped[datetime | None]
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)

    created_by: Mapped[User | None] = relationship(lazy="raise_on_sql")

    @property
    def mistakes(self) -> str:
        """How many of its hits were let through, of those that were decided: how often it is wrong."""
        decided = self.released + self.upheld
        return f"{self.released:,} of {decided:,}, {self.released / decided:.0%}" if decided else "none decided"


class FilterVersion(Model):
    """Counts the changes of all rules: a process that has read them looks here whether to read them again."""

    __tablename__ = "filter_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)


class FileHash(Model):
    """The SHA-256 of a file that a list knows."""

    __tablename__ = "filter_file_hashes"

    sha256: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("filter_rules.id", ondelete="CASCADE"), primary_key=True)


class PictureHash(Model):
    """The PDQ hash of a picture that a list knows: 256 bits.

    ``keys`` are its 16 bands of 16 bits, each with its number in front. Of two hashes that differ in at most 31 bits,
    one band differs in at most one (multi-index hashing, Norouzi et al. 2012): the index finds who can be meant.
    """

    __tablename__ = "filter_picture_hashes"
    __table_args__ = (Index("ix_filter_picture_hashes_keys", "keys", postgresql_using="gin"),)

    pdq: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("filter_rules.id", ondelete="CASCADE"), primary_key=True)
    keys: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class HitState(StrEnum):
    """What became of something that was found."""

    NOTED = "noted"
    """It can be seen, or a rule has hidden it for good; moderators were told, and nobody has to look."""
    WAITING = "waiting"
    """It is held or hidden, and nobody has looked."""
    RELEASED = "released"
    UPHELD = "upheld"


class FilterHit(Model):
    """Something that was found in one version of a thing. Its reference is what people quote."""

    __tablename__ = "filter_hits"
    __table_args__ = (
        Index("ix_filter_hits_of_thing", "kind", "subject_id", "digest"),
        Index("ix_filter_hits_waiting", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_filter_hits_kept", "kept_until", postgresql_where=text("kept_until IS NOT NULL")),
        Index("ix_filter_hits_of_rule", "rule_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    reference: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[Screened] = mapped_column(enum_column(Screened))
    subject_id: Mapped[UUID | None]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    rule_id: Mapped[UUID | None] = mapped_column(ForeignKey("filter_rules.id", ondelete="SET NULL"))
    """The most severe of those that found something; none where it is a matter of an option."""
    why: Mapped[str]
    """The name of that rule as it was then, or what the option is called."""
    category: Mapped[Category] = mapped_column(enum_column(Category))
    answer: Mapped[FilterAction] = mapped_column(enum_column(FilterAction))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of what the thing said: what was let through once is not held again."""
    finds: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """The evidence: rule, field, where, what was watched for, what stood there and how it was read."""
    state: Mapped[HitState] = mapped_column(enum_column(HitState))
    created_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    decision_id: Mapped[UUID | None] = mapped_column(ForeignKey("decisions.id", ondelete="SET NULL"), index=True)
    """The statement of reasons that it became: by the rule itself, or by whoever upheld it."""
    kept_until: Mapped[datetime | None]
    """Until then the evidence stays, whoever deletes the thing or leaves."""
    kept_objects: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """Copies in storage that are part of the evidence."""


class TrialState(StrEnum):
    """How far a trial is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class FilterTrial(Model):
    """What a rule would have found in the last 30 days."""

    __tablename__ = "filter_trials"
    __table_args__ = (Index("ix_filter_trials_waiting", "id", postgresql_where=text("state = 'waiting'")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("filter_rules.id", ondelete="CASCADE"), index=True)
    rule_version: Mapped[int]
    state: Mapped[TrialState] = mapped_column(enum_column(TrialState), default=TrialState.WAITING)
    kind: Mapped[str] = mapped_column(default="", server_default="")
    """Which kind is being looked through."""
    after: Mapped[UUID | None]
    """The last thing of it that was looked at."""
    looked: Mapped[int] = mapped_column(default=0, server_default="0")
    found: Mapped[int] = mapped_column(default=0, server_default="0")
    by_kind: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    samples: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    took_us: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """Microseconds that matching took."""
    problem: Mapped[str] = mapped_column(default="", server_default="")
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]

    @property
    def took_ms(self) -> int:
        """Milliseconds that matching took."""
        return self.took_us // 1000


class FilterRescan(Model):
    """A look through all that is there, by a list that was added to. What it finds goes the usual way."""

    __tablename__ = "filter_rescans"
    __table_args__ = (Index("ix_filter_rescans_waiting", "id", postgresql_where=text("state = 'waiting'")),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("filter_rules.id", ondelete="CASCADE"), index=True)
    state: Mapped[TrialState] = mapped_column(enum_column(TrialState), default=TrialState.WAITING)
    after: Mapped[UUID | None]
    """The last picture or medium that was looked at."""
    looked: Mapped[int] = mapped_column(default=0, server_default="0")
    found: Mapped[int] = mapped_column(default=0, server_default="0")
    skipped: Mapped[int] = mapped_column(default=0, server_default="0")
    """Whose files were not there, or could not be read."""
    problem: Mapped[str] = mapped_column(default="", server_default="")
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]


class TrustedPerson(Model):
    """Somebody whom moderators know: no limits for new accounts, no look at first works."""

    __tablename__ = "filter_trusted"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
