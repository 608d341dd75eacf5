"""What people did that those who follow them hear of: the feed is made of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.columns import enum_column
from app.core.ids import uuid7
from app.extensions import Model


class Verb(StrEnum):
    """What somebody did with a work or a post."""

    PUBLISHED = "published"
    REPOSTED = "reposted"
    LIKED = "liked"


class Activity(Model):
    """Someone published, reposted or liked something; one row however often they do it and take it back.

    Its ``id`` is ordered by time: a person's newest activity has the highest one.
    """

    __tablename__ = "activities"
    __table_args__ = (
        CheckConstraint("num_nonnulls(medium_id, set_id, post_id) = 1", name="of_one_thing"),
        Index("ix_activities_by_actor", "actor_id", "id"),
        *(
            Index(
                f"uq_activities_of_{thing}", f"{thing}_id", "actor_id", "verb", unique=True,
                postgresql_where=text(f"{thing}_id IS NOT NULL"),
            )
            for thing in ("medium", "set", "post")
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    verb: Mapped[Verb] = mapped_column(enum_column(Verb))
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    happened_at: Mapped[datetime] = mapped_column(default=now)
