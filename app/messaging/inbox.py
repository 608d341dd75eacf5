"""What waits for one person, as the frame of every page shows it: the bell, and Messages in the rail."""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.core.live import announce
from app.extensions import db
from app.media.gate import Viewer
from app.messaging.conversation_queries import unread_of
from app.messaging.notice_queries import count_unseen


@dataclass(frozen=True, slots=True)
class Inbox:
    """How many notifications are new, and how many conversations hold something unread; both at most 100."""

    notices: int = 0
    messages: int = 0


MOST = 100
"""Counting stops here: the frame says 99+."""


def count_waiting(viewer: Viewer) -> Inbox:
    """What waits for ``viewer``, in one statement; nothing does for strangers."""
    if viewer.id is None:
        return Inbox()
    row = db.session.execute(
        select(
            count_unseen(viewer.id, MOST).scalar_subquery(),
            select(func.count()).select_from(unread_of(viewer.id).subquery()).scalar_subquery(),
        )
    ).one()
    return Inbox(*row)


def watch_inbox(viewer: Viewer, person_id: str, _secret: str | None) -> str | None:
    """The room in which it is said that something new waits: for that person alone."""
    return f"inbox:{person_id}" if viewer.id is not None and str(viewer.id) == person_id else None


def tell(person_id: object) -> None:
    """Say to the open pages of a person that what waits for them has changed. Call it after the commit."""
    announce(f"inbox:{person_id}")
