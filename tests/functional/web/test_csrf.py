"""Nothing changes for a request that another site could have made somebody's browser send."""

from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, Rule

from app.extensions import csrf
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakeMedium, MakePerson

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
EXEMPT = {
    "app.site.announcement_views.announcement_dismiss",  # hides a line in one browser; strangers have no token
    "app.media.upload_views.part_put",  # the address itself is a signed permission for these bytes, and needs no cookie
    "app.media.upload_views.upload_plain",  # asks by itself, once it knows how large the form may be
    "app.messaging.notice_settings_views.unsubscribe",  # the address is a signed permission: mail programs use it alone
    "app.plays.views.position_update",  # asks by itself for members; nothing is kept of strangers
}
PLACES = {
    "public_id": "aaaaaaaaaaa", "token": "x" * 43, "which": "avatar", "session_id": uuid4(), "task_id": uuid4(),
    "subscription_id": uuid4(), "caption_id": uuid4(), "username": "nobody", "upload_id": uuid4(),
    "link_id": uuid4(), "number": 1, "talk_id": "aaaaaaaaaaa", "kind": "media", "act": "pin", "item_id": uuid4(),
    "user_id": uuid4(), "invitation_id": uuid4(), "change_id": uuid4(), "name": "uploads.artist_minutes",
    "device_id": uuid4(), "passkey_id": uuid4(), "identity_id": uuid4(), "provider": "house",
    "deed": "close", "note_id": uuid4(), "reference": "TD23456789",
    "party_id": uuid4(), "infringement_id": uuid4(),
    "announcement_id": uuid4(), "realm_slug": "music", "direction": "up",
    "dismissed": "0" * 32,
    "rule_id": uuid4(), "slug": "hate",
}  # fmt: skip


def changing_rules(app: Flask) -> list[tuple[Rule, str]]:
    return [(rule, method) for rule in app.url_map.iter_rules() for method in (rule.methods or set()) & CHANGING]


def _choice(rule: Rule, name: str) -> str:
    """The first of the words that may stand there, where an address lists them."""
    converter = rule._converters[name]
    return min(converter.items) if isinstance(converter, AnyConverter) else ""


def path_of(app: Flask, rule: Rule) -> str:
    values = {name: _choice(rule, name) or PLACES[name] for name in rule.arguments}
    with app.test_request_context():
        return app.url_map.bind("127.0.0.1").build(rule.endpoint, values)


def test_every_route_that_changes_something_asks_for_the_token(
    app: Flask, client: Browser, make_person: MakePerson, login: Login
) -> None:
    login(client, make_person(role="admin"))
    asked = {}
    for rule, method in changing_rules(app):
        if rule.endpoint in {
            "uploads.part_put", "notification_settings.unsubscribe", "announcements.announcement_dismiss",
        }:  # fmt: skip
            continue
        answer = client.open(path_of(app, rule), method=method, data={"file": "x"} if method == "POST" else None)
        asked[f"{method} {rule}"] = answer.status_code
    del asked["POST /media/<public_id>/position"]  # its medium is looked for first; see the test below
    assert len(asked) > 30
    assert {what: status for what, status in asked.items() if status != 400} == {}


def test_the_exempt_are_these_and_no_others(app: Flask) -> None:
    assert app.url_map  # the exemptions are made where the views are
    assert set(csrf._exempt_views) == EXEMPT


def test_a_members_position_asks_for_the_token_and_a_strangers_does_not(
    app: Flask, client: Browser, make_person: MakePerson, make_medium: MakeMedium, login: Login
) -> None:
    artist = make_person(role="artist")
    path = f"/media/{make_medium(artist).public_id}/position"
    assert browser_of(app).post(path, json={"position_ms": 1}).status_code == 204
    assert login(client, artist).post(path, json={"position_ms": 1}).status_code == 400
    assert client.send_json(path, {"position_ms": 1}).status_code == 204


def test_a_token_of_another_browser_is_none(app: Flask, client: Browser) -> None:
    foreign = browser_of(app).csrf_token()
    answer = client.post("/password/forgot", data={"csrf_token": foreign, "email": "a@example.org"})
    assert answer.status_code == 400
    assert "Load the page again" in answer.text


def test_over_tls_a_form_from_another_site_is_refused_by_its_origin(make_app: MakeApp) -> None:
    client = browser_of(make_app(public_url="https://sound.example"))
    token = client.csrf_token()
    data = {"csrf_token": token, "email": "a@example.org"}
    foreign = client.post("/password/forgot", data=data, headers={"Referer": "https://evil.example/"})
    own = client.post("/password/forgot", data=data, headers={"Referer": "https://sound.example/password/forgot"})
    assert (foreign.status_code, own.status_code) == (400, 303)


@pytest.mark.parametrize("path", ["/", "/music", "/search?q=x", "/login"])
def test_a_page_for_strangers_gives_no_token_to_scripts(client: Browser, path: str) -> None:
    assert 'name="csrf-token"' not in client.get(path).text
