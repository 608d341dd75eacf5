"""Comments, as rows."""

from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import public_id, uuid7
from app.media.models import Medium
from app.social.models import Comment


def add_comment(session: Session, author: User, medium: Medium, body: str = "Words.", **values: Any) -> Comment:
    """A comment under a medium. Commits."""
    comment = Comment(
        id=uuid7(), public_id=public_id(), author_id=author.id, medium_id=medium.id, owner_id=medium.owner_id,
        body=body, created_at=now(), **values,
    )  # fmt: skip
    session.add(comment)
    session.commit()
    return comment
