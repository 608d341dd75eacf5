"""What somebody brings along from another installation: it keeps its time, is looked at as all is, and nobody hears.

No event goes out: what was done elsewhere, perhaps years ago, is no news to anyone here. Everything may be brought
twice. The caller commits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.errors import PersonNotFound
from app.accounts.models import Apart, User
from app.core import tallies
from app.core.ids import uuid7_at
from app.core.screening import Screened, screen
from app.core.tallies import Count
from app.extensions import db
from app.media.models import CommentPolicy
from app.social.errors import NotOpenToAll, NotYourself, PostRefused, SubjectNotFound
from app.social.models import Comment, CommentState, Follow, Like, Mute, Post, Repost, Verb
from app.social.services import activities, comments, graph, polls, post_pictures, posts, reactions
from app.social.services.post_pictures import SentPicture
from app.social.subjects import Subject, SubjectKind
from app.social.tidy import tidied


@dataclass(frozen=True, kw_only=True)
class OldPost:
    """A post as it was. ``answers`` are its poll's, which closes or closed at ``closes_at``."""

    body: str
    at: datetime
    edited_at: datetime | None = None
    pictures: Sequence[SentPicture] = field(default_factory=tuple)
    answers: Sequence[str] = field(default_factory=tuple)
    closes_at: datetime | None = None
    medium_id: UUID | None = None
    set_id: UUID | None = None
    carried_work: bool = False
    comments_policy: CommentPolicy = CommentPolicy.OPEN
    age_restricted: bool = False


def bring_post(author: User, old: OldPost) -> tuple[Post, list[str]]:
    """A post with its pictures, which are made anew, and its poll; with the sentences on what could not be kept of it.

    Raises:
        PostRefused: nothing of it is left, or it is longer than a post is.
    """
    body = tidied(old.body)
    if len(body) > posts.LONGEST:
        raise PostRefused("body", f"A post has {posts.LONGEST} characters at most.")
    verdict = posts.screened(author, body, [*old.answers], [one.alt for one in old.pictures])
    post = Post(
        id=uuid7_at(old.at), author_id=author.id, body_markdown=body, created_at=old.at, edited_at=old.edited_at,
        medium_id=old.medium_id, set_id=None if old.medium_id else old.set_id, carries_work=old.carried_work,
        comments_policy=old.comments_policy, age_restricted=old.age_restricted,
    )  # fmt: skip
    db.session.add(post)
    db.session.flush()
    lost, kept = [], 0
    for number, one in enumerate(old.pictures, 1):
        if kept == post_pictures.MOST_PICTURES:
            lost.append(f"a post has {post_pictures.MOST_PICTURES} pictures at most")
            break
        tidy = SentPicture(number, one.stream, " ".join(tidied(one.alt).split())[: post_pictures.LONGEST_ALT])
        try:
            post_pictures.add_picture(post, tidy, position=kept, exposed=not (verdict.stops or post.age_restricted))
            kept += 1
        except PostRefused as error:
            lost.append(error.sentence)
    if old.answers and not (old.closes_at and polls.bring_poll(post, old.answers, closes_at=old.closes_at)):
        lost.append("its poll is none that could be asked here")
    if not (body or kept or old.carried_work):
        raise PostRefused("body", "nothing of it could be kept.")
    activities.note_past_activity(author.id, Verb.PUBLISHED, at=old.at, post_id=post.id)
    verdict.settle(post.id)
    if post.withheld:
        post_pictures.tell_gate_changed_of([post.id])
    return post, lost


@dataclass(frozen=True, kw_only=True)
class OldComment:
    """A comment as it was, at ``at_ms`` of a medium or in general."""

    body: str
    at: datetime
    edited_at: datetime | None = None
    at_ms: int | None = None


def bring_comment(subject: Subject, old: OldComment, *, by: User, answered: Comment | None) -> Comment:
    """A comment under a thing that ``by`` may see. Where comments wait for the owner, it waits.

    Raises:
        CommentRefused: no words, or too many.
        CommentsClosed: the owner of the thing lets this person write nothing there.
        SubjectNotFound: what it answers is under another thing, or cannot be read.
    """
    state = comments.state_of_new(subject, by)
    if answered is not None and (
        getattr(answered, subject.column) != subject.id or answered.state is not CommentState.VISIBLE
    ):
        raise SubjectNotFound("What it answers is not there.")
    body = comments.checked(old.body)
    verdict = screen(Screened.COMMENT, by, texts={"body": body})
    has_moment = answered is None and subject.kind is SubjectKind.MEDIUM and 0 <= (old.at_ms or 0) < 2**31
    comment = Comment(
        id=uuid7_at(old.at), author_id=by.id, owner_id=subject.owner_id, body=body, state=state,
        thread_id=(answered.thread_id or answered.id) if answered else None,
        answers_id=answered.id if answered else None, at_ms=old.at_ms if has_moment else None,
        created_at=old.at, edited_at=old.edited_at,
        **{subject.column: subject.id},
    )  # fmt: skip
    db.session.add(comment)
    db.session.flush()
    if state is CommentState.VISIBLE:
        comments.count_comment(comment, 1)
    verdict.settle(comment.id)
    return comment


def bring_like(user: User, subject: Subject, *, at: datetime) -> bool:
    """A like of a thing that ``user`` may see; returns whether that is new."""
    if not reactions.insert_once(Like, user.id, subject, id=uuid7_at(at), created_at=at):
        return False
    tallies.change(subject.id, Count.LIKES, 1)
    if user.shares_likes and subject.is_open and subject.kind is not SubjectKind.COMMENT:
        activities.note_past_activity(user.id, Verb.LIKED, at=at, **{subject.column: subject.id})
    return True


def bring_repost(user: User, subject: Subject, *, caption: str, at: datetime) -> bool:
    """A repost of a medium or a set that everyone may see; returns whether that is new.

    Raises:
        NotOpenToAll, SubjectNotFound: as for ``reactions.repost_thing``.
    """
    if subject.kind not in reactions.REPOSTED:
        raise SubjectNotFound
    if not subject.is_open:
        raise NotOpenToAll
    words = tidied(caption)[: reactions.LONGEST_CAPTION]
    if not reactions.insert_once(Repost, user.id, subject, id=uuid7_at(at), created_at=at, caption=words):
        return False
    tallies.change(subject.id, Count.REPOSTS, 1)
    activities.note_past_activity(user.id, Verb.REPOSTED, at=at, **{subject.column: subject.id})
    return True


def bring_follow(follower_id: UUID, followed_id: UUID, *, rings: bool, at: datetime) -> bool:
    """That somebody follows somebody; returns whether that is new.

    Raises:
        NotYourself, PersonNotFound: as for ``graph.follow_person``.
    """
    graph.hold_pair(follower_id, followed_id)
    if db.session.scalar(select(exists().where(Apart.person_id == follower_id, Apart.other_id == followed_id))):
        raise PersonNotFound
    row = insert(Follow).values(follower_id=follower_id, followed_id=followed_id, rings=rings, created_at=at)
    if db.session.scalar(row.on_conflict_do_nothing().returning(Follow.follower_id)) is None:
        return False
    graph.count_follow(follower_id, followed_id, 1)
    return True


def bring_block(blocker_id: UUID, blocked_id: UUID, *, at: datetime) -> bool:
    """That somebody blocks somebody, who keep apart from now on; returns whether that is new.

    Raises:
        NotYourself
    """
    mine = (Apart.person_id == blocker_id, Apart.other_id == blocked_id)
    if db.session.scalar(select(exists().where(*mine, Apart.blocked_at.is_not(None)))):
        return False
    graph.block_person(blocker_id, blocked_id)
    db.session.execute(update(Apart).where(*mine).values(blocked_at=at))
    return True


def bring_mute(muter_id: UUID, muted_id: UUID, *, at: datetime) -> bool:
    """That somebody wants to hear nothing of somebody; returns whether that is new.

    Raises:
        NotYourself
    """
    if muter_id == muted_id:
        raise NotYourself
    row = insert(Mute).values(muter_id=muter_id, muted_id=muted_id, created_at=at).on_conflict_do_nothing()
    return db.session.scalar(row.returning(Mute.muter_id)) is not None
