"""What `flask doctor` looks at in the upkeep of media."""

from sqlalchemy import select

from app.core.findings import Finding, fail, ok, warn
from app.core.storage import storage
from app.extensions import db
from app.media.models import Version
from app.media.upkeep import remakes
from config import Settings


def check_cold_place(settings: Settings) -> Finding:
    """The colder place is there, as long as originals lie in it."""
    used = db.session.scalar(select(Version.id).where(Version.cold_at.is_not(None)).limit(1)) is not None
    if not storage().has_cold_place:
        if used and not settings.s3_bucket:
            return fail("originals lie in a colder place that is not set", "Set COLD_DIR to where it was.")
        return ok("none, originals stay with everything else")
    if settings.s3_bucket:
        return ok(f"originals of {settings.cold_after_s // 86400} days lie in class {settings.s3_cold_class}")
    if used and settings.cold_dir is not None and not settings.cold_dir.is_dir():
        return fail(f"originals lie in {settings.cold_dir}, which is not there", "Mount it.")
    return ok(f"originals of {settings.cold_after_s // 86400} days lie in {settings.cold_dir}")


def check_remakes(_settings: Settings) -> Finding:
    """Nothing that was to be made anew has failed."""
    progress = remakes.find_progress()
    if progress.failed:
        what = f"{progress.failed} media could not be made anew, and play as before"
        return warn(what, "flask media reprocess names them.")
    return ok(f"{progress.making} media are being made anew, {progress.waiting} wait")
