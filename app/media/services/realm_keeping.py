"""Adding rooms to the place, and changing them. Old addresses lead on. The caller commits."""

import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from app.accounts.models import User
from app.core import audit
from app.core.errors import Conflict, DomainError, NotFound
from app.extensions import db
from app.media.models import FormerRealm, Realm

SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_SLUG: Final = 32
LONGEST_NAME: Final = 40
LONGEST_TAGLINE: Final = 200
MOST_GENRES: Final = 100
LONGEST_GENRE: Final = 40
MOST_REALMS: Final = 12
THEMES: Final = ("music", "screen", "voice")
LAYOUTS: Final = ("waveforms", "cinema", "episodes")


class RealmRefused(DomainError):
    """Something about it is not possible; the sentence says what."""

    sentence = "This realm cannot be like that."


class SlugTaken(Conflict):
    """Another page has the address, or had."""

    sentence = "Something else has this address."


@dataclass(frozen=True, slots=True, kw_only=True)
class RealmDetails:
    """What operators say of a realm."""

    slug: str
    name: str
    tagline: str
    theme: str
    layout: str
    genres: tuple[str, ...]

    def tidied(self) -> "RealmDetails":
        """The same, trimmed, every genre once.

        Raises:
            RealmRefused: it does not keep to the bounds.
        """
        genres = tuple(dict.fromkeys(genre for one in self.genres if (genre := " ".join(one.split()))))
        kept = RealmDetails(
            slug=self.slug.strip().lower(), name=" ".join(self.name.split()), tagline=" ".join(self.tagline.split()),
            theme=self.theme, layout=self.layout, genres=genres,
        )  # fmt: skip
        if not SLUG.fullmatch(kept.slug) or len(kept.slug) > LONGEST_SLUG:
            raise RealmRefused("An address has small letters and digits, with single hyphens between them.")
        if not 1 <= len(kept.name) <= LONGEST_NAME or len(kept.tagline) > LONGEST_TAGLINE:
            raise RealmRefused(f"A name has 1 to {LONGEST_NAME} characters, its line at most {LONGEST_TAGLINE}.")
        if kept.theme not in THEMES or kept.layout not in LAYOUTS:
            raise RealmRefused("Pick one of the themes and layouts that there are.")
        if len(genres) > MOST_GENRES or any(len(genre) > LONGEST_GENRE for genre in genres):
            raise RealmRefused(f"At most {MOST_GENRES} genres of at most {LONGEST_GENRE} characters.")
        return kept


def get_realm(slug: str) -> Realm:
    """The realm, locked until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    realm = db.session.get(Realm, slug, with_for_update=True, populate_existing=True)
    if realm is None:
        raise NotFound
    return realm


def add_realm(details: RealmDetails, *, by: User | None) -> Realm:
    """Add a room at the end of the list.

    Raises:
        RealmRefused, SlugTaken
    """
    details = details.tidied()
    if (db.session.scalar(select(func.count()).select_from(Realm)) or 0) >= MOST_REALMS:
        raise RealmRefused(f"There are {MOST_REALMS} realms already: more do not fit into the rail.")
    _require_free(details.slug)
    last = db.session.scalar(select(func.coalesce(func.max(Realm.position), 0))) or 0
    realm = Realm(
        slug=details.slug, name=details.name, tagline=details.tagline, theme=details.theme, layout=details.layout,
        position=last + 1, genres=list(details.genres),
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(realm)
    except IntegrityError as error:
        raise SlugTaken from error
    audit.record("realm.added", actor=by, subject=("realm", realm.slug), facts={"after": _facts(realm)})
    return realm


def change_realm(realm: Realm, details: RealmDetails, *, by: User | None) -> str:
    """Say something else of a room. A new address takes its media and sets along, and the old one leads to it.

    Returns its address.

    Raises:
        RealmRefused, SlugTaken
    """
    details, before = details.tidied(), _facts(realm)
    if details.slug != realm.slug:
        _require_free(details.slug, but=realm.slug)
        realm = _move(realm, details.slug)
    realm.name, realm.tagline, realm.theme, realm.layout = details.name, details.tagline, details.theme, details.layout
    realm.genres = list(details.genres)
    facts = {"before": before, "after": _facts(realm)}
    audit.record("realm.changed", actor=by, subject=("realm", realm.slug), facts=facts)
    return realm.slug


def move_realm(realm: Realm, *, up: bool, by: User | None) -> bool:
    """Let a room change places with its neighbour; says whether it has one there."""
    realms = list(db.session.scalars(select(Realm).order_by(Realm.position, Realm.slug).with_for_update()))
    here = realms.index(realm)
    there = here + (-1 if up else 1)
    if not 0 <= there < len(realms):
        return False
    realms[here], realms[there] = realms[there], realms[here]
    for position, one in enumerate(realms, start=1):
        one.position = position
    audit.record("realm.moved", actor=by, subject=("realm", realm.slug), facts={"order": [one.slug for one in realms]})
    return True


def find_moved_realm(slug: str) -> str | None:
    """The present address of a realm that had this one."""
    return db.session.scalar(select(FormerRealm.realm_slug).where(FormerRealm.slug == slug))


def _move(realm: Realm, slug: str) -> Realm:
    """Give a realm another key. Foreign keys follow by themselves; the colours of profiles name it without one."""
    before = realm.slug
    db.session.execute(delete(FormerRealm).where(FormerRealm.slug == slug))
    db.session.execute(text("UPDATE realms SET slug = :slug WHERE slug = :before"), {"slug": slug, "before": before})
    db.session.execute(
        update(User)
        .where(User.realm_slug == before)
        .values(realm_slug=slug)
        .execution_options(synchronize_session=False)
    )
    db.session.expunge(realm)
    db.session.add(FormerRealm(slug=before, realm_slug=slug))
    db.session.flush()
    return get_realm(slug)


def _require_free(slug: str, *, but: str | None = None) -> None:
    taken = db.session.get(Realm, slug)
    former = find_moved_realm(slug)
    if taken is not None or former not in {None, but}:
        raise SlugTaken


def _facts(realm: Realm) -> dict[str, Any]:
    return {
        "slug": realm.slug, "name": realm.name, "tagline": realm.tagline, "theme": realm.theme,
        "layout": realm.layout, "genres": list(realm.genres),
    }  # fmt: skip
