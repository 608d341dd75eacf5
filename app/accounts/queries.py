"""What is asked of the tables of accounts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, select
from sqlalchemy.orm import joinedload

from app.accounts.errors import PersonNotFound
from app.accounts.models import Apart, FormerUsername, Session, User
from app.accounts.names import username_keys
from app.core.clock import now
from app.extensions import db


def named(username: str) -> ColumnElement[bool]:
    """The condition that someone's present username is this one, in whatever case; look-alikes do not count."""
    return and_(User.username_key.in_(username_keys(username)), func.lower(User.username) == username.lower())


def find_person(username: str) -> User | None:
    """The person with this name or, if they gave it up, under their present one. Look-alikes do not count."""
    query = select(User).options(joinedload(User.avatar), joinedload(User.cover))
    user = db.session.scalar(query.where(named(username)))
    if user is not None:
        return user
    key, own_key = username_keys(username)
    former = (
        select(FormerUsername.user_id)
        .where(FormerUsername.username_key.in_([key, own_key]))
        .order_by(case((FormerUsername.username_key == own_key, 0), else_=1))
        .limit(1)
    )
    return db.session.scalar(query.where(User.id == former.scalar_subquery()))


@dataclass(frozen=True, slots=True)
class Named:
    """Someone whom a text names."""

    id: UUID
    username: str


def people_named(names: Collection[str], viewer_id: UUID | None = None) -> dict[str, Named]:
    """Those of ``names`` that are people's present usernames, by the name in lower case; look-alikes do not count.

    Nobody whose account is on its way out, nor whom a block keeps apart from the viewer.
    """
    wanted = {name.lower() for name in names}
    rows = db.session.execute(
        select(User.id, User.username).where(
            User.username_key.in_({key for name in wanted for key in username_keys(name)}),
            ~User.is_withheld,
            *not_apart(viewer_id, User.id),
        )
    )
    found = {row.username.lower(): Named(row.id, row.username) for row in rows}
    return {name: person for name, person in found.items() if name in wanted}


def get_person(username: str) -> User:
    """As ``find_person``.

    Raises:
        PersonNotFound: nobody has or had the name.
    """
    user = find_person(username)
    if user is None:
        raise PersonNotFound
    return user


def get_user(user_id: UUID) -> User:
    """The person with this id.

    Raises:
        PersonNotFound: they are gone.
    """
    user = db.session.get(User, user_id)
    if user is None:
        raise PersonNotFound
    return user


def find_by_login(login: str) -> User | None:
    """By e-mail address or username, for commands."""
    login = login.strip().lower()
    return db.session.scalar(select(User).where(User.email_key == login if "@" in login else named(login)))


def list_living_sessions(user: User, *, idle_s: int) -> Sequence[Session]:
    """The browsers that are logged in, the latest used first; those idle for ``idle_s`` seconds are not any more."""
    moment = now()
    return db.session.scalars(
        select(Session)
        .where(
            Session.user_id == user.id,
            Session.revoked_at.is_(None),
            Session.expires_at > moment,
            Session.last_seen_at > moment - timedelta(seconds=idle_s),
        )
        .order_by(Session.last_seen_at.desc())
        .limit(100)
    ).all()


def not_apart(viewer_id: UUID | None, person: Any) -> list[ColumnElement[bool]]:
    """Conditions for a statement's ``where``: nobody whom a block keeps apart from the viewer.

    ``person`` is the column that holds who it is about. Strangers are apart from nobody, so there is no condition.
    """
    if viewer_id is None:
        return []
    return [~exists().where(Apart.person_id == viewer_id, Apart.other_id == person)]


def has_anyone_apart(viewer_id: UUID | None) -> bool:
    """Whether what is the same for everyone must be looked through for this person."""
    return viewer_id is not None and bool(db.session.scalar(select(exists().where(Apart.person_id == viewer_id))))


def usernames_of(ids: Collection[UUID]) -> dict[UUID, str]:
    """The present names of these people, in one statement; who is gone is not in it."""
    if not ids:
        return {}
    return {row.id: row.username for row in db.session.execute(select(User.id, User.username).where(User.id.in_(ids)))}
