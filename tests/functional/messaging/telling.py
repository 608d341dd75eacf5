"""What happens, as rows and events, for tests of who hears of it."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.events import Event, publish
from app.core.ids import public_id, uuid7
from app.extensions import db
from app.media.models import Medium
from app.messaging.models import Notification
from app.social.events import CommentWritten, PersonFollowed, ThingLiked
from app.social.models import Comment, Follow, Like


def add_people(session: Session, count: int, prefix: str = "fan", **values: Any) -> list[UUID]:
    """So many people without a password, by one statement."""
    rows = [
        {
            "id": uuid7(), "username": f"{prefix}{number}", "username_key": f"{prefix}{number}",
            "email": f"{prefix}{number}@example.org", "email_key": f"{prefix}{number}@example.org",
            "email_verified_at": now(), "password_digest": b"", "role": "listener",
            "display_name": f"{prefix.title()} {number}", "created_at": now(), **values,
        }
        for number in range(count)
    ]  # fmt: skip
    session.execute(insert(User), rows)
    session.commit()
    return [row["id"] for row in rows]


def add_likes(session: Session, people: Iterable[UUID], medium: Medium) -> list[ThingLiked]:
    """They like it; the events that say so."""
    ids = list(people)
    session.execute(
        insert(Like), [{"id": uuid7(), "user_id": one, "medium_id": medium.id, "created_at": now()} for one in ids]
    )
    session.commit()
    return [ThingLiked(user_id=one, kind="media", subject_id=medium.id) for one in ids]


def add_follows(session: Session, people: Iterable[UUID], followed: User, **values: Any) -> list[PersonFollowed]:
    """They follow somebody; the events that say so."""
    ids = list(people)
    rows = [
        {"follower_id": one, "followed_id": followed.id, "rings": True, "created_at": now(), **values} for one in ids
    ]
    session.execute(insert(Follow), rows)
    session.commit()
    return [PersonFollowed(follower_id=one, followed_id=followed.id) for one in ids]


def add_comment(session: Session, author: User, medium: Medium, body: str, **values: Any) -> Comment:
    """A comment that can be read."""
    comment = Comment(
        **{
            "id": uuid7(), "public_id": public_id(), "author_id": author.id, "medium_id": medium.id, "body": body,
            "created_at": now(), **values,
        }
    )  # fmt: skip
    session.add(comment)
    session.commit()
    return comment


def written(comment: Comment) -> CommentWritten:
    """The event that says so."""
    return CommentWritten(comment_id=comment.id)


def happen(app: Flask, *events: Event) -> None:
    """Publish and commit."""
    with app.app_context():
        for event in events:
            publish(event)
        db.session.commit()


def told(session: Session, person: User) -> list[Notification]:
    """The rows of a person's notifications, the latest first."""
    session.expire_all()
    query = select(Notification).where(Notification.recipient_id == person.id)
    return list(session.scalars(query.order_by(Notification.happened_at.desc(), Notification.id.desc())))


Happen = Callable[..., None]
