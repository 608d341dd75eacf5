"""Works and sets in messages: found by their address when they are sent, decided by the gate for whoever reads.

That someone sent a thing opens nothing: a private work of the sender shows as a line that says so, and no more. The one
exception is what the sender can give away by word of mouth as well, the secret of an unlisted thing's link.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from sqlalchemy import exists, literal, select
from sqlalchemy.orm import joinedload

from app.accounts import queries as account_queries
from app.accounts.models import Apart
from app.core.pictures import Artwork
from app.extensions import db
from app.media import gate, links
from app.media import queries as media_queries
from app.media.cards import fallback_tints
from app.media.gate import Action, Viewer
from app.media.models import Medium
from app.messaging.errors import AttachmentNotFound
from app.messaging.models import Message
from app.playlists import links as set_links
from app.playlists.models import Set
from app.social.errors import SubjectNotFound
from app.social.subjects import Subject, SubjectKind, get_subject


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a message shows of a thing that its reader may see."""

    kind: str
    """``audio``, ``video`` or ``set``."""
    title: str
    url: str
    byline: str
    artwork: Artwork | None
    tints: tuple[str, str]
    playback_url: str
    """What the player reads; empty for sets and for what does not play yet."""
    duration_ms: int


@dataclass(frozen=True, slots=True)
class _Known:
    """The viewer, with the question of blocks answered beforehand, so that the gate need not ask for every row."""

    id: UUID | None
    is_apart: bool
    is_adult: bool = False
    """What is attached is shown, not played."""

    def is_apart_from(self, _person_id: UUID) -> bool:
        return self.is_apart


def find_attachment(address: str, viewer: Viewer) -> Subject:
    """The thing whose page has this address, copied as a whole or without its host, if ``viewer`` may see it.

    Raises:
        AttachmentNotFound: it leads to no track, video or set, or to none that the viewer may know of.
    """
    try:
        parts = urlsplit(address.strip())
        secret = parse_qs(parts.query).get("s", [None])[0]
    except ValueError:
        raise AttachmentNotFound from None
    steps = [unquote(step) for step in parts.path.split("/") if step]
    if "\0" in parts.path or not steps or not steps[0].startswith("@"):
        raise AttachmentNotFound
    owner = account_queries.find_person(steps[0][1:])
    kind, public_id = SubjectKind.MEDIUM, None
    if owner is not None and len(steps) == 2:
        medium = media_queries.find_by_address(owner, steps[1])
        public_id = medium.public_id if medium else None
    elif owner is not None and len(steps) == 3 and steps[1] == "sets" and "\0" not in steps[2]:
        kind = SubjectKind.SET
        public_id = db.session.scalar(select(Set.public_id).where(Set.owner_id == owner.id, Set.slug == steps[2]))
    if public_id is None:
        raise AttachmentNotFound
    try:
        return get_subject(kind, public_id, viewer, secret)
    except SubjectNotFound:
        raise AttachmentNotFound from None


def attachments_of(messages: Sequence[Message], viewer: Viewer) -> dict[int, Attachment]:
    """What is attached to these messages, by their numbers, as far as the gate lets ``viewer`` see it now.

    One statement for all media and one for all sets, however many messages there are.
    """
    media = _rows(Medium, {one.medium_id for one in messages if one.medium_id}, viewer)
    sets = _rows(Set, {one.set_id for one in messages if one.set_id}, viewer)
    found: dict[int, Attachment] = {}
    for message in messages:
        row, is_apart = media.get(message.medium_id) or sets.get(message.set_id) or (None, False)
        if row is None:
            continue
        known = _Known(viewer.id, is_apart)
        if gate.decide(known, row, Action.SEE, secret=message.link_secret).allowed:
            secret = None if gate.is_public(row) else message.link_secret
            found[message.number] = _of_medium(row, secret) if isinstance(row, Medium) else _of_set(row, secret)
    return found


def _rows(model: Any, ids: set[UUID], viewer: Viewer) -> dict[UUID | None, tuple[Any, bool]]:
    """Rows by their ids, each with whether a block stands between its owner and the viewer."""
    if not ids:
        return {}
    apart = (
        exists().where(Apart.person_id == viewer.id, Apart.other_id == model.owner_id)
        if viewer.id is not None
        else literal(value=False)
    )
    query = select(model, apart).options(joinedload(model.owner, innerjoin=True), joinedload(model.artwork))
    return {row[0].id: (row[0], row[1]) for row in db.session.execute(query.where(model.id.in_(ids)))}


def _of_medium(medium: Medium, secret: str | None) -> Attachment:
    return Attachment(
        kind=medium.kind.value,
        title=medium.title,
        url=links.medium_url(medium.owner.username, medium.slug, secret),
        byline=medium.owner.display_name,
        artwork=None if gate.is_veiled(medium) else Artwork.of(medium.artwork, secret=secret),
        tints=_tints(medium.artwork, medium.public_id),
        playback_url=links.playback_url(medium.public_id, secret) if medium.version_id is not None else "",
        duration_ms=medium.duration_ms,
    )


def _of_set(one: Set, secret: str | None) -> Attachment:
    return Attachment(
        kind="set",
        title=one.title,
        url=set_links.set_url(one.owner.username, one.slug, secret),
        byline=one.owner.display_name,
        artwork=Artwork.of(one.artwork, secret=secret),
        tints=_tints(one.artwork, one.public_id),
        playback_url="",
        duration_ms=0,
    )


def _tints(artwork: Any, public_id: str) -> tuple[str, str]:
    return (artwork.tint_1, artwork.tint_2) if artwork is not None else fallback_tints(public_id)
