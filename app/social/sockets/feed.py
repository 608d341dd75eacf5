"""Watching one's own feed: ``feed:mine``."""

from app.media.gate import Viewer
from app.social.services import feed_watchers


def watch_feed(viewer: Viewer, rest: str, _secret: str | None) -> str | None:
    """The room in which it is said that the viewer's feed grew; nobody watches another's."""
    if viewer.id is None or rest != "mine":
        return None
    feed_watchers.keep_watching(viewer.id)
    return feed_watchers.room(viewer.id)
