"""Jobs of posts. Each may run twice."""

from uuid import UUID

from app.accounts.models import User
from app.extensions import db
from app.social.services import posts


def follow_account(user_id: str) -> None:
    """Hide the posts of a person whose account is on its way out, or show them again: as the account says now."""
    user = db.session.get(User, UUID(user_id))
    if user is not None:
        posts.withhold_posts_of(user.id, withheld=user.is_withheld)
        db.session.commit()
