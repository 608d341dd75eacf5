"""Renditions and their encoded chunks, as the steps read and write them."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.ids import uuid7
from app.core.storage import storage
from app.extensions import db
from app.media.making.work import Work
from app.media.models import EncodedChunk, Kind, Rendition, Version
from app.media.records import to_manifest


class Rung(NamedTuple):
    """A rendition as plain values, which no commit takes away."""

    id: UUID
    name: str
    rung: dict[str, Any]


def list_renditions(version_id: UUID, kind: Kind) -> list[Rung]:
    """The rungs of one kind, lowest first."""
    query = select(Rendition.id, Rendition.name, Rendition.rung).where(
        Rendition.version_id == version_id, Rendition.kind == kind
    )
    return [Rung(*row) for row in db.session.execute(query.order_by(Rendition.position))]


def keep_chunk(rendition_id: UUID, position: int, object_name: str, encoded: Any) -> None:
    """Write down one encoded object; a second run of the same task takes the place of the first."""
    values = {"object_name": object_name, "size_bytes": encoded.size_bytes, "manifest": to_manifest(encoded)}
    statement = insert(EncodedChunk).values(id=uuid7(), rendition_id=rendition_id, position=position, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["rendition_id", "position"], set_=values))


def list_chunks(rendition_id: UUID) -> Sequence[str]:
    """The names of one rung's objects, in order of time."""
    query = select(EncodedChunk.object_name).where(EncodedChunk.rendition_id == rendition_id)
    return db.session.scalars(query.order_by(EncodedChunk.position)).all()


def fetch(work: Work, object_name: str) -> Path:
    """One of the version's objects as a local file: the one on this disk, or a copy in the scratch folder.

    Raises:
        FileNotFoundError: it is not in storage.
    """
    key = work.storage_prefix + object_name
    path = storage().local_path(key)
    if path is None:
        path = work.scratch / object_name
        with storage().open(key) as body, path.open("wb") as file:
            shutil.copyfileobj(body, file, 1 << 20)
    return path


def tidy(version_id: UUID) -> None:
    """Delete what no row of a version names, now that it is whole and nobody works on it: what killed workers left."""
    version = db.session.get(Version, version_id)
    if version is None:
        return
    chunks = select(EncodedChunk.object_name).join(Rendition, Rendition.id == EncodedChunk.rendition_id)
    named = version.own_names | set(db.session.scalars(chunks.where(Rendition.version_id == version_id)))
    prefix = version.storage_prefix
    db.session.commit()
    for stored in storage().list_objects(prefix):
        if stored.key.removeprefix(prefix) not in named:
            storage().delete_prefix(stored.key)
