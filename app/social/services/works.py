"""The work that an address of this place leads to."""

from urllib.parse import unquote, urlsplit

from app.accounts import queries as account_queries
from app.accounts.models import User
from app.media import gate
from app.media import queries as media_queries
from app.media.models import Medium
from app.playlists import queries as set_queries
from app.playlists.models import Set
from app.social.errors import PostRefused

NO_WORK = "There is no such work here. Paste the address of a track, a video or a set."
NOT_YOURS = "Only its owner can attach this while it is not open to everyone."


def get_attachable(address: str, author: User, *, public_url: str) -> Medium | Set:
    """The medium or set at ``address``: one's own, or open to all.

    Raises:
        PostRefused: it leads to no work, or to one that is not for the author to show.
    """
    found = _find(address.strip(), public_url)
    if found is None:
        raise PostRefused("work", NO_WORK)
    if found.owner_id != author.id and (not gate.is_public(found) or author.is_apart_from(found.owner_id)):
        # The same words for what is closed and for what is not there, unless the author has the link to it.
        raise PostRefused("work", NOT_YOURS if _came_with_secret(found, address) else NO_WORK)
    return found


def _find(address: str, public_url: str) -> Medium | Set | None:
    path = path_here(address, public_url)
    parts = path.removeprefix("/").split("/") if path else []
    if len(parts) < 2 or not parts[0].startswith("@"):
        return None
    owner = account_queries.find_person(parts[0][1:])
    if owner is None:
        return None
    if len(parts) == 2:
        return media_queries.find_by_address(owner, parts[1])
    return set_queries.find_by_address(owner, parts[2]) if len(parts) == 3 and parts[1] == "sets" else None


def path_here(address: str, public_url: str) -> str | None:
    """The path of an address of this place, or None for any other."""
    if len(address) > 2000 or "\0" in address:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    here = urlsplit(public_url)
    if parts.scheme or parts.netloc:
        is_here = parts.scheme in {"http", "https"} and parts.netloc.lower() == here.netloc.lower()
        if not is_here:
            return None
    return unquote(parts.path).rstrip("/")


def _came_with_secret(found: Medium | Set, address: str) -> bool:
    return bool(found.link_secret and found.link_secret in address)
