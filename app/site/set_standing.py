"""How a visitor stands to a set: everything that its page needs to know of the two, in one statement."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, false, null, select

from app.accounts.models import Apart
from app.core.tallies import Count, Counts, exact_column
from app.extensions import db
from app.playlists.models import Set, SetEditor
from app.social.queries.reactions import caption_by, liked_by
from app.social.subjects import SubjectKind

COUNTED = (Count.LIKES, Count.REPOSTS, Count.COMMENTS)


@dataclass(frozen=True, slots=True)
class SetStanding:
    """What is between a visitor and a set with its owner. The gate takes it as its viewer: it asks nobody again."""

    id: UUID | None
    owner_id: UUID
    is_apart: bool
    liked: bool
    caption: str | None
    may_arrange: bool
    counts: Counts
    is_staff: bool = False
    is_adult: bool = False
    """No set is for adults as a whole."""

    def is_apart_from(self, person_id: UUID) -> bool:
        """Whether a block stands between the visitor and the owner, who is the only one to be asked about."""
        assert person_id == self.owner_id  # noqa: S101 - nobody else was looked up
        return self.is_apart


def set_standing(viewer_id: UUID | None, one: Set, *, is_staff: bool = False) -> SetStanding:
    """How somebody, or a stranger, stands to a set. Counts are exact."""
    is_other = viewer_id is not None and viewer_id != one.owner_id
    apart = exists().where(Apart.person_id == viewer_id, Apart.other_id == one.owner_id)
    editor = exists().where(SetEditor.user_id == viewer_id, SetEditor.set_id == one.id)
    row = db.session.execute(
        select(
            (apart if is_other else false()).label("is_apart"),
            (false() if viewer_id is None else liked_by(viewer_id, SubjectKind.SET, one.id)).label("liked"),
            (editor if is_other else false()).label("is_editor"),
            (null() if viewer_id is None else caption_by(viewer_id, SubjectKind.SET, one.id)).label("caption"),
            *(exact_column(one.id, count).label(count.value) for count in COUNTED),
        )
    ).one()
    return SetStanding(
        id=viewer_id,
        owner_id=one.owner_id,
        is_apart=row.is_apart,
        liked=row.liked,
        caption=row.caption,
        may_arrange=viewer_id == one.owner_id or row.is_editor,
        counts=Counts(**{count.value: getattr(row, count.value) for count in COUNTED}),
        is_staff=is_staff,
    )
