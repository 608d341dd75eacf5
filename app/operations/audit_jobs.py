"""What the spine and the workers do for the audit log. Each of these may run twice; each commits."""

import structlog
from flask import current_app, render_template

from app.core.audit import anchors, checking
from app.core.mail import send_mail
from app.core.queue import DEFAULT, ring
from app.extensions import db

VERIFY = "app.operations.audit_jobs.verify_audit"
MAIL = "app.operations.audit_jobs.mail_anchor"
log = structlog.get_logger()


def anchor_audit() -> None:
    """Sign what was added to the log since the last time, and write it to the folder of anchors."""
    try:
        anchors.anchor_head()
    except anchors.HeadRefused as refusal:
        log.error("audit_head_refused", why=str(refusal))  # noqa: TRY400 - the traceback says nothing more
    db.session.commit()


def ring_for_mail() -> None:
    """Have the newest anchor mailed, where somebody gets them and a day is over since the last."""
    if current_app.config["SETTINGS"].audit_anchor_mail and anchors.is_mail_due():
        ring(DEFAULT, MAIL)


def mail_anchor() -> None:
    """Mail the newest anchor to ``AUDIT_ANCHOR_MAIL``."""
    settings = current_app.config["SETTINGS"]
    row = anchors.newest_unmailed() if settings.audit_anchor_mail and anchors.is_mail_due() else None
    if row is not None:
        anchor = anchors.as_anchor(row)
        send_mail(
            to=settings.audit_anchor_mail,
            subject=f"Audit log: {anchor.number} entries",
            text=render_template("mail/audit_anchor.txt", anchor=anchor, public_url=settings.public_url),
        )
        anchors.note_mailed(anchor.number)
    db.session.commit()


def verify_audit() -> None:
    """Walk along the whole log, where that was not done for a day, and note what was found."""
    if checking.is_due():
        checking.check_and_note()
    db.session.commit()
