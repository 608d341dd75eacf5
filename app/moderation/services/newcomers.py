"""What accounts may not do yet: limits while they are new, and a look at an artist's first works. All by options."""

import re
from datetime import timedelta
from typing import Any, Final

from linkify_it import LinkifyIt
from sqlalchemy import exists, func, select

from app.core import options
from app.core.clock import now
from app.core.options import Kind, Option
from app.core.screening import Author, Refused, Sample, Screened
from app.extensions import db
from app.media.models import Medium, Upload
from app.moderation.filter_models import TrustedPerson
from app.social.models import Comment

_GROUP: Final = "New accounts"


def _register(name: str, default: int, label: str, explanation: str, unit: str, high: int = 10_000) -> Option:
    return options.register(
        Option(f"filters.{name}", Kind.INT, default, label, explanation, group=_GROUP, high=high, unit=unit)
    )


NEW_DAYS = _register(
    "new_days",
    3,
    "How long an account is new",
    "Counted from the day it was made. 0 switches all of this off.",
    "days",
    365,
)
UNVERIFIED = options.register(
    Option(
        "filters.new_until_verified", Kind.BOOL, True, "New until the address is verified",
        "An account whose e-mail address nobody has verified counts as new, however old it is.", group=_GROUP,
    )
)  # fmt: skip
LINKS = _register(
    "new_links", 3, "Links in one comment or message", "More are refused while the account is new.", "links"
)
COMMENTS = _register(
    "new_comments_hour", 60, "Comments in an hour", "More are refused while the account is new.", "comments"
)
UPLOADS = _register("new_uploads_day", 50, "Uploads in a day", "More are refused while the account is new.", "uploads")
MENTIONS = _register(
    "new_mentions", 10, "People named in one text", "More are refused while the account is new.", "people"
)
FIRST_WORKS = _register(
    "first_works", 0, "First works that wait for a look",
    "An artist's first works are held when they are published, until a moderator has let them through. 0 holds none.",
    "works", 100,
)  # fmt: skip

_MENTION: Final = re.compile(r"(?<![\w@/])@(\w{3,30})")
_linker: Final[Any] = LinkifyIt()


def is_trusted(author: Author) -> bool:
    """Whether nothing of this concerns somebody: staff, and whom moderators know."""
    return author.is_staff or bool(db.session.scalar(select(exists().where(TrustedPerson.user_id == author.id))))


def is_new(author: Author | None) -> bool:
    """Whether an account counts as new. Who has none yet is as new as can be."""
    if author is None:
        return True
    days = options.get(NEW_DAYS.name)
    young: bool = author.created_at > now() - timedelta(days=days)
    unverified: bool = bool(days) and author.email_verified_at is None and options.get(UNVERIFIED.name)
    return (young or unverified) and not is_trusted(author)


def require_within_limits(sample: Sample) -> None:
    """That somebody whose account is new does not do too much of a thing.

    Raises:
        Refused: they do; the sentence says what the limit is.
    """
    author = sample.author
    if author is None or sample.kind not in {Screened.COMMENT, Screened.MESSAGE, Screened.POST, Screened.UPLOAD}:
        return
    if sample.is_brought_in or not is_new(author):
        return
    if sample.kind is Screened.UPLOAD:
        _require(_uploads(author), UPLOADS, "You can begin {most} uploads a day while your account is new.")
        return
    body = sample.texts.get("body", "")
    if sample.kind is not Screened.POST and ("." in body or ":" in body):
        _require(len(_linker.match(body) or ()) - 1, LINKS, "While your account is new, {most} links are the most.")
    if "@" in body:
        _require(
            len(set(_MENTION.findall(body))) - 1, MENTIONS, "While your account is new, name {most} people at most."
        )
    if sample.kind is Screened.COMMENT and sample.subject_id is None:
        _require(_comments(author), COMMENTS, "You can write {most} comments an hour while your account is new.")


def waits_as_first(sample: Sample) -> bool:
    """Whether a work is among the first of its artist, which wait for a look."""
    many = options.get(FIRST_WORKS.name)
    if not many or not sample.is_first_showing or sample.author is None or is_trusted(sample.author):
        return False
    seen = select(Medium.id).where(
        Medium.owner_id == sample.author.id, Medium.published_at.is_not(None), Medium.hold.is_(None),
        Medium.id != sample.subject_id,
    )  # fmt: skip
    shown: int = len(db.session.scalars(seen.limit(many)).all())
    return bool(shown < many)


def _require(already: int, option: Option, sentence: str) -> None:
    """That ``already`` is less than what an option allows."""
    most = options.get(option.name)
    if already >= most:
        later = " Try again later." if option in {COMMENTS, UPLOADS} else ""
        raise Refused(sentence.format(most=most or "no") + later)


def _comments(author: Author) -> int:
    since = now() - timedelta(hours=1)
    query = select(func.count()).select_from(Comment).where(Comment.author_id == author.id, Comment.created_at > since)
    return db.session.scalar(query) or 0


def _uploads(author: Author) -> int:
    since = now() - timedelta(days=1)
    query = select(func.count()).select_from(Upload).where(Upload.owner_id == author.id, Upload.created_at > since)
    return db.session.scalar(query) or 0
