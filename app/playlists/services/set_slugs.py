"""What a set is called in its address, free among its owner's sets."""

from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.core.ids import public_id
from app.extensions import db
from app.media.services.slugs import LONGEST, SlugInvalid, slugify
from app.playlists.errors import SetSlugTaken
from app.playlists.models import FormerSetSlug, Set


def free_slug(owner_id: UUID, title: str) -> str:
    """A slug from ``title`` that no set of the owner has or had; with a number or an id where it must."""
    _wait_for_others(owner_id)
    base = slugify(title) or public_id().lower()
    candidates = [base, *(f"{base[: LONGEST - 3]}-{number}" for number in range(2, 10))]
    present = select(Set.slug).where(Set.owner_id == owner_id, Set.slug.in_(candidates))
    former = select(FormerSetSlug.slug).where(FormerSetSlug.owner_id == owner_id, FormerSetSlug.slug.in_(candidates))
    taken = set(db.session.scalars(present.union(former)))
    return next((slug for slug in candidates if slug not in taken), f"{base[: LONGEST - 12]}-{public_id().lower()}")


def change_slug(one: Set, slug: str) -> None:
    """Give a set another address; the old one leads to it.

    Raises:
        SlugInvalid: nothing of it can stand in an address.
        SetSlugTaken: another set of the owner has it.
    """
    slug = slugify(slug)
    if not slug:
        raise SlugInvalid
    if slug == one.slug:
        return
    _wait_for_others(one.owner_id)
    if db.session.scalar(select(Set.id).where(Set.owner_id == one.owner_id, Set.slug == slug)) is not None:
        raise SetSlugTaken
    again = db.session.get(FormerSetSlug, (one.owner_id, slug))
    if again is not None:
        db.session.delete(again)
    db.session.merge(FormerSetSlug(owner_id=one.owner_id, slug=one.slug, set_id=one.id))
    one.slug = slug


def _wait_for_others(owner_id: UUID) -> None:
    """Give an owner's slugs out one transaction at a time: of two at once, the second sees what the first took."""
    db.session.execute(select(User.id).where(User.id == owner_id).with_for_update(key_share=True))
