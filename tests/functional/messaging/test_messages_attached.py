"""Works and sets in messages: the gate decides for whoever reads, at each reading."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.media.models import Medium, Visibility
from app.playlists.models import Set
from tests.functional.messaging.talk import begin, write
from tests.harness.browser import Browser

MakeMedium = Callable[..., Medium]
CLOSED = "Something was attached that is not open to you."


@pytest.fixture
def thread(hers: Browser, his: Browser) -> str:
    """A conversation that both have accepted."""
    url = begin(hers, "ben")
    his.submit(f"{url}/accept")
    return url


def test_a_public_work_is_shown_to_both(
    hers: Browser, his: Browser, ben: User, thread: str, make_medium: MakeMedium
) -> None:
    make_medium(ben, title="Northern Light", slug="northern-light", artwork=True)
    assert write(hers, thread, "", attach="https://elsewhere.example/@ben/northern-light?utm=1#x").status_code == 303
    for browser in (hers, his):
        page = browser.get(thread).text
        assert 'href="/@ben/northern-light"' in page
        assert CLOSED not in page
    assert "Sent something to hear or see" in his.get("/messages").text


def test_a_private_work_of_the_sender_opens_nothing(
    hers: Browser, his: Browser, ben: User, thread: str, make_medium: MakeMedium
) -> None:
    make_medium(ben, visibility="private", title="Not yet", slug="not-yet")
    assert write(his, thread, "Wait for it", attach="/@ben/not-yet").status_code == 303
    assert "Not yet" in his.get(thread).text
    page = hers.get(thread).text
    assert CLOSED in page
    assert "Not yet" not in page
    assert "not-yet" not in page


def test_what_the_sender_may_not_see_cannot_be_attached(
    hers: Browser, ben: User, thread: str, make_medium: MakeMedium
) -> None:
    make_medium(ben, visibility="private", slug="not-yet")
    make_medium(ben, visibility="unlisted", link_secret="the-secret", slug="hidden")
    for address in ("/@ben/not-yet", "/@ben/hidden", "/@ben/hidden?s=wrong", "/@ben/none", "/@nobody/x", "/@ben", "/",
                    "https://[", "x" * 900, "/@ben/sets/none", "/@ben/%00", "/@ben/a/b/c"):  # fmt: skip
        answer = write(hers, thread, "Look", attach=address)
        assert answer.status_code == 422, address
        assert "nothing at the address" in answer.text, address
    assert write(hers, thread, "Look", attach="x" * 1001).status_code == 422


def test_the_gate_is_asked_at_each_reading(
    hers: Browser, his: Browser, ben: User, thread: str, make_medium: MakeMedium, db_session: Session
) -> None:
    medium = make_medium(ben, title="Open now", slug="open-now")
    write(his, thread, "Quick", attach="/@ben/open-now")
    assert "Open now" in hers.get(thread).text
    medium.visibility = Visibility.PRIVATE
    db_session.commit()
    assert "Open now" not in hers.get(thread).text
    medium.visibility = Visibility.PUBLIC
    db_session.commit()
    assert "Open now" in hers.get(thread).text
    db_session.delete(medium)
    db_session.commit()
    assert CLOSED in hers.get(thread).text
    assert CLOSED in his.get(thread).text


def test_a_secret_link_that_was_sent_opens_until_it_is_made_anew(
    hers: Browser, his: Browser, ben: User, thread: str, make_medium: MakeMedium, db_session: Session
) -> None:
    medium = make_medium(
        ben, visibility="unlisted", link_secret="the-secret", title="For you", slug="for-you", artwork=True
    )
    write(his, thread, "", attach="/@ben/for-you?s=the-secret")
    page = hers.get(thread).text
    assert 'href="/@ben/for-you?s=the-secret"' in page
    medium.link_secret = "another-secret"
    db_session.commit()
    assert "For you" not in hers.get(thread).text


def test_the_owner_who_attaches_without_the_secret_gives_none_away(
    hers: Browser, his: Browser, ben: User, thread: str, make_medium: MakeMedium
) -> None:
    make_medium(ben, visibility="unlisted", link_secret="the-secret", title="For you", slug="for-you")
    write(his, thread, "", attach="/@ben/for-you")
    page = hers.get(thread).text
    assert CLOSED in page
    assert "the-secret" not in page


def test_a_block_of_the_artist_closes_their_works_in_the_talk_of_others(
    hers: Browser, his: Browser, ana: User, thread: str, make_medium: MakeMedium, make_person: Callable[..., User],
    block: Callable[[User, User], None],
) -> None:  # fmt: skip
    cleo = make_person(username="cleo", role="artist")
    make_medium(cleo, title="By Cleo", slug="by-cleo")
    write(his, thread, "", attach="/@cleo/by-cleo")
    assert "By Cleo" in hers.get(thread).text
    block(cleo, ana)
    assert "By Cleo" not in hers.get(thread).text
    assert "By Cleo" in his.get(thread).text


def test_a_set_can_be_sent(hers: Browser, his: Browser, ana: User, thread: str, db_session: Session) -> None:
    one = Set(owner_id=ana.id, slug="winter", title="Winter songs", visibility=Visibility.PUBLIC, published_at=now())
    db_session.add(one)
    db_session.commit()
    assert write(hers, thread, "", attach="/@ana/sets/winter").status_code == 303
    assert 'href="/@ana/sets/winter"' in his.get(thread).text
    one.visibility = Visibility.PRIVATE
    db_session.commit()
    assert "Winter songs" not in his.get(thread).text


def test_what_came_with_a_request_shows_once_it_is_accepted(
    hers: Browser, his: Browser, ben: User, make_medium: MakeMedium
) -> None:
    make_medium(ben, title="Your own", slug="your-own")
    url = begin(hers, "ben", "Is this you?", attach="/@ben/your-own")
    page = his.get(url).text
    assert "Accept the request to see it" in page
    assert "/@ben/your-own" not in page
    assert "Your own" in hers.get(url).text
    his.submit(f"{url}/accept")
    assert "/@ben/your-own" in his.get(url).text
