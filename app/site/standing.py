"""How a visitor stands to a medium: everything that its page needs to know of the two, in one statement."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, false, literal, null, select

from app.accounts.models import Apart
from app.core.tallies import Count, Counts, exact_column
from app.extensions import db
from app.media.models import Medium
from app.plays.models import Position
from app.social.models import Follow
from app.social.queries.reactions import caption_by, liked_by
from app.social.subjects import SubjectKind

COUNTED = (Count.LIKES, Count.REPOSTS, Count.COMMENTS)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is between a visitor and a medium with its owner. The gate takes it as its viewer: it asks nobody again."""

    id: UUID | None
    is_adult: bool
    is_staff: bool
    owner_id: UUID
    is_apart: bool
    follows: bool
    rings: bool
    liked: bool
    caption: str | None
    position_ms: int
    counts: Counts
    """Of the medium."""
    followers: int
    """Of its owner."""

    def is_apart_from(self, person_id: UUID) -> bool:
        """Whether a block stands between the visitor and the owner, who is the only one to be asked about."""
        assert person_id == self.owner_id  # noqa: S101 - nobody else was looked up
        return self.is_apart


def standing(viewer_id: UUID | None, medium: Medium, *, is_adult: bool = False, is_staff: bool = False) -> Standing:
    """How somebody, or a stranger, stands to a medium. Counts are exact."""
    is_other = viewer_id is not None and viewer_id != medium.owner_id
    follow = select(Follow.rings).where(Follow.follower_id == viewer_id, Follow.followed_id == medium.owner_id)
    position = select(Position.position_ms).where(
        Position.user_id == viewer_id, Position.medium_id == medium.id, ~Position.finished
    )
    apart = exists().where(Apart.person_id == viewer_id, Apart.other_id == medium.owner_id)
    row = db.session.execute(
        select(
            (apart if is_other else false()).label("is_apart"),
            (follow.scalar_subquery() if is_other else null()).label("rings"),
            (false() if viewer_id is None else liked_by(viewer_id, SubjectKind.MEDIUM, medium.id)).label("liked"),
            (null() if viewer_id is None else caption_by(viewer_id, SubjectKind.MEDIUM, medium.id)).label("caption"),
            (literal(0) if viewer_id is None else position.scalar_subquery()).label("position_ms"),
            exact_column(medium.owner_id, Count.FOLLOWERS).label("followers"),
            *(exact_column(medium.id, one).label(one.value) for one in COUNTED),
        )
    ).one()
    return Standing(
        id=viewer_id,
        is_adult=is_adult,
        is_staff=is_staff,
        owner_id=medium.owner_id,
        is_apart=row.is_apart,
        follows=row.rings is not None,
        rings=bool(row.rings),
        liked=row.liked,
        caption=row.caption,
        position_ms=row.position_ms or 0,
        counts=Counts(**{one.value: getattr(row, one.value) for one in COUNTED}),
        followers=row.followers,
    )
