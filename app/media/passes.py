"""What the secrets of named links open: the token that somebody was sent, and the ticket of a play begun by it.

The gate asks ``answer`` about a secret that no visibility accepts. A token opens what its link leads to while the link
lives and has plays left; a ticket, which stands for a counted play, until the link is ended or the play long over.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.core.clock import now
from app.extensions import db
from app.media.gate import Gated, Opening, Pass
from app.media.models import Medium, ShareLink, SharePlay
from app.media.models.sharing import TICKET

SAME_PLAY = timedelta(minutes=30)
"""A browser that comes back so soon after its player's last report goes on with the play that it began."""
PLAY_LASTS = timedelta(hours=12)
"""A ticket opens nothing so long after its player's last report."""

_SHAPE = re.compile(rf"(?:{TICKET})?[A-Za-z0-9_-]{{22}}")

HoldsItem = Callable[[UUID, Gated], bool]
"""``holds(set_id, thing)``: whether a link to this set opens that thing."""


@dataclass(frozen=True)
class FoundLink:
    """A named link, as it is at this moment."""

    id: UUID
    token: str
    medium_id: UUID | None
    set_id: UUID | None
    opening: Opening
    whom: str


def find_link(secret: str) -> FoundLink | None:
    """The link whose token or whose play's ticket this is, in one statement."""
    if not _SHAPE.fullmatch(secret):
        return None
    link = (
        ShareLink.id, ShareLink.token, ShareLink.medium_id, ShareLink.set_id, ShareLink.revoked_at,
        ShareLink.expires_at, ShareLink.play_cap, ShareLink.plays, User.display_name,
    )  # fmt: skip
    query: Any = select(*link).join(User, User.id == ShareLink.owner_id)
    if secret.startswith(TICKET):
        query = query.add_columns(SharePlay.seen_at).join(SharePlay, SharePlay.link_id == ShareLink.id)
        row = db.session.execute(query.where(SharePlay.ticket == secret)).one_or_none()
        opening = Opening.PLAY if row is not None and row.seen_at > now() - PLAY_LASTS else Opening.ENDED
    else:
        row = db.session.execute(query.where(ShareLink.token == secret)).one_or_none()
        has_plays = row is not None and (row.play_cap is None or row.plays < row.play_cap)
        opening = Opening.LINK if has_plays else Opening.ENDED
    if row is None:
        return None
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now()):
        opening = Opening.ENDED
    return FoundLink(row.id, row.token, row.medium_id, row.set_id, opening, row.display_name)


def answer(secret: str, thing: Gated, *, holds: HoldsItem = lambda _set_id, _thing: False) -> Pass | None:
    """What ``secret`` opens of ``thing``. Of a medium it opens nothing before there is something to play."""
    found = find_link(secret)
    if found is None or (isinstance(thing, Medium) and thing.version_id is None):
        return None
    leads_here = thing.id in {found.medium_id, found.set_id}
    if not leads_here and (found.set_id is None or not holds(found.set_id, thing)):
        return None
    return Pass(found.opening, found.whom)


def find_ticket(token: str, browser: str) -> str | None:
    """The ticket of the play that a browser has begun by a link and that is not over."""
    if not _SHAPE.fullmatch(token):
        return None
    query = select(SharePlay.ticket).join(ShareLink, ShareLink.id == SharePlay.link_id)
    return db.session.scalar(
        query.where(ShareLink.token == token, SharePlay.browser == browser, SharePlay.seen_at > now() - SAME_PLAY)
    )
