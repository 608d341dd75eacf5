"""How a person shows themselves."""

from app.accounts.consent_models import ConsentKind
from app.accounts.models import User
from app.accounts.services import consents
from app.core.screening import Screened, screen


def edit_profile(
    user: User, *, display_name: str, bio_markdown: str, location: str, links: list[str], realm_slug: str | None
) -> bool:
    """Set what a profile says; pictures have a service of their own.

    Says whether it was kept: words that a screen stops change nothing, and are to be saved again once they were looked
    at. The caller commits either way.
    """
    said = {"display_name": display_name, "bio": bio_markdown, "location": location, "links": "\n".join(links)}
    verdict = screen(Screened.PROFILE, user, texts=said, subject_id=user.id)
    verdict.settle(user.id)
    if verdict.stops:
        return False
    user.display_name = display_name.strip() or user.username
    user.bio_markdown = bio_markdown
    user.location = location
    user.links = links
    user.realm_slug = realm_slug
    return True


def choose_playback(user: User, *, remembers_history: bool, levels_loudness: bool, plays_next: bool) -> None:
    """Set how things play for a person."""
    user.remembers_history = remembers_history
    user.levels_loudness = levels_loudness
    user.plays_next = plays_next


def choose_privacy(user: User, *, shares_likes: bool) -> None:
    """Set what those who follow a person hear of them. Feeds obey at once, for what was before, too."""
    if shares_likes is not user.shares_likes:
        (consents.give if shares_likes else consents.withdraw)(user, ConsentKind.SHARES_LIKES)
    user.shares_likes = shares_likes
