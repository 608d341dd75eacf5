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


class SlugInvalid(DomainError):
    """Nothing of it can stand in an address."""

    sentence = "An address has letters and digits of any script, with hyphens between."


def slugify(text: str) -> str:
    """``text`` for an address: letters and digits of any script, small, with hyphens between; "" when none is left."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c) or ord(c) > 0x36F)
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", plain)).strip("-")[:LONGEST].strip("-")


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
