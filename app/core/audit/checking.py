"""The nightly check: the whole chain against the anchors of this machine, and what came of it as a row."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import delete, exists, select

from app.core.audit import anchors
from app.core.audit.anchors import Anchor
from app.core.audit.models import AuditAnchor, AuditCheck, AuditHead
from app.core.audit.verifying import Fault, Verdict, verify
from app.core.clock import now
from app.extensions import db

EVERY = timedelta(hours=24)
KEPT = 100
"""Checks of the past that stay to be looked at."""
log = structlog.get_logger()


def verify_with(folders: Iterable[Path], keys: Iterable[bytes] = (), *, rows: bool = False) -> Verdict:
    """The whole chain, held against the anchors in ``folders``, signed by our keys or by ``keys``.

    ``rows`` adds those that the database remembers. It cannot forge them, but lose them: they are better than none.
    """
    trusted = anchors.known_keys() | set(keys)
    kept = db.session.scalars(select(AuditAnchor)) if rows else ()
    found = [anchor for anchor in map(anchors.as_anchor, kept) if anchor.is_signed_by(trusted)]
    damaged: list[Fault] = []
    for folder in folders:
        for path, said in anchors.read_folder(folder, trusted):
            if isinstance(said, Anchor):
                found.append(said)
            else:
                damaged.append(Fault(anchors.number_of(path), f"The anchor in {path.name} {said}."))
    verdict = verify(list(dict.fromkeys(found)))
    return Verdict(verdict.entries, verdict.anchors, verdict.faults + damaged)


def is_due() -> bool:
    """Whether the last check is a day old, and there is anything to check."""
    recent = exists().where(AuditCheck.began_at > now() - EVERY)
    return bool(db.session.scalar(select(~recent & exists().where(AuditHead.id == 1))))


def check_and_note() -> AuditCheck:
    """Verify against the anchors of this machine, and write down what was found. The caller commits."""
    began_at = now()
    verdict = verify_with([anchors.folder()], rows=True)
    check = AuditCheck(
        began_at=began_at, ended_at=now(), entries=verdict.entries, anchors=verdict.anchors,
        faults=[{"number": fault.number, "sentence": fault.sentence} for fault in verdict.faults],
    )  # fmt: skip
    db.session.add(check)
    db.session.flush()
    older = select(AuditCheck.id).order_by(AuditCheck.began_at.desc()).offset(KEPT)
    db.session.execute(delete(AuditCheck).where(AuditCheck.id.in_(older)))
    if verdict.faults:
        log.error("audit_log_was_touched", faults=[fault.sentence for fault in verdict.faults[:10]])
    return check


def last_check() -> AuditCheck | None:
    """What the newest check found."""
    return db.session.scalars(select(AuditCheck).order_by(AuditCheck.began_at.desc()).limit(1)).one_or_none()
