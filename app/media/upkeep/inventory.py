"""What the tables say lies in storage, a batch at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import load_only

from app.extensions import db
from app.media.models import EncodedChunk, Medium, Rendition, Version, VersionState

BATCH = 200
"""Versions a batch: two statements, some thousand names."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """An object that a row names. ``size_bytes`` and the digest of its first bytes are as the row says, if it does."""

    size_bytes: int | None = None
    head_bytes: int = 0
    head_sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A version and all that it has in storage: ``objects`` by name under ``prefix``, and the original."""

    id: UUID
    public_id: str
    number: int
    state: VersionState
    prefix: str
    original_key: str
    original_bytes: int
    original_sha256: str | None
    is_cold: bool
    objects: dict[str, Named] = field(default_factory=dict)


def walk_versions(*, public_id: str | None = None) -> Iterator[list[Held]]:
    """Every version, or those of one medium, in batches by id. Ends the transaction after each batch."""
    after: UUID | None = None
    while True:
        query = _versions().order_by(Version.id).limit(BATCH)
        if after is not None:
            query = query.where(Version.id > after)
        if public_id is not None:
            query = query.where(Medium.public_id == public_id)
        batch = _read(query)
        db.session.rollback()
        if not batch:
            return
        yield batch
        after = batch[-1].id


def read_versions(ids: Sequence[UUID]) -> list[Held]:
    """These versions as they are now; those that are gone are missing."""
    held = _read(_versions().where(Version.id.in_(ids)))
    db.session.rollback()
    return held


def find_prefixes(keys: Sequence[str]) -> set[str]:
    """Where the versions with these delivery keys have their derivatives."""
    few = load_only(Version.delivery_key, Version.exposed)
    rows = db.session.scalars(select(Version).options(few).where(Version.delivery_key.in_(keys)))
    return {version.storage_prefix for version in rows}


def _versions() -> Select[Version, str]:
    return select(Version, Medium.public_id).join(Medium, Medium.id == Version.medium_id)


def _read(query: Select[Version, str]) -> list[Held]:
    rows = db.session.execute(query).all()
    held = {version.id: _held(version, public_id) for version, public_id in rows}
    chunks = db.session.execute(
        select(
            Rendition.version_id,
            EncodedChunk.object_name,
            EncodedChunk.size_bytes,
            EncodedChunk.manifest["init_bytes"].as_integer(),
            EncodedChunk.manifest["init_sha256"].as_string(),
        )
        .join(EncodedChunk, EncodedChunk.rendition_id == Rendition.id)
        .where(Rendition.version_id.in_(held))
    )
    for version_id, name, size_bytes, init_bytes, init_sha256 in chunks:
        held[version_id].objects[name] = Named(
            size_bytes=size_bytes, head_bytes=init_bytes or 0, head_sha256=init_sha256 or ""
        )
    return list(held.values())


def _held(version: Version, public_id: str) -> Held:
    return Held(
        id=version.id,
        public_id=public_id,
        number=version.number,
        state=version.state,
        prefix=version.storage_prefix,
        original_key=version.original_key,
        original_bytes=version.size_bytes,
        original_sha256=version.sha256,
        is_cold=version.cold_at is not None,
        objects={name: Named() for name in version.own_names},
    )
