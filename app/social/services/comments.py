"""Writing, editing and deleting comments. Every change of what can be read moves the tallies with it, exactly once."""

import re
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from app.accounts import queries as account_queries
from app.accounts.models import User
from app.accounts.roles import Permission, may
from app.core import tallies
from app.core.clock import now
from app.core.events import publish
from app.core.holds import Hold
from app.core.screening import Screened, screen
from app.core.tallies import Count, TallyChange
from app.extensions import db
from app.media.models import CommentPolicy, Medium
from app.playlists.models import Set
from app.social.errors import CommentRefused, CommentsClosed, NotAllowed, SubjectNotFound
from app.social.events import CommentHeld, CommentsChanged, CommentWritten
from app.social.models import Comment, CommentState, CommentVersion, Follow, Post
from app.social.subjects import COLUMNS, Subject, SubjectKind
from app.social.tidy import tidied

LONGEST = 2000
"""Characters of a comment."""
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What somebody wants to say. ``at_ms`` is milliseconds from the start of a medium, ``key`` the page's own."""

    body: str
    at_ms: int | None = None
    answers: str = ""
    """The public id of the comment that this answers."""
    key: str = ""


def write_comment(subject: Subject, draft: Draft, *, by: User) -> Comment:
    """Say something about a thing that the gate lets ``by`` see; what was sent before with the same key is returned.

    The caller commits. ``CommentWritten`` goes out, or ``CommentHeld`` where it waits for the owner.

    Raises:
        CommentRefused: no words, too many, or a moment outside of the medium.
        CommentsClosed: the owner lets this person write nothing.
        SubjectNotFound: what it answers is not there.
        Refused: more than a new account may do.
    """
    key = draft.key if _KEY.fullmatch(draft.key) else None
    if key and (sent := _sent_before(by.id, key)):
        return sent
    state = state_of_new(subject, by)
    body = checked(draft.body)
    answered = _answered(subject, draft.answers, by) if draft.answers else None
    verdict = screen(Screened.COMMENT, by, texts={"body": body})
    comment = Comment(
        author_id=by.id,
        owner_id=subject.owner_id,
        thread_id=(answered.thread_id or answered.id) if answered else None,
        answers_id=answered.id if answered else None,
        at_ms=_moment(subject, draft.at_ms) if answered is None else None,
        body=body,
        state=state,
        client_key=key,
        **{subject.column: subject.id},
    )
    try:
        with db.session.begin_nested():
            db.session.add(comment)
    except IntegrityError:
        sent = _sent_before(by.id, key or "")
        if sent is None:  # what it answers, or the thing itself, was deleted in this moment
            raise SubjectNotFound from None
        return sent
    if state is CommentState.VISIBLE:
        let_be_seen(comment)
    else:
        publish(CommentHeld(comment_id=comment.id))
    verdict.settle(comment.id)
    return comment


def may_write(subject: Subject, viewer_id: UUID | None) -> bool:
    """Whether the owner of a thing lets this person write under it; costs a statement where only followers may."""
    if viewer_id is None:
        return False
    if subject.owner_id == viewer_id or subject.policy in {CommentPolicy.OPEN, CommentPolicy.HELD}:
        return True
    return subject.policy is CommentPolicy.FOLLOWERS and bool(
        db.session.scalar(
            select(exists().where(Follow.follower_id == viewer_id, Follow.followed_id == subject.owner_id))
        )
    )


def edit_comment(comment: Comment, on: Subject, body: str, *, by: User) -> None:
    """Say it otherwise; what it said stays readable. Under a thing whose comments are held it waits anew.

    Raises:
        NotAllowed: somebody else wrote it, or moderators took it away.
        CommentRefused: no words, or too many.
        SubjectNotFound: it was deleted in this moment.
        Refused: more than a new account may do.
    """
    if comment.author_id != by.id:
        raise NotAllowed("Only who wrote a comment can change it.")
    words = checked(body)
    lock(comment)
    if comment.hold is not None:
        raise NotAllowed("The moderators took this comment away. Under Settings, My standing, you find why.")
    if words == comment.body:
        return
    verdict = screen(Screened.COMMENT, by, texts={"body": words}, subject_id=comment.id)
    db.session.add(
        CommentVersion(comment_id=comment.id, body=comment.body, written_at=comment.edited_at or comment.created_at)
    )
    comment.body, comment.edited_at = words, now()
    waits = on.policy is CommentPolicy.HELD and on.owner_id != by.id
    if waits and comment.state is CommentState.VISIBLE:
        comment.state, comment.pinned_at = CommentState.HELD, None
        count_comment(comment, -1)
        publish(CommentHeld(comment_id=comment.id))
    tell_change(comment)
    verdict.settle(comment.id)


def delete_comment(comment: Comment, *, by: User) -> None:
    """Take a comment away. One that was answered leaves its place, without words, so that the thread stays whole.

    Raises:
        NotAllowed: ``by`` neither wrote it, nor owns what it is about, nor may review.
        SubjectNotFound: it was deleted in this moment.
    """
    if by.id not in {comment.author_id, comment.owner_id} and not may(by, Permission.REVIEW):
        raise NotAllowed("Only who wrote a comment can take it away, and whose page it is on.")
    lock(comment)
    if comment.state is CommentState.VISIBLE:
        count_comment(comment, -1)
    tell_change(comment)
    _blank(Comment.id == comment.id)
    _clear_places({comment.id})
    db.session.expire(comment)


def say_farewell(user_id: UUID) -> None:
    """Take away all that somebody wrote, before their account goes for good; the threads of others stay whole."""
    seen = (Comment.author_id == user_id, Comment.state == CommentState.VISIBLE)
    for subject in (_SUBJECT, Comment.thread_id):
        less = select(subject, literal(Count.COMMENTS.value), literal(-1)).where(*seen, subject.is_not(None))
        db.session.execute(insert(TallyChange).from_select(["subject_id", "count", "by"], less))
    _blank(Comment.author_id == user_id)
    _clear_places(set(db.session.scalars(select(Comment.id).where(Comment.author_id == user_id))))


# What services of comments share --------------------------------------------------------------------------------------


def lock(comment: Comment) -> None:
    """Let nobody else change a comment until the transaction ends, and see it as it is now.

    Raises:
        SubjectNotFound: it was deleted in this moment.
    """
    query = select(Comment).where(Comment.id == comment.id).with_for_update(of=Comment)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None or found.state is CommentState.DELETED:
        raise SubjectNotFound


def set_hold(comment: Comment, hold: Hold | None) -> None:
    """Take a comment's words away from everyone but its author, or give them back; its place in the thread stays."""
    comment.hold = hold
    if hold is not None:
        comment.pinned_at = None
    tell_change(comment)


def let_be_seen(comment: Comment) -> None:
    """Count a comment that can be read from now on, and tell of it."""
    count_comment(comment, 1)
    publish(CommentWritten(comment_id=comment.id))
    tell_change(comment)


def tell_change(comment: Comment) -> None:
    """Publish that what is said under a thing changed."""
    kind, thing = next(
        (kind, thing)
        for kind, thing in (
            (SubjectKind.MEDIUM, select(Medium.public_id).where(Medium.id == comment.medium_id)),
            (SubjectKind.SET, select(Set.public_id).where(Set.id == comment.set_id)),
            (SubjectKind.POST, select(Post.public_id).where(Post.id == comment.post_id)),
        )
        if getattr(comment, COLUMNS[kind]) is not None
    )
    publish(CommentsChanged(kind=kind.value, public_id=db.session.scalar(thing) or ""))


_SUBJECT = func.coalesce(Comment.medium_id, Comment.set_id, Comment.post_id)


def count_comment(comment: Comment, by: int) -> None:
    """Count a comment under its thing, and under the comment that began its thread."""
    for subject_id in (comment.medium_id or comment.set_id or comment.post_id, comment.thread_id):
        if subject_id is not None:
            tallies.change(subject_id, Count.COMMENTS, by)


def _sent_before(author_id: UUID, key: str) -> Comment | None:
    return db.session.scalar(select(Comment).where(Comment.author_id == author_id, Comment.client_key == key))


def checked(body: str) -> str:
    """The words of a comment, tidied.

    Raises:
        CommentRefused: there are none, or too many.
    """
    if len(body) > 2 * LONGEST:  # spares us the work on what is far too long
        raise CommentRefused(_TOO_LONG)
    words = tidied(body)
    if not words:
        raise CommentRefused("Write something first.")
    if len(words) > LONGEST:
        raise CommentRefused(_TOO_LONG)
    return words


_TOO_LONG = f"A comment has {LONGEST:,} characters at most. Make it shorter, or two of it."


def _moment(subject: Subject, at_ms: int | None) -> int | None:
    if at_ms is None:
        return None
    if not isinstance(subject.row, Medium):
        raise CommentRefused("Only sound and film have moments.")
    if not 0 <= at_ms <= (subject.row.duration_ms or 0):
        raise CommentRefused("That moment lies outside of this. Choose one between its beginning and its end.")
    return at_ms


def state_of_new(subject: Subject, by: User) -> CommentState:
    """Whether what ``by`` says of a thing is seen at once, or waits for its owner.

    Raises:
        CommentsClosed: the owner lets this person write nothing.
    """
    if subject.owner_id == by.id:
        return CommentState.VISIBLE
    if not may_write(subject, by.id):
        followers = subject.policy is CommentPolicy.FOLLOWERS
        raise CommentsClosed(
            "Those who follow can comment here. Follow first, then send it again." if followers
            else "Comments are closed here."
        )  # fmt: skip
    return CommentState.HELD if subject.policy is CommentPolicy.HELD else CommentState.VISIBLE


def _answered(subject: Subject, public_id: str, by: User) -> Comment:
    """The comment that is to be answered.

    Raises:
        SubjectNotFound: it is not under this thing, cannot be read, or is by somebody apart.
    """
    column = getattr(Comment, subject.column)
    found = None
    if public_id.isascii() and "\0" not in public_id:
        found = db.session.scalar(
            select(Comment).where(
                Comment.public_id == public_id,
                column == subject.id,
                Comment.state == CommentState.VISIBLE,
                *account_queries.not_apart(by.id, Comment.author_id),
            )
        )
    if found is None:
        raise SubjectNotFound("What you answer is not there any more.")
    return found


def _blank(which: ColumnElement[bool]) -> None:
    """Take the words out of comments, and all that was said of them; their places stay."""
    gone = select(Comment.id).where(which).scalar_subquery()
    db.session.execute(delete(CommentVersion).where(CommentVersion.comment_id.in_(gone)))
    db.session.execute(
        update(Comment)
        .where(which)
        .values(
            state=CommentState.DELETED, body="", at_ms=None, edited_at=None, pinned_at=None, hearted_at=None,
            client_key=None,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _clear_places(ids: set[UUID]) -> None:
    """Remove the empty places among ``ids`` that nobody answered, then those that only they kept."""
    child = aliased(Comment)
    is_kept = exists().where(or_(child.thread_id == Comment.id, child.answers_id == Comment.id))
    while ids:
        # Whoever answers one of them right now has to wait, or is waited for: no answer goes along.
        db.session.execute(select(Comment.id).where(Comment.id.in_(ids)).order_by(Comment.id).with_for_update())
        removed = db.session.execute(
            delete(Comment)
            .where(Comment.id.in_(ids), Comment.state == CommentState.DELETED, ~is_kept)
            .returning(Comment.thread_id, Comment.answers_id)
            .execution_options(synchronize_session=False)
        ).all()
        ids = {one for row in removed for one in row if one is not None} if removed else set()
