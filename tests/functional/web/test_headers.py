"""Headers that browsers obey, on every answer; cookies by scheme."""

import re
from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest
from flask import Flask, request

from app.web.security import OF_ONE_PERSON
from config import ROOT
from tests.factories.people import PASSWORD
from tests.harness.browser import PARTIAL, Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakeMedium, MakePerson

PAGES = [
    "/", "/music", "/screen", "/voice", "/search?q=a", "/login", "/signup", "/password/forgot", "/nowhere", "/@nobody",
    "/@artist", "/@artist/work", "/healthz", "/readyz", "/metrics", "/media/none/playback", "/upload",
    "/search?after=x", "/static/nothing.css", "/static/css/tokens.css", "/password/reset/x", "/@artist/feed.xml",
    "/oembed?url=x", "/sitemap.xml", "/sitemaps/media.xml", "/robots.txt", "/@artist/posts",
]  # fmt: skip
MEMBERS = ["/settings/profile", "/settings/account", "/settings/sessions", "/settings/playback", "/library/history",
           "/studio/media", "/upload", "/uploads"]  # fmt: skip


def policy_of(header: str) -> dict[str, str]:
    return {rule.split(" ", 1)[0]: rule.split(" ", 1)[1] for rule in header.split("; ")}


@pytest.fixture
def artist_browser(client: Browser, make_person: MakePerson, make_medium: MakeMedium, login: Login) -> Browser:
    artist = make_person(username="artist", role="artist")
    make_medium(artist, slug="work")
    return login(client, artist)


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_them(app: Flask, artist_browser: Browser, path: str) -> None:
    for browser in (browser_of(app), artist_browser):
        headers = browser.get(path).headers
        policy = policy_of(headers["Content-Security-Policy"])
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert policy["frame-ancestors"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] in {"strict-origin-when-cross-origin", "no-referrer"}
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers
        assert len(headers["X-Request-ID"]) == 32
        assert headers["Cache-Control"]
        if headers["Content-Type"].startswith("text/"):
            assert headers["Content-Type"].endswith("charset=utf-8"), headers["Content-Type"]


@pytest.mark.parametrize("path", MEMBERS)
def test_what_is_one_persons_is_kept_by_no_cache(artist_browser: Browser, path: str) -> None:
    answer = artist_browser.get(path)
    assert answer.status_code == 200
    assert "private" in answer.headers["Cache-Control"] or "no-store" in answer.headers["Cache-Control"]
    if answer.mimetype == "text/html":
        assert 'action="/logout"' in answer.text, "every page leads out"


def test_whatever_strangers_are_asked_to_log_in_for_is_one_persons() -> None:
    lines = (ROOT / "tests/functional/web/matrix.txt").read_text().splitlines()
    rows = [line for line in lines if line.startswith("/") and line[64:99].split()[:1] == ["in"]]
    assert len(rows) > 90
    assert [row.split()[0] for row in rows if not OF_ONE_PERSON.match(re.sub(r"<\w+>", "x", row.split()[0]))] == []
    for public in ("/", "/@settings/admin", "/search", "/media/x/playback", "/sets/x", "/login", "/administration"):
        assert not OF_ONE_PERSON.match(public)


@pytest.mark.parametrize(
    "path",
    ["/settings/account", "/settings/sessions", "/messages", "/login/confirm", "/library/history", "/feed"],
)
def test_what_only_its_owner_may_read_is_not_kept_by_their_browser_either(artist_browser: Browser, path: str) -> None:
    answer = artist_browser.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")


def test_when_somebody_leaves_or_is_logged_out_from_elsewhere_their_browser_drops_its_cache(
    app: Flask, make_person: MakePerson, login: Login
) -> None:
    person = make_person()
    here, there = (login(browser_of(app), person) for _ in range(2))
    assert "Clear-Site-Data" not in here.get("/").headers
    assert here.submit("/settings/sessions/revoke-others").status_code == 303
    assert there.get("/").headers["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in there.get("/").headers, "once"
    assert here.submit("/logout").headers["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in here.get("/").headers


def test_only_an_embed_may_be_framed(client: Browser, make_person: MakePerson, make_medium: MakeMedium) -> None:
    medium = make_medium(make_person(role="artist"))
    headers = client.get(f"/embed/media/{medium.public_id}").headers
    assert policy_of(headers["Content-Security-Policy"])["frame-ancestors"] == "*"
    assert "X-Frame-Options" not in headers


def test_scripts_come_from_here_and_the_import_map_by_its_digest(client: Browser) -> None:
    answer = client.get("/")
    scripts = policy_of(answer.headers["Content-Security-Policy"])["script-src"].split()
    assert scripts[0] == "'self'"
    assert scripts[1].startswith("'sha256-")
    assert len(scripts) == 2
    assert '<script type="importmap">' in answer.text


def test_a_bucket_is_named_in_the_policy_and_nobody_else(make_app: MakeApp) -> None:
    app = make_app(s3_bucket="b", s3_endpoint_url="https://s3.example:9000/x")
    policy = policy_of(browser_of(app).get("/healthz").headers["Content-Security-Policy"])
    assert policy["media-src"] == "'self' blob: https://s3.example:9000"
    assert policy["connect-src"] == "'self' ws://127.0.0.1 https://s3.example:9000"
    assert policy["script-src"].startswith("'self' 'sha256-")


def test_over_plain_http_the_cookie_has_a_plain_name(client: Browser) -> None:
    cookie = SimpleCookie(client.get("/login").headers["Set-Cookie"])
    assert list(cookie) == ["session"]
    assert not cookie["session"]["secure"]


def test_over_tls_cookies_are_bound_to_this_host_and_browsers_stay_on_tls(
    make_app: MakeApp, make_person: MakePerson
) -> None:
    client = browser_of(make_app(public_url="https://sound.example"))
    answer = client.submit("/login", {"login": make_person().username, "password": PASSWORD, "remember": "y"})
    cookies = SimpleCookie("; ".join(answer.headers.getlist("Set-Cookie")))
    assert set(cookies) == {"__Host-session", "__Host-device"}
    for sent in answer.headers.getlist("Set-Cookie"):
        (cookie,) = SimpleCookie(sent).values()
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    policy = policy_of(client.get("/").headers["Content-Security-Policy"])
    assert policy["connect-src"] == "'self' wss://sound.example"


def test_behind_a_trusted_proxy_the_visitor_is_who_it_says(make_app: MakeApp) -> None:
    told = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "sound.example"}
    for hops, seen in ((0, "127.0.0.1"), (1, "203.0.113.9")):
        app = make_app(trusted_proxies=hops, trusted_hosts=("sound.example",))
        app.add_url_rule("/_who", "who", lambda: str(request.remote_addr))
        assert browser_of(app).get("/_who", headers=told).text == seen


@pytest.mark.parametrize(("given", "kept"), [("abc-123.DEF_9", True), ("x", False), ("a b c d e f g h", False)])
def test_a_request_id_is_taken_over_from_a_trusted_proxy_where_it_is_one(
    make_app: MakeApp, client: Browser, given: str, *, kept: bool
) -> None:
    behind = browser_of(make_app(trusted_proxies=1))
    assert (behind.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given) is kept
    assert client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] != given


def test_a_static_file_with_its_digest_may_be_kept_for_good(client: Browser) -> None:
    page = client.get("/").text
    address = next(part.split('"')[0] for part in page.split('href="') if part.startswith("/static/img/"))
    assert "?v=" in address
    assert client.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(address.split("?")[0]).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/music", "/search?q=x", "/@artist", "/library/history", "/studio/media"])
def test_pages_vary_by_what_htmx_said(artist_browser: Browser, path: str) -> None:
    for headers in ({}, PARTIAL):
        assert {"HX-Request", "HX-Request-Type"} <= set(artist_browser.get(path, headers=headers).vary)


def test_what_is_the_same_for_everyone_does_not_vary_by_cookie(client: Browser) -> None:
    assert "Cookie" not in client.get("/static/css/tokens.css").headers.get("Vary", "")
    assert "Cookie" not in client.get("/assets/app.css").headers.get("Vary", "")


def test_a_name_that_no_row_can_have_is_refused(client: Browser) -> None:
    assert client.get("/@%00").status_code == 400
    assert client.get("/@%00/x").status_code == 400


@pytest.mark.parametrize("signs", ["' OR 1=1 --", '" OR ""="', "%' AND '1", "\\'; SELECT 1; --", "$$x$$", "%s:x"])
def test_signs_of_sql_are_words_like_others(artist_browser: Browser, signs: str) -> None:
    assert artist_browser.get("/search", query_string={"q": signs}).status_code == 200
    for path in ("/@{}", "/@artist/{}", "/rules/{}", "/tags/{}"):
        assert artist_browser.get(path.format(quote(signs, safe=""))).status_code == 404
    answer = artist_browser.get("/search", query_string={"q": "x", "after": signs})
    assert answer.status_code in {200, 400}
    assert artist_browser.submit("/login/link", {"login": signs}).status_code == 303
