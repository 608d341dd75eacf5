"""The rows of homes: what is the same for everyone is shared, what is somebody's own is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import render_template
from markupsafe import Markup

from app.media import queries as media_queries
from app.media.cards import MediumCard
from app.media.realms import realms
from app.plays import queries as play_queries
from app.web.pagination import Page
from app.web.shared import shared

SHELF = 12
HOME_LAYOUTS = {"waveforms": "shelf", "cinema": "stills", "episodes": "episodes"}
HOME_TITLES = {"waveforms": "New records", "cinema": "On screen", "episodes": "Voices, late"}


@dataclass(frozen=True)
class Row:
    """A row of cards. ``layout`` names the shape of its cards."""

    title: str
    url: str | None
    layout: str
    cards: Sequence[MediumCard]


def home_shelves() -> tuple[MediumCard | None, list[Row]]:
    """The newest release of all, large, and a shelf for each realm."""
    return shared("home", _make_home)


def home_html(viewer_id: UUID | None, *, has_anyone_apart: bool) -> tuple[Markup, Markup]:
    """The opening and the shelves of home as they stand on everyone's page: rendered once, like the rows themselves.

    Whoever blocked somebody, or was blocked, gets their own: everyone's would show them people that they do not find.
    """
    if has_anyone_apart:
        return _draw(*_make_home(viewer_id))
    return shared("home:html", lambda: _draw(*home_shelves()))


def _draw(hero: MediumCard | None, rows: list[Row]) -> tuple[Markup, Markup]:
    opening = render_template("site/_hero.html", hero=hero)
    return Markup(opening), Markup(render_template("site/_shelves.html", rows=rows))  # noqa: S704 - our own templates  # nosec B704


def continue_shelf(user_id: UUID) -> list[Row]:
    """What someone began and did not finish; no row where there is nothing."""
    cards = play_queries.cards_to_continue(user_id)
    return [Row("Go on with", "/library/history", "continue", cards)] if cards else []


def realm_shelves(page: Page[MediumCard]) -> tuple[MediumCard | None, list[Row], Page[MediumCard]]:
    """A realm's hero from its first page, its shelves, and what is left of the page."""
    if not page.items:
        return None, [], page
    fit = [card for card in page.items if not card.for_adults]
    hero = next((card for card in fit if card.artwork is not None), next(iter(fit), page.items[0]))
    return hero, [], Page([card for card in page.items if card is not hero], page.next_url)


def _make_home(viewer_id: UUID | None = None) -> tuple[MediumCard | None, list[Row]]:
    rows = []
    for realm in realms():
        cards = media_queries.newest_cards(realm=realm.slug, viewer_id=viewer_id, size=SHELF)
        if cards:
            title = HOME_TITLES.get(realm.layout, realm.name)
            rows.append(Row(title, f"/{realm.slug}", HOME_LAYOUTS.get(realm.layout, "shelf"), cards))
    candidates = [card for row in rows for card in row.cards if card.published_at is not None and not card.for_adults]
    hero = max(candidates, key=lambda card: card.published_at, default=None)  # type: ignore[arg-type,return-value]  # None was left out
    return hero, rows
