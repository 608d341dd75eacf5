"""How bytes go out: ranges, conditions, headers; who moves them; which names are none; downloads."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.http import parse_options_header

from app.accounts.models import User
from app.core.pictures import Picture
from app.media.models import Medium, Version
from config import Settings
from tests.conftest import store_of
from tests.functional.media.conftest import BUCKET
from tests.functional.media.uploader import Uploader
from tests.harness.browser import Browser

SECRET = "the-right-secret"
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


class Film:
    """A film with all its objects, and where they are."""

    def __init__(self, app: Flask, session: Session, medium: Medium) -> None:
        self.app = app
        self.id = medium.public_id
        self.medium = medium
        self.version = session.scalars(select(Version).where(Version.medium_id == medium.id)).one()
        self.public = f"/media/public/{self.version.delivery_key}/"
        self.restricted = f"/media/restricted/{self.version.delivery_key}/"
        self.picture = session.get_one(Picture, medium.artwork_id)
        session.commit()  # so that it holds no connection

    def data(self, name: str) -> bytes:
        return store_of(self.app).read_bytes(self.version.storage_prefix + name)


@pytest.fixture
def film_of(app: Flask, artist: User, make_medium: Callable[..., Medium], db_session: Session) -> Callable[..., Film]:
    def make(**values: Any) -> Film:
        made = {"files": True, "artwork": True, "downloads_allowed": True, **values}
        return Film(app, db_session, make_medium(artist, "video", **made))

    return make


@pytest.fixture
def film(film_of: Callable[..., Film]) -> Film:
    return film_of()


def get(client: Browser, url: str, **headers: str) -> Any:
    return client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()}, buffered=True)


# Ranges and conditions ------------------------------------------------------------------------------------------------


def test_the_whole_of_an_object(client: Browser, film: Film) -> None:
    answer = get(client, film.public + "film.mp4")
    assert (answer.status_code, answer.data) == (200, film.data("film.mp4"))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == "3000"


@pytest.mark.parametrize("size", [3000])
@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("0-0", 0, 0), ("0-", 0, 2999), ("1000-1999", 1000, 1999), ("2900-9999", 2900, 2999), ("-7", 2993, 2999),
     ("2999-", 2999, 2999), ("-5000", 0, 2999)],
)  # fmt: skip
@pytest.mark.parametrize("form", ["public", "restricted"])
def test_a_range_is_cut_out_once(
    client: Browser, film: Film, asked: str, first: int, last: int, size: int, form: str
) -> None:
    base = film.public if form == "public" else film.restricted + "-/"
    answer = get(client, base + "240p-0000.mp4", Range=f"bytes={asked}")
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.data == film.data("240p-0000.mp4")[first : last + 1]


@pytest.mark.parametrize("asked", ["3000-", "5000-6000"])
def test_a_range_outside_of_the_object_cannot_be_satisfied(client: Browser, film: Film, asked: str) -> None:
    answer = get(client, film.public + "film.mp4", Range=f"bytes={asked}")
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */3000"


@pytest.mark.parametrize("asked", ["bytes=0-9,20-29", "bytes=0-0,-1", "bytes=9-1", "bytes=x", "bytes=-0", "lines=0-9"])
def test_of_several_ranges_and_of_none_that_is_one_the_answer_is_the_whole(
    client: Browser, film: Film, asked: str
) -> None:
    answer = get(client, film.public + "film.mp4", Range=asked)
    assert (answer.status_code, answer.data) == (200, film.data("film.mp4"))


def test_a_range_holds_only_for_the_object_that_it_was_asked_of(client: Browser, film: Film) -> None:
    url = film.public + "film.mp4"
    etag = get(client, url).headers["ETag"]
    same = get(client, url, Range="bytes=10-19", If_Range=etag)
    assert (same.status_code, same.data) == (206, film.data("film.mp4")[10:20])
    other = get(client, url, Range="bytes=10-19", If_Range='"another"')
    assert (other.status_code, other.data) == (200, film.data("film.mp4"))


@pytest.mark.parametrize("name", ["film.mp4", "master.m3u8", "240p.m3u8"])
def test_what_a_browser_has_already_is_not_sent_again(client: Browser, film: Film, name: str) -> None:
    etag = get(client, film.public + name).headers["ETag"]
    again = get(client, film.public + name, If_None_Match=etag)
    assert (again.status_code, again.data) == (304, b"")
    assert get(client, film.public + name, If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize("name", ["film.mp4", "master.m3u8"])
def test_a_head_request_tells_what_a_get_would_without_its_bytes(client: Browser, film: Film, name: str) -> None:
    whole, head = get(client, film.public + name), client.head(film.public + name, buffered=True)
    assert (head.status_code, head.data) == (200, b"")
    for header in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
        assert head.headers[header] == whole.headers[header]


@pytest.mark.parametrize("name", ["peaks.json", "storyboard.vtt"])
def test_a_range_of_a_text_is_not_compressed(client: Browser, film: Film, name: str) -> None:
    answer = get(client, film.public + name, Range="bytes=100-1999", Accept_Encoding="br, gzip")
    assert answer.status_code == 206
    assert answer.headers.get("Content-Encoding", "identity") == "identity"
    assert answer.data == film.data(name)[100:2000]


# Headers --------------------------------------------------------------------------------------------------------------

TYPES = {
    "master.m3u8": "application/vnd.apple.mpegurl", "240p.m3u8": "application/vnd.apple.mpegurl",
    "240p-0000.mp4": "video/mp4", "film.mp4": "video/mp4", "peaks.json": "application/json",
    "storyboard.vtt": "text/vtt; charset=utf-8", "storyboard.jpg": "image/jpeg", "poster-1.jpg": "image/jpeg",
}  # fmt: skip


@pytest.mark.parametrize("name", TYPES)
def test_public_objects_may_be_kept_anywhere_and_restricted_ones_nowhere(
    client: Browser, film_of: Callable[..., Film], name: str
) -> None:
    film, hidden = film_of(), film_of(visibility="unlisted", link_secret=SECRET)
    is_text = name.endswith(".m3u8")
    public, restricted = get(client, film.public + name), get(client, f"{hidden.restricted}{SECRET}/{name}")
    kept = "public, no-cache" if is_text else "public, max-age=31536000, immutable"
    assert public.headers["Cache-Control"] == kept
    assert public.headers["Access-Control-Allow-Origin"] == "*"
    assert restricted.headers["Cache-Control"] == "private, no-store"
    assert "Access-Control-Allow-Origin" not in restricted.headers
    for answer in (public, restricted):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == TYPES[name]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == SANDBOX
        assert "Set-Cookie" not in answer.headers


def test_a_public_film_asked_for_by_its_restricted_address_is_not_kept(client: Browser, film: Film) -> None:
    assert get(client, film.restricted + "-/film.mp4").headers["Cache-Control"] == "private, no-store"


def test_the_artwork_of_what_is_restricted_is_kept_nowhere(client: Browser, film_of: Callable[..., Film]) -> None:
    film, hidden = film_of(), film_of(visibility="unlisted", link_secret=SECRET)
    open_one = get(client, f"/pictures/{film.picture.key}/320.webp")
    assert (open_one.status_code, open_one.headers["Content-Type"]) == (200, "image/webp")
    assert "immutable" in open_one.headers["Cache-Control"]
    closed = get(client, f"/pictures/{hidden.picture.key}/320.webp?s={SECRET}")
    assert (closed.status_code, closed.headers["Cache-Control"]) == (200, "private, no-store")


# Names ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../film.mp4", "x/../film.mp4", "%2e%2e/film.mp4", "..%2ffilm.mp4", "%2e%2e%2f%2e%2e%2fsecret_key", ".hidden",
     "captions/../../x.vtt", "captions/x.vtt", "captions/00000000-0000-0000-0000-000000000000.vtt", "film.mp4/",
     "nothing.mp4", "%00", "film.mp4%00", "a" * 300, "240p-0000.mp4.m3u8", "captions/.m3u8",
     "captions/------------------------------------.vtt"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["public", "restricted"])
def test_names_that_are_none_of_ours_are_not_there(client: Browser, film: Film, name: str, form: str) -> None:
    base = film.public if form == "public" else film.restricted + "-/"
    assert get(client, base + name).status_code == 404


@pytest.mark.parametrize("name", ["321.jpg", "320.png", "320.jpg.webp", "320", "٣٢٠.jpg", "-320.jpg", "320.jpg%00"])
def test_pictures_have_their_widths_and_no_others(client: Browser, film: Film, name: str) -> None:
    assert get(client, f"/pictures/{film.picture.key}/{name}").status_code == 404


@pytest.mark.parametrize(
    "url",
    ["/media/public/%00/master.m3u8", "/media/restricted/%00/-/master.m3u8", "/pictures/%00/320.jpg", "/@ana/%00",
     "/media/%00/playback", "/media/%00/download", "/embed/media/%00"],
)  # fmt: skip
def test_an_address_with_a_null_byte_is_not_there(client: Browser, film: Film, url: str) -> None:
    assert film.id
    assert get(client, url).status_code == 404


def test_the_original_is_reached_by_the_download_alone(client: Browser, film: Film) -> None:
    original = film.version.original_key
    name = original.rsplit("/", 1)[-1]
    for url in (
        film.public + name,
        film.public + original,
        f"/{original}",
        f"/media/{original}",
        f"/media/public/{original}",
    ):
        assert get(client, url).status_code == 404
    said = client.get(f"/media/{film.id}/playback").text + client.get(f"/@ana/{film.medium.slug}").text
    assert name not in said
    answer = get(client, f"/media/{film.id}/download")
    assert (answer.status_code, answer.data) == (200, store_of(film.app).read_bytes(original))


# Downloads ------------------------------------------------------------------------------------------------------------

ODD_NAMES = [
    "my film.mp4", 'a"b.mp4', "a;b=c.mp4", "Ёлка 南.mp4", "x.html", "a\\b.mp4", "%22%0d%0aSet-Cookie: a=b.mp4", "…",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_download_is_saved_under_its_name_whatever_is_in_it(
    client: Browser, film: Film, name: str, db_session: Session
) -> None:
    db_session.get_one(Version, film.version.id).original_name = name
    db_session.commit()
    answer = get(client, f"/media/{film.id}/download")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename")
    assert disposition.isascii()
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Type"] == "video/mp4", "by what it is, not by its name"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Security-Policy"] == SANDBOX
    assert parse_options_header(disposition)[1]["filename"] == name


def test_a_download_can_go_on_where_it_was_cut_off(client: Browser, film: Film) -> None:
    answer = get(client, f"/media/{film.id}/download", Range="bytes=1024-")
    whole = store_of(film.app).read_bytes(film.version.original_key)
    assert (answer.status_code, answer.data) == (206, whole[1024:])


# Who moves the bytes --------------------------------------------------------------------------------------------------


def test_nginx_moves_them_where_it_is_told_to(film: Film, make_app: Callable[..., Flask]) -> None:
    client = make_app(accel_redirect=True).test_client()
    answer = client.get(film.public + "film.mp4")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["X-Accel-Redirect"] == f"/_media/{film.version.storage_prefix}film.mp4"
    assert answer.headers["Content-Type"] == "video/mp4"
    assert "immutable" in answer.headers["Cache-Control"]
    picture = client.get(f"/pictures/{film.picture.key}/320.jpg")
    assert picture.headers["X-Accel-Redirect"] == f"/_media/pictures/{film.picture.key}/320.jpg"
    saved = client.get(f"/media/{film.id}/download")
    assert saved.headers["X-Accel-Redirect"] == f"/_media/{film.version.original_key}"
    assert saved.headers["Content-Disposition"] == 'attachment; filename="my film.mp4"'
    assert client.get(film.public + "nothing.mp4").status_code == 404
    assert "X-Accel-Redirect" not in client.get(film.public + "master.m3u8").headers


class TestOnS3:
    """A bucket moves its own bytes, by addresses that are good for seconds."""

    @pytest.fixture
    def settings(self, settings: Settings, s3_endpoint: str, bucket: Any) -> Settings:  # noqa: ARG002 - an empty one
        return dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=s3_endpoint)

    def test_an_object_is_redirected_to_and_a_playlist_is_not(
        self, client: Browser, film: Film, s3_endpoint: str
    ) -> None:
        answer = client.get(film.public + "film.mp4")
        assert answer.status_code == 302
        assert answer.headers["Cache-Control"] == "private, no-store", (
            "the address is good for seconds, so nobody keeps it"
        )
        address = urlsplit(answer.location)
        assert answer.location.startswith(s3_endpoint)
        assert int(parse_qs(address.query)["X-Amz-Expires"][0]) <= 4
        with urlopen(answer.location) as body:  # noqa: S310 - our own bucket
            assert body.read() == film.data("film.mp4")
            assert body.headers["Content-Type"] == "video/mp4"
        assert client.get(film.public + "master.m3u8").status_code == 200

    def test_a_download_from_a_bucket_is_saved_under_its_name(
        self, client: Browser, film: Film, db_session: Session
    ) -> None:
        db_session.get_one(Version, film.version.id).original_name = 'Ёлка "南".mp4'
        db_session.commit()
        answer = client.get(f"/media/{film.id}/download")
        assert answer.status_code == 302
        asked = parse_qs(urlsplit(answer.location).query)["response-content-disposition"][0]
        assert asked.startswith("attachment; filename")
        assert "filename*=UTF-8''" in asked
        with urlopen(answer.location) as body:  # noqa: S310 - our own bucket
            assert body.headers["Content-Disposition"] == asked

    def test_who_may_not_is_not_redirected(self, client: Browser, film_of: Callable[..., Film]) -> None:
        hidden = film_of(visibility="unlisted", link_secret=SECRET)
        assert client.get(hidden.public + "film.mp4").status_code == 404
        assert client.get(hidden.restricted + "-/film.mp4").status_code == 404
        assert client.get(f"{hidden.restricted}{SECRET}/240p-0000.mp4").status_code == 302
        assert client.get(f"/pictures/{hidden.picture.key}/320.jpg").status_code == 404


def test_an_object_that_is_gone_is_not_there(ana: Uploader, film: Film) -> None:
    path = store_of(film.app).local_path(film.version.storage_prefix + "film.mp4")
    assert isinstance(path, Path)
    path.unlink()
    assert ana.browser.get(film.public + "film.mp4").status_code == 404
