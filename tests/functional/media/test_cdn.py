"""A bucket and a CDN before it: who moves the bytes, who may not any more, what is fetched early, what is forgotten."""

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.embedded.ports import free_port
from app.core.events import OutboxEntry
from app.extensions import db
from app.media import jobs
from app.media.models import Medium, Version
from app.media.services import places
from app.operations.errands import ring_again
from config import Settings
from tests.conftest import store_of
from tests.functional.media.conftest import BUCKET
from tests.functional.media.studio import served
from tests.functional.media.uploader import Uploader
from tests.harness import nginx, work
from tests.harness.browser import Browser
from tests.harness.cdn import CdnStandIn

SECRET, KEY, TOKEN = "the-right-secret", "a-signing-key", "a-purge-token"
EDGE = """
daemon off;
pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    location /public/ {{ proxy_pass {origin}/public/; }}
    location / {{
      secure_link $arg_md5,$arg_expires;
      secure_link_md5 "$secure_link_expires$uri {key}";
      if ($secure_link = "") {{ return 403; }}
      if ($secure_link = "0") {{ return 410; }}
      proxy_pass {origin}/;
    }}
  }}
}}
"""


@pytest.fixture
def settings(settings: Settings, s3_endpoint: str, bucket: Any) -> Settings:  # noqa: ARG001 - an empty one
    return dataclasses.replace(settings, s3_bucket=BUCKET, s3_endpoint_url=s3_endpoint)


@pytest.fixture
def cdn() -> Iterator[CdnStandIn]:
    with CdnStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=10) as pool:
        yield pool


@pytest.fixture
def published(
    artist: User, make_medium: Callable[..., Medium], db_session: Session
) -> Callable[..., tuple[Medium, Version]]:
    """``published(app, **columns)``: a medium whose files have come to lie where they belong."""

    def make(app: Flask, kind: str = "video", **values: Any) -> tuple[Medium, Version]:
        medium = make_medium(artist, kind, files=True, downloads_allowed=True, link_secret=SECRET, **values)
        with app.app_context():
            jobs.place_misplaced()
        work.settle(app)
        db_session.expire_all()
        version = db_session.scalars(select(Version).where(Version.medium_id == medium.id)).one()
        db_session.commit()
        return medium, version

    return make


def restrict(ana: Uploader, medium: Medium) -> None:
    said = {"visibility": "private", "csrf_token": ana.token}
    assert ana.browser.post(f"/studio/media/{medium.public_id}/visibility", data=said).status_code == 303


# A bucket alone -------------------------------------------------------------------------------------------------------


def test_a_head_is_redirected_to_an_address_that_takes_a_head(
    app: Flask, client: Browser, published: Callable[..., tuple[Medium, Version]], pool: urllib3.PoolManager
) -> None:
    _medium, version = published(app)
    answer = client.head(f"/media/public/{version.delivery_key}/film.mp4")
    assert answer.status_code == 302
    head = pool.request("HEAD", answer.location)
    assert (head.status, head.headers["Content-Length"], head.headers["Content-Type"]) == (200, "3000", "video/mp4")
    as_get = client.get(f"/media/public/{version.delivery_key}/film.mp4")
    assert parse_qs(urlsplit(answer.location).query) != parse_qs(urlsplit(as_get.location).query)


def test_addresses_in_the_bucket_hold_for_seconds_but_for_a_public_songs_plain_file(
    app: Flask, client: Browser, published: Callable[..., tuple[Medium, Version]]
) -> None:
    def seconds(path: str) -> int:
        return int(parse_qs(urlsplit(client.get(path).location).query)["X-Amz-Expires"][0])

    _film, film = published(app)
    _song, song = published(app, "audio")
    _hidden, hidden = published(app, "audio", visibility="unlisted")
    assert seconds(f"/media/public/{film.delivery_key}/240p-0000.mp4") <= 4
    assert seconds(f"/media/public/{film.delivery_key}/film.mp4") <= 4
    assert seconds(f"/media/restricted/{hidden.delivery_key}/{SECRET}/aac-96k.mp4") <= 4
    assert seconds(f"/media/public/{song.delivery_key}/sound.m4a") == 3600


def test_the_plain_file_of_what_is_restricted_comes_through_us_and_stops_when_access_ends(
    app: Flask, client: Browser, published: Callable[..., tuple[Medium, Version]], db_session: Session,
    pool: urllib3.PoolManager,
) -> None:  # fmt: skip
    _hidden, version = published(app, "audio", visibility="unlisted")
    data = bytes(range(256)) * 4096  # a megabyte: four blocks
    key = version.storage_prefix + "sound.m4a"
    store_of(app).put_bytes(key, data, content_type="audio/mp4")
    url = f"/media/restricted/{version.delivery_key}/{SECRET}/sound.m4a"
    whole = client.get(url, buffered=True)
    assert (whole.status_code, whole.data == data, whole.headers["Cache-Control"]) == (200, True, "private, no-store")
    part = client.get(url, headers={"Range": "bytes=300000-"}, buffered=True)
    assert (part.status_code, part.data == data[300000:]) == (206, True)
    assert client.head(url).headers["Content-Length"] == str(len(data))
    store_of(app).put_bytes(key, bytes(24 << 20), content_type="audio/mp4")
    with served(app) as address:
        answer = pool.request("GET", address + url, preload_content=False)
        received = len(answer.read(1 << 20))
        db_session.execute(update(Medium).values(link_secret="another"))
        db_session.commit()
        with pytest.raises(urllib3.exceptions.HTTPError):
            received += sum(len(block) for block in answer.stream(1 << 20))
        assert received < 16 << 20
    store_of(app).delete_prefix(key)
    db_session.execute(update(Medium).values(link_secret=SECRET))
    db_session.commit()
    assert client.get(url).status_code == 404


def test_what_is_closed_is_out_of_the_bucket_s_open_part_and_old_addresses_are_dead(
    app: Flask, client: Browser, ana: Uploader, published: Callable[..., tuple[Medium, Version]],
    pool: urllib3.PoolManager, db_session: Session,
) -> None:  # fmt: skip
    medium, version = published(app, "audio")
    assert version.exposed
    kept = store_of(app).list_objects("public/")
    long_lived = client.get(f"/media/public/{version.delivery_key}/sound.m4a").location
    assert pool.request("GET", long_lived).status == 200
    restrict(ana, medium)
    assert client.get(f"/media/public/{version.delivery_key}/sound.m4a").status_code == 404, "before any job"
    work.settle(app)
    assert pool.request("GET", long_lived).status in {403, 404}
    assert store_of(app).list_objects("public/") == []
    db_session.expire_all()
    assert not version.exposed
    moved = store_of(app).list_objects(version.storage_prefix)
    assert [one.size_bytes for one in moved] == [one.size_bytes for one in kept]


def test_objects_in_the_open_say_that_they_may_be_kept_and_others_do_not(
    app: Flask, published: Callable[..., tuple[Medium, Version]], bucket: Any
) -> None:
    _medium, version = published(app)
    _hidden, hidden = published(app, visibility="private")
    head = bucket.head_object(Bucket=BUCKET, Key=version.storage_prefix + "film.mp4")
    assert (head["CacheControl"], head["ContentType"]) == ("public, max-age=31536000, immutable", "video/mp4")
    assert "CacheControl" not in bucket.head_object(Bucket=BUCKET, Key=hidden.storage_prefix + "film.mp4")


# A CDN ----------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(nginx.program() is None, reason="NOT RUN: there is no nginx on this machine")
def test_a_cdn_hands_out_what_is_open_and_what_is_signed_for_seconds(
    make_app: Callable[..., Flask], published: Callable[..., tuple[Medium, Version]], s3_endpoint: str,
    tmp_path_factory: pytest.TempPathFactory, pool: urllib3.PoolManager, bucket: Any, request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    folder, port = tmp_path_factory.mktemp("cdn"), free_port()
    may_read = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    policy = {"Version": "2012-10-17", "Statement": [may_read]}  # as an operator lets the CDN read
    bucket.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    request.addfinalizer(lambda: bucket.delete_bucket_policy(Bucket=BUCKET))
    text = EDGE.format(folder=folder, port=port, origin=f"{s3_endpoint}/{BUCKET}", key=KEY)
    with nginx.Nginx(folder, text, port) as edge:
        app = make_app(cdn_url=edge.url, cdn_signing_key=KEY)
        client = app.test_client()
        medium, version = published(app)
        public = f"/media/public/{version.delivery_key}/"
        playlist = client.get(f"{public}240p.m3u8").text
        address = f"{edge.url}/public/{version.delivery_key}/240p-0000.mp4"
        assert address in playlist, "players fetch segments without coming by here"
        assert pool.request("GET", address).data == store_of(app).read_bytes(version.storage_prefix + "240p-0000.mp4")
        said = client.get(f"/media/{medium.public_id}/playback").json
        assert said is not None
        assert said["progressive"] == f"{edge.url}/public/{version.delivery_key}/film.mp4"
        redirected = client.get(f"{public}film.mp4")
        assert (redirected.location, redirected.headers["Cache-Control"]) == (said["progressive"], "public, max-age=60")
        assert edge.url in client.get("/").headers["Content-Security-Policy"]

        _hidden, hidden = published(app, visibility="unlisted")
        base = f"/media/restricted/{hidden.delivery_key}/{SECRET}/"
        assert edge.url not in client.get(f"{base}240p.m3u8").text
        answer = client.get(f"{base}240p-0000.mp4")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "private, no-store")
        assert answer.location.startswith(f"{edge.url}/media/{hidden.delivery_key}/240p-0000.mp4?")
        assert pool.request("GET", answer.location).status == 200
        other = answer.location.replace("240p-0000", "360p-0000")
        unsigned, later = answer.location.partition("?")[0], answer.location.replace("expires=1", "expires=2")
        assert [pool.request("GET", url).status for url in (other, unsigned, later)] == [403] * 3
        began = time.monotonic()
        while pool.request("GET", answer.location).status == 200:
            assert time.monotonic() - began < 6
            time.sleep(0.1)
        assert pool.request("GET", answer.location).status == 410


def test_what_is_ready_and_open_is_fetched_through_the_cdn_once_it_lies_there(
    make_app: Callable[..., Flask], published: Callable[..., tuple[Medium, Version]], cdn: CdnStandIn
) -> None:
    app = make_app(cdn_url=cdn.url)
    published(app, visibility="private")
    assert cdn.fetched == []
    _medium, version = published(app)
    asked = dict(cdn.fetched)
    assert set(asked) == {
        f"/public/{version.delivery_key}/{name}"
        for name in ("240p-0000.mp4", "360p-0000.mp4", "aac-96k.mp4", "aac-160k.mp4")
    }
    assert set(asked.values()) == {"bytes=0-2999"}, "initialisation and the first two segments"
    count = len(cdn.fetched)
    with app.app_context():
        jobs.warm_version(str(version.id))
    assert len(cdn.fetched) == 2 * count, "a second time does no harm"


@pytest.mark.parametrize("action", ["private", "unpublish", "delete"])
def test_what_is_closed_or_gone_is_purged_after_its_objects_went(
    make_app: Callable[..., Flask], ana: Uploader, published: Callable[..., tuple[Medium, Version]], cdn: CdnStandIn,
    action: str,
) -> None:  # fmt: skip
    app = make_app(cdn_url=cdn.url, cdn_purge_url=f"{cdn.url}/purge", cdn_purge_token=TOKEN)
    medium, version = published(app)
    old = f"{urlsplit(cdn.url).netloc}/public/{version.delivery_key}/"
    form, said = ("visibility", {"visibility": "private"}) if action == "private" else (action, {"confirm": "y"})
    url = f"/studio/media/{medium.public_id}/{form}"
    assert ana.browser.post(url, data={**said, "csrf_token": ana.token}).status_code == 303
    cdn.failing = 1
    work.settle(app)
    assert (f"Bearer {TOKEN}", {"prefixes": [old]}) in cdn.purged, "tried again when the CDN was busy"
    assert cdn.refused == 1
    assert store_of(app).list_objects("public/") == []


def test_a_purge_that_fails_is_an_errand_that_is_rung_for_again(
    make_app: Callable[..., Flask], ana: Uploader, published: Callable[..., tuple[Medium, Version]], cdn: CdnStandIn,
    db_session: Session,
) -> None:  # fmt: skip
    app = make_app(cdn_url=cdn.url, cdn_purge_url=f"{cdn.url}/purge", cdn_purge_token=TOKEN)
    medium, _version = published(app)
    restrict(ana, medium)
    cdn.failing = 1000
    work.settle(app, failures=True)
    assert cdn.purged == []
    assert store_of(app).list_objects("public/") == []
    cdn.failing = 0
    db_session.execute(update(OutboxEntry).values(delivered_at=now() - timedelta(minutes=5)))
    db_session.commit()
    with app.app_context():
        ring_again()
        db.session.commit()
    work.settle(app, failures=True)  # of the first time
    assert len(cdn.purged) >= 1
    assert db_session.scalars(select(OutboxEntry.name).where(OutboxEntry.finished_at.is_(None))).all() == []


def test_a_move_that_dies_half_way_leaves_nothing_open_and_is_finished_later(
    app: Flask, ana: Uploader, client: Browser, published: Callable[..., tuple[Medium, Version]], db_session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    medium, version = published(app)
    names = {one.key.rpartition("/")[2] for one in store_of(app).list_objects(version.storage_prefix)}
    restrict(ana, medium)
    real = places.settle_moves

    def die(*_arguments: object) -> None:
        raise OSError("the power went")

    monkeypatch.setattr(places, "settle_moves", die)
    work.settle(app, failures=True)
    assert client.get(f"/media/public/{version.delivery_key}/film.mp4").status_code == 404
    monkeypatch.setattr(places, "settle_moves", real)
    with app.app_context():
        jobs.close_left_open()
    work.settle(app, failures=True)  # of the first time
    db_session.expire_all()
    assert not version.exposed
    assert store_of(app).list_objects("public/") == []
    assert {one.key.rpartition("/")[2] for one in store_of(app).list_objects(version.storage_prefix)} == names
