"""Jobs of sets. Each may run twice."""

from uuid import UUID

from app.accounts.models import User
from app.extensions import db
from app.playlists.services import sets


def follow_account(user_id: str) -> None:
    """Hide every set of a person whose account is on its way out, or show them again: as the account says now."""
    user = db.session.get(User, UUID(user_id))
    if user is not None:
        sets.withhold_sets_of(user.id, withheld=user.deletion_due_at is not None)
        db.session.commit()
