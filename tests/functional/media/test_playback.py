"""What players are told, and what they tell: the description, positions, and where one goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.media.models import Caption, CaptionKind, Chapter, Medium
from app.plays.models import Position
from tests.functional.media.uploader import Uploader
from tests.harness.browser import Browser

SECRET = "the-right-secret"


def told(client: Browser, medium: Medium, secret: str | None = None) -> dict[str, Any]:
    answer = client.get(f"/media/{medium.public_id}/playback" + (f"?s={secret}" if secret else ""))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert isinstance(answer.json, dict)
    return answer.json


def every_address(said: dict[str, Any]) -> list[str]:
    files = [said[name] for name in ("hls", "progressive", "peaks", "storyboard") if said[name]]
    pictures = [one.split()[0] for one in said["artwork"]["srcset"].split(", ")] + [said["artwork"]["src"]]
    return [*files, *pictures, *(one["url"] for one in said["captions"])]


@pytest.fixture
def film(artist: User, make_medium: Callable[..., Medium], db_session: Session) -> Callable[..., Medium]:
    def make(**values: Any) -> Medium:
        medium = make_medium(artist, "video", files=True, artwork=True, **values)
        for language, kind in (("en", CaptionKind.LYRICS), ("de", CaptionKind.CAPTIONS)):
            db_session.add(Caption(medium_id=medium.id, language=language, label="x", kind=kind, webvtt="WEBVTT\n"))
        db_session.add(Chapter(medium_id=medium.id, starts_at_ms=5000, title="Later"))
        db_session.commit()
        return medium

    return make


def test_a_player_is_told_all_that_it_needs(client: Browser, film: Callable[..., Medium]) -> None:
    medium = film(title="There & <back>")
    said = told(client, medium)
    assert said["artist"] == {"name": "Ana Lindqvist", "url": "/@ana"}
    assert (said["public_id"], said["kind"], said["title"]) == (medium.public_id, "video", "There & <back>")
    assert (said["realm"], said["duration_ms"], said["complete"]) == ("screen", 12_000, True)
    assert said["tints"] == ["#204060", "#602040"]
    assert said["chapters"] == [{"starts_at_ms": 5000, "title": "Later"}]
    assert [one["language"] for one in said["captions"]] == ["de", "en"], "lyrics come last"
    assert (said["position_ms"], said["heartbeat_ms"]) == (0, 10_000)
    assert [client.get(url, buffered=True).status_code for url in every_address(said)] == [200] * len(
        every_address(said)
    )


def test_every_address_of_an_unlisted_work_carries_its_secret_and_works_without_a_cookie(
    client: Browser, film: Callable[..., Medium]
) -> None:
    medium = film(visibility="unlisted", link_secret=SECRET)
    said = told(client, medium, SECRET)
    assert said["heartbeat_ms"] == 4000, "whoever lost their access hears of it soon"
    addresses = [*every_address(said), said["url"]]
    assert all(SECRET in url for url in [*addresses, said["position_url"]])
    assert [client.get(url, buffered=True).status_code for url in addresses] == [200] * len(addresses)
    master = client.get(said["hls"]).text
    inner = [line for line in master.splitlines() if line and not line.startswith("#")]
    assert inner
    for line in inner:
        assert client.get(said["hls"].replace("master.m3u8", line)).status_code == 200


def test_a_public_works_addresses_carry_no_secret_even_when_one_was_given(
    client: Browser, film: Callable[..., Medium]
) -> None:
    medium = film(link_secret=SECRET)
    said = told(client, medium, SECRET)
    assert SECRET not in str(said)
    assert said["hls"].startswith("/media/public/")


def test_the_page_plays_without_a_script(client: Browser, film: Callable[..., Medium]) -> None:
    medium = film()
    page = client.get(f"/@ana/{medium.slug}").text
    said = told(client, medium)
    assert f'src="{said["hls"]}"' in page
    assert f'src="{said["progressive"]}"' in page
    assert page.index(said["hls"]) < page.index(said["progressive"]), "who can, takes the adaptive one"
    assert "<track" in page


def test_what_is_being_made_says_so(client: Browser, artist: User, make_medium: Callable[..., Medium]) -> None:
    medium = make_medium(artist, state="processing", with_version=False)
    said = told(client, medium)
    assert (said["hls"], said["progressive"], said["complete"]) == (None, None, False)
    assert "It can be played in a moment." in client.get(f"/@ana/{medium.slug}").text


# Positions ------------------------------------------------------------------------------------------------------------


def beat(viewer: Uploader, medium: Medium, **said: Any) -> int:
    return int(viewer.ask(f"/media/{medium.public_id}/position", said).status_code)


def test_one_goes_on_elsewhere_where_one_stopped(
    ana: Uploader, artist: User, make_medium: Callable[..., Medium], uploader_of: Callable[..., Uploader]
) -> None:
    medium = make_medium(artist, duration_ms=600_000)
    assert beat(ana, medium, position_ms=61_000) == 204
    assert beat(ana, medium, position_ms=42_500.7) == 204
    elsewhere = uploader_of(artist).browser
    assert told(elsewhere, medium)["position_ms"] == 42_500
    assert beat(ana, medium, position_ms=9e8) == 204
    assert told(elsewhere, medium)["position_ms"] == 0, "whoever reached the end begins anew"
    beat(ana, medium, position_ms=10_000)
    assert beat(ana, medium, position_ms=10_000, finished=True) == 204
    assert told(elsewhere, medium)["position_ms"] == 0


@pytest.mark.parametrize("wrong", [None, "3", True, -1, 2**31, [], {}, float("inf")])
def test_what_is_no_position_is_refused(
    ana: Uploader, artist: User, make_medium: Callable[..., Medium], db_session: Session, wrong: object
) -> None:
    medium = make_medium(artist)
    assert beat(ana, medium, position_ms=wrong) == 400
    assert db_session.scalars(select(Position)).all() == []


def test_of_strangers_and_of_those_who_do_not_want_it_nothing_is_kept(
    client: Browser, artist: User, make_medium: Callable[..., Medium], make_person: Callable[..., User],
    uploader_of: Callable[..., Uploader], db_session: Session,
) -> None:  # fmt: skip
    medium = make_medium(artist)
    url = f"/media/{medium.public_id}/position"
    assert client.post(url, json={"position_ms": 1000}).status_code == 204
    lee = uploader_of(make_person(remembers_history=False))
    assert beat(lee, medium, position_ms=1000) == 204
    assert db_session.scalars(select(Position)).all() == []


def test_another_site_cannot_write_ones_history(
    ana: Uploader, artist: User, make_medium: Callable[..., Medium], db_session: Session
) -> None:
    medium = make_medium(artist)
    answer = ana.browser.post(f"/media/{medium.public_id}/position", json={"position_ms": 1000})
    assert answer.status_code == 400
    assert db_session.scalars(select(Position)).all() == []


def test_a_player_hears_that_its_access_has_ended(
    ana: Uploader, artist: User, make_medium: Callable[..., Medium], make_person: Callable[..., User],
    uploader_of: Callable[..., Uploader],
) -> None:  # fmt: skip
    medium = make_medium(artist)
    lee = uploader_of(make_person())
    assert beat(lee, medium, position_ms=1000) == 204
    ana.browser.post(
        f"/studio/media/{medium.public_id}/visibility", data={"visibility": "private", "csrf_token": ana.token}
    )
    assert beat(lee, medium, position_ms=2000) == 404
    assert beat(ana, medium, position_ms=2000) == 204
