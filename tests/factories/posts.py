"""Posts, as rows."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import public_id, uuid7
from app.core.pictures import Picture
from app.social.models import PollOption, Post, PostPicture


def add_post(
    session: Session,
    author: User,
    body: str = "Words.",
    *,
    pictures: tuple[tuple[Picture, str], ...] = (),
    answers: tuple[str, ...] = (),
    closes_at: datetime | None = None,
    **values: Any,
) -> Post:
    """A post of ``author``. Commits."""
    post = Post(
        id=uuid7(), public_id=public_id(), author_id=author.id, body_markdown=body, created_at=now(),
        poll_closes_at=closes_at, **values,
    )  # fmt: skip
    session.add(post)
    session.flush()
    session.add_all(
        PollOption(id=uuid7(), post_id=post.id, position=position, label=label)
        for position, label in enumerate(answers)
    )
    session.add_all(
        PostPicture(post_id=post.id, position=position, picture_id=picture.id, alt=alt)
        for position, (picture, alt) in enumerate(pictures)
    )
    session.commit()
    return post
