"""People as staff look for them: lists by key, whatever the standing, and what belongs to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from app.accounts.models import Role, Session, Standing, User
from app.accounts.names import username_key
from app.accounts.staff_models import StaffNote
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.extensions import db

NEW_FOR: Final = timedelta(days=7)
VIEW_NOTED_EVERY: Final = timedelta(hours=1)
MOST_NOTES: Final = 50
_AFTER_ALL: Final = "\U0010ffff"


class Trait(StrEnum):
    """What a list of people can be narrowed to, besides their role and standing."""

    NEW = "new"
    UNVERIFIED = "unverified"
    STAFF = "staff"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleWanted:
    """Whom a list is to hold. ``words`` is a name's beginning, an id or, for those who may, an address's beginning."""

    words: str = ""
    by_email: bool = False
    role: Role | None = None
    standing: Standing | None = None
    trait: Trait | None = None


def people_rows(wanted: PeopleWanted, *, after: UUID | None = None, size: int) -> Sequence[Any]:
    """The newest people first, ``size`` and one more; what is found by words is by index, however many there are."""
    seen = select(func.max(Session.last_seen_at)).where(Session.user_id == User.id).scalar_subquery()
    query = select(User, seen.label("seen_at")).where(*_conditions(wanted)).order_by(User.id.desc()).limit(size + 1)
    if after is not None:
        query = query.where(User.id < after)
    return db.session.execute(query).all()


def _conditions(wanted: PeopleWanted) -> list[ColumnElement[bool]]:
    said: list[ColumnElement[bool]] = []
    if wanted.words:
        said.append(_found_by(wanted.words, by_email=wanted.by_email))
    if wanted.role is not None:
        said.append(User.role == wanted.role)
    if wanted.standing is Standing.GOOD:
        said.append(or_(User.standing == Standing.GOOD, User.standing_until <= now()))
    elif wanted.standing is not None:
        said += [User.standing == wanted.standing, or_(User.standing_until.is_(None), User.standing_until > now())]
    if wanted.trait is Trait.NEW:
        said.append(User.created_at > now() - NEW_FOR)
    elif wanted.trait is Trait.UNVERIFIED:
        said.append(User.email_verified_at.is_(None))
    elif wanted.trait is Trait.STAFF:
        said.append(User.role.in_([Role.MODERATOR, Role.ADMIN]))
    elif wanted.trait is Trait.LEAVING:
        said.append(User.deletion_due_at.is_not(None))
    return said


def _found_by(words: str, *, by_email: bool) -> ColumnElement[bool]:
    words = words.strip().removeprefix("@").lower()
    try:
        return User.id == UUID(words)
    except ValueError:
        pass
    if "@" in words:
        return _begins(User.email_key, words) if by_email else false()
    key = username_key(words)
    by_name = _begins(User.username_key, key) if key else false()
    return or_(by_name, _begins(User.email_key, words)) if by_email else by_name


def _begins(column: Any, words: str) -> ColumnElement[bool]:
    """By the ends of a stretch of the index, whatever collation the database has."""
    return and_(column >= words, column < words + _AFTER_ALL, column.startswith(words, autoescape=True))


def find_by_id(user_id: UUID) -> User | None:
    """The person, however they stand; with their pictures."""
    return db.session.scalar(
        select(User).options(joinedload(User.avatar), joinedload(User.cover)).where(User.id == user_id)
    )


def notes_about(person_id: UUID) -> Sequence[Any]:
    """What staff wrote about someone, the newest first: the note and its author's name."""
    author = aliased(User)
    query = (
        select(StaffNote.id, StaffNote.body, StaffNote.written_at, StaffNote.author_id, author.username)
        .outerjoin(author, author.id == StaffNote.author_id)
        .where(StaffNote.person_id == person_id)
        .order_by(StaffNote.id.desc())
        .limit(MOST_NOTES)
    )
    return db.session.execute(query).all()


def was_view_noted(actor_id: UUID, person_id: UUID) -> bool:
    """Whether the log has it already that one looked at the other within the last hour."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    AuditEntry.about_id == person_id,
                    AuditEntry.actor_id == actor_id,
                    AuditEntry.action == "person.viewed",
                    AuditEntry.at > now() - VIEW_NOTED_EVERY,
                )
            )
        )
    )


def list_by_role(role: Role | None = None, *, limit: int = 200) -> Sequence[User]:
    """Staff, or everyone of one role; for commands."""
    wanted = [Role.MODERATOR, Role.ADMIN] if role is None else [role]
    query = select(User).where(User.role.in_(wanted)).order_by(User.id.desc()).limit(limit)
    return db.session.scalars(query).all()
