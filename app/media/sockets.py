"""What of media can be watched: how the making goes."""

from app.media import gate, queries
from app.media.gate import Action, Viewer


def watch_making(viewer: Viewer, public_id: str, secret: str | None) -> str | None:
    """The room of a medium's making, for those whom the gate lets see the medium."""
    medium = queries.find_by_public_id(public_id)
    if medium is None:
        return None
    if not gate.told(medium, Action.SEE, gate.decide(viewer, medium, Action.SEE, secret=secret)).allowed:
        return None
    return f"making:{public_id}"
