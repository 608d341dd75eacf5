"""What is asked of the tables of sets."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.extensions import db
from app.playlists.models import Set


def find_by_public_id(public_id: str) -> Set | None:
    """The set with its owner and cover."""
    if not public_id.isascii() or "\0" in public_id:
        return None
    query = select(Set).options(joinedload(Set.owner, innerjoin=True).joinedload(User.avatar), joinedload(Set.artwork))
    return db.session.scalar(query.where(Set.public_id == public_id))
