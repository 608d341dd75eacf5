"""What of sets can be watched: that something in one has changed."""

from app.media import gate
from app.media.gate import Action, Viewer
from app.playlists import queries


def watch_set(viewer: Viewer, public_id: str, secret: str | None) -> str | None:
    """The room of a set, for those whom the gate lets see it."""
    one = queries.find_by_public_id(public_id)
    if one is None or not gate.decide(viewer, one, Action.SEE, secret=secret).allowed:
        return None
    return f"set:{public_id}"
