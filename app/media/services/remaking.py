"""Asking for one medium to be made anew; ``upkeep/remakes.py`` does it, and asks for many."""

from uuid import UUID

from sqlalchemy import select, update

from app.core.clock import now
from app.extensions import db
from app.media.models import Medium, MediumState, Version, VersionState


def ask_for_remake(medium_id: UUID) -> bool:
    """Ask for a medium to be made anew from its original; says whether that was new. The caller commits.

    Not for one that does not play yet, was removed, or has a newer file that is not whole.
    """
    newest = (
        select(Version.state)
        .where(Version.medium_id == medium_id)
        .order_by(Version.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    asked = db.session.execute(
        update(Medium)
        .where(
            Medium.id == medium_id,
            Medium.remake_asked_at.is_(None),
            Medium.version_id.is_not(None),
            Medium.state != MediumState.REMOVED,
            newest == VersionState.READY,
        )
        .values(remake_asked_at=now())
        .returning(Medium.id)
        .execution_options(synchronize_session=False)
    )
    return asked.first() is not None
