"""Writing, editing and deleting posts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.clock import now
from app.core.events import publish
from app.core.holds import Hold
from app.core.ids import public_id, uuid7
from app.core.screening import Screened, Verdict, screen
from app.core.tallies import Tally, TallyChange
from app.extensions import db
from app.media.models import CommentPolicy, Medium
from app.social.errors import ChannelNeeded, PostRefused
from app.social.events import PostPublished
from app.social.models import PollOption, Post, PostPicture, PostVersion, Verb
from app.social.services import activities, polls, post_pictures, works
from app.social.services.post_pictures import SentPicture

LONGEST: Final = 5000
"""Characters of a post."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A post as it was sent. ``sending`` is the token of its form; ``work`` the address of what is attached."""

    body: str
    sending: str = ""
    pictures: Sequence[SentPicture] = field(default_factory=tuple)
    answers: Sequence[str] = field(default_factory=tuple)
    lasts: timedelta = timedelta(days=1)
    work: str = ""
    comments_policy: CommentPolicy = CommentPolicy.OPEN


def write_post(author: User, draft: Draft, *, public_url: str) -> Post:
    """Publish a post. The same form sent twice, also at the same moment, is one post. The caller commits.

    Raises:
        ChannelNeeded: ``author`` has no channel.
        PostRefused: something of it cannot be; nothing of it is kept.
        Refused: more than a new account may do.
    """
    if not author.is_artist:
        raise ChannelNeeded
    if len(draft.body) > LONGEST:
        raise PostRefused("body", f"A post has {LONGEST} characters at most.")
    if not draft.body and (draft.answers or not (draft.pictures or draft.work)):
        raise PostRefused("body", "Say something first." if not draft.answers else "Ask something first.")
    work = works.get_attachable(draft.work, author, public_url=public_url) if draft.work else None
    verdict = screened(author, draft.body, [*draft.answers], [one.alt for one in draft.pictures])
    is_medium = isinstance(work, Medium)
    values = {
        "id": uuid7(),
        "public_id": public_id(),
        "author_id": author.id,
        "body_markdown": draft.body,
        "medium_id": work.id if work is not None and is_medium else None,
        "set_id": work.id if work is not None and not is_medium else None,
        "carries_work": work is not None,
        "sending": _digest(draft) if draft.sending else None,
        "comments_policy": draft.comments_policy,
        "created_at": now(),
    }
    # Who sends the same form at the same moment waits here for the other one, and then finds its post.
    new_id = db.session.scalar(insert(Post).values(values).on_conflict_do_nothing().returning(Post.id))
    if new_id is None:
        already = select(Post).where(Post.author_id == author.id, Post.sending == values["sending"])
        return db.session.scalars(already).one()
    post = db.session.get_one(Post, new_id)
    if draft.answers:
        polls.open_poll(post, draft.answers, lasts=draft.lasts)
    post_pictures.add_pictures(post, draft.pictures, exposed=not verdict.stops)
    activities.note_activity(author.id, Verb.PUBLISHED, post_id=post.id)
    publish(PostPublished(post_id=post.id))
    verdict.settle(post.id)
    if post.withheld:
        post_pictures.tell_gate_changed_of([post.id])
    return post


def edit_post(post: Post, *, body: str, alts: Sequence[str], comments_policy: CommentPolicy) -> None:
    """Change a post's words, what its pictures are said to show, and who may comment. The caller commits.

    What it said before is kept for readers, where the words changed. ``alts`` are in the order of its pictures.

    Raises:
        PostRefused: nothing would be left of it, or too much.
        Refused: more than a new account may do.
    """
    pictures = _pictures_of(post.id)
    if post.hold is Hold.REMOVED:
        raise PostRefused("body", "The moderators removed this post. Under Settings, My standing, you find why.")
    if len(body) > LONGEST:
        raise PostRefused("body", f"A post has {LONGEST} characters at most.")
    if not body and (post.poll_closes_at is not None or not (pictures or post.carries_work)):
        raise PostRefused("body", "Say something. To take the post away, delete it.")
    answers = db.session.scalars(select(PollOption.label).where(PollOption.post_id == post.id)).all()
    author = db.session.get_one(User, post.author_id)
    verdict = screened(author, body, answers, alts, subject_id=post.id)
    if body != post.body_markdown:
        moment = now()
        written_at = post.edited_at or post.created_at
        db.session.add(
            PostVersion(id=uuid7(), post_id=post.id, body_markdown=post.body_markdown, written_at=written_at)
        )
        post.body_markdown, post.edited_at = body, moment
    for one, alt in zip(pictures, alts, strict=False):
        one.alt = alt
    post.comments_policy = comments_policy
    verdict.settle(post.id)


def delete_post(post: Post) -> None:
    """Take a post away with everything on it; the files of its pictures follow. The caller commits."""
    post_pictures.drop_pictures(_pictures_of(post.id))
    options = select(PollOption.id).where(PollOption.post_id == post.id)
    for table in (Tally, TallyChange):
        db.session.execute(delete(table).where((table.subject_id == post.id) | table.subject_id.in_(options)))
    db.session.flush()
    db.session.execute(delete(Post).where(Post.id == post.id))


def withhold_posts_of(author_id: UUID, *, withheld: bool) -> None:
    """Hide every post of a person whose account is on its way out, or show them again. The caller commits."""
    wanted = or_(Post.hold.is_not(None), literal(withheld))
    changed = update(Post).where(Post.author_id == author_id, Post.withheld.is_distinct_from(wanted))
    ids = db.session.scalars(changed.values(withheld=wanted).returning(Post.id)).all()
    post_pictures.tell_gate_changed_of(ids)


def set_hold(post: Post, hold: Hold | None) -> None:
    """Take a post away from everyone but its author, or give it back. The caller commits."""
    post.hold = hold
    post.withheld = hold is not None or db.session.get_one(User, post.author_id).is_withheld
    post_pictures.tell_gate_changed_of([post.id])


def restrict_age(post: Post, *, restricted: bool) -> None:
    """Say that a post is for adults; or that it is not, after all. The caller commits."""
    post.age_restricted = restricted
    post_pictures.tell_gate_changed_of([post.id])


def delete_posts_of(author_id: UUID) -> None:
    """Delete everything that somebody wrote, before their account goes. The caller commits."""
    for post in db.session.scalars(select(Post).where(Post.author_id == author_id)).all():
        delete_post(post)


def screened(
    author: User, body: str, answers: Sequence[str], alts: Sequence[str], *, subject_id: UUID | None = None
) -> Verdict:
    """What is to become of a post's words: its own, its poll's, and those beside its pictures."""
    texts = {"body": body, "answers": "\n".join(answers), "alts": "\n".join(alts)}
    return screen(Screened.POST, author, texts=texts, subject_id=subject_id)


def _pictures_of(post_id: UUID) -> Sequence[PostPicture]:
    query = select(PostPicture).options(joinedload(PostPicture.picture)).where(PostPicture.post_id == post_id)
    return db.session.scalars(query.order_by(PostPicture.position)).all()


def _digest(draft: Draft) -> str:
    """What tells one sending from another: the form's token, and what was in it.

    So going back to a sent form and writing something else in it is another post.
    """
    parts = [draft.sending, draft.body, draft.work, *draft.answers, *(str(one.number) for one in draft.pictures)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
