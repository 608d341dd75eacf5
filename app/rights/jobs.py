"""Jobs of rights. Each may run twice."""

import structlog

from app.extensions import db
from app.rights import erasing, exporting, retention

log = structlog.get_logger()


def delete_people_due() -> None:
    """Erase the people whose grace period is over. One who cannot be erased now keeps no other waiting."""
    for person_id in erasing.list_due():
        try:
            erasing.erase_if_due(person_id)
            db.session.commit()
        except Exception:
            db.session.rollback()
            log.exception("erasure_failed", person_id=str(person_id))


def make_exports() -> None:
    """Make the archives that wait, one after the other. With none, do nothing."""
    while exporting.make_next():
        pass


def obey_retention() -> None:
    """Let go what is kept longer than it should be."""
    for name, count in retention.obey().items():
        if count:
            log.info("retention_obeyed", kind=name, rows=count)
