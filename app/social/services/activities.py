"""Activities: what people did that those who follow them hear of. Whoever lets something happen notes it here.

Feeds are put together when they are read, so noting one costs the same whether ten or a million follow.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User
from app.core.events import publish_of_many
from app.core.ids import uuid7_at
from app.extensions import db
from app.media import gate
from app.media.models import Medium
from app.playlists.models import Set
from app.social.events import FeedGrew
from app.social.models import Activity, Verb


def note_activity(
    actor_id: UUID,
    verb: Verb,
    *,
    medium_id: UUID | None = None,
    set_id: UUID | None = None,
    post_id: UUID | None = None,
) -> bool:
    """Keep that somebody did something with one thing; returns whether that is new. Twice is once.

    In the caller's transaction. ``FeedGrew`` goes out for a new one.
    """
    db.session.flush()  # the thing may be as new as this
    row = insert(Activity).values(actor_id=actor_id, verb=verb, medium_id=medium_id, set_id=set_id, post_id=post_id)
    is_new = db.session.scalar(row.on_conflict_do_nothing().returning(Activity.id)) is not None
    if is_new:
        publish_of_many(FeedGrew(actor_id=actor_id))
    return is_new


def note_past_activity(actor_id: UUID, verb: Verb, *, at: datetime, **thing: UUID) -> None:
    """Keep that somebody did something elsewhere, long ago: it has its old place in the feeds, and no page is told."""
    db.session.flush()
    values = {"id": uuid7_at(at), "actor_id": actor_id, "verb": verb, "happened_at": at, **thing}
    db.session.execute(insert(Activity).values(values).on_conflict_do_nothing())


def forget_activity(
    actor_id: UUID,
    verb: Verb,
    *,
    medium_id: UUID | None = None,
    set_id: UUID | None = None,
    post_id: UUID | None = None,
) -> None:
    """Take back what ``note_activity`` kept, if it is there. In the caller's transaction."""
    of = {"medium_id": medium_id, "set_id": set_id, "post_id": post_id}
    thing = [getattr(Activity, column) == value for column, value in of.items() if value is not None]
    db.session.execute(delete(Activity).where(Activity.actor_id == actor_id, Activity.verb == verb, *thing))


def note_listed_medium(medium_id: str) -> None:
    """A medium came into listings: those who follow its owner hear of it, once. Nothing where it left again."""
    medium = db.session.get(Medium, UUID(medium_id))
    if medium is not None and gate.is_listed(medium):
        note_activity(medium.owner_id, Verb.PUBLISHED, medium_id=medium.id)


def note_published_set(set_id: str) -> None:
    """As ``note_listed_medium``, for a set."""
    one = db.session.get(Set, UUID(set_id))
    if one is not None and (one.listed or (gate.is_public(one) and db.session.get_one(User, one.owner_id).is_limited)):
        note_activity(one.owner_id, Verb.PUBLISHED, set_id=one.id)
