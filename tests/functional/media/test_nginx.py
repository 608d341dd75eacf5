"""nginx with deploy/nginx.conf before the application: what it hands out by itself, what it asks about, who is out."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Session as AccountSession
from app.accounts.models import User
from app.core.clock import now
from app.core.holds import Hold
from app.core.pictures import Picture
from app.extensions import db
from app.media import jobs
from app.media.models import Medium, ShareLink, Version
from app.moderation.models import Cause
from app.moderation.refs import Ref, RefKind
from app.moderation.services.holds import put_hold
from config import ROOT
from tests.conftest import store_of
from tests.factories.media import add_picture
from tests.functional.media.studio import served
from tests.functional.media.test_gate_matrix import CONDITIONS, NEVER, OTHERS, OWNER, SECRET, WITH_SECRET
from tests.functional.media.uploader import Uploader
from tests.harness import nginx, work
from tests.harness.browser import Browser

pytestmark = pytest.mark.skipif(nginx.program() is None, reason="NOT RUN: there is no nginx on this machine")
OUT_S = 5.0
SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


class Counter:
    """WSGI around an application: which paths it was asked for."""

    def __init__(self, app: Flask) -> None:
        self.asked: list[str] = []
        self._inner = app.wsgi_app
        app.wsgi_app = self  # type: ignore[method-assign]  # as Werkzeug's manual has it

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.asked.append(environ["PATH_INFO"])
        return self._inner(environ, start_response)


class Edge:
    """nginx, the application behind it, and a way to ask as somebody."""

    def __init__(self, url: str, counter: Counter, cookie_name: str) -> None:
        self.url = url
        self.counter = counter
        self._cookie_name = cookie_name
        self._pool = urllib3.PoolManager(retries=False, timeout=10)

    def get(self, path: str, viewer: Browser | None = None, /, *, method: str = "GET", **headers: str) -> Any:
        """The answer, its redirects not followed."""
        asked = {name.replace("_", "-"): value for name, value in headers.items()} | self.cookies(viewer)
        return self._pool.request(method, self.url + path, headers=asked, redirect=False)

    def cookies(self, viewer: Browser | None) -> dict[str, str]:
        cookie = viewer.get_cookie(self._cookie_name, domain="127.0.0.1") if viewer else None
        return {"Cookie": f"{self._cookie_name}={cookie.value}"} if cookie else {}

    def seconds_until_out(self, path: str, viewer: Browser | None = None, /, **headers: str) -> float:
        """How long the address still gives bytes."""
        began = time.monotonic()
        while self.get(path, viewer, **headers).status < 400:
            assert time.monotonic() - began < OUT_S, f"{path} is still handed out"
            time.sleep(0.05)
        return time.monotonic() - began

    def close(self) -> None:
        self._pool.clear()


@pytest.fixture
def edge(app: Flask, make_app: Callable[..., Flask], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    behind = make_app(accel_redirect=True, trusted_proxies=1)
    counter = Counter(behind)
    folder = tmp_path_factory.mktemp("nginx")
    media = app.config["SETTINGS"].data_dir / "media"
    with served(behind) as address, nginx.Nginx.before(address, media=media, folder=folder) as front:
        edge = Edge(front.url, counter, app.config["SESSION_COOKIE_NAME"])
        yield edge
        edge.close()


class Film:
    """A film, and where its parts are at the moment."""

    def __init__(self, app: Flask, session: Session, medium: Medium) -> None:
        self.app = app
        self.medium = medium
        self._session = session
        self.look()

    def look(self) -> None:
        """Read its rows again."""
        self._session.expire_all()
        self.version = self._session.scalars(select(Version).where(Version.medium_id == self.medium.id)).one()
        self.public = f"/media/public/{self.version.delivery_key}/"
        self.restricted = f"/media/restricted/{self.version.delivery_key}/"
        self.picture = self._session.get_one(Picture, self.medium.artwork_id)
        self.artwork = f"/pictures/{self.picture.key}/320.jpg"
        self.medium.slug  # noqa: B018 - loaded while there is a session
        self._session.commit()

    def data(self, name: str) -> bytes:
        return store_of(self.app).read_bytes(self.version.storage_prefix + name)

    def enlarge(self, name: str, megabytes: int) -> None:
        """Make one of its objects long."""
        store_of(self.app).put_bytes(self.version.storage_prefix + name, bytes(megabytes << 20), content_type="")


@pytest.fixture
def film_of(app: Flask, artist: User, make_medium: Callable[..., Medium], db_session: Session) -> Callable[..., Film]:
    """``film_of(**columns)``: where its files lie is settled."""

    def make(**values: Any) -> Film:
        made = {"files": True, "artwork": True, "downloads_allowed": True, "link_secret": SECRET, **values}
        medium = make_medium(artist, "video", **made)
        with app.app_context():
            jobs.place_misplaced()
        work.settle(app)
        return Film(app, db_session, medium)

    return make


# What it does by itself ---------------------------------------------------------------------------------------------


def test_public_bytes_are_handed_out_without_asking_the_application(edge: Edge, film_of: Callable[..., Film]) -> None:
    film = film_of()
    for path in (film.public + "240p-0000.mp4", film.public + "film.mp4", film.public + "peaks.json", film.artwork):
        answer = edge.get(path)
        assert answer.status == 200, path
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Content-Security-Policy"] == SANDBOX
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["ETag"]
        assert "Set-Cookie" not in answer.headers
    assert edge.get(film.public + "film.mp4").data == film.data("film.mp4")
    assert edge.counter.asked == []
    playlist = edge.get(film.public + "master.m3u8")
    assert (playlist.status, playlist.headers["Cache-Control"]) == (200, "public, no-cache")
    assert edge.get(film.public + "nothing.mp4").status == 404
    assert edge.get(film.public).status == 404


def test_what_nginx_hands_out_stays_on_tls_and_out_of_frames(edge: Edge, film_of: Callable[..., Film]) -> None:
    for path in (film_of().artwork, "/static/css/tokens.css"):
        answer = edge.get(path, **{"X-Forwarded-Proto": "https"})
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in edge.get(path).headers


def test_static_files_have_a_whole_policy_and_so_has_their_absence(edge: Edge) -> None:
    fonts = sorted(path.name for path in (ROOT / "static/vendor/fonts").glob("*.woff2"))
    for path, status in (
        ("/static/css/tokens.css", 200), ("/static/img/logo.svg", 200), ("/static/js/app.js", 200),
        (f"/static/vendor/fonts/{fonts[0]}", 200), ("/static/nothing.js", 404), ("/static/", 403),
    ):  # fmt: skip
        answer = edge.get(path, **{"X-Forwarded-Proto": "https"})
        assert answer.status == status, path
        policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
        assert policy == dict.fromkeys(("default-src", "base-uri", "form-action", "frame-ancestors"), "'none'"), path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000"), path


def test_what_is_public_and_not_moved_yet_is_there_all_the_same(
    edge: Edge, app: Flask, artist: User, make_medium: Callable[..., Medium], db_session: Session
) -> None:
    film = Film(app, db_session, make_medium(artist, "video", files=True, artwork=True))
    assert not film.version.exposed
    answer = edge.get(film.public + "film.mp4")
    assert (answer.status, answer.data) == (200, film.data("film.mp4"))
    assert "immutable" in answer.headers["Cache-Control"]
    assert edge.get(film.artwork).status == 200


RANGES = {
    "bytes=0-0": (206, 0, 1), "bytes=1000-1999": (206, 1000, 2000), "bytes=2900-9999": (206, 2900, 3000),
    "bytes=-7": (206, 2993, 3000), "bytes=-5000": (206, 0, 3000), "bytes=5-": (206, 5, 3000),
    "bytes=3000-": (416, 0, 0), "bytes=0-9,20-29": (200, 0, 3000),
}  # fmt: skip


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_ranges_conditions_and_heads_are_answered_alike_on_every_path(
    edge: Edge, film_of: Callable[..., Film], visibility: str
) -> None:
    film = film_of(visibility=visibility)
    path = (film.public if visibility == "public" else f"{film.restricted}{SECRET}/") + "film.mp4"
    data = film.data("film.mp4")
    for asked, (status, first, last) in RANGES.items():
        answer = edge.get(path, Range=asked)
        assert answer.status == status, asked
        if status == 416:
            assert answer.headers["Content-Range"] == "bytes */3000"
            continue
        assert answer.data == data[first:last], asked
        if status == 206:
            assert answer.headers["Content-Range"] == f"bytes {first}-{last - 1}/3000"
    whole, head = edge.get(path), edge.get(path, method="HEAD")
    assert (head.status, head.data) == (200, b"")
    for header in ("Content-Length", "Content-Type", "ETag", "Cache-Control", "Accept-Ranges"):
        assert head.headers[header] == whole.headers[header], header
    assert whole.headers["Content-Type"] == "video/mp4"
    assert whole.headers["Content-Length"] == "3000"
    assert edge.get(path, If_None_Match=whole.headers["ETag"]).status == 304
    assert edge.get(path, If_None_Match='"another"').status == 200
    same = edge.get(path, Range="bytes=10-19", If_Range=whole.headers["ETag"])
    assert (same.status, same.data) == (206, data[10:20])
    other = edge.get(path, Range="bytes=10-19", If_Range='"another"')
    assert (other.status, other.data) == (200, data)


def test_another_site_may_read_ranges_of_what_is_public_and_of_nothing_else(
    edge: Edge, film_of: Callable[..., Film]
) -> None:
    film, hidden = film_of(), film_of(visibility="unlisted")
    asked = {"Origin": "https://elsewhere.example", "Access_Control_Request_Method": "GET",
             "Access_Control_Request_Headers": "range"}  # fmt: skip
    for name in ("film.mp4", "master.m3u8"):
        preflight = edge.get(film.public + name, method="OPTIONS", **asked)
        assert preflight.status == 204
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"
        assert "Range" in preflight.headers["Access-Control-Allow-Headers"]
        assert edge.get(film.public + name).headers["Access-Control-Allow-Origin"] == "*"
    for method in ("OPTIONS", "GET"):
        answer = edge.get(f"{hidden.restricted}{SECRET}/film.mp4", method=method, **asked)
        assert "Access-Control-Allow-Origin" not in answer.headers


# Who gets in ----------------------------------------------------------------------------------------------------------

NAMES = ("master.m3u8", "240p-0000.mp4", "film.mp4", "poster-1.jpg")


def test_every_address_answers_every_viewer_as_the_gate_says_behind_nginx_too(
    edge: Edge, film_of: Callable[..., Film], ana: Uploader, uploader_of: Callable[..., Uploader],
    make_person: Callable[..., User],
) -> None:  # fmt: skip
    wrong = []
    listener = uploader_of(make_person())
    for condition, values in CONDITIONS.items():
        if condition == "processing":
            continue
        film = film_of(**values)
        public_word = OTHERS[condition]
        for who, viewer in (("stranger", None), ("listener", listener.browser), ("owner", ana.browser)):
            word = OWNER[condition] if who == "owner" else public_word
            rightly = {
                film.public: public_word not in {NEVER, WITH_SECRET},
                f"{film.restricted}-/": word not in {NEVER, WITH_SECRET},
                f"{film.restricted}{SECRET}/": word != NEVER,
                f"{film.restricted}wrong-secret/": word not in {NEVER, WITH_SECRET},
            }
            for base, opens in rightly.items():
                for name in NAMES:
                    status = edge.get(base + name, viewer).status
                    if status != (200 if opens else 404):
                        wrong.append(f"{condition}, {who}: {base}{name} said {status}")
            sees = who == "owner" or public_word not in {NEVER, WITH_SECRET}
            for path, opens in (
                (film.artwork, sees),
                (f"/media/{film.medium.public_id}/download", rightly[f"{film.restricted}-/"]),
            ):
                status = edge.get(path, viewer).status
                if status != (200 if opens else 404):
                    wrong.append(f"{condition}, {who}: {path} said {status}")
    assert wrong == []


def test_nobody_gives_a_request_its_id_but_nginx(edge: Edge) -> None:
    ids = {edge.get("/login", **{"X-Request-ID": "made-up-outside"}).headers["X-Request-ID"] for _ in range(2)}
    assert len(ids) == 2
    assert all(len(one) == 32 for one in ids)


def test_inner_addresses_are_nobodys(edge: Edge, film_of: Callable[..., Film]) -> None:
    film = film_of(visibility="private")
    prefix = film.version.storage_prefix
    for path in (f"/_media/{prefix}film.mp4", "/_gate", f"/_slices{film.restricted}-/film.mp4",
                 f"/media/gate/{film.version.delivery_key}/-", f"/{prefix}film.mp4",
                 f"/media/public/..%2f{prefix}film.mp4", f"/{film.version.original_key}",
                 f"/media/public/%2e%2e/{film.version.original_key}", "/.git/config", "/.env", "/static/..%2f.env",
                 "/static../.env", "/static/%2e%2e/config.py"):  # fmt: skip
        assert edge.get(path).status in {400, 404}, path


def test_one_viewers_answer_is_not_anothers(
    edge: Edge, film_of: Callable[..., Film], ana: Uploader, uploader_of: Callable[..., Uploader],
    make_person: Callable[..., User],
) -> None:  # fmt: skip
    film, other = film_of(visibility="private"), uploader_of(make_person()).browser
    path, short = f"{film.restricted}-/240p-0000.mp4", {"Range": "bytes=0-99"}
    for _ in range(3):
        assert edge.get(path, ana.browser, **short).status == 206
        assert edge.get(path, other, **short).status == 404
        assert edge.get(path, **short).status == 404
    edge.counter.asked.clear()
    for start in range(0, 2000, 100):
        assert edge.get(path, ana.browser, Range=f"bytes={start}-{start + 99}").status == 206
    gates = [path for path in edge.counter.asked if path.startswith("/media/gate/")]
    assert len(gates) <= 2, "the application is asked once in two seconds, not for every segment"
    assert set(edge.counter.asked) == set(gates)


# Who is out -----------------------------------------------------------------------------------------------------------


def test_what_is_closed_leaves_the_open_without_waiting_for_a_queue(
    edge: Edge, app: Flask, film_of: Callable[..., Film], ana: Uploader
) -> None:
    for action, said in (
        ("visibility", {"visibility": "private"}),
        ("visibility", {"visibility": "unlisted"}),
        ("unpublish", {}),
        ("delete", {"confirm": "y"}),
    ):
        film = film_of()
        paths = [film.public + "film.mp4", film.public + "240p-0000.mp4", film.artwork, film.public + "master.m3u8"]
        assert [edge.get(path).status for path in paths] == [200] * 4
        url = f"/studio/media/{film.medium.public_id}/{action}"
        answer = ana.browser.post(url, data={**said, "csrf_token": ana.token})
        assert answer.status_code == 303, (action, answer.text)
        work.relay(app)  # what the spine does at once; no job has run
        assert [edge.get(path).status for path in paths] == [404] * 4, action
        assert store_of(app).list_objects(f"public/{film.version.delivery_key}/") == []


def test_a_portrait_that_moderators_take_away_leaves_without_waiting_for_a_queue(
    edge: Edge, app: Flask, artist: User, db_session: Session
) -> None:
    picture = add_picture(db_session, store_of(app), files=True, exposed=True)
    artist.avatar_id = picture.id
    db_session.commit()
    url = picture.src(320)
    assert edge.get(url).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    with app.app_context():
        put_hold(Ref(RefKind.PERSON, artist.id), Hold.REMOVED, cause=Cause.DECISION, cause_id=None, by=None)
        db.session.commit()
    work.relay(app)
    assert edge.get(url).status == 404


def test_an_account_on_its_way_out_takes_its_films_along(
    edge: Edge, app: Flask, film_of: Callable[..., Film], artist: User, db_session: Session
) -> None:
    film = film_of()
    assert edge.get(film.public + "film.mp4").status == 200
    from app.accounts.events import AccountClosing  # noqa: PLC0415 - for this test alone
    from app.core.events import publish  # noqa: PLC0415
    from app.extensions import db  # noqa: PLC0415

    db_session.execute(update(User).where(User.id == artist.id).values(deletion_due_at=now()))
    db_session.commit()
    with app.app_context():
        publish(AccountClosing(user_id=artist.id))
        db.session.commit()
    work.relay(app)
    assert edge.get(film.public + "film.mp4").status == 404


def test_a_viewer_whose_session_ends_is_out_within_five_seconds(
    edge: Edge, film_of: Callable[..., Film], ana: Uploader, artist: User, uploader_of: Callable[..., Uploader],
    db_session: Session,
) -> None:  # fmt: skip
    film, elsewhere = film_of(visibility="private"), uploader_of(artist).browser
    path, short = f"{film.restricted}-/240p-0000.mp4", {"Range": "bytes=0-99"}
    for viewer in (ana.browser, elsewhere):
        assert edge.get(path, viewer, **short).status == 206
    kept_cookie = edge.cookies(ana.browser)
    assert ana.browser.post("/logout", data={"csrf_token": ana.token}).status_code == 303
    began = time.monotonic()
    while edge.get(path, Cookie=kept_cookie["Cookie"], **short).status == 206:
        assert time.monotonic() - began < OUT_S
        time.sleep(0.05)
    assert edge.get(path, elsewhere, **short).status == 206, "only the session that ended"
    db_session.execute(update(AccountSession).values(revoked_at=now()))
    db_session.commit()
    assert edge.seconds_until_out(path, elsewhere, **short) < OUT_S


def test_a_secret_that_was_replaced_opens_nothing_within_five_seconds(
    edge: Edge, film_of: Callable[..., Film], ana: Uploader
) -> None:
    film = film_of(visibility="unlisted")
    path = f"{film.restricted}{SECRET}/240p-0000.mp4"
    assert edge.get(path, Range="bytes=0-99").status == 206
    answer = ana.browser.post(f"/studio/media/{film.medium.public_id}/secret", data={"csrf_token": ana.token})
    assert answer.status_code == 303
    assert edge.seconds_until_out(path, Range="bytes=0-99") < OUT_S


def bytes_until_broken(answer: Any) -> int:
    """What still comes of an answer that is not finished; fails the test when it is."""
    received = 0
    try:
        while data := answer.read(1 << 20):
            received += len(data)
    except urllib3.exceptions.HTTPError:
        return received
    raise AssertionError("the whole of it was handed out")


def test_a_long_answer_breaks_off_when_access_ends(
    edge: Edge, film_of: Callable[..., Film], db_session: Session
) -> None:
    film = film_of(visibility="unlisted")
    film.enlarge("film.mp4", 64)
    store_of(film.app).put_bytes(film.version.original_key, bytes(64 << 20), content_type="")
    for path in (f"{film.restricted}{SECRET}/film.mp4", f"/media/{film.medium.public_id}/download?s={SECRET}"):
        with urllib3.PoolManager(retries=False, timeout=10) as pool:
            answer = pool.request("GET", edge.url + path, headers={"Range": "bytes=0-"}, preload_content=False)
            assert (answer.status, answer.headers["Content-Length"]) == (206, str(64 << 20))
            received = len(answer.read(1 << 20))
            db_session.execute(update(Medium).values(link_secret="another"))
            db_session.commit()
            time.sleep(3.1)  # what nginx remembers of the gate's answer is too old by now
            began = time.monotonic()
            received += bytes_until_broken(answer)
            assert time.monotonic() - began < OUT_S
            assert received < 24 << 20, "what was on its way, and no more"
        db_session.execute(update(Medium).values(link_secret=SECRET))
        db_session.commit()


def test_a_long_answer_arrives_whole(edge: Edge, film_of: Callable[..., Film], ana: Uploader) -> None:
    film = film_of(visibility="private")
    data = bytes(range(256)) * (5 << 12)  # five megabytes, ten slices
    store_of(film.app).put_bytes(film.version.storage_prefix + "film.mp4", data, content_type="")
    path = f"{film.restricted}-/film.mp4"
    whole = edge.get(path, ana.browser)
    assert (whole.status, whole.data) == (200, data)
    rest = edge.get(path, ana.browser, Range="bytes=1234567-")
    assert (rest.status, rest.data) == (206, data[1234567:])
    assert rest.headers["Content-Range"] == f"bytes 1234567-{len(data) - 1}/{len(data)}"


def test_a_named_link_plays_by_its_ticket_alone_and_ends_on_every_path(
    edge: Edge, film_of: Callable[..., Film], artist: User, db_session: Session
) -> None:
    film = film_of(visibility="private", published_at=None)
    film.enlarge("film.mp4", 3)
    link = ShareLink(owner_id=artist.id, medium_id=film.medium.id, recipient="Mara", play_cap=2)
    db_session.add(link)
    db_session.commit()
    base = f"{film.restricted}{link.token}/"
    cookie = edge.get(f"/share/{link.token}").headers["Set-Cookie"].partition(";")[0]
    assert edge.get(base + "master.m3u8").status == 200
    tickets = set()
    for name, asked in (("film.mp4", {}), ("240p-0000.mp4", {"Range": "bytes=0-99"}), ("240p.m3u8", {})):
        answer = edge.get(base + name, Cookie=cookie, **asked)
        assert answer.status == 302, name
        tickets.add(answer.headers["Location"].removesuffix(name))
    (ticket,) = tickets
    assert edge.get(ticket + "film.mp4").data == film.data("film.mp4"), "in slices"
    assert edge.get(ticket + "240p-0000.mp4", Range="bytes=0-99").status == 206
    assert [edge.get(base + "film.mp4", User_Agent=name).status for name in ("second", "third")] == [302, 410]
    db_session.execute(update(ShareLink).values(revoked_at=now()))
    db_session.commit()
    for name in ("film.mp4", "240p-0000.mp4", "240p.m3u8"):
        assert edge.seconds_until_out(ticket + name, Range="bytes=0-99") < OUT_S
