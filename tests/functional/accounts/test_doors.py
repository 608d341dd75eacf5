"""Sign up, log in, log out."""

from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie

import bcrypt
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.door_models import SignUp
from app.accounts.errors import WrongCredentials
from app.accounts.models import FormerUsername, Session, Standing, User
from app.accounts.names import username_key
from app.accounts.services import sessions
from app.accounts.services.passwords import hash_password
from app.core.audit.models import AuditEntry
from app.extensions import db
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakePerson

NEW = {"username": "nawal_k", "email": "Nawal@Example.org", "password": "lemons by the harbour"}


def logged_in_as(client: Browser) -> str | None:
    """The username on the account page, or None for strangers."""
    answer = client.get("/settings/account")
    return (
        None if answer.status_code == 303 else answer.text.split('name="username"')[1].split('value="')[1].split('"')[0]
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"username": "na"}, "A username has 3 to 30 characters."),
        ({"username": "nawal-k"}, "letters, digits or underscores"),
        ({"username": "___"}, "letters, digits or underscores"),
        ({"username": "Admin"}, "This name is taken"),
        ({"username": "ADMlN"}, "This name is taken"),
        ({"email": "nawal"}, "That is no e-mail address."),
        ({"email": ""}, "We need an address"),
        ({"password": "short"}, "at least 8 characters"),
        ({"password": "password1"}, "guesser"),
        ({"password": "Nawal@example.org"}, "your own name"),
        ({"password": "nawal_k123"}, "your own name"),
        ({"password": ""}, "Pick a password."),
    ],
)
def test_what_is_wrong_with_a_sign_up_stands_beside_its_field(
    client: Browser, db_session: DatabaseSession, changes: dict[str, str], sentence: str
) -> None:
    answer = client.submit("/signup", {**NEW, **changes})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert answer.headers["HX-Push-Url"] == "false"
    assert "lemons" not in answer.text
    assert db_session.scalar(select(func.count()).select_from(SignUp)) == 0


@pytest.mark.parametrize("name", ["moon", "M00N", "mo_on", "rnoon"])
def test_a_name_that_looks_like_someones_is_taken(client: Browser, make_person: MakePerson, name: str) -> None:
    make_person(username="moon")
    make_person(username="mooon")
    answer = client.submit("/signup", {**NEW, "username": {"rnoon": "m_oon"}.get(name, name)})
    assert answer.status_code == 422
    assert "This name is taken" in answer.text


def test_marks_that_turn_the_text_round_are_taken_out(client: Browser, db_session: DatabaseSession) -> None:
    client.submit("/signup", {**NEW, "username": " naw\u202eal\x00 "})
    assert db_session.scalars(select(SignUp.username)).one() == "nawal"


def test_a_minimum_age_is_asked_for_where_it_is_set(make_app: MakeApp) -> None:
    client = browser_of(make_app(minimum_age=16))
    refused = client.submit("/signup", NEW)
    assert refused.status_code == 422
    assert "16 years" in refused.text
    assert client.submit("/signup", {**NEW, "old_enough": "y"}).status_code == 303


@pytest.mark.parametrize("written", ["moon", "MOON", "moon@example.org", "Moon@Example.ORG", "  moon "])
def test_one_logs_in_by_name_or_address(client: Browser, make_person: MakePerson, written: str) -> None:
    make_person(username="moon")
    assert client.submit("/login", {"login": written, "password": PASSWORD}).status_code == 303
    assert logged_in_as(client) == "moon"


@pytest.mark.parametrize(
    ("written", "password"),
    [("moon", "wrong"), ("nobody", PASSWORD), ("nobody@example.org", PASSWORD), ("m00n", PASSWORD)],
    ids=["wrong password", "no such name", "no such address", "look-alike"],
)
def test_which_of_name_and_password_is_wrong_stays_unsaid(
    client: Browser, make_person: MakePerson, written: str, password: str
) -> None:
    make_person(username="moon")
    answer = client.submit("/login", {"login": written, "password": password})
    assert answer.status_code == 422
    assert answer.text.count("do not go together") == 1
    assert logged_in_as(client) is None


def test_a_wrong_name_costs_a_digest_like_a_wrong_password(
    app: Flask, client: Browser, make_person: MakePerson
) -> None:
    make_person(username="moon")
    client.submit("/login", {"login": "nobody", "password": PASSWORD})
    (kept,) = app.extensions["nobodys_digest"].values()
    assert bcrypt.checkpw(b"x", kept) is False  # a real digest, of the same cost as everyone's
    assert kept.split(b"$")[2] == b"04"


def test_a_digest_of_an_older_cost_is_made_anew_at_log_in(
    make_app: MakeApp, make_person: MakePerson, db_session: DatabaseSession, login: Login
) -> None:
    person = make_person()
    client = browser_of(make_app(bcrypt_cost=5))
    login(client, person)
    db_session.refresh(person)
    assert person.password_digest.split(b"$")[2] == b"05"
    login(browser_of(make_app(bcrypt_cost=5)), person)


def test_a_password_that_changes_while_one_logs_in_is_not_put_back_by_the_new_digest(
    make_app: MakeApp, make_person: MakePerson, db_session: DatabaseSession
) -> None:
    """The digest is made anew from what was typed: written over a change, it would undo that."""
    person = make_person()
    app = make_app(bcrypt_cost=5)
    with app.app_context():
        candidate = sessions.find_candidate(person.username)
        assert candidate.digest is not None
        user = db.session.get_one(User, person.id)
        other = person.password_digest = hash_password("another one entirely")
        db_session.commit()
        sessions._rehash(user, candidate.digest, PASSWORD)
        db.session.commit()
        with pytest.raises(WrongCredentials):
            sessions.authenticate(candidate, PASSWORD)
    db_session.refresh(person)
    assert person.password_digest == other


def test_of_two_who_log_in_at_once_both_get_in_and_one_digest_stays(
    make_app: MakeApp, make_person: MakePerson, db_session: DatabaseSession
) -> None:
    person = make_person()
    app = make_app(bcrypt_cost=5)
    data = {"login": person.username, "password": PASSWORD}
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: browser_of(app).submit("/login", data).status_code, range(2)))
    assert answers == [303, 303]
    db_session.refresh(person)
    assert person.password_digest.split(b"$")[2] == b"05"


def test_who_cannot_get_a_new_digest_gets_in_all_the_same(
    make_app: MakeApp, make_person: MakePerson, monkeypatch: pytest.MonkeyPatch, login: Login
) -> None:
    person = make_person()
    client = browser_of(make_app(bcrypt_cost=5))

    def fail(_password: str) -> bytes:
        raise MemoryError

    monkeypatch.setattr(sessions, "hash_password", fail)
    login(client, person)
    assert logged_in_as(client) == person.username


@pytest.mark.parametrize("standing", ["suspended", "banned"])
def test_who_is_suspended_or_banned_gets_in_and_reads_why(
    client: Browser, make_person: MakePerson, standing: str
) -> None:
    person = make_person(standing=Standing(standing))
    answer = client.submit("/login", {"login": person.username, "password": PASSWORD, "next": "/music"})
    assert answer.location == "/settings/standing"


def test_logging_in_and_out_stands_in_the_audit_log(
    client: Browser, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    person = make_person()
    login(client, person)
    client.submit("/settings/account/channel")
    client.submit("/settings/account/username", {"username": "another_name"})
    client.submit("/settings/account/email", {"password": PASSWORD, "email": "new@example.org"})
    client.submit("/settings/account/password", {"current_password": PASSWORD, "password": "a kettle full of rain"})
    client.submit("/logout")
    entries = db_session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    assert [entry.action for entry in entries] == [
        "session.began", "channel.opened", "username.changed", "email.change_asked", "password.changed",
        "session.ended",
    ]  # fmt: skip
    assert {entry.actor_id for entry in entries} == {person.id}


def test_logging_in_gives_a_new_cookie_and_a_new_token(
    app: Flask, client: Browser, make_person: MakePerson, login: Login
) -> None:
    del app
    before = client.csrf_token()
    planted = client.get_cookie("session", domain="127.0.0.1")
    login(client, make_person())
    after = client.get_cookie("session", domain="127.0.0.1")
    assert planted is not None
    assert after is not None
    assert planted.value != after.value
    stale = client.post("/settings/playback", data={"csrf_token": before})
    assert stale.status_code == 400


def test_two_log_ins_are_two_sessions(
    client: Browser, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    person = make_person()
    login(client, person)
    client.submit("/logout")
    login(client, person)
    rows = db_session.scalars(select(Session).order_by(Session.id)).all()
    assert len({row.token_digest for row in rows}) == 2
    assert [row.revoked_at is None for row in rows] == [False, True]


def test_a_cookie_from_before_the_log_out_opens_nothing(client: Browser, make_person: MakePerson, login: Login) -> None:
    login(client, make_person())
    stolen = client.get_cookie("session", domain="127.0.0.1")
    assert stolen is not None
    assert client.submit("/logout").status_code == 303
    assert logged_in_as(client) is None
    client.set_cookie("session", stolen.value, domain="127.0.0.1")
    assert logged_in_as(client) is None


@pytest.mark.parametrize("remember", [False, True])
def test_only_who_asks_to_be_remembered_is_after_the_browser_closes(
    client: Browser, make_person: MakePerson, *, remember: bool
) -> None:
    data = {"login": make_person().username, "password": PASSWORD, **({"remember": "y"} if remember else {})}
    answer = client.submit("/login", data)
    (sent,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("session=")]
    cookie = SimpleCookie(sent)["session"]
    assert bool(cookie["expires"]) is remember
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_who_is_logged_in_needs_no_door(client: Browser, make_person: MakePerson, login: Login) -> None:
    login(client, make_person())
    assert client.get("/login?next=/upload").location == "/upload"
    assert client.get("/signup").location == "/"


def test_a_page_for_members_sends_strangers_to_the_door_and_back(client: Browser, make_person: MakePerson) -> None:
    answer = client.get("/settings/account?x=1")
    assert answer.status_code == 303
    assert answer.location == "/login?next=/settings/account?x%3D1"
    page = client.get(answer.location)
    assert 'name="next" value="/settings/account?x=1"' in page.text
    data = {"login": make_person().username, "password": PASSWORD, "next": "/settings/account?x=1"}
    assert client.submit("/login", data).location == "/settings/account?x=1"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example/x",
     "http:///evil.example", "javascript:alert(1)", "/\t/evil.example", "/\n/evil.example", "evil.example", "///evil",
     "/x\\..\\..\\evil", "//evil.example/%2f..", " //evil.example", "/%5cevil\\.example"],
)  # fmt: skip
def test_no_log_in_leads_to_another_site(client: Browser, make_person: MakePerson, elsewhere: str) -> None:
    data = {"login": make_person().username, "password": PASSWORD, "next": elsewhere}
    assert client.submit("/login", data).location == "/"
    assert client.get("/login", query_string={"next": elsewhere}).location == "/"


def test_a_stranger_who_logs_out_is_no_error(client: Browser) -> None:
    assert client.submit("/logout").location == "/"


def test_former_names_stay_their_owners(client: Browser, make_person: MakePerson, db_session: DatabaseSession) -> None:
    person = make_person(username="oldname")
    db_session.add(FormerUsername(username_key=username_key("thefirst"), user_id=person.id))
    db_session.commit()
    assert client.submit("/signup", {**NEW, "username": "thefirst"}).status_code == 422
