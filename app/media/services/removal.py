"""Taking files out of use: their rows go in the caller's transaction, their objects after its commit."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select

from app.core.events import publish
from app.core.evidence import kept_as_evidence
from app.core.pictures import Picture, drop_picture
from app.extensions import db
from app.media.events import ObjectsDropped
from app.media.models import Version


def drop_versions(versions: Sequence[Version]) -> None:
    """Delete versions with everything made from them.

    An original goes when no other version needs it, and it is no evidence.
    """
    if not versions:
        return
    going = {version.id for version in versions}
    _drop_originals(versions, going)
    pictures = [version.artwork_id for version in versions if version.artwork_id is not None]
    for version in versions:
        publish(ObjectsDropped(prefix=version.storage_prefix))
    db.session.flush()
    db.session.execute(delete(Version).where(Version.id.in_(going)))
    for picture_id in pictures:
        drop_picture(db.session.get(Picture, picture_id))


def _drop_originals(versions: Sequence[Version], going: set[UUID]) -> None:
    keys = {version.original_key for version in versions}
    needed = set(
        db.session.scalars(select(Version.original_key).where(Version.original_key.in_(keys), Version.id.not_in(going)))
    )
    for key in sorted(keys - needed - kept_as_evidence(keys)):
        publish(ObjectsDropped(prefix=key))
