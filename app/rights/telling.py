"""Who is notified of what happens to their data, beside the mail that they get."""

from collections.abc import Sequence

from app.messaging.kinds import NoticeKind
from app.messaging.services.notices import Notice
from app.rights.events import ExportMade


def of_exports(events: Sequence[ExportMade]) -> list[Notice]:
    """Whoever asked for an archive hears that it is ready, once for each."""
    return [
        Notice(
            recipient_id=event.user_id, kind=NoticeKind.EXPORT, actor_id=event.user_id,
            event_key=f"export:{event.export_id}", key=f"export:{event.export_id}",
        )
        for event in events
    ]  # fmt: skip
