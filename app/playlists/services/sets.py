"""A set as a whole: made, described, shown to some or all, covered, deleted; and the one that the system keeps."""

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import func, select

from app.accounts.models import User
from app.core.errors import DomainError
from app.core.events import publish
from app.core.holds import Hold
from app.core.ids import secret
from app.core.pictures import Picture, PictureMaker, drop_picture, keep_picture, plain_face
from app.core.screening import Screened, Verdict, screen
from app.extensions import db
from app.media import gate
from app.media.models import CommentPolicy, Realm, Visibility
from app.media.services.editing import parse_tags
from app.media.services.text_rules import one_line
from app.playlists.errors import KeptBySystem, KindForArtists, MayNotArrange, SetInvalid, TooManySets
from app.playlists.events import SetChanged
from app.playlists.models import ChangeKind, Set, SetKind
from app.playlists.services.changes import begin_change, note_change, tell_changed
from app.playlists.services.set_slugs import change_slug, free_slug

LONGEST_TITLE = 100
LONGEST_DESCRIPTION = 20_000
MOST_SETS = 5000
WATCH_LATER = "Watch later"
FOR_EVERYONE = frozenset({SetKind.PLAYLIST})
"""What listeners make; the other kinds publish works."""
_WORDS = ("title", "description_markdown", "genre", "tags", "release_date", "realm_slug", "kind", "newest_first")
_OWNERS = ("slug", "visibility", "comments_policy")


@dataclass(frozen=True, kw_only=True)
class SetDetails:
    """What is said of a set. ``tags`` are separated by commas; an empty ``slug`` keeps the address."""

    title: str
    kind: SetKind = SetKind.PLAYLIST
    description: str = ""
    realm: str | None = None
    genre: str = ""
    tags: str = ""
    release_date: date | None = None
    newest_first: bool = False
    slug: str = ""
    visibility: Visibility = Visibility.PUBLIC
    comments_policy: CommentPolicy = CommentPolicy.OPEN


def create_set(owner: User, details: SetDetails) -> Set:
    """Make an empty set. Strangers find it once something is in it.

    Raises:
        SetInvalid: there is no title, or there is too much of something.
        KindForArtists: a listener asked for more than a playlist.
        TooManySets: enough is enough.
    """
    if (db.session.scalar(select(func.count()).select_from(Set).where(Set.owner_id == owner.id)) or 0) >= MOST_SETS:
        raise TooManySets
    values = _values(details, by=owner)
    verdict = _screened(values, by=owner)
    one = Set(
        owner=owner, owner_id=owner.id, artwork=None, slug=free_slug(owner.id, details.slug or values["title"]),
        visibility=details.visibility, comments_policy=details.comments_policy, **values,
    )  # fmt: skip
    db.session.add(one)
    db.session.flush()
    verdict.settle(one.id)
    return one


def edit_set(one: Set, details: SetDetails, *, by: User) -> None:
    """Keep what is said of a set. Its address and for whom it is, its owner alone chooses.

    Raises:
        MayNotArrange: the set is not theirs to change.
        KeptBySystem: it is "watch later".
        SetInvalid, KindForArtists: as for ``create_set``.
        SlugInvalid, SetSlugTaken: the address cannot be had.
    """
    begin_change(one, by=by)
    _refuse_watch_later(one)
    values = _values(details, by=by, was=one.kind)
    verdict = _screened(values, by=by, subject_id=one.id)
    before = _snapshot(one)
    for name, value in values.items():
        setattr(one, name, value)
    if by.id == one.owner_id:
        if details.slug.strip():
            change_slug(one, details.slug)
        one.comments_policy, one.visibility = details.comments_policy, details.visibility
        if one.visibility is Visibility.UNLISTED and one.link_secret is None:
            one.link_secret = secret()
    after = _snapshot(one)
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        note_change(
            one, ChangeKind.EDITED, by=by,
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
        )  # fmt: skip
        verdict.settle(one.id)


def delete_set(one: Set, *, by: User) -> None:
    """Delete a set; the works in it stay. Its rows go now, its cover's files after the commit.

    Raises:
        MayNotArrange: ``by`` does not own it.
        KeptBySystem: it is "watch later".
    """
    _require_owner(one, by)
    begin_change(one, by=by, even_removed=True)
    _refuse_watch_later(one)
    publish(SetChanged(set_id=one.id, public_id=one.public_id))
    picture = db.session.get(Picture, one.artwork_id) if one.artwork_id else None
    db.session.delete(one)
    db.session.flush()
    drop_picture(picture)


def reset_secret(one: Set, *, by: User) -> None:
    """Give a set a new secret link; the old one stops working at once.

    Raises:
        MayNotArrange: ``by`` does not own it.
    """
    _require_owner(one, by)
    begin_change(one, by=by)
    one.link_secret = secret()
    publish(SetChanged(set_id=one.id, public_id=one.public_id))


def set_cover(one: Set, source: Path, *, by: User) -> None:
    """Make the picture at ``source`` the set's cover; the present one's files go after the commit.

    Raises:
        MayNotArrange: the set is not theirs to change.
        SetInvalid: it is no picture that we can use.
    """
    begin_change(one, by=by)
    _refuse_watch_later(one)
    make = cast("PictureMaker", current_app.extensions["picture_maker"])
    with tempfile.TemporaryDirectory(prefix="cover-") as folder:
        try:
            made = make(source, Path(folder))
            picture = keep_picture(made, exposed=gate.is_picture_open(one))
        except DomainError as error:
            raise SetInvalid(error.sentence) from error
        verdict = screen(Screened.SET, by, pictures=[plain_face(made)], subject_id=one.id)
        _replace_cover(one, picture, by=by)
        verdict.settle(one.id)  # while the files are there: some are kept as evidence


def remove_cover(one: Set, *, by: User) -> None:
    """Take a set's own cover away: it is made of the first four works again.

    Raises:
        MayNotArrange: the set is not theirs to change.
    """
    begin_change(one, by=by)
    if one.artwork_id is not None:
        _replace_cover(one, None, by=by)


def watch_later_of(owner: User) -> Set:
    """The private set that keeps what someone wants to see later; made when it is asked for the first time."""
    query = select(Set).where(Set.owner_id == owner.id, Set.kind == SetKind.WATCH_LATER)
    one = db.session.scalar(query)
    if one is None:
        slug = free_slug(owner.id, WATCH_LATER)  # waits for whoever makes it at the same moment
        one = db.session.scalar(query)
    if one is None:
        one = Set(
            owner=owner, owner_id=owner.id, artwork=None, kind=SetKind.WATCH_LATER, title=WATCH_LATER, slug=slug,
            visibility=Visibility.PRIVATE, newest_first=True, comments_policy=CommentPolicy.CLOSED,
        )  # fmt: skip
        db.session.add(one)
        db.session.flush()
    return one


def withhold_sets_of(owner_id: UUID, *, withheld: bool) -> None:
    """Hide or show again every set of a person whose account is on its way out, or back."""
    for one in db.session.scalars(select(Set).where(Set.owner_id == owner_id).with_for_update()):
        one.withheld = withheld or one.hold is not None
        tell_changed(one)


def set_hold(one: Set, hold: Hold | None) -> None:
    """Take a set away from everyone but its owner, or give it back, as what stands against it says."""
    one.hold = hold
    one.withheld = hold is not None or db.session.get_one(User, one.owner_id).is_withheld
    tell_changed(one)


def delete_sets_of(owner_id: UUID) -> None:
    """The farewell to someone whose row goes: their sets' covers go with them."""
    for one in db.session.scalars(select(Set).where(Set.owner_id == owner_id, Set.artwork_id.is_not(None))):
        picture = db.session.get(Picture, one.artwork_id)
        one.artwork_id = None
        db.session.flush()
        drop_picture(picture)


def _values(details: SetDetails, *, by: User, was: SetKind | None = None) -> dict[str, Any]:
    title = one_line(details.title, 2 * LONGEST_TITLE)
    if not title:
        raise SetInvalid("A title, please.")
    if len(title) > LONGEST_TITLE:
        raise SetInvalid(f"A title has {LONGEST_TITLE} characters at most.")
    if len(details.description) > LONGEST_DESCRIPTION:
        raise SetInvalid(f"A description has {LONGEST_DESCRIPTION:,} characters at most.")
    if details.kind is SetKind.WATCH_LATER:
        raise KeptBySystem
    if details.kind not in FOR_EVERYONE and details.kind is not was and not by.is_artist:
        raise KindForArtists
    if details.realm and db.session.get(Realm, details.realm) is None:
        raise SetInvalid("There is no such realm.")
    return {
        "title": title,
        "kind": details.kind,
        "description_markdown": details.description.replace("\r\n", "\n").replace("\0", ""),
        "realm_slug": details.realm or None,
        "genre": one_line(details.genre, 60),
        "tags": parse_tags(details.tags),
        "release_date": details.release_date,
        "newest_first": details.newest_first,
    }


def _screened(values: dict[str, Any], *, by: User, subject_id: UUID | None = None) -> Verdict:
    """What is to become of what is said of a set."""
    said = {"title": values["title"], "description": values["description_markdown"], "genre": values["genre"]}
    texts = {**said, "tags": "\n".join(values["tags"])}
    return screen(Screened.SET, by, texts=texts, subject_id=subject_id)


def _snapshot(one: Set) -> dict[str, Any]:
    """The set's words and choices as JSON-able values."""
    values = {name: getattr(one, name) for name in (*_WORDS, *_OWNERS)}
    values["release_date"] = one.release_date.isoformat() if one.release_date else None
    return {**values, "tags": list(one.tags)}


def _replace_cover(one: Set, picture: Picture | None, *, by: User) -> None:
    db.session.flush()
    old = db.session.get(Picture, one.artwork_id) if one.artwork_id else None
    one.artwork_id = picture.id if picture else None
    note_change(
        one, ChangeKind.EDITED, by=by,
        before={"cover": old.key if old else None}, after={"cover": picture.key if picture else None},
    )  # fmt: skip
    drop_picture(old)


def _require_owner(one: Set, by: User) -> None:
    if by.id != one.owner_id:
        raise MayNotArrange


def _refuse_watch_later(one: Set) -> None:
    if one.kind is SetKind.WATCH_LATER:
        raise KeptBySystem
