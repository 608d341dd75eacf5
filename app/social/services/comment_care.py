"""What the owner of a thing does with the comments under it: lets them through, pins one, gives them hearts."""

from sqlalchemy import func, select, update

from app.accounts.models import User
from app.core.clock import now
from app.core.events import publish
from app.extensions import db
from app.social.errors import NotAllowed
from app.social.events import CommentHearted
from app.social.models import Comment, CommentState
from app.social.services.comments import let_be_seen, lock, tell_change
from app.social.subjects import Subject


def approve_comment(comment: Comment, *, by: User) -> None:
    """Let a comment be read that waited. One that can be read already stays as it is.

    Raises:
        NotAllowed: ``by`` does not own what it is about.
        SubjectNotFound: it was deleted in this moment.
    """
    _require_owner(comment, by)
    lock(comment)
    if comment.state is CommentState.HELD:
        comment.state = CommentState.VISIBLE
        let_be_seen(comment)


def pin_comment(comment: Comment, on: Subject, *, by: User) -> None:
    """Let a comment stand before all others under its thing; the one that stood there does no more.

    Raises:
        NotAllowed: ``by`` does not own the thing, or it is an answer, or waits.
        SubjectNotFound: it was deleted in this moment.
    """
    _require_owner(comment, by)
    # One after the other for a thing: of two who pin, the later one wins.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"pin:{on.id}", 0))))
    lock(comment)
    if comment.thread_id is not None or comment.state is not CommentState.VISIBLE:
        raise NotAllowed("Only a comment that begins a thread can be pinned.")
    column = getattr(Comment, on.column)
    db.session.execute(
        update(Comment)
        .where(column == on.id, Comment.pinned_at.is_not(None), Comment.id != comment.id)
        .values(pinned_at=None)
        .execution_options(synchronize_session=False)
    )
    comment.pinned_at = comment.pinned_at or now()
    tell_change(comment)


def unpin_comment(comment: Comment, *, by: User) -> None:
    """Let a comment stand where it would stand.

    Raises:
        NotAllowed: ``by`` does not own what it is about.
        SubjectNotFound: it was deleted in this moment.
    """
    _require_owner(comment, by)
    lock(comment)
    comment.pinned_at = None
    tell_change(comment)


def heart_comment(comment: Comment, *, by: User) -> None:
    """Show that the owner of the thing likes a comment; a second time changes nothing.

    Raises:
        NotAllowed: ``by`` does not own what it is about, or it waits.
        SubjectNotFound: it was deleted in this moment.
    """
    _require_owner(comment, by)
    lock(comment)
    if comment.state is not CommentState.VISIBLE:
        raise NotAllowed("Let it be read first.")
    if comment.hearted_at is None:
        comment.hearted_at = now()
        publish(CommentHearted(comment_id=comment.id))
        tell_change(comment)


def unheart_comment(comment: Comment, *, by: User) -> None:
    """Take the heart back.

    Raises:
        NotAllowed: ``by`` does not own what it is about.
        SubjectNotFound: it was deleted in this moment.
    """
    _require_owner(comment, by)
    lock(comment)
    comment.hearted_at = None
    tell_change(comment)


def _require_owner(comment: Comment, by: User) -> None:
    if comment.owner_id != by.id:
        raise NotAllowed("Only the owner of the page can do that.")
