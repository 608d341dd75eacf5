"""Likes and reposts: one each for a person and a thing, held by the database."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.ids import uuid7
from app.extensions import Model


def _once_each(table: str, *things: str) -> tuple[Index, ...]:
    """One row for a person and a thing; read from the other end, who they are, the latest first."""
    return tuple(
        index
        for thing in things
        for index in (
            Index(
                f"uq_{table}_{thing}", f"{thing}_id", "user_id", unique=True,
                postgresql_where=text(f"{thing}_id IS NOT NULL"),
            ),
            Index(f"ix_{table}_{thing}", f"{thing}_id", "id", postgresql_where=text(f"{thing}_id IS NOT NULL")),
        )
    )  # fmt: skip


class Like(Model):
    """Someone likes a medium, a set, a post or a comment."""

    __tablename__ = "likes"
    __table_args__ = (
        CheckConstraint("num_nonnulls(medium_id, set_id, post_id, comment_id) = 1", name="of_one_thing"),
        Index("ix_likes_by_user", "user_id", "id"),
        *_once_each("likes", "medium", "set", "post", "comment"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    comment_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Repost(Model):
    """Someone passes a medium or a set on to those who follow them, with a few words if they like."""

    __tablename__ = "reposts"
    __table_args__ = (
        CheckConstraint("num_nonnulls(medium_id, set_id) = 1", name="of_one_thing"),
        Index("ix_reposts_by_user", "user_id", "id"),
        *_once_each("reposts", "medium", "set"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    caption: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
