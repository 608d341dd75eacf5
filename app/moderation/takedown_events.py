"""What happens in takedowns. Ids and names of letters only."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class TakedownLetterDue(Event):
    """Somebody is to be told by mail. ``party_id`` is empty where it is the complainant."""

    letter: str
    notice_id: UUID
    party_id: str
