"""The realms as pages use them: values, free of the session that loaded them, read once in a few seconds."""

from dataclasses import dataclass

from app.media.queries import list_realms
from app.web.shared import shared


@dataclass(frozen=True)
class RealmView:
    """A realm, free of the session that loaded it."""

    slug: str
    name: str
    tagline: str
    theme: str
    layout: str
    genres: tuple[str, ...]


def realms() -> list[RealmView]:
    """The realms in the operator's order."""
    return shared(
        "realms",
        lambda: [
            RealmView(one.slug, one.name, one.tagline, one.theme, one.layout, tuple(one.genres))
            for one in list_realms()
        ],
    )
