"""Pictures of what moderators decide about: those that were taken away, and those that they are to see."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.accounts.models import User
from app.core.holds import Hold
from app.core.pictures import Artwork, Picture
from app.extensions import db
from app.media.gate import Gated
from app.media.models import Medium
from app.media.shown import Shown
from app.moderation.models import HoldRecord
from app.playlists.models import Set
from app.social.models import PostPicture


def find_taken_away(picture_ids: Collection[UUID]) -> dict[UUID, Gated]:
    """The people whose portraits these were before moderators took them away, for the gate."""
    query = select(HoldRecord.thing_id, HoldRecord.avatar_id, HoldRecord.cover_id, HoldRecord.put_at)
    either = or_(HoldRecord.avatar_id.in_(picture_ids), HoldRecord.cover_id.in_(picture_ids))
    return {
        picture_id: Shown(
            kind="person", id=row.thing_id, owner_id=row.thing_id, published_at=row.put_at, withheld=True,
            hold=Hold.HIDDEN,
        )
        for row in db.session.execute(query.where(either))
        for picture_id in (row.avatar_id, row.cover_id)
        if picture_id in picture_ids
    }  # fmt: skip


def pictures_of(thing_id: Any) -> Any:
    """The pictures of a thing, held or not, for those who decide about it: a column beside a row of cases.

    Rows of ``artworks_in`` it; ``thing_id`` is a column of that row.
    """
    own, held = User.id == thing_id, HoldRecord.thing_id == thing_id
    sources = (
        select(Medium.artwork_id).where(Medium.id == thing_id), select(Set.artwork_id).where(Set.id == thing_id),
        select(PostPicture.picture_id).where(PostPicture.post_id == thing_id),
        select(User.avatar_id).where(own), select(User.cover_id).where(own),
        select(HoldRecord.avatar_id).where(held), select(HoldRecord.cover_id).where(held),
    )  # fmt: skip
    ids = union_all(*(one.correlate(thing_id.table) for one in sources))
    one = func.jsonb_build_array(Picture.key, Picture.widths, Picture.width, Picture.height)
    found = select(func.jsonb_agg(aggregate_order_by(one, Picture.id))).where(Picture.id.in_(ids))
    return found.correlate(thing_id.table).scalar_subquery().label("pictures")


def artworks_in(found: Sequence[Any] | None) -> list[Artwork]:
    """What ``pictures_of`` found."""
    return [Artwork(key, tuple(widths), width, height) for key, widths, width, height in found or ()]
