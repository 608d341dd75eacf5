"""Listing pages cost the same whether there are five things or sixty, and lead from old addresses to new ones."""

import time
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import FormerUsername, User
from app.accounts.names import username_key
from app.core import options
from app.core.clock import now
from app.media.models import FormerSlug
from app.plays.models import Position
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeApp, MakeMedium, MakePerson

MOST_STATEMENTS = 8
PAGES = ["/", "/music", "/screen", "/@artist", "/@artist/tracks", "/@artist/work-a", "/search?q=work",
         "/library/history", "/studio/media"]  # fmt: skip


@pytest.fixture
def artist(make_person: MakePerson) -> User:
    return make_person(username="artist", role="artist")


def publish(count: int, artist: User, make_medium: MakeMedium, db_session: Session, first: int = 0) -> None:
    for number in range(first, count):
        kind = "video" if number % 3 == 2 else "audio"
        medium = make_medium(artist, kind, artwork=True, published_at=now() - timedelta(minutes=number))
        db_session.add(Position(user_id=artist.id, medium_id=medium.id, position_ms=3000))
    db_session.commit()


@pytest.mark.parametrize("member", [False, True], ids=["stranger", "member"])
def test_the_number_of_statements_does_not_grow_with_what_is_listed(
    client: Browser, artist: User, make_medium: MakeMedium, login: Login, db_session: Session,
    count_statements: CountStatements, monkeypatch: pytest.MonkeyPatch, *, member: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(options, "CACHE_SECONDS", 3600.0)
    client.get("/privacy")  # reads all options
    if member:
        login(client, artist)
    make_medium(artist, slug="work-a", title="Work A", description_markdown="*x*")

    def costs() -> dict[str, int]:
        counted = {}
        for path in PAGES if member else PAGES[:-2]:
            with count_statements() as seen:
                assert client.get(path).status_code == 200
            counted[path] = len(seen)
        return counted

    publish(5, artist, make_medium, db_session)
    few = costs()
    publish(60, artist, make_medium, db_session, first=5)
    many = costs()
    assert few == many
    assert max(many.values()) <= MOST_STATEMENTS, many


def test_home_shows_each_realms_newest_and_the_newest_of_all_large(
    client: Browser, artist: User, make_medium: MakeMedium
) -> None:
    for age, (kind, realm, title) in enumerate(
        [("video", "screen", "A Film"), ("audio", "music", "A Song"), ("audio", "voice", "A Talk")]
    ):
        make_medium(artist, kind, realm_slug=realm, title=title, published_at=now() - timedelta(minutes=age))
    page = client.get("/").text
    assert page.index("A Film") < page.index("A Song") < page.index("A Talk")
    assert "A Song" in client.get("/music").text
    assert "A Film" not in client.get("/music").text


def test_a_realm_that_is_not_there_is_nothing(client: Browser) -> None:
    assert client.get("/cellar").status_code == 404


@pytest.mark.parametrize(
    ("old", "new"),
    [("/@artist/first-title", "/@artist/second-title"), ("/@formerly/second-title", "/@artist/second-title"),
     ("/@formerly/first-title", "/@artist/second-title"), ("/@ARTIST/second-title", "/@artist/second-title"),
     ("/@formerly", "/@artist"), ("/@Formerly/videos", "/@artist/videos")],
)  # fmt: skip
def test_old_addresses_lead_to_the_present_one(
    client: Browser, artist: User, make_medium: MakeMedium, db_session: Session, old: str, new: str
) -> None:
    medium = make_medium(artist, slug="second-title")
    db_session.add(FormerSlug(owner_id=artist.id, slug="first-title", medium_id=medium.id))
    db_session.add(FormerUsername(username_key=username_key("formerly"), user_id=artist.id))
    db_session.commit()
    answer = client.get(old)
    assert (answer.status_code, answer.location) == (301, new)
    assert client.get(new).status_code == 200


def test_an_old_address_of_something_private_tells_nothing(
    client: Browser, artist: User, make_medium: MakeMedium, db_session: Session
) -> None:
    medium = make_medium(artist, visibility="private", slug="second-title")
    db_session.add(FormerSlug(owner_id=artist.id, slug="first-title", medium_id=medium.id))
    db_session.commit()
    assert client.get("/@artist/first-title").status_code == 404


def test_the_secret_goes_along_to_the_new_address_and_no_further(
    client: Browser, artist: User, make_medium: MakeMedium, db_session: Session
) -> None:
    medium = make_medium(artist, visibility="unlisted", slug="new")
    db_session.add(FormerSlug(owner_id=artist.id, slug="old", medium_id=medium.id))
    db_session.commit()
    answer = client.get(f"/@artist/old?s={medium.link_secret}")
    assert (answer.status_code, answer.location) == (301, f"/@artist/new?s={medium.link_secret}")
    page = client.get(answer.location)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
    assert client.get("/@artist/new").status_code == 404


def test_a_stranger_gets_the_page_that_was_made_for_another_and_nobodys_name(
    make_app: MakeApp, artist: User, make_medium: MakeMedium, login: Login, count_statements: CountStatements
) -> None:
    make_medium(artist, title="For Everyone")
    app = make_app(testing=False)
    login(browser_of(app), artist).get("/")
    first = browser_of(app).get("/")
    with count_statements() as seen:
        second = browser_of(app).get("/")
    assert seen == []
    assert first.text == second.text
    assert "For Everyone" in second.text
    assert "Log out" not in second.text
    assert "csrf" not in second.text
    assert "Set-Cookie" not in second.headers
    assert second.headers["Content-Security-Policy"]
    assert {"HX-Request", "HX-Request-Type", "Cookie"} <= set(second.vary)


def test_a_member_never_gets_the_page_of_strangers(make_app: MakeApp, artist: User, login: Login) -> None:
    app = make_app(testing=False)
    browser_of(app).get("/")
    assert "Log out" in login(browser_of(app), artist).get("/").text


def test_what_was_taken_back_is_off_the_shared_page_within_five_seconds(
    make_app: MakeApp, artist: User, make_medium: MakeMedium, db_session: Session
) -> None:
    medium = make_medium(artist, title="Taken Back")
    client = browser_of(make_app(testing=False))
    assert "Taken Back" in client.get("/").text
    medium.listed = False
    db_session.commit()
    deadline = time.monotonic() + 5
    while "Taken Back" in client.get("/").text:
        assert time.monotonic() < deadline
        time.sleep(0.2)
