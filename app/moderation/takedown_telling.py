"""Who is notified of what happens to a notice, beside the letter that they get."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.messaging.kinds import NoticeKind
from app.messaging.services.notices import Notice
from app.moderation.takedown_events import TakedownLetterDue
from app.moderation.takedown_models import TakedownParty


def of_letters(events: Sequence[TakedownLetterDue]) -> list[Notice]:
    """A line for each letter that goes to somebody whose things a notice names; the same letter again is no news."""
    wanted = {UUID(event.party_id): event.letter for event in events if event.party_id}
    if not wanted:
        return []
    query = select(TakedownParty.id, TakedownParty.person_id).where(
        TakedownParty.id.in_(wanted), TakedownParty.person_id.is_not(None)
    )
    return [
        Notice(
            recipient_id=person_id, kind=NoticeKind.TAKEDOWN, actor_id=person_id,
            event_key=f"takedown:{party_id}:{wanted[party_id]}", key=f"takedown:{party_id}:{wanted[party_id]}",
        )
        for party_id, person_id in db.session.execute(query)
        if person_id is not None
    ]  # fmt: skip
