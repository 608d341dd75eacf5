"""What shows a picture, whatever domain that is of: the gate is asked about that, and the files lie where it says.

Each domain that shows pictures has a finder; ``app/wiring.py`` hands them in as ``app.extensions["picture_finders"]``.
A picture that nobody shows is nobody's to have.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from flask import current_app
from sqlalchemy import or_, select

from app.accounts.models import User
from app.core.holds import Hold
from app.extensions import db
from app.media import gate
from app.media.gate import Gated
from app.media.models import Medium, MediumState, Visibility

Finder = Callable[[Collection[UUID]], Mapping[UUID, Gated]]
"""Says of some pictures, by their ids, what of one domain shows them; pictures of others are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A post or a person, as the gate looks at what shows a picture. ``kind`` is ``post`` or ``person``."""

    kind: str
    id: UUID
    owner_id: UUID
    published_at: datetime
    withheld: bool
    hold: Hold | None = None
    age_restricted: bool = False

    visibility: ClassVar[Visibility] = Visibility.PUBLIC
    state: ClassVar[MediumState] = MediumState.READY
    link_secret: ClassVar[str | None] = None
    available_until: ClassVar[datetime | None] = None
    downloads_allowed: ClassVar[bool] = False
    explicit: ClassVar[bool] = False


def find_things(picture_ids: Collection[UUID]) -> dict[UUID, Gated]:
    """What shows these pictures; those that nobody shows are missing."""
    finders: Sequence[Finder] = current_app.extensions["picture_finders"]
    found: dict[UUID, Gated] = {}
    for find in finders:
        left = [picture_id for picture_id in picture_ids if picture_id not in found]
        if left:
            found.update(find(left))
    return found


def is_open(thing: Gated | None) -> bool:
    """Whether a picture that ``thing`` shows is for everyone, so that nobody needs to be asked for it."""
    return thing is not None and gate.is_picture_open(thing)


def find_media(picture_ids: Collection[UUID]) -> dict[UUID, Gated]:
    """The media whose artwork these are."""
    query = select(Medium.artwork_id, Medium).where(Medium.artwork_id.in_(picture_ids))
    return {picture_id: medium for picture_id, medium in db.session.execute(query) if picture_id is not None}


def find_people(picture_ids: Collection[UUID]) -> dict[UUID, Gated]:
    """The people who show themselves by these. Of whom nobody is to find, nobody has a portrait."""
    columns = (User.id, User.avatar_id, User.cover_id, User.created_at, User.is_withheld.label("is_withheld"))
    query = select(*columns).where(or_(User.avatar_id.in_(picture_ids), User.cover_id.in_(picture_ids)))
    return {
        picture_id: Shown(
            kind="person", id=row.id, owner_id=row.id, published_at=row.created_at, withheld=row.is_withheld
        )
        for row in db.session.execute(query)
        for picture_id in (row.avatar_id, row.cover_id)
        if picture_id in picture_ids
    }
