"""Named links: made for somebody, counted, ended."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import User
from app.core.clock import now
from app.core.events import publish
from app.extensions import db
from app.media import passes
from app.media.errors import LinkEnded, ScheduleInPast, ShareLinkNotFound
from app.media.events import ShareLinkEnded
from app.media.gate import Opening
from app.media.models import Medium, ShareLink, SharePlay

REPORT_EVERY = timedelta(minutes=1)
"""How exactly it is known when a play was last heard of."""


def create_link(
    *, by: User, medium_id: UUID | None = None, set_id: UUID | None = None, recipient: str, expires_at: datetime | None,
    play_cap: int | None,
) -> ShareLink:  # fmt: skip
    """Make a link to one's own medium or set, of which the caller has seen to it that it is ``by``'s.

    ``recipient`` is for its maker, who reads in the list whose link was played. The caller commits.

    Raises:
        ScheduleInPast: it would have ended before it began.
    """
    if expires_at is not None and expires_at <= now():
        raise ScheduleInPast("A link has to end later than now.")
    link = ShareLink(
        owner_id=by.id,
        medium_id=medium_id,
        set_id=set_id,
        recipient=recipient,
        expires_at=expires_at,
        play_cap=play_cap,
    )
    db.session.add(link)
    db.session.flush()
    return link


def revoke_link(link_id: UUID, *, by: User) -> ShareLink:
    """End a link for good; whoever plays by it is stopped. Ending it twice does no more. The caller commits.

    Raises:
        ShareLinkNotFound: ``by`` made no such link.
    """
    query = select(ShareLink).where(ShareLink.id == link_id, ShareLink.owner_id == by.id).with_for_update()
    link = db.session.scalar(query.execution_options(populate_existing=True))
    if link is None:
        raise ShareLinkNotFound
    if link.revoked_at is None:
        link.revoked_at = now()
        if link.medium_id is not None:
            public_id = db.session.scalar(select(Medium.public_id).where(Medium.id == link.medium_id))
            publish(ShareLinkEnded(link_id=link.id, public_id=public_id or ""))
    return link


def begin_play(token: str, browser: str) -> str:
    """The ticket for playing by a link. It counts as a play, unless this browser's last one still goes on.

    However many begin at once, a link is played no more often than it may be: one UPDATE decides. The caller commits.

    Raises:
        LinkEnded: it has no plays left, its time is over, or it was ended.
    """
    found = passes.find_link(token)
    if found is None:
        raise LinkEnded
    ticket = passes.find_ticket(found.token, browser)
    if ticket is not None:
        return ticket  # which opens nothing any more, if the link was ended since
    if found.opening is not Opening.LINK:
        raise LinkEnded(found.whom)
    # One browser may ask twice at once, as players do: the second waits here, and finds the play of the first.
    db.session.execute(select(ShareLink.id).where(ShareLink.id == found.id).with_for_update())
    ticket = passes.find_ticket(found.token, browser)
    return ticket if ticket is not None else _count_play(found, browser)


def note_heard(secret: str, browser: str) -> None:
    """A player goes on: its play lasts, so that a reload or the next item of a set is no other. The caller commits."""
    token = select(ShareLink.id).where(ShareLink.token == secret).scalar_subquery()
    mine = or_(SharePlay.ticket == secret, (SharePlay.link_id == token) & (SharePlay.browser == browser))
    moment = now()
    db.session.execute(update(SharePlay).where(mine, SharePlay.seen_at < moment - REPORT_EVERY).values(seen_at=moment))


def _count_play(found: passes.FoundLink, browser: str) -> str:
    moment = now()
    counted = db.session.scalar(
        update(ShareLink)
        .where(
            ShareLink.id == found.id,
            ShareLink.revoked_at.is_(None),
            or_(ShareLink.expires_at.is_(None), ShareLink.expires_at > moment),
            or_(ShareLink.play_cap.is_(None), ShareLink.plays < ShareLink.play_cap),
        )
        .values(plays=ShareLink.plays + 1, last_played_at=moment)
        .returning(ShareLink.id)
    )
    if counted is None:
        raise LinkEnded(found.whom)
    over = SharePlay.seen_at < moment - passes.PLAY_LASTS
    db.session.execute(delete(SharePlay).where(SharePlay.link_id == found.id, over, SharePlay.browser != browser))
    play = insert(SharePlay).values(link_id=found.id, browser=browser)
    again = {"begun_at": moment, "seen_at": moment}
    ticket: str | None = db.session.scalar(
        play.on_conflict_do_update(index_elements=["link_id", "browser"], set_=again).returning(SharePlay.ticket)
    )
    assert ticket is not None  # noqa: S101 - an upsert returns its row
    return ticket
