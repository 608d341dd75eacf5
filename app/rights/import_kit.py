"""What every part of an import works with: whose it is, what came, what did not and why, and what stands here for what.

Addresses name things as the archive's place did: ``/@ana/rain``, ``/@ana/sets/mix``, ``/@ana/posts/<public id>``. What
an archive brought is found by its old id, whatever it is called here; what was here by its address.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from app.accounts import queries as account_queries
from app.accounts.models import User
from app.core.clock import now
from app.core.errors import DomainError
from app.extensions import db
from app.media.models import FormerSlug, Medium
from app.playlists.models import FormerSetSlug, Set
from app.rights.import_file import ArchiveFile, ArchiveRefused, plain
from app.rights.models import BroughtThing
from app.social import subjects
from app.social.models import Comment, Post
from app.social.subjects import Subject, SubjectKind

AT_ONCE: Final = 200
"""Ties a transaction."""
OLDEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
UNKEPT: Final = (DataError, IntegrityError, ValueError, TypeError, OverflowError)
THERE: Final = "there already"
_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,30}")


@dataclass
class Kit:
    """An import under way. ``left_out`` counts sentences on what did not come along."""

    file: ArchiveFile
    user: User
    made: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    _people: dict[str, UUID | None] = field(default_factory=dict)

    @property
    def said(self) -> dict[str, Any]:
        """The document."""
        return self.file.said

    def attempt(self, what: str, take: Callable[[], str]) -> None:
        """Bring one thing in, in a transaction of its own; ``take`` says as what it counts."""
        try:
            made = take()
            db.session.commit()
            self.made[made] += 1
        except DomainError as error:
            db.session.rollback()
            self.left_out[f"{plain(what)}: {error.sentence}"] += 1
        except UNKEPT:
            db.session.rollback()
            self.left_out[f"{plain(what)}: it cannot be kept as it is written"] += 1

    def each(self, name: str, rows: Iterable[dict[str, Any]], bring: Callable[[dict[str, Any]], bool]) -> None:
        """Bring ties in, some hundred a transaction; ``bring`` says whether one is new, or raises."""
        for number, row in enumerate(rows, 1):
            try:
                with db.session.begin_nested():
                    is_new = bring(row)
                self.made[name if is_new else THERE] += 1
            except DomainError as error:
                self.left_out[f"{name}: {error.sentence}"] += 1
            except UNKEPT:
                self.left_out[f"{name}: they cannot be kept as they are written"] += 1
            if number % AT_ONCE == 0:
                db.session.commit()
        db.session.commit()

    def remember(self, source_id: str, public_id: str = "", **thing: UUID) -> None:
        """Keep what a thing was there: found again by its old id, it is not brought twice."""
        row = db.session.get(BroughtThing, (self.user.id, UUID(source_id)))
        if row is None:
            db.session.add(
                BroughtThing(
                    person_id=self.user.id,
                    source_id=UUID(source_id),
                    public_id=public_id[:64],
                    brought_at=now(),
                    **thing,
                )
            )

    def brought(self, source_id: str | None, person_id: UUID | None = None) -> BroughtThing | None:
        """What an archive of somebody (by default, of whom this is) brought under this id."""
        key = _uuid(source_id)
        return db.session.get(BroughtThing, (person_id or self.user.id, key)) if key is not None else None

    def person(self, username: str) -> UUID:
        """Who has the name here that somebody had there.

        Raises:
            NotHere
        """
        if username not in self._people:
            found = self._find_person(username) if _NAME.fullmatch(username) else None
            self._people[username] = found.id if found is not None and not found.is_withheld else None
        person_id = self._people[username]
        if person_id is None:
            raise NotHere("they are of people who are not here (yet)")
        return person_id

    def _find_person(self, username: str) -> User | None:
        is_own = username.lower() == self.said["person"]["username"].lower()
        return self.user if is_own else account_queries.find_person(username)

    def subject(self, address: str | None, source_id: str | None = None) -> Subject:
        """The thing that had this address there, for whom this is, if the gate lets them see it here.

        Raises:
            NotHere
        """
        parts = (address or "").removeprefix("/@").split("/")
        if len(parts) not in {2, 3} or not (address or "").startswith("/@"):
            raise NotHere
        owner_id = self.person(parts[0])
        return self.subject_of(self.brought(source_id, owner_id) or _present(owner_id, parts[1:]))

    def subject_of(self, row: Any) -> Subject:
        """What a row with the columns of subjects names, if the gate lets them see it.

        Raises:
            NotHere
        """
        found = subjects.subject_of(row, self.user) if row is not None else None
        if found is None:
            raise NotHere
        return found

    def comment(self, source_id: str | None) -> Comment | None:
        """The comment that had this id there, whoever wrote and brought it."""
        key = _uuid(source_id)
        if key is None:
            return None
        query = select(Comment).join(BroughtThing, BroughtThing.comment_id == Comment.id)
        return db.session.scalars(query.where(BroughtThing.source_id == key).limit(1)).first()

    def comment_subject(self, source_id: str | None) -> Subject:
        """As ``subject``, for a comment.

        Raises:
            NotHere
        """
        found = self.comment(source_id)
        if found is None:
            raise NotHere
        try:
            return subjects.get_subject(SubjectKind.COMMENT, found.public_id, self.user)
        except DomainError as error:
            raise NotHere from error

    def moment(self, text: str | None) -> datetime | None:
        """A time that is said, not before there were such places and not after now.

        Raises:
            ArchiveRefused: it is none.
        """
        return min(max(self.any_moment(text), OLDEST), now()) if text else None

    def past(self, text: str) -> datetime:
        """As ``moment``, for what must have one."""
        return self.moment(text) or now()

    def any_moment(self, text: str) -> datetime:
        """A time that is said, also one that is still to come.

        Raises:
            ArchiveRefused: it is none.
        """
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ArchiveRefused("one of its times is none.") from error

    def day(self, text: str | None) -> date | None:
        """A day that is said; None where it is none."""
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            return None


class NotHere(DomainError):
    """What something is about has not come to this place, or is not for the person to see."""

    sentence = "what they are of is not here (yet)"


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _present(owner_id: UUID, parts: list[str]) -> Any:
    """What somebody has at an address, as a row with the columns of subjects; also what moved from there."""
    if "\0" in "".join(parts):
        return None
    match parts:
        case [slug]:
            return _row(medium_id=_by_slug(Medium, FormerSlug.medium_id, owner_id, slug))
        case ["sets", slug]:
            return _row(set_id=_by_slug(Set, FormerSetSlug.set_id, owner_id, slug))
        case ["posts", public_id]:
            of_theirs = select(BroughtThing.post_id).where(BroughtThing.person_id == owner_id)
            there = of_theirs.where(BroughtThing.public_id == public_id, BroughtThing.post_id.is_not(None))
            here = select(Post.id).where(Post.author_id == owner_id, Post.public_id == public_id)
            return _row(post_id=db.session.scalar(there.limit(1)) or db.session.scalar(here))
    return None


def _by_slug(model: type[Medium | Set], former: Any, owner_id: UUID, slug: str) -> UUID | None:
    found: UUID | None = db.session.scalar(select(model.id).where(model.owner_id == owner_id, model.slug == slug))
    if found is None:
        table = former.class_
        found = db.session.scalar(select(former).where(table.owner_id == owner_id, table.slug == slug))
    return found


def _row(**thing: UUID | None) -> Any:
    if not any(thing.values()):
        return None
    return SimpleNamespace(**{"medium_id": None, "set_id": None, "post_id": None, **thing})
