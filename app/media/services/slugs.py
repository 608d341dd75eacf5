"""Slugs: what a medium is called in its address, readable in any script, free among its owner's works."""

import re
import unicodedata
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.core.errors import DomainError
from app.core.ids import public_id
from app.extensions import db
from app.media.errors import SlugTaken
from app.media.models import FormerSlug, Medium

LONGEST = 80
RESERVED = frozenset(
    "tracks videos playlists reposts likes posts followers following sets feed feed.xml about".split()  # noqa: SIM905 - reads better
)


_POINTS = re.compile(r"[\u0591-\u05c7\u064b-\u0652\u0670]")
"""The vowel points of Hebrew and Arabic, which most texts go without."""


class SlugInvalid(DomainError):
    """Nothing of it can stand in an address."""

    sentence = "An address has letters and digits of any script, with hyphens between."


def slugify(text: str) -> str:
    """``text`` for an address: letters and digits of any script, small, with hyphens between; "" when none is left.

    Accents go where a reader types the letter without (é, ά), and so do the points of Hebrew and Arabic; marks that
    make another letter or a vowel stay (й, が, हि).
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept, base = [], ""
    for character in unicodedata.normalize("NFD", folded):
        if not unicodedata.category(character).startswith("M"):
            base = character
            kept.append(character if character.isalnum() else " ")
        elif base.isalnum() and not _POINTS.match(character) and not _is_accented(base):
            kept.append(character)
    return _cut(unicodedata.normalize("NFC", "-".join("".join(kept).split())))


def _is_accented(base: str) -> bool:
    return unicodedata.name(base, "").startswith(("LATIN", "GREEK"))


def _cut(slug: str) -> str:
    """At most ``LONGEST`` characters, none of them half a letter."""
    end = min(len(slug), LONGEST)
    while end < len(slug) and end and unicodedata.category(slug[end]).startswith("M"):
        end -= 1
    return slug[:end].strip("-")


def free_slug(owner_id: UUID, title: str) -> str:
    """A slug from ``title`` that no work of the owner has or had; with a number or an id where it must."""
    _wait_for_others(owner_id)
    base = slugify(title) or public_id().lower()
    candidates = [base, *(f"{base[: LONGEST - 3]}-{number}" for number in range(2, 10))]
    taken = _taken(owner_id, candidates) | RESERVED
    return next((slug for slug in candidates if slug not in taken), f"{base[: LONGEST - 12]}-{public_id().lower()}")


def change_slug(medium: Medium, slug: str) -> None:
    """Give a medium another address; the old one leads to it.

    Raises:
        SlugInvalid: nothing of it can stand in an address.
        SlugTaken: another work of the owner has it, or the site needs it.
    """
    slug = slugify(slug)
    if not slug:
        raise SlugInvalid
    if slug == medium.slug:
        return
    _wait_for_others(medium.owner_id)
    holder = db.session.scalar(select(Medium.id).where(Medium.owner_id == medium.owner_id, Medium.slug == slug))
    if slug in RESERVED or holder is not None:
        raise SlugTaken
    again = db.session.get(FormerSlug, (medium.owner_id, slug))
    if again is not None:
        db.session.delete(again)
    db.session.merge(FormerSlug(owner_id=medium.owner_id, slug=medium.slug, medium_id=medium.id))
    medium.slug = slug


def _wait_for_others(owner_id: UUID) -> None:
    """Give an owner's slugs out one transaction at a time: of two at once, the second sees what the first took."""
    db.session.execute(select(User.id).where(User.id == owner_id).with_for_update(key_share=True))


def _taken(owner_id: UUID, slugs: list[str]) -> set[str]:
    present = select(Medium.slug).where(Medium.owner_id == owner_id, Medium.slug.in_(slugs))
    former = select(FormerSlug.slug).where(FormerSlug.owner_id == owner_id, FormerSlug.slug.in_(slugs))
    return set(db.session.scalars(present.union(former)))
