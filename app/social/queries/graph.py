"""Who follows whom, and how two people stand to each other."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select

from app.accounts.models import Apart
from app.extensions import db
from app.social.models import Follow, Mute


@dataclass(frozen=True, slots=True)
class Relation:
    """How a viewer stands to a person."""

    is_apart: bool = False
    """One of the two blocked the other: neither finds the other."""
    follows: bool = False
    rings: bool = False
    """Whether the viewer is notified of what the person publishes."""
    is_followed: bool = False
    """Whether the person follows the viewer."""
    is_muted: bool = False


STRANGERS = Relation()


def relation(viewer_id: UUID | None, person_id: UUID) -> Relation:
    """How a viewer stands to a person, in one statement; in none for strangers and for oneself."""
    if viewer_id is None or viewer_id == person_id:
        return STRANGERS
    row = db.session.execute(
        select(
            exists().where(Apart.person_id == viewer_id, Apart.other_id == person_id),
            select(Follow.rings)
            .where(Follow.follower_id == viewer_id, Follow.followed_id == person_id)
            .scalar_subquery(),
            exists().where(Follow.follower_id == person_id, Follow.followed_id == viewer_id),
            exists().where(Mute.muter_id == viewer_id, Mute.muted_id == person_id),
        )
    ).one()
    return Relation(row[0], row[1] is not None, bool(row[1]), row[2], row[3])
