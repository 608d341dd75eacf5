"""What the pages of the studio and of a medium cost: at most eight statements, however much they show."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.media.models import Caption, CaptionKind, Chapter, Medium, Version
from app.web.pagination import PAGE_SIZE
from tests.functional.media.uploader import Uploader
from tests.harness.browser import Browser

MOST = 8


@pytest.fixture
def rich(artist: User, make_medium: Callable[..., Medium], db_session: Session) -> Medium:
    """A film with ten captions and fifty chapters."""
    medium = make_medium(artist, "video", artwork=True)
    db_session.add_all(
        Caption(medium_id=medium.id, language="en", label=str(n), kind=CaptionKind.CAPTIONS, webvtt="WEBVTT\n")
        for n in range(10)
    )
    db_session.add_all(Chapter(medium_id=medium.id, starts_at_ms=n * 1000, title=str(n)) for n in range(50))
    db_session.commit()
    return medium


def cost(
    browser: Browser, url: str, count_statements: Callable[[], AbstractContextManager[list[str]]], status: int = 200
) -> list[str]:
    browser.get(url, buffered=True)  # what is remembered between requests is remembered now
    with count_statements() as seen:
        assert browser.get(url, buffered=True).status_code == status
    # The list of realms is shared by all requests of a process for some seconds; in tests nothing is.
    return [statement for statement in seen if "FROM realms ORDER BY" not in statement]


def test_the_list_of_ones_works_costs_the_same_with_five_and_with_sixty(
    ana: Uploader, artist: User, make_medium: Callable[..., Medium],
    count_statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:  # fmt: skip
    for _ in range(5):
        make_medium(artist, artwork=True)
    few = cost(ana.browser, "/studio/media", count_statements)
    for _ in range(55):
        make_medium(artist, artwork=True)
    many = cost(ana.browser, "/studio/media", count_statements)
    assert len(few) == len(many) <= MOST, many
    page = ana.browser.get("/studio/media").text
    assert page.count('href="/studio/media/') >= PAGE_SIZE


@pytest.mark.parametrize(
    "url",
    ["/studio/media/{id}", "/studio/media/{id}/progress", "/@ana/{slug}", "/media/{id}/playback", "/embed/media/{id}",
     "/media/public/{key}/master.m3u8", "/media/public/{key}/240p.m3u8", "/upload", "/uploads"],
)  # fmt: skip
def test_a_page_about_a_film_with_everything_costs_at_most_eight_statements(
    ana: Uploader, rich: Medium, db_session: Session, url: str,
    count_statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:  # fmt: skip
    key = db_session.get_one(Version, rich.version_id).delivery_key
    db_session.commit()
    seen = cost(ana.browser, url.format(id=rich.public_id, slug=rich.slug, key=key), count_statements)
    assert len(seen) <= MOST, "\n".join(seen)


def test_a_segment_costs_one_statement_for_the_medium_and_one_for_the_session(
    ana: Uploader, client: Browser, artist: User, make_medium: Callable[..., Medium], db_session: Session,
    count_statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:  # fmt: skip
    medium = make_medium(artist, files=True)
    key = db_session.get_one(Version, medium.version_id).delivery_key
    db_session.commit()
    assert len(cost(client, f"/media/public/{key}/sound.m4a", count_statements)) == 1
    assert len(cost(ana.browser, f"/media/restricted/{key}/-/sound.m4a", count_statements)) == 2
