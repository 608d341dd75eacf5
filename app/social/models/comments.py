"""What people say under works, sets and posts."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.clock import now
from app.core.columns import enum_column
from app.core.holds import Hold
from app.core.ids import public_id, uuid7
from app.extensions import Model

AFTER_ALL = 2_147_483_647
"""Where a comment without a moment stands among those with one: after them."""


class CommentState(StrEnum):
    """Who sees a comment."""

    VISIBLE = "visible"
    HELD = "held"
    """It waits for the owner of the thing to let it through; its author sees it."""
    DELETED = "deleted"
    """Its words are gone; its place in the thread stays."""


class Comment(Model):
    """Something said about a thing, at a moment of it or in general; or an answer to that.

    Threads are two deep: an answer belongs to the comment that began the thread, whomever it answers.
    """

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint("num_nonnulls(medium_id, set_id, post_id) = 1", name="of_one_thing"),
        CheckConstraint("at_ms IS NULL OR (at_ms >= 0 AND medium_id IS NOT NULL)", name="moment_of_a_medium"),
        Index("ix_comments_thread", "thread_id", "id", postgresql_where=text("thread_id IS NOT NULL")),
        Index(
            "ix_comments_moments", "medium_id", "at_ms", "id",
            postgresql_where=text("at_ms IS NOT NULL AND state = 'visible'"),
        ),
        Index(
            "uq_comments_client_key", "author_id", "client_key", unique=True,
            postgresql_where=text("client_key IS NOT NULL"),
        ),
        Index("ix_comments_by_owner", "owner_id", "id", postgresql_where=text("owner_id IS NOT NULL")),
        Index("ix_comments_held", "id", postgresql_where=text("hold IS NOT NULL")),
        Index("ix_comments_waiting", "owner_id", "id", postgresql_where=text("state = 'held'")),
        *(
            index
            for thing in ("medium", "set", "post")
            for index in (
                Index(
                    f"uq_comments_pinned_of_{thing}", f"{thing}_id", unique=True,
                    postgresql_where=text(f"pinned_at IS NOT NULL AND {thing}_id IS NOT NULL"),
                ),
                Index(
                    f"ix_comments_newest_of_{thing}", f"{thing}_id", "id",
                    postgresql_where=text(f"thread_id IS NULL AND {thing}_id IS NOT NULL"),
                ),
                Index(
                    f"ix_comments_best_of_{thing}", f"{thing}_id", "likes", "id",
                    postgresql_where=text(f"thread_id IS NULL AND {thing}_id IS NOT NULL"),
                ),
            )
        ),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """Empty once the account is gone; the words are, too."""
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"))
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey("sets.id", ondelete="CASCADE"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    """Whose thing it is about, so that they can look through what is said under all of theirs."""
    thread_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    answers_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="SET NULL"), index=True)
    at_ms: Mapped[int | None]
    """The moment that is meant, in milliseconds from the start of the medium."""
    body: Mapped[str]
    """As it was written: plain text in which links and mentions are found when it is shown."""
    state: Mapped[CommentState] = mapped_column(enum_column(CommentState), default=CommentState.VISIBLE)
    hold: Mapped[Hold | None] = mapped_column(enum_column(Hold))
    """What moderators, a filter or a notice made of it; empty where nothing stands against it."""
    likes: Mapped[int] = mapped_column(default=0, server_default="0")
    """As its tally has it, kept here too so that the best can be read from an index."""
    client_key: Mapped[str | None]
    """Made up by the page that sent it: one that is sent twice is kept once."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    edited_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    hearted_at: Mapped[datetime | None]

    author: Mapped[User | None] = relationship(foreign_keys=[author_id], lazy="raise_on_sql")


Index(
    "ix_comments_by_moment", Comment.medium_id, func.coalesce(Comment.at_ms, text(str(AFTER_ALL))), Comment.id,
    postgresql_where=text("thread_id IS NULL AND medium_id IS NOT NULL"),
)  # fmt: skip


class CommentVersion(Model):
    """What a comment said before it was edited."""

    __tablename__ = "comment_versions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    body: Mapped[str]
    written_at: Mapped[datetime]
