"""What workers do for social. Every job may run twice."""

from app.extensions import db
from app.social.services import activities


def note_listed_medium(medium_id: str) -> None:
    """Let those who follow its owner hear of a medium that came into the listings."""
    activities.note_listed_medium(medium_id)
    db.session.commit()


def note_published_set(set_id: str) -> None:
    """Likewise of a set."""
    activities.note_published_set(set_id)
    db.session.commit()
