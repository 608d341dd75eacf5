"""What ties a person of an archive to people and things: those of them that are here. The next run adds who came since.

Nothing of it is news: nobody is notified, nothing comes into feeds as new.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.extensions import db
from app.plays.services import positions
from app.rights.import_kit import Kit, NotHere
from app.social.models import Post
from app.social.services import brought, polls
from app.social.subjects import SubjectKind

STAYS: Final[Mapping[str, str]] = {
    "messages": "the other side's words are theirs, and nobody asked them; they stay in the archive, to be read there",
    "share_links": "their addresses were of the other place", "sessions": "they were of the other place",
    "log": "it is the other place's", "more": "it is the other place's",
}  # fmt: skip
"""What is not brought in, and why."""


def keep_apart(kit: Kit) -> None:
    """Blocks and mutes: they come first, so that nothing else comes between people who are apart."""
    kit.each("blocks", kit.said["blocks"], lambda row: brought.bring_block(
        kit.user.id, kit.person(row["username"]), at=kit.past(row["blocked_at"])
    ))  # fmt: skip
    kit.each("mutes", kit.said["mutes"], lambda row: brought.bring_mute(
        kit.user.id, kit.person(row["username"]), at=kit.past(row["created_at"])
    ))  # fmt: skip


def bring_ties(kit: Kit) -> None:
    """Likes, reposts, follows, votes and how far one had come in what."""
    ties: dict[str, Callable[[dict[str, Any]], bool]] = {
        "likes": lambda row: _like(kit, row), "reposts": lambda row: _repost(kit, row),
        "follows": lambda row: _follow(kit, row), "votes": lambda row: _vote(kit, row),
        "history": lambda row: _position(kit, row),
    }  # fmt: skip
    for name, bring in ties.items():
        rows = kit.said.get(name, [])
        if name == "history" and rows and not kit.user.remembers_history:
            kit.left_out["history: they chose that nothing is remembered"] += len(rows)
            continue
        kit.each(name, rows, bring)


def count_what_stays(kit: Kit) -> None:
    """Say what was not brought in at all."""
    for name, why in STAYS.items():
        if kit.said[name]:
            kit.left_out[f"{name}: {why}"] += len(kit.said[name])


def _like(kit: Kit, row: dict[str, Any]) -> bool:
    if row["of_a_comment"]:
        subject = kit.comment_subject(row.get("comment_id"))
    else:
        subject = kit.subject(row["of"], row.get("of_id"))
    return brought.bring_like(kit.user, subject, at=kit.past(row["created_at"]))


def _repost(kit: Kit, row: dict[str, Any]) -> bool:
    subject = kit.subject(row["of"], row.get("of_id"))
    return brought.bring_repost(kit.user, subject, caption=row["caption"], at=kit.past(row["created_at"]))


def _follow(kit: Kit, row: dict[str, Any]) -> bool:
    followed_id = kit.person(row["username"])
    return brought.bring_follow(kit.user.id, followed_id, rings=row["rings"], at=kit.past(row["created_at"]))


def _vote(kit: Kit, row: dict[str, Any]) -> bool:
    subject = kit.subject(row["of"], row.get("of_id"))
    if subject.kind is not SubjectKind.POST:
        raise NotHere
    post = db.session.get_one(Post, subject.id)
    came_along = kit.brought(row.get("of_id"), post.author_id)
    return polls.bring_vote(
        post, kit.user, row["answer"], at=kit.past(row["created_at"]), even_closed=came_along is not None
    )


def _position(kit: Kit, row: dict[str, Any]) -> bool:
    subject = kit.subject(row["of"], row.get("of_id"))
    if subject.kind is not SubjectKind.MEDIUM:
        raise NotHere
    return positions.bring_position(
        kit.user, subject.id, position_ms=row["position_ms"], finished=row["finished"], at=kit.past(row["played_at"])
    )
