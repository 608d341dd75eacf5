"""Sets, as rows."""

from collections.abc import Iterable
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import public_id, secret, uuid7
from app.media.models import Medium, Visibility
from app.playlists.models import Set, SetItem, SetKind
from app.playlists.services.ranks import fresh_ranks

_number = count(1)


def add_set(
    session: Session,
    owner: User,
    media: Iterable[Medium] = (),
    *,
    kind: str = "playlist",
    visibility: str = "public",
    **values: Any,
) -> Set:
    """A set of ``owner`` with these media in it, announced a moment ago. Commits."""
    number = next(_number)
    media = list(media)
    one = Set(
        **{
            "id": uuid7(),
            "public_id": public_id(),
            "owner_id": owner.id,
            "kind": SetKind(kind),
            "slug": f"set-{number}",
            "title": f"Set {number}",
            "visibility": Visibility(visibility),
            "link_secret": secret(),
            "published_at": now(),
            "announced_at": now() if media and visibility == "public" else None,
            "listed": bool(media) and visibility == "public",
            **values,
        }
    )
    session.add(one)
    session.flush()
    add_items(session, one, media)
    session.commit()
    return one


def add_items(session: Session, one: Set, media: Iterable[Medium], **values: Any) -> list[SetItem]:
    """Items for these media, in this order, in a set that has none yet. Commits."""
    media = list(media)
    items = [
        SetItem(id=uuid7(), set_id=one.id, medium_id=medium.id, rank=rank, added_by_id=one.owner_id, **values)
        for medium, rank in zip(media, fresh_ranks(len(media)), strict=True)
    ]
    session.add_all(items)
    session.commit()
    return items
