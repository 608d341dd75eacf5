"""What `flask doctor` looks at in the audit log: whose secret it knows, and what the nightly check found."""

from sqlalchemy import select

from app.core.audit.chain import head_mac
from app.core.audit.checking import last_check
from app.core.audit.models import AuditHead
from app.core.findings import Finding, fail, ok
from app.extensions import db
from config import Settings


def check_audit(_settings: Settings) -> Finding:
    """The head is ours, and the last check found the chain whole."""
    head = db.session.execute(select(AuditHead.number, AuditHead.digest, AuditHead.mac)).one_or_none()
    if head is None:
        return ok("nothing was written yet")
    what = f"{head.number} entries"
    if head_mac(head.number, head.digest) != head.mac:
        return fail(
            f"{what}, under another SECRET_KEY or touched",
            "Run `flask audit rewrap` where SECRET_KEY was changed, else `flask audit verify`.",
        )
    check = last_check()
    if check is None:
        return ok(f"{what}, not checked yet")
    if check.faults:
        return fail(f"{what}; {check.faults[0]['sentence']}", "Run `flask audit verify`, and look at who was there.")
    return ok(f"{what}, whole on {check.began_at:%Y-%m-%d}")
