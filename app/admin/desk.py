"""The desk: the frame of all admin pages, and which of them a member of staff finds in its list."""

from typing import Final, NamedTuple

from flask_login import current_user

from app.accounts.roles import Permission, may


class Place(NamedTuple):
    """A page of the desk's list; ``under`` is what the addresses of the same place begin with."""

    url: str
    label: str
    icon: str
    permission: Permission

    @property
    def under(self) -> str:
        """As the address, without what it asks for."""
        return self.url.partition("?")[0]


PLACES: Final[tuple[Place, ...]] = ()


def places() -> list[Place]:
    """The pages that the present person may open."""
    return [place for place in PLACES if may(current_user, place.permission)]
