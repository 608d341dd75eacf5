"""The desk: the frame of all admin pages, and which of them a member of staff finds in its list."""

from collections.abc import Callable
from itertools import groupby
from typing import Final, NamedTuple

from flask_login import current_user

from app.accounts.roles import Permission, may
from app.moderation import queries as moderation_queries
from app.moderation import takedown_queries
from app.web.shared import shared

MOST_SHOWN: Final = 99


class Place(NamedTuple):
    """A page of the desk's list; ``under`` is what the addresses of the same place begin with."""

    url: str
    label: str
    icon: str
    permission: Permission
    group: str = "Safety"
    """The heading under which it stands: one of ``GROUPS``."""
    waits: Callable[[], int] | None = None
    """How much waits there for somebody, for its badge; asked at most once in a few seconds, so an index must do."""

    @property
    def under(self) -> str:
        """As the address, without what it asks for."""
        return self.url.partition("?")[0]


GROUPS: Final = ("", "Safety", "Community", "This place")

PLACES: Final[tuple[Place, ...]] = (
    Place("/admin/queue", "Reports", "shield", Permission.REVIEW, "Safety", moderation_queries.count_waiting),
    Place("/admin/appeals", "Appeals", "message-circle", Permission.REVIEW, "Safety"),
    Place("/admin/takedowns", "Takedowns", "file-audio", Permission.TAKEDOWNS, waits=takedown_queries.count_waiting),
    Place("/admin/settings", "Settings", "settings", Permission.OPERATE, "This place"),
)


class Entry(NamedTuple):
    """A place as somebody finds it in the list: ``waits`` is "" where nothing does."""

    place: Place
    waits: str


def places() -> list[Place]:
    """The pages that the present person may open, in the order of the list."""
    allowed = [place for place in PLACES if may(current_user, place.permission)]
    return sorted(allowed, key=lambda place: GROUPS.index(place.group))


def sections() -> list[tuple[str, list[Entry]]]:
    """The list: headings, and under each its pages with what waits there."""
    return [
        (group, [Entry(place, _written(_waiting(place))) for place in members])
        for group, members in groupby(places(), key=lambda place: place.group)
    ]


def all_waiting() -> str:
    """How much waits for the present person on the whole desk; "" for nothing, and for who is no staff."""
    if not current_user.is_staff:
        return ""
    return _written(sum(_waiting(place) for place in places()))


def _waiting(place: Place) -> int:
    return shared(f"waits {place.url}", place.waits) if place.waits is not None else 0


def _written(count: int) -> str:
    return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count or "")
