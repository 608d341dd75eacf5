"""Renditions and their encoded chunks, as the steps read and write them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.ids import uuid7
from app.extensions import db
from app.media.models import EncodedChunk, Kind, Rendition
from app.media.records import to_manifest


def list_renditions(version_id: UUID, kind: Kind) -> Sequence[Rendition]:
    """The rungs of one kind, lowest first."""
    query = select(Rendition).where(Rendition.version_id == version_id, Rendition.kind == kind)
    return db.session.scalars(query.order_by(Rendition.position)).all()


def keep_chunk(rendition_id: UUID, position: int, object_name: str, encoded: Any) -> None:
    """Write down one encoded object; a second run of the same task takes the place of the first."""
    values = {"object_name": object_name, "size_bytes": encoded.size_bytes, "manifest": to_manifest(encoded)}
    statement = insert(EncodedChunk).values(id=uuid7(), rendition_id=rendition_id, position=position, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["rendition_id", "position"], set_=values))


def list_chunks(rendition_id: UUID) -> Sequence[EncodedChunk]:
    """The objects of one rung, in order of time."""
    query = select(EncodedChunk).where(EncodedChunk.rendition_id == rendition_id)
    return db.session.scalars(query.order_by(EncodedChunk.position)).all()
