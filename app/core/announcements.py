"""Announcements: what operators say to everyone, or to some, on every page, for a time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, event, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import audit
from app.core.clock import now
from app.core.columns import enum_column
from app.core.errors import DomainError, NotFound
from app.core.ids import uuid7
from app.extensions import Model, db

CACHE_SECONDS: Final = 3.0
MOST_SHOWN: Final = 3
"""More than these at once would be a wall before every page."""
LONGEST: Final = 1_000
_CHANGED: Final = "announcements_changed"


class Audience(StrEnum):
    """Who sees an announcement."""

    EVERYONE = "everyone"
    ARTISTS = "artists"
    STAFF = "staff"


class Tone(StrEnum):
    """How it looks."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"


class Announcement(Model):
    """Words on every page, from a moment until another, or until somebody ends it."""

    __tablename__ = "announcements"
    __table_args__ = (CheckConstraint("ends_at IS NULL OR ends_at > begins_at", name="ends_after_it_begins"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    body_markdown: Mapped[str]
    audience: Mapped[Audience] = mapped_column(enum_column(Audience), default=Audience.EVERYONE)
    tone: Mapped[Tone] = mapped_column(enum_column(Tone), default=Tone.INFO)
    begins_at: Mapped[datetime] = mapped_column(default=now)
    ends_at: Mapped[datetime | None]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def is_over(self) -> bool:
        """Whether nobody sees it any more."""
        return self.ends_at is not None and self.ends_at <= now()

    @property
    def is_shown(self) -> bool:
        """Whether its audience sees it now."""
        return self.begins_at <= now() and not self.is_over


class AnnouncementRefused(DomainError):
    """It has no words, too many, or ends before it begins."""

    sentence = "This announcement cannot be made like that."


@dataclass(frozen=True, slots=True)
class Notice:
    """An announcement as pages show it, free of the session that loaded it."""

    id: str
    body_markdown: str
    audience: Audience
    tone: Tone
    begins_at: datetime
    ends_at: datetime | None


_kept: list[Notice] = []
_kept_until = 0.0


def present_notices() -> list[Notice]:
    """What is said now, the newest first, whoever may see it; read once in a few seconds."""
    global _kept, _kept_until  # noqa: PLW0603 - the process's memory
    if _kept_until <= time.monotonic():
        query = (
            select(Announcement)
            .where(or_(Announcement.ends_at.is_(None), Announcement.ends_at > now()))
            .order_by(Announcement.begins_at.desc(), Announcement.id.desc())
            .limit(20)
        )
        _kept = [
            Notice(one.id.hex, one.body_markdown, one.audience, one.tone, one.begins_at, one.ends_at)
            for one in db.session.scalars(query)
        ]
        _kept_until = time.monotonic() + CACHE_SECONDS
    moment = now()
    return [one for one in _kept if one.begins_at <= moment and (one.ends_at is None or one.ends_at > moment)]


def forget(*, there_are_none: bool = False) -> None:
    """Read the rows anew when somebody asks next; or, ``there_are_none``, once somebody changes them here."""
    global _kept, _kept_until
    _kept, _kept_until = [], float("inf") if there_are_none else 0.0


def list_announcements(*, after: UUID | None = None, size: int) -> Sequence[Announcement]:
    """All that were made, the newest first, one more than ``size``."""
    query = select(Announcement).order_by(Announcement.id.desc()).limit(size + 1)
    return db.session.scalars(query if after is None else query.where(Announcement.id < after)).all()


def get_announcement(announcement_id: UUID) -> Announcement:
    """The announcement, locked until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(Announcement, announcement_id, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def announce_to_all(
    body: str, *, audience: Audience, tone: Tone, begins_at: datetime | None, ends_at: datetime | None, by: Any
) -> Announcement:
    """Say something on every page. The caller commits.

    Raises:
        AnnouncementRefused: no words, too many, or an end before the beginning.
    """
    one = Announcement(made_by=by.id if by is not None else None)
    _fill(one, body, audience, tone, begins_at or now(), ends_at)
    db.session.add(one)
    db.session.flush()
    _note("announcement.made", one, by)
    return one


def change_announcement(
    one: Announcement, body: str, *, audience: Audience, tone: Tone, begins_at: datetime | None,
    ends_at: datetime | None, by: Any,
) -> None:  # fmt: skip
    """Say it differently, to others, or at another time. Whoever dismissed it is not shown it again.

    Raises:
        AnnouncementRefused: as ``announce_to_all``.
    """
    _fill(one, body, audience, tone, begins_at or one.begins_at, ends_at)
    _note("announcement.changed", one, by)


def end_announcement(one: Announcement, by: Any) -> None:
    """Show it to nobody any more. One that is over, or has not begun, ends all the same."""
    moment = now()
    one.begins_at = min(one.begins_at, moment.replace(microsecond=0))
    if one.begins_at >= moment:
        db.session.delete(one)
    else:
        one.ends_at = moment
    _note("announcement.ended", one, by)


def _fill(
    one: Announcement, body: str, audience: Audience, tone: Tone, begins_at: datetime, ends_at: datetime | None
) -> None:
    body = body.strip()
    if not body or len(body) > LONGEST:
        raise AnnouncementRefused(f"An announcement has 1 to {LONGEST:,} characters.")
    if ends_at is not None and ends_at <= begins_at:
        raise AnnouncementRefused("It has to end after it begins.")
    one.body_markdown, one.audience, one.tone, one.begins_at, one.ends_at = body, audience, tone, begins_at, ends_at


def _note(action: str, one: Announcement, by: Any) -> None:
    db.session().info[_CHANGED] = True
    facts = {"audience": one.audience.value, "tone": one.tone.value, "words": one.body_markdown}
    audit.record(action, actor=by, subject=("announcement", one.id), facts=facts)


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    if not session.in_nested_transaction() and session.info.pop(_CHANGED, False):
        forget()


@event.listens_for(Session, "after_rollback")
def _rolled_back(session: Session) -> None:
    session.info.pop(_CHANGED, None)
