"""What is left of uploads that came to nothing: rows, parts and objects, and how each of them goes."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import and_, delete, or_, select

from app.core.clock import now
from app.core.storage import storage
from app.extensions import db
from app.media.models import Upload, UploadState
from app.media.services.uploads import PREFIX, give_up
from config import Settings


def sweep_expired(limit: int = 100) -> int:
    """Forget uploads that nobody went on with in time; returns how many.

    Rows go too: those of aborted uploads at once, of failed ones when their time is over, because until then they say
    why.
    """
    query = select(Upload).where(Upload.state == UploadState.OPEN, Upload.expires_at <= now())
    expired = db.session.scalars(query.order_by(Upload.expires_at).limit(limit).with_for_update(skip_locked=True)).all()
    for upload in expired:
        give_up(upload, UploadState.ABORTED, "Nobody went on with it in time.")
    db.session.flush()
    over = or_(
        Upload.state == UploadState.ABORTED, and_(Upload.state == UploadState.FAILED, Upload.expires_at <= now())
    )
    ids = select(Upload.id).where(over).limit(10 * limit).with_for_update(skip_locked=True)
    db.session.execute(
        delete(Upload).where(Upload.id.in_(ids.scalar_subquery())).execution_options(synchronize_session=False)
    )
    return len(expired)


def sweep_parts(*, older_than_s: int | None = None) -> int:
    """Free parts that no row names: of processes that were killed before they wrote one; returns how many uploads.

    Only what was not touched for ``older_than_s``, by default as long as an upload may take: whatever is younger may
    be waiting for its row.
    """
    settings: Settings = current_app.config["SETTINGS"]
    untouched_since = now() - timedelta(seconds=settings.upload_expiry_s if older_than_s is None else older_than_s)
    stale = [one for one in storage().list_unfinished(PREFIX) if one.touched_at <= untouched_since]
    named = set(
        db.session.scalars(
            select(Upload.multipart_id).where(
                Upload.multipart_id.in_([one.multipart_id for one in stale]), Upload.state == UploadState.OPEN
            )
        )
    )
    nameless = [one for one in stale if one.multipart_id not in named]
    for one in nameless:
        storage().abort_multipart(one.key, one.multipart_id)
    return len(nameless)


def free_upload(storage_key: str, multipart_id: str) -> None:
    """Free what an upload took that was given up: first its parts, so that none can be joined, then what was joined."""
    storage().abort_multipart(storage_key, multipart_id)
    storage().delete_prefix(storage_key)
