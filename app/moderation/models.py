"""The tables of moderation: rules, what was reported, what is looked at, what was decided, and what holds."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.clock import now
from app.core.columns import enum_column
from app.core.holds import Hold
from app.core.ids import public_id, uuid7
from app.extensions import Model
from app.moderation.case_states import AppealState, CaseState
from app.moderation.refs import Ref, RefKind


class Cause(StrEnum):
    """What put a hold on a thing."""

    DECISION = "decision"
    FILTER = "filter"
    TAKEDOWN = "takedown"
    REVIEW = "review"
    """It waits for somebody to look before anyone else does."""


class DecisionAction(StrEnum):
    """What is decided. The first three are about a thing, the others about a person."""

    HIDE = "hide"
    REMOVE = "remove"
    RESTRICT = "restrict"
    """For adults only."""
    WARN = "warn"
    LIMIT = "limit"
    SUSPEND = "suspend"
    BAN = "ban"
    DISMISS = "dismiss"
    """Nothing is done. Whoever reported can appeal."""
    REFUSE = "refuse"
    """Something that cannot be there and hidden was not saved. Filters decide so, or who upholds it."""


ON_THINGS: Final = frozenset({DecisionAction.HIDE, DecisionAction.REMOVE, DecisionAction.RESTRICT})
ON_PEOPLE: Final = frozenset({DecisionAction.WARN, DecisionAction.LIMIT, DecisionAction.SUSPEND, DecisionAction.BAN})


class Ground(StrEnum):
    """What a decision rests on, as Article 17 of the Digital Services Act tells apart."""

    RULES = "rules"
    LAW = "law"


class ReportSource(StrEnum):
    """How we came to hear of a thing."""

    PERSON = "person"
    FILTER = "filter"
    SYSTEM = "system"


class Rule(Model):
    """A rule of the house. Operators word them; one that no longer holds stays for what was decided by it."""

    __tablename__ = "house_rules"
    __table_args__ = (CheckConstraint("severity BETWEEN 1 AND 4", name="severity_range"),)

    slug: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    severity: Mapped[int]
    """1 is a nuisance, 4 cannot wait."""
    default_action: Mapped[DecisionAction] = mapped_column(enum_column(DecisionAction))
    statement: Mapped[str]
    """The template of a statement of reasons; ``{title}``, ``{kind}``, ``{rule}`` stand for what it is about."""
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    updated_at: Mapped[datetime] = mapped_column(default=now)


class HoldRecord(Model):
    """One reason for which a thing is held. Several may hold it; the strongest that was not lifted counts."""

    __tablename__ = "holds"
    __table_args__ = (
        Index("ix_holds_standing", "kind", "thing_id", postgresql_where=text("lifted_at IS NULL")),
        Index(
            "uq_holds_cause", "kind", "thing_id", "cause", "cause_id", unique=True, postgresql_nulls_not_distinct=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[RefKind] = mapped_column(enum_column(RefKind))
    thing_id: Mapped[UUID]
    hold: Mapped[Hold] = mapped_column(enum_column(Hold))
    cause: Mapped[Cause] = mapped_column(enum_column(Cause))
    cause_id: Mapped[UUID | None]
    kept: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    """Of a person: what their profile said, to be put back."""
    avatar_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL"), index=True)
    """Of a person: the portrait that was taken away, to be put back."""
    cover_id: Mapped[UUID | None] = mapped_column(ForeignKey("pictures.id", ondelete="SET NULL"), index=True)
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    put_at: Mapped[datetime] = mapped_column(default=now)
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)

    @property
    def ref(self) -> Ref:
        """What is held."""
        return Ref(self.kind, self.thing_id)


class Case(Model):
    """All reports of one thing until it is decided; there is one open case a thing."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "uq_cases_unsettled", "kind", "thing_id", unique=True,
            postgresql_where=text("state IN ('open', 'claimed', 'escalated', 'taken_up')"),
        ),
        Index(
            "ix_cases_queue", text("severity DESC"), "id",
            postgresql_where=text("state IN ('open', 'claimed', 'escalated', 'taken_up')"),
        ),
        Index(
            "ix_cases_same_words", "excerpt",
            postgresql_where=text("excerpt <> '' AND state IN ('open', 'claimed', 'escalated', 'taken_up')"),
        ),
        Index("ix_cases_of_thing", "kind", "thing_id", "id"),
        Index("ix_cases_settled", "closed_at", "id", postgresql_where=text("closed_at IS NOT NULL")),
        CheckConstraint("(state IN ('claimed', 'taken_up')) = (claimed_until IS NOT NULL)", name="claimed_until"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    kind: Mapped[RefKind] = mapped_column(enum_column(RefKind))
    thing_id: Mapped[UUID]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """Whose thing it is."""
    title: Mapped[str]
    """What the thing was called when it was first reported, for lists."""
    excerpt: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[CaseState] = mapped_column(enum_column(CaseState), default=CaseState.OPEN)
    severity: Mapped[int]
    """The highest of its reports: 1 to 4."""
    rule_slug: Mapped[str | None] = mapped_column(
        ForeignKey("house_rules.slug", onupdate="CASCADE", ondelete="SET NULL"), index=True
    )
    """The most severe rule that a report names."""
    source: Mapped[ReportSource] = mapped_column(enum_column(ReportSource))
    report_count: Mapped[int] = mapped_column(default=0, server_default="0")
    opened_at: Mapped[datetime] = mapped_column(default=now)
    reported_at: Mapped[datetime] = mapped_column(default=now)
    """When it was last reported."""
    claimed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    claimed_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)

    person: Mapped[User | None] = relationship(foreign_keys=[person_id], lazy="raise_on_sql")
    claimed_by: Mapped[User | None] = relationship(foreign_keys=[claimed_by_id], lazy="raise_on_sql")

    @property
    def ref(self) -> Ref:
        """What it is about."""
        return Ref(self.kind, self.thing_id)


class Report(Model):
    """Somebody, or something, says that a thing should be looked at. It keeps what the thing said then."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("case_id", "reporter_id"),
        Index("ix_reports_of_person", "reporter_id", "id", postgresql_where=text("reporter_id IS NOT NULL")),
        Index("ix_reports_untold", "case_id", postgresql_where=text("told_at IS NULL")),
        Index("ix_reports_evidence", "created_at", postgresql_where=text("snapshot <> '{}'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    source: Mapped[ReportSource] = mapped_column(enum_column(ReportSource))
    reporter_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    reporter_email: Mapped[str] = mapped_column(default="", server_default="")
    """Where a stranger wants the answer; empty where they do not."""
    rule_slug: Mapped[str | None] = mapped_column(
        ForeignKey("house_rules.slug", onupdate="CASCADE", ondelete="SET NULL"), index=True
    )
    reason: Mapped[str]
    """What is wrong, in a few words: ``rules``, ``law``, or what a filter calls it."""
    note: Mapped[str] = mapped_column(default="", server_default="")
    at_ms: Mapped[int | None]
    """The moment of a medium that is meant."""
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(default=now)
    told_at: Mapped[datetime | None]
    """When the reporter was told what became of it."""

    reporter: Mapped[User | None] = relationship(foreign_keys=[reporter_id], lazy="raise_on_sql")
    case: Mapped[Case] = relationship(lazy="raise_on_sql")


class CaseNote(Model):
    """What one moderator wants the others to know."""

    __tablename__ = "case_notes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)

    author: Mapped[User | None] = relationship(lazy="raise_on_sql")


class CaseView(Model):
    """That a member of staff was let in to a held or reported thing which they could not see otherwise."""

    __tablename__ = "case_views"

    viewer_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    """The open case's id, or the thing's where only a hold stands against it."""
    seen_at: Mapped[datetime] = mapped_column(default=now)


class Decision(Model):
    """A statement of reasons: what was decided about a thing or a person, by which rule, on which facts, and why."""

    __tablename__ = "decisions"
    __table_args__ = (
        CheckConstraint("num_nonnulls(by_id) = 1 OR automated OR by_name <> ''", name="decided_by_somebody"),
        Index("ix_decisions_of_thing", "kind", "thing_id", "id"),
        Index("ix_decisions_of_person", "person_id", "id"),
        Index(
            "ix_decisions_ending", "until",
            postgresql_where=text("until IS NOT NULL AND ended_at IS NULL AND reversed_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id", ondelete="SET NULL"), index=True)
    kind: Mapped[RefKind] = mapped_column(enum_column(RefKind))
    thing_id: Mapped[UUID]
    title: Mapped[str]
    """What the thing was called."""
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    """Whom it concerns."""
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    by_name: Mapped[str] = mapped_column(default="", server_default="")
    """The role of who decided, which stays when their account goes."""
    action: Mapped[DecisionAction] = mapped_column(enum_column(DecisionAction))
    ground: Mapped[Ground] = mapped_column(enum_column(Ground))
    rule_slug: Mapped[str | None] = mapped_column(
        ForeignKey("house_rules.slug", onupdate="CASCADE", ondelete="SET NULL"), index=True
    )
    reasons: Mapped[str]
    automated: Mapped[bool] = mapped_column(default=False, server_default="false")
    until: Mapped[datetime | None]
    decided_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    """When its time ran out."""
    reversed_at: Mapped[datetime | None]
    reversed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    reversal_reasons: Mapped[str] = mapped_column(default="", server_default="")
    told: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """What of it was told: that it was made, reversed, ended; and whether its reasons were mailed."""

    person: Mapped[User | None] = relationship(foreign_keys=[person_id], lazy="raise_on_sql")
    by: Mapped[User | None] = relationship(foreign_keys=[by_id], lazy="raise_on_sql")
    rule: Mapped[Rule | None] = relationship(lazy="raise_on_sql")

    @property
    def ref(self) -> Ref:
        """What it is about."""
        return Ref(self.kind, self.thing_id)

    @property
    def stands(self) -> bool:
        """Whether it has its effect now."""
        over = self.until is not None and self.until <= now()
        return self.reversed_at is None and self.ended_at is None and not over


class Appeal(Model):
    """Somebody whom a decision concerns, or whose report was dismissed, asks another reviewer to look again."""

    __tablename__ = "appeals"
    __table_args__ = (
        UniqueConstraint("decision_id", "by_id"),
        Index("ix_appeals_waiting", "id", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decisions.id", ondelete="CASCADE"))
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    words: Mapped[str]
    state: Mapped[AppealState] = mapped_column(enum_column(AppealState), default=AppealState.WAITING)
    created_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    answer: Mapped[str] = mapped_column(default="", server_default="")
    told_at: Mapped[datetime | None]

    decision: Mapped[Decision] = relationship(lazy="raise_on_sql")
    by: Mapped[User | None] = relationship(foreign_keys=[by_id], lazy="raise_on_sql")
