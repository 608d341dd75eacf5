"""The frame of a person's page: who they are, how the visitor stands to them, and the tabs.

A tab is a page of its own: a view at ``/@<username>/<tab>`` among the views that it belongs to, and a template that
extends ``layouts/person.html`` and fills its block ``tab``. ``TABS`` names them all; one is shown once a route leads
there.

    @bp.get("/@<username>/posts")
    @remembered
    def person_posts(username: str) -> ResponseReturnValue:
        frame = person_frame(username, "posts")
        page = make_page(…, url=lambda cursor: frame.url_of(after=cursor), …)
        return render("site/person_posts.html", "site/_posts.html", frame=frame, page=page)

A person who is gone, or whom a block keeps apart from the visitor, is 404; an old name leads to the present one. Of a
page's eight statements the frame takes four at most: session, person, relation, counts.
"""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from flask import abort, current_app, redirect, request
from flask_login import current_user

from app.accounts import queries as account_queries
from app.accounts.errors import PersonNotFound
from app.accounts.models import User
from app.site.people import Person, count_listed, person_of
from app.social.queries.graph import Relation, relation

TABS = (
    ("", "Everything"), ("tracks", "Tracks"), ("videos", "Videos"), ("playlists", "Playlists"), ("posts", "Posts"),
    ("reposts", "Reposts"), ("likes", "Likes"),
)  # fmt: skip
"""The tabs in their order: the last part of the address, and what it is called."""

OF_ARTISTS = {"tracks", "videos"}


@dataclass(frozen=True)
class PersonFrame:
    """What ``layouts/person.html`` shows around a tab."""

    user: User
    person: Person
    relation: Relation
    is_self: bool
    followers: int
    following: int
    tab: str
    """The last part of the address, empty for everything."""
    tabs: list[tuple[str, str, bool]]
    """Address, label, and whether one is there."""

    @property
    def user_id(self) -> UUID:
        """Whose page it is."""
        return self.user.id

    @property
    def label(self) -> str:
        """What the present tab is called; its own name for pages that have no tab."""
        return dict(TABS).get(self.tab, self.tab.capitalize())

    def url_of(self, **query: str | None) -> str:
        """The address of this page with a query, such as ``after=cursor``."""
        given = urlencode({name: value for name, value in query.items() if value})
        return person_tab_url(self.person.username, self.tab) + (f"?{given}" if given else "")


def person_tab_url(username: str, tab: str) -> str:
    """The address of a tab."""
    return f"/@{username}/{tab}" if tab else f"/@{username}"


def person_frame(username: str, tab: str = "") -> PersonFrame:
    """The frame around a tab of the person at this address, for who is looking.

    An old or differently written name is answered with a redirect at once.

    Raises:
        PersonNotFound: nobody of this name, or nobody that this visitor may know of.
    """
    user = account_queries.get_person(username)
    is_self = current_user.id == user.id
    between = relation(current_user.id, user.id)
    if between.is_apart or (user.is_withheld and not is_self):
        raise PersonNotFound
    if user.username != username:
        query = request.query_string.decode("ascii", "ignore")
        abort(redirect(person_tab_url(user.username, tab) + (f"?{query}" if query else ""), code=301))
    counts = count_listed(user)
    return PersonFrame(
        user=user,
        person=person_of(user, counts=counts, with_cover=True),
        relation=between,
        is_self=is_self,
        followers=counts["followers"],
        following=counts["following"],
        tab=tab,
        tabs=[
            (person_tab_url(user.username, one), label, one == tab)
            for one, label in TABS
            if one in _tabs_with_pages() and (user.is_artist or one not in OF_ARTISTS)
        ],
    )


def _tabs_with_pages() -> set[str]:
    """The tabs to which a route leads in this application."""
    found: set[str] | None = current_app.extensions.get("person_tabs")
    if found is None:
        rules = {rule.rule for rule in current_app.url_map.iter_rules()}
        found = {""} | {tab for tab, _ in TABS if f"/@<username>/{tab}" in rules}
        current_app.extensions["person_tabs"] = found
    return found
