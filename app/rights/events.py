"""What happens to people's data."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ExportMade(Event):
    """An archive is ready to be downloaded."""

    export_id: UUID
    user_id: UUID
