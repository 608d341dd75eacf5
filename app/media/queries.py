"""What is asked of the tables of media. Listings are keyset pages over partial indexes, one statement each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, tuple_
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.accounts.models import User
from app.accounts.queries import named, not_apart
from app.core.holds import Hold
from app.core.pictures import Picture
from app.extensions import db
from app.media import gate
from app.media.cards import MediumCard, card_columns, to_cards
from app.media.errors import MediumNotFound, MediumRemoved, NotMediumOwner
from app.media.models import (
    Caption,
    EncodedChunk,
    FormerSlug,
    Kind,
    Medium,
    Realm,
    Rendition,
    RenditionState,
    ShareLink,
    Task,
    Version,
    VersionState,
)
from app.web.pagination import PAGE_SIZE

Place = tuple[datetime, UUID] | None


def list_realms() -> Sequence[Realm]:
    """The realms in the operator's order."""
    return db.session.scalars(select(Realm).order_by(Realm.position)).all()


def listed_rows(
    *,
    realm: str | None = None,
    owner_id: UUID | None = None,
    kind: Kind | None = None,
    viewer_id: UUID | None = None,
    is_limited: bool = False,
    after: Place = None,
    size: int = PAGE_SIZE,
) -> Sequence[Any]:
    """One more than ``size`` rows of what everyone may find, newest first; nothing of whom a block keeps from a viewer.

    One person's listings (``owner_id``) need no viewer: their pages are closed as a whole. ``is_limited`` says that
    moderators limited this person: their own page has what strangers' listings leave out.
    """
    found = gate.listed_column() if is_limited and owner_id is not None else Medium.listed
    query = card_columns().where(found, *not_apart(viewer_id, Medium.owner_id))
    if realm is not None:
        query = query.where(Medium.realm_slug == realm)
    if owner_id is not None:
        query = query.where(Medium.owner_id == owner_id)
    if kind is not None:
        query = query.where(Medium.kind == kind)
    if after is not None:
        query = query.where(tuple_(Medium.published_at, Medium.id) < tuple_(*after))
    query = query.order_by(Medium.published_at.desc(), Medium.id.desc()).limit(size + 1)
    return db.session.execute(query).all()


def newest_cards(
    *, realm: str | None = None, owner_id: UUID | None = None, viewer_id: UUID | None = None, size: int = 12
) -> list[MediumCard]:
    """The newest of ``listed_rows``, as cards."""
    return to_cards(listed_rows(realm=realm, owner_id=owner_id, viewer_id=viewer_id, size=size)[:size])


def own_rows(owner_id: UUID, *, after: UUID | None = None, size: int = PAGE_SIZE) -> Sequence[Any]:
    """One more than ``size`` rows of everything of a person, whatever its state, newest first."""
    query = card_columns().where(Medium.owner_id == owner_id)
    if after is not None:
        query = query.where(Medium.id < after)
    return db.session.execute(query.order_by(Medium.id.desc()).limit(size + 1)).all()


def cards_by_ids(ids: Sequence[UUID]) -> list[MediumCard]:
    """The cards of these media, in this order. Whether they may be seen, the caller has seen to."""
    rows = {row.id: row for row in db.session.execute(card_columns().where(Medium.id.in_(ids)))} if ids else {}
    return to_cards([rows[one] for one in ids if one in rows])


def cards_beside(
    medium: Medium, *, size: int, for_adults: bool = False, leave_out: Sequence[ColumnElement[bool]] = ()
) -> list[MediumCard]:
    """What to play after ``medium``: its artist's other works and, where these are few, its realm's newest.

    In one statement; ``leave_out`` are further conditions of those. ``for_adults`` says whether what is for adults is
    among them.
    """

    def some(turn: int, *where: ColumnElement[bool]) -> Any:
        query = card_columns(literal(turn).label("turn")).where(Medium.listed, Medium.id != medium.id, *where)
        query = query if for_adults else query.where(~gate.for_adults_column())
        return query.order_by(Medium.published_at.desc(), Medium.id.desc()).limit(size).subquery().select()

    rows = db.session.execute(
        some(0, Medium.owner_id == medium.owner_id).union_all(
            some(1, Medium.realm_slug == medium.realm_slug, Medium.owner_id != medium.owner_id, *leave_out)
        )
    ).all()
    own = [row for row in rows if row.turn == 0]
    others = [row for row in rows if row.turn == 1]
    return to_cards(own if len(own) > size // 2 else [*own, *others][:size])


def _page_options(query: Select[Medium]) -> Select[Medium]:
    return query.options(
        joinedload(Medium.version),
        joinedload(Medium.artwork),
        joinedload(Medium.realm, innerjoin=True),
        selectinload(Medium.captions),
        selectinload(Medium.chapters),
    )


def _is_name(text: str) -> bool:
    """Whether an id or a key of ours may read like this: what PostgreSQL cannot even be asked for is none."""
    return text.isascii() and "\0" not in text


def find_by_address(owner: User, slug: str) -> Medium | None:
    """The medium at an owner's slug, or the one that had it; with all that its page shows, in three statements."""
    if "\0" in slug:
        return None
    query = _page_options(select(Medium).where(Medium.owner_id == owner.id))
    medium = db.session.scalar(query.where(Medium.slug == slug))
    if medium is None:
        former = select(FormerSlug.medium_id).where(FormerSlug.owner_id == owner.id, FormerSlug.slug == slug)
        medium = db.session.scalar(query.where(Medium.id == former.scalar_subquery()))
    return medium


def find_page(username: str, slug: str) -> Medium | None:
    """The medium at an address with its owner, for the common case that both are current."""
    if "\0" in username + slug:
        return None
    query = (
        _page_options(select(Medium))
        .join(Medium.owner)
        .options(contains_eager(Medium.owner).joinedload(User.avatar))
        .where(named(username), Medium.slug == slug)
    )
    return db.session.scalar(query)


def find_by_public_id(public_id: str) -> Medium | None:
    """The medium with all that its page and its players need."""
    if not _is_name(public_id):
        return None
    query = _page_options(select(Medium).options(joinedload(Medium.owner, innerjoin=True)))
    return db.session.scalar(query.where(Medium.public_id == public_id))


def get_own(owner_id: UUID, public_id: str, *, lock: bool = False, even_removed: bool = False) -> Medium:
    """A medium of ``owner_id``; with ``lock``, to change it: nobody else does until the transaction ends.

    Raises:
        NotMediumOwner: it is not theirs, or is not at all.
        MediumRemoved: with ``lock``, but not ``even_removed``: moderators removed it.
    """
    if not _is_name(public_id):
        raise NotMediumOwner
    if lock:
        query = select(Medium).where(Medium.public_id == public_id, Medium.owner_id == owner_id)
        db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    query = _page_options(select(Medium).options(joinedload(Medium.owner, innerjoin=True)))
    medium = db.session.scalar(query.where(Medium.public_id == public_id, Medium.owner_id == owner_id))
    if medium is None:
        raise NotMediumOwner
    if lock and medium.hold is Hold.REMOVED and not even_removed:
        raise MediumRemoved
    return medium


def find_version(delivery_key: str) -> Version | None:
    """The version whose derivatives lie under this key, with its medium."""
    if not _is_name(delivery_key):
        return None
    query = select(Version).options(joinedload(Version.medium, innerjoin=True))
    return db.session.scalar(query.where(Version.delivery_key == delivery_key))


def find_picture(key: str) -> Picture | None:
    """The picture with this key."""
    return db.session.scalar(select(Picture).where(Picture.key == key)) if _is_name(key) else None


@dataclass(frozen=True)
class Making:
    """The tasks and renditions of the newest version of a medium."""

    version: Version
    tasks: Sequence[Task] = field(default_factory=list)
    renditions: Sequence[Rendition] = field(default_factory=list)


def get_making(medium: Medium) -> Making:
    """How far the newest file of ``medium`` is.

    Raises:
        MediumNotFound: it has no file, which does not happen to confirmed uploads.
    """
    version = db.session.scalar(
        select(Version)
        .options(selectinload(Version.tasks), selectinload(Version.renditions))
        .where(Version.medium_id == medium.id, ~and_(Version.is_remake, Version.state == VersionState.FAILED))
        .order_by(Version.number.desc())
        .limit(1)
    )
    if version is None:
        raise MediumNotFound
    return Making(version, version.tasks, version.renditions)


def list_rungs(version_id: UUID) -> Sequence[tuple[Rendition, Sequence[EncodedChunk]]]:
    """The renditions that can be played so far, each with the objects that follow one another from the start."""
    rows = db.session.execute(
        select(Rendition, EncodedChunk)
        .join(EncodedChunk, EncodedChunk.rendition_id == Rendition.id)
        .where(Rendition.version_id == version_id)
        .order_by(Rendition.position, EncodedChunk.position)
    ).all()
    chunks: dict[UUID, list[EncodedChunk]] = {}
    renditions: dict[UUID, Rendition] = {}
    for rendition, chunk in rows:
        so_far = chunks.setdefault(rendition.id, [])
        renditions[rendition.id] = rendition
        if chunk.position == len(so_far):  # a chunk that came before its predecessor has to wait
            so_far.append(chunk)
    return [(rendition, chunks[key]) for key, rendition in renditions.items() if chunks[key]]


def is_complete(rendition: Rendition) -> bool:
    """Whether nothing will be added to a rendition any more."""
    return rendition.state is RenditionState.READY


def find_caption(medium_id: UUID, caption_id: UUID) -> Caption | None:
    """A text track of a medium."""
    return db.session.scalar(select(Caption).where(Caption.id == caption_id, Caption.medium_id == medium_id))


def list_captions(version: Version) -> Sequence[Caption]:
    """The text tracks that go with a version: a person's, and its own; those of a retired one went to its remake."""
    bringer = version.id
    if version.retired_at is not None:
        playing = db.session.scalar(select(Medium.version_id).where(Medium.id == version.medium_id))
        bringer = playing or version.id
    query = select(Caption).where(
        Caption.medium_id == version.medium_id, or_(Caption.version_id.is_(None), Caption.version_id == bringer)
    )
    return db.session.scalars(query.order_by(Caption.language)).all()


def share_link_rows(
    *, owner_id: UUID, medium_id: UUID | None = None, set_id: UUID | None = None, after: UUID | None = None,
    size: int = PAGE_SIZE,
) -> Sequence[Any]:  # fmt: skip
    """One more than ``size`` rows of someone's named links, newest first: ``ShareLink``, its medium's title and id."""
    query = select(ShareLink, Medium.title, Medium.public_id).outerjoin(Medium, Medium.id == ShareLink.medium_id)
    query = query.where(ShareLink.owner_id == owner_id)
    if medium_id is not None:
        query = query.where(ShareLink.medium_id == medium_id)
    if set_id is not None:
        query = query.where(ShareLink.set_id == set_id)
    if after is not None:
        query = query.where(ShareLink.id < after)
    return db.session.execute(query.order_by(ShareLink.id.desc()).limit(size + 1)).all()
