"""What people write to those who follow them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.clock import now
from app.core.columns import enum_column
from app.core.holds import Hold
from app.core.ids import public_id, uuid7
from app.core.pictures import Picture
from app.extensions import Model
from app.media.models import CommentPolicy


class Post(Model):
    """Words to those who follow, with up to four pictures, a poll, or a work attached."""

    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint("num_nonnulls(medium_id, set_id) <= 1", name="one_attachment"),
        UniqueConstraint("author_id", "sending"),
        Index("ix_posts_held", "id", postgresql_where=text("hold IS NOT NULL")),
        Index("ix_posts_by_author", "author_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    body_markdown: Mapped[str]
    medium_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"), index=True)
    set_id: Mapped[UUID | None] = mapped_column(ForeignKey("sets.id", ondelete="SET NULL"), index=True)
    carries_work: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether a work was attached, so that the post can say so once that is gone."""
    sending: Mapped[str | None]
    """The digest of the form that it was sent by: the same form sent twice is one post."""
    poll_closes_at: Mapped[datetime | None]
    """Until when one can vote; empty where there is no poll."""
    comments_policy: Mapped[CommentPolicy] = mapped_column(enum_column(CommentPolicy), default=CommentPolicy.OPEN)
    withheld: Mapped[bool] = mapped_column(default=False, server_default="false")
    """As with media."""
    hold: Mapped[Hold | None] = mapped_column(enum_column(Hold))
    """What moderators, a filter or a notice made of it; empty where nothing stands against it."""
    age_restricted: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether moderators say that it is for adults."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    edited_at: Mapped[datetime | None]

    author: Mapped[User] = relationship(lazy="raise_on_sql")
    pictures: Mapped[list["PostPicture"]] = relationship(
        lazy="raise_on_sql", order_by="PostPicture.position", cascade="all, delete-orphan", passive_deletes=True
    )
    options: Mapped[list["PollOption"]] = relationship(
        lazy="raise_on_sql", order_by="PollOption.position", cascade="all, delete-orphan", passive_deletes=True
    )


class PostVersion(Model):
    """What a post said before it was edited."""

    __tablename__ = "post_versions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    body_markdown: Mapped[str]
    written_at: Mapped[datetime]


class PostPicture(Model):
    """One of up to four pictures of a post, in the author's order."""

    __tablename__ = "post_pictures"
    __table_args__ = (CheckConstraint("position BETWEEN 0 AND 3", name="at_most_four"),)

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    picture_id: Mapped[UUID] = mapped_column(ForeignKey("pictures.id", ondelete="CASCADE"), index=True)
    alt: Mapped[str] = mapped_column(default="", server_default="")

    picture: Mapped[Picture] = relationship(lazy="raise_on_sql")


class PollOption(Model):
    """One of the answers of a poll. Its votes are in its tally."""

    __tablename__ = "poll_options"
    __table_args__ = (UniqueConstraint("post_id", "id"), UniqueConstraint("post_id", "position"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    position: Mapped[int]
    label: Mapped[str]


class PollVote(Model):
    """Someone's one vote in a poll."""

    __tablename__ = "poll_votes"
    __table_args__ = (
        ForeignKeyConstraint(["post_id", "option_id"], ["poll_options.post_id", "poll_options.id"], ondelete="CASCADE"),
        Index("ix_poll_votes_option", "post_id", "option_id"),
    )

    post_id: Mapped[UUID] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    option_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(default=now)
