"""The shelf of one's likes, and what a person's page says of theirs: only what the visitor may find."""

import time
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import Apart, User
from app.core.clock import now
from app.core.ids import uuid7
from app.media.models import Medium
from app.playlists.models import Set
from app.social.models import Like, Repost
from tests.harness.browser import Browser
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson

MOST_STATEMENTS = 8


@pytest.fixture
def fan(make_person: MakePerson) -> User:
    return make_person(username="fan")


def like(session: Session, fan: User, **thing: object) -> None:
    time.sleep(0.002)  # ids of one millisecond have no order
    session.add(Like(id=uuid7(), user_id=fan.id, created_at=now(), **thing))
    session.add(Repost(id=uuid7(), user_id=fan.id, created_at=now(), caption="these words", **thing))
    session.commit()


def test_the_shelf_holds_works_and_sets_the_latest_like_first(
    client: Browser, fan: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session, login: Login,
    count_statements: CountStatements,
) -> None:  # fmt: skip
    artist = make_person(username="artist", role="artist")
    login(client, fan)
    assert "Nothing liked yet" in client.get("/library/likes").text
    media: list[Medium] = [make_medium(artist, title=f"Song {number:02}") for number in range(30)]
    mix = Set(id=uuid7(), owner_id=artist.id, slug="mix", title="A Mix", listed=True)
    db_session.add(mix)
    db_session.commit()
    for medium in media:
        like(db_session, fan, medium_id=medium.id)
    like(db_session, fan, set_id=mix.id)
    for path in ("/library/likes", "/@fan/likes", "/@fan/reposts"):
        with count_statements() as seen:
            page = client.get(path).text
        assert len(seen) <= MOST_STATEMENTS, seen
        assert page.index("A Mix") < page.index("Song 29") < page.index("Song 10")
        assert "Song 00" not in page
        assert ("these words" in page) == path.endswith("reposts")
        next_url = page.split('class="more"')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
        part = client.get_partial(next_url).text
        assert "Song 00" in part
        assert "<main" not in part
    queue = client.get("/library/likes/queue").json or {}
    assert [item["title"] for item in queue["items"]] == [f"Song {number:02}" for number in reversed(range(30))]


def test_nobody_finds_in_likes_what_they_may_not_see(
    client: Browser, fan: User, make_person: MakePerson, make_medium: MakeMedium, db_session: Session, login: Login
) -> None:
    artist, apart, visitor = (make_person(username=name, role="artist") for name in ("artist", "apart", "visitor"))
    for medium in (
        make_medium(artist, title="Open"), make_medium(artist, title="Hidden", visibility="unlisted"),
        make_medium(artist, title="Closed", visibility="private"),
        make_medium(artist, title="Unborn", published_at=None),
        make_medium(artist, title="Gone", available_until=now() - timedelta(minutes=1)),
        make_medium(apart, title="Kept apart"), make_medium(fan, title="My own", visibility="private"),
    ):  # fmt: skip
        like(db_session, fan, medium_id=medium.id)
    db_session.add(Set(id=uuid7(), owner_id=artist.id, slug="secret", title="Secret mix", visibility="private"))
    db_session.add(Apart(person_id=visitor.id, other_id=apart.id))
    db_session.commit()
    stranger = client.get("/@fan/likes").text
    assert [title for title in ("Open", "Hidden", "Closed", "Unborn", "Gone", "Kept apart", "My own", "Secret mix")
            if f"<bdi>{title}</bdi>" in stranger] == ["Open", "Kept apart"]  # fmt: skip
    login(client, visitor)
    for tab in ("likes", "reposts"):
        page = client.get(f"/@fan/{tab}").text
        assert "<bdi>Open</bdi>" in page
        assert "Kept apart" not in page
    client.submit("/logout")
    login(client, fan)
    shelf = client.get("/library/likes").text
    assert "<bdi>My own</bdi>" in shelf
    assert "<bdi>Closed</bdi>" not in shelf
    assert client.get("/@fan/likes?after=nonsense").status_code == 400


def test_a_stranger_has_no_shelf(client: Browser) -> None:
    assert client.get("/library/likes").location == "/login?next=/library/likes"
