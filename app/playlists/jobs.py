"""Jobs of sets. Each may run twice."""

from uuid import UUID

from app.accounts.models import User
from app.extensions import db
from app.playlists.services import editors, sets


def follow_account(user_id: str) -> None:
    """Hide every set of a person whose account is on its way out, or show them again: as the account says now."""
    user = db.session.get(User, UUID(user_id))
    if user is not None:
        sets.withhold_sets_of(user.id, withheld=user.is_withheld)
        db.session.commit()


def part_people(one_id: str, other_id: str) -> None:
    """A block: neither works on the other's sets any more. Nothing happens where it has been lifted since."""
    one = db.session.get(User, UUID(one_id))
    if one is not None and one.is_apart_from(UUID(other_id)):
        editors.part_people(one.id, UUID(other_id))
        db.session.commit()
