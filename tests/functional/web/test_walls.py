"""What stands around every route: a budget, names by which we answer, cookies that stay here, and no shared cache."""

import ast
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from flask import Flask
from flask_limiter.util import get_qualified_name
from sqlalchemy.orm import Session

from app.core.embedded import EmbeddedRedis
from app.extensions import limiter
from app.media.models import ShareLink
from config import ROOT
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakeMedium, MakePerson

WITHOUT_BUDGET = {
    "uploads.part_put",  # the address is a permission, signed for one part of one upload, and given out within a budget
}
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def test_whatever_changes_something_has_a_budget(app: Flask) -> None:
    without, routes = set(), 0
    for rule in app.url_map.iter_rules():
        methods = (rule.methods or set()) & CHANGING
        view = get_qualified_name(app.view_functions[rule.endpoint])
        manager = limiter.limit_manager
        with app.app_context():
            limits = [*manager.decorated_limits(view), *manager.default_limits]
            if view in manager._route_exemptions:
                limits = []
        for method in methods:
            routes += 1
            if not any(not limit.methods or method.lower() in limit.methods for limit in limits):
                without.add(rule.endpoint)
    assert routes > 100
    assert without == WITHOUT_BUDGET


def test_a_route_that_nobody_gave_a_budget_has_the_one_of_the_rest(make_app: MakeApp) -> None:
    browser = browser_of(make_app(testing=False, reaction_limit="3 per minute"))
    assert [browser.submit("/logout").status_code for _ in range(4)] == [303, 303, 303, 429]
    assert browser.get("/login").status_code == 200


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    redis = EmbeddedRedis(tmp_path / "redis", durable=False)
    yield redis
    redis.stop()


def test_a_redis_that_dies_takes_no_budget_along(make_app: MakeApp, own_redis: EmbeddedRedis) -> None:
    app = make_app(testing=False, login_limit="3 per minute", redis_url=own_redis.start())
    browser = browser_of(app)
    guess = {"login": "a", "password": "b"}
    assert [browser.submit("/login", guess).status_code for _ in range(4)] == [422, 422, 422, 429]
    own_redis.stop()
    after = [browser.submit("/login", guess).status_code for _ in range(5)]
    assert after.count(422) == 3  # counted in this process from now on: a guesser gains one budget, not the freedom
    assert after[-1] == 429


def test_pages_and_links_know_only_our_names(app: Flask, client: Browser) -> None:
    assert client.get("/login").status_code == 200
    foreign = client.get("/password/forgot", headers={"Host": "evil.example"})
    assert foreign.status_code == 400
    assert "evil" not in foreign.text
    assert browser_of(app).get("/healthz", headers={"Host": "10.1.2.3"}).status_code == 200


def test_a_forwarded_host_counts_only_where_the_proxy_is_trusted(make_app: MakeApp) -> None:
    told = {"X-Forwarded-Host": "evil.example"}
    assert browser_of(make_app(trusted_proxies=0)).get("/login", headers=told).status_code == 200
    assert browser_of(make_app(trusted_proxies=1)).get("/login", headers=told).status_code == 400


def test_over_tls_every_cookie_is_bound_to_this_host(
    make_app: MakeApp, make_person: MakePerson, make_medium: MakeMedium, db_session: Session
) -> None:
    app = make_app(public_url="https://sound.example")
    artist = make_person(role="artist")
    link = ShareLink(owner_id=artist.id, medium_id=make_medium(artist, visibility="private").id, recipient="x")
    db_session.add(link)
    db_session.commit()
    browser = browser_of(app)
    answers = [
        browser.get("/login"), browser.submit("/login", {"login": artist.username, "password": PASSWORD}),
        browser_of(app).get(f"/share/{link.token}"), browser_of(app).submit(f"/announcements/{'a' * 32}/dismiss"),
    ]  # fmt: skip
    names = set()
    for answer in answers:
        for header in answer.headers.getlist("Set-Cookie"):
            ((name, cookie),) = SimpleCookie(header).items()
            names.add(name)
            assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", ""), header
            assert cookie["httponly"], header
            assert cookie["samesite"] == "Lax", header
    assert names == {"__Host-session", "__Host-visitor", "__Host-device", "__Host-dismissed"}
    dark = browser_of(app)
    dark.set_cookie("__Host-theme", "dark", domain="sound.example", secure=True)
    assert 'data-theme="dark"' in dark.get("/login").text
    dark.set_cookie("__Host-theme", '"><script>', domain="sound.example", secure=True)
    assert "data-theme" not in dark.get("/login").text.split(">", 2)[1]


def test_no_cookie_is_named_but_by_the_one_function() -> None:
    """Every ``set_cookie`` takes its name from a function that asks ``cookie_name``."""
    calls = 0
    for path in (ROOT / "app").rglob("*.py"):
        source = path.read_text()
        for node in ast.walk(ast.parse(source)) if "set_cookie(" in source else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "set_cookie":
                calls += 1
                assert "cookie_name(" in source, path
                assert not isinstance(node.args[0], ast.Constant), path
    assert calls >= 2


def test_what_strangers_uploaded_is_inert(
    client: Browser, make_person: MakePerson, make_medium: MakeMedium, login: Login
) -> None:
    """It runs nothing, frames nothing and is saved, not shown, whatever its name and kind say."""
    artist = make_person(role="artist")
    medium = make_medium(artist, files=True, artwork=True, downloads_allowed=True)
    login(client, artist)
    download = client.get(f"/media/{medium.public_id}/download")
    assert download.status_code == 200
    assert download.headers["Content-Disposition"].startswith("attachment")
    for answer in (download, client.get(f"/media/{medium.public_id}/playback")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = download.headers["Content-Security-Policy"]
    assert "sandbox" in policy.split("; ")
    assert "default-src 'none'" in policy


def test_no_method_is_another_in_disguise(client: Browser) -> None:
    for headers in ({"X-HTTP-Method-Override": "POST"}, {"X-HTTP-Method": "DELETE"}, {"X-Method-Override": "PUT"}):
        assert client.get("/settings/sessions/revoke-others", headers=headers).status_code == 405
    assert client.get("/settings/sessions/revoke-others?_method=POST").status_code == 405
    assert client.open("/login", method="TRACE").status_code == 405


def test_an_error_page_tells_nothing_of_the_inside(make_app: MakeApp) -> None:
    app = make_app(testing=False)
    secret = app.config["SETTINGS"].secret_key

    def broken() -> str:
        raise RuntimeError(f"{secret} at postgresql://")

    app.add_url_rule("/_broken", "broken", broken)
    answer = browser_of(app).get("/_broken", headers={"Cookie": "session=abc"})
    assert answer.status_code == 500
    for word in (secret, "Traceback", "postgresql", "RuntimeError", "/app/", "werkzeug", "flask"):
        assert word not in answer.text
    assert "Server" not in answer.headers or "Python" not in answer.headers["Server"]
