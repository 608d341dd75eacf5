"""What the audit log says of a log-in."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit.models import AuditEntry


def means_of_last_log_in(db_session: Session) -> dict[str, Any]:
    """By which ``way``, and which ``second`` step, the newest session began."""
    entries = select(AuditEntry).where(AuditEntry.action == "session.began").order_by(AuditEntry.number.desc())
    entry = db_session.scalars(entries).first()
    assert entry is not None
    return {name: entry.facts[name] for name in ("way", "second") if name in entry.facts}
