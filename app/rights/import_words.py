"""Posts and comments of an archive, each looked at by the screens as what is written here."""

import io
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.media.models import CommentPolicy
from app.rights.import_kit import THERE, Kit, NotHere
from app.social.models import Comment, Post
from app.social.services import brought
from app.social.services.post_pictures import SentPicture
from app.social.subjects import Subject, SubjectKind


def bring_posts(kit: Kit) -> None:
    """Posts with their pictures and polls."""
    for one in kit.said["posts"]:
        kit.attempt("a post", lambda one=one: _post(kit, one))  # type: ignore[misc]  # bound now


def bring_comments(kit: Kit) -> None:
    """Comments, under one's own things and under those of others that are here."""
    for one in kit.said["comments"]:
        kit.attempt("comments", lambda one=one: _comment(kit, one))  # type: ignore[misc]  # likewise


def _post(kit: Kit, one: dict[str, Any]) -> str:
    at = kit.past(one["created_at"])
    work = _work(kit, one)
    known = kit.brought(one["id"])
    if known is not None:
        post = db.session.get(Post, known.post_id) if known.post_id else None
        if post is not None and work is not None and post.carries_work and not (post.medium_id or post.set_id):
            _attach(post, work)  # it has come in the meantime
            return "works at posts"
        return THERE
    found = db.session.scalar(select(Post).where(Post.author_id == kit.user.id, Post.created_at == at))
    if found is not None and found.body_markdown == one["body"]:
        kit.remember(one["id"], one["public_id"], post_id=found.id)
        return THERE
    pictures = _pictures(kit, one)
    closes_at = one.get("poll_closes_at")
    post, lost = brought.bring_post(
        kit.user,
        brought.OldPost(
            body=one["body"], at=at, edited_at=kit.moment(one.get("edited_at")), pictures=pictures,
            answers=one["answers"], closes_at=kit.any_moment(closes_at) if closes_at else None,
            carried_work=bool(one.get("medium_id") or one.get("set_id")),
            comments_policy=_policy(one.get("comments_policy")), age_restricted=one.get("age_restricted") is True,
        ),
    )  # fmt: skip
    if work is not None:
        _attach(post, work)
    for sentence in lost:
        kit.left_out[f"in a post: {sentence}"] += 1
    if post.poll_closes_at is not None:
        kit.left_out["votes of others in polls: they are theirs, and come with their archives"] += 1
    kit.remember(one["id"], one["public_id"], post_id=post.id)
    return "posts"


def _pictures(kit: Kit, one: dict[str, Any]) -> list[SentPicture]:
    pictures: list[SentPicture] = []
    for said in one["pictures"]:
        data = kit.file.picture(said["path"])
        if data is None:
            kit.left_out["in a post: a picture is not in the archive, or too large"] += 1
        else:
            pictures.append(SentPicture(len(pictures) + 1, io.BytesIO(data), said["alt"]))
    return pictures


def _work(kit: Kit, one: dict[str, Any]) -> Subject | None:
    """What was attached to a post, if it is here and may be shown by whoever wrote it."""
    source_id = one.get("medium_id") or one.get("set_id")
    own = kit.brought(source_id)
    address = one.get("work")
    try:
        if own is not None and (own.medium_id or own.set_id):
            return kit.subject_of(own)
        found = kit.subject(address, source_id) if source_id and address else None
    except NotHere:
        return None
    return found if found is not None and found.is_open and found.kind is not SubjectKind.POST else None


def _attach(post: Post, work: Subject) -> None:
    post.carries_work = True
    setattr(post, work.column, work.id)


def _policy(said: Any) -> CommentPolicy:
    return CommentPolicy(said) if said in list(CommentPolicy) else CommentPolicy.OPEN


def _comment(kit: Kit, one: dict[str, Any]) -> str:
    if kit.brought(one["id"]) is not None:
        return THERE
    at = kit.past(one["created_at"])
    found = db.session.scalar(select(Comment).where(Comment.author_id == kit.user.id, Comment.created_at == at))
    if found is not None and found.body == one["body"]:
        kit.remember(one["id"], comment_id=found.id)
        return THERE
    on = _under(kit, one)
    answered = kit.comment(one["answers_id"]) if one.get("answers_id") else None
    if one.get("answers_id") and answered is None:
        raise NotHere("what they answer is not here (yet)")
    comment = brought.bring_comment(
        on,
        brought.OldComment(body=one["body"], at=at, edited_at=kit.moment(one.get("edited_at")), at_ms=one.get("at_ms")),
        by=kit.user,
        answered=answered,
    )
    kit.remember(one["id"], str(one.get("public_id") or ""), comment_id=comment.id)
    return "comments"


def _under(kit: Kit, one: dict[str, Any]) -> Subject:
    """What a comment is about.

    Raises:
        NotHere
    """
    source_id = one.get("medium_id") or one.get("set_id") or one.get("post_id")
    own = kit.brought(source_id)
    if own is not None:
        return kit.subject_of(own)
    return kit.subject(one["under"], source_id)
