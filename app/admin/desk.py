"""The desk: the frame of all admin pages, and which of them a member of staff finds in its list."""

import time
from collections.abc import Callable
from itertools import groupby
from typing import Final, NamedTuple

from flask_login import current_user

from app.accounts.roles import Permission, may
from app.moderation import filter_queries, takedown_queries
from app.moderation import queries as moderation_queries

MOST_SHOWN: Final = 99
CACHE_SECONDS: Final = 3.0


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
    Place("/admin/dashboard", "Dashboard", "activity", Permission.OPERATE, ""),
    Place("/admin/queue", "Reports", "inbox", Permission.REVIEW, "Safety", moderation_queries.count_waiting),
    Place("/admin/appeals", "Appeals", "scale", Permission.REVIEW, "Safety"),
    Place("/admin/takedowns", "Takedowns", "copyright", Permission.TAKEDOWNS, waits=takedown_queries.count_waiting),
    Place("/admin/filters", "Filters", "funnel", Permission.FILTERS, waits=filter_queries.count_waiting),
    Place("/admin/people", "People", "users", Permission.CURATE, "Community"),
    Place("/admin/media", "Media", "music", Permission.CURATE, "Community"),
    Place("/admin/sets", "Sets", "list-music", Permission.CURATE, "Community"),
    Place("/admin/comments", "Comments", "message-circle", Permission.CURATE, "Community"),
    Place("/admin/posts", "Posts", "newspaper", Permission.CURATE, "Community"),
    Place("/admin/realms", "Realms", "palette", Permission.OPERATE, "This place"),
    Place("/admin/rules", "Rules", "gavel", Permission.OPERATE, "This place"),
    Place("/admin/announcements", "Announcements", "megaphone", Permission.OPERATE, "This place"),
    Place("/admin/limits", "Upload limits", "gauge", Permission.OPERATE, "This place"),
    Place("/admin/audit", "Audit log", "link", Permission.READ_AUDIT, "This place"),
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


_counted: dict[str, tuple[float, int]] = {}
"""What waited at each place, and until when that is good enough."""


def forget() -> None:
    """Count anew when somebody asks next."""
    _counted.clear()


def _waiting(place: Place) -> int:
    """How much waits there, at most ``CACHE_SECONDS`` old: each page of staff asks for all of them."""
    if place.waits is None:
        return 0
    until, count = _counted.get(place.url, (0.0, 0))
    if until <= time.monotonic():
        count = place.waits()
        _counted[place.url] = (time.monotonic() + CACHE_SECONDS, count)
    return count


def alarm() -> bool:
    """Whether something of child safety waits for a look, for those who may; at most ``CACHE_SECONDS`` old."""
    if not may(current_user, Permission.FILTERS):
        return False
    waits = next((_waiting(place) for place in PLACES if place.waits is filter_queries.count_waiting), 0)
    return bool(getattr(waits, "is_urgent", False))


def _written(count: int) -> str:
    return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count or "")
