"""Logging in with an account elsewhere; what a hostile provider or visitor says opens nothing."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select, update
from sqlalchemy.orm import Session as DatabaseSession
from werkzeug.test import TestResponse

from app.accounts.factor_models import Identity
from app.accounts.models import Session, User
from app.accounts.services import identities
from app.accounts.services.openid import Claims
from app.core.audit.models import AuditEntry
from app.core.clock import now
from config import OpenIdProvider
from tests.factories.factors import add_authenticator, code_now
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakePerson
from tests.harness.means import means_of_last_log_in
from tests.harness.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    OTHER_KEY,
    OpenIdStandIn,
    Visitor,
    unsigned,
)

LOGIN, SECURITY = "/login/with/house", "/settings/security"


@pytest.fixture
def provider() -> Iterator[OpenIdStandIn]:
    running = OpenIdStandIn()
    yield running
    running.stop()


@pytest.fixture
def make_house(make_app: MakeApp, provider: OpenIdStandIn) -> Callable[..., Flask]:
    """``make_house(**changes)``: an application that knows the provider as “House”."""

    def make(**changes: object) -> Flask:
        house = OpenIdProvider(
            key="house", name="House", issuer=provider.issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET
        )
        return make_app(**{"openid_providers": (house,), "openid_allows_local": True, **changes})

    return make


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Flask:
    return make_house()


@pytest.fixture
def visitor(house: Flask) -> Browser:
    """A browser of whoever is logged in at the provider."""
    return browser_of(house)


def there(client: Browser, path: str = LOGIN, **data: str) -> str:
    """To the provider and to its answer; returns where it leads back to."""
    answer = client.submit(path, data)
    assert answer.status_code == 303, answer.text
    with requests.get(answer.location, allow_redirects=False, timeout=5) as reply:
        assert reply.status_code == 303, answer.location
        return reply.headers["Location"].removeprefix("http://127.0.0.1")


def through(client: Browser, path: str = LOGIN, **data: str) -> TestResponse:
    return client.get(there(client, path, **data))


def is_in(client: Browser) -> bool:
    return client.get("/settings/sessions").status_code == 200


def said(client: Browser) -> str:
    """What the next page has to say."""
    return client.get("/login").text


def test_someone_new_chooses_a_name_and_has_an_account_without_a_password(
    visitor: Browser, provider: OpenIdStandIn, db_session: DatabaseSession
) -> None:
    answer = through(visitor, next="/feed")
    assert (answer.status_code, answer.location) == (303, "/signup/with")
    page = visitor.get("/signup/with")
    assert "ana@example.org" in page.text
    assert 'value="ana_lin"' in page.text
    assert not is_in(visitor)
    assert visitor.submit("/signup/with", {"username": "a"}).status_code == 422
    assert visitor.submit("/signup/with", {"username": "admin"}).status_code == 422
    done = visitor.submit("/signup/with", {"username": "ana"})
    assert (done.status_code, done.location) == (303, "/feed")
    user = db_session.scalars(select(User)).one()
    assert (user.username, user.email, user.has_password) == ("ana", "ana@example.org", False)
    assert user.email_verified_at is not None
    identity = db_session.scalars(select(Identity)).one()
    assert (identity.user_id, identity.issuer, identity.subject) == (user.id, provider.issuer, "subject-1")
    assert visitor.get("/signup/with").location == "/login", "the same is not done twice"
    visitor.submit("/logout")
    assert through(visitor).location == "/"
    assert is_in(visitor)
    assert "Your only way in" in visitor.get(SECURITY).text


def test_the_minimum_age_is_asked_here_too(make_house: Callable[..., Flask]) -> None:
    client = browser_of(make_house(minimum_age=16))
    through(client)
    assert "16 years" in client.submit("/signup/with", {"username": "ana"}).text
    assert client.submit("/signup/with", {"username": "ana", "old_enough": "y"}).status_code == 303


def test_an_account_without_a_password_opens_by_none(
    visitor: Browser, house: Flask, db_session: DatabaseSession
) -> None:
    through(visitor)
    visitor.submit("/signup/with", {"username": "ana"})
    assert db_session.scalars(select(User.password_digest)).one() == b""
    for password in ("", "correct horse battery staple", "x"):
        assert browser_of(house).submit("/login", {"login": "ana", "password": password}).status_code == 422


def test_without_a_password_a_fresh_proof_is_enough_for_what_asks_for_one(
    visitor: Browser, db_session: DatabaseSession
) -> None:
    through(visitor)
    visitor.submit("/signup/with", {"username": "ana"})
    page = visitor.get("/settings/account").text
    assert 'type="password"' not in page
    assert visitor.submit("/settings/account/email", {"email": "new@example.org"}).status_code == 303
    db_session.execute(update(Session).values(proven_at=now() - timedelta(minutes=20)))
    db_session.commit()
    assert (visitor.submit("/settings/account/delete").location or "").startswith("/login/confirm")
    assert visitor.submit("/login/confirm", {"password": ""}).status_code == 422
    db_session.execute(update(Session).values(proven_at=now()))
    db_session.commit()
    assert visitor.submit("/settings/account/delete").location == "/"
    assert db_session.scalars(select(User.deletion_due_at)).one() is not None


def test_the_subject_decides_and_not_the_address(
    visitor: Browser, house: Flask, provider: OpenIdStandIn, db_session: DatabaseSession
) -> None:
    through(visitor)
    visitor.submit("/signup/with", {"username": "ana"})
    provider.visitor = Visitor(email="moved@example.org")
    moved = browser_of(house)
    assert through(moved).location == "/"
    assert means_of_last_log_in(db_session) == {"way": "provider"}
    assert db_session.scalars(select(User.email)).one() == "ana@example.org"
    known = db_session.scalars(select(Identity)).one()
    with house.app_context():
        for issuer, is_known in ((known.issuer, True), ("https://another.example", False)):
            claims = Claims(issuer, known.subject, "ana@example.org", email_verified=True, name="", authenticated_at=0)
            assert (identities.find_identity(claims) is not None) is is_known
    provider.visitor = Visitor(subject="subject-2", email="ana@example.org", verified=False)
    thief = browser_of(house)
    assert through(thief).location == "/login"
    assert "already an account here" in said(thief)


@pytest.mark.parametrize(
    ("ours", "theirs", "linked"),
    [(True, True, True), (True, False, False), (False, True, False), (True, "true", False), (True, None, False)],
)
def test_an_account_is_linked_by_its_address_only_where_both_sides_verified_it(
    visitor: Browser, make_person: MakePerson, provider: OpenIdStandIn, db_session: DatabaseSession,
    *, ours: bool, theirs: object, linked: bool,
) -> None:  # fmt: skip
    make_person(email="Ana@example.org", email_verified_at=now() if ours else None)
    provider.visitor.verified = theirs
    answer = through(visitor)
    assert answer.location == ("/" if linked else "/login")
    assert is_in(visitor) is linked
    assert len(db_session.scalars(select(Identity)).all()) == linked
    if linked:
        assert "identity.linked" in db_session.scalars(select(AuditEntry.action)).all()
    else:
        assert "then link it in your settings" in said(visitor)


def test_an_account_with_a_second_step_is_linked_by_its_owner_alone(
    house: Flask, visitor: Browser, make_person: MakePerson, db_session: DatabaseSession
) -> None:
    person = make_person(email="ana@example.org")
    add_authenticator(house, db_session, person)
    assert through(visitor).location == "/login"
    assert not db_session.scalars(select(Identity)).all()
    owner = browser_of(house)
    owner.submit("/login", {"login": person.username, "password": PASSWORD})
    owner.submit("/login/factor", {"code": code_now()})
    assert through(owner, f"{SECURITY}/identities/house").location == SECURITY
    assert through(visitor, next="/feed").location == "/login/factor", "the provider is the first step only"
    assert not is_in(visitor)
    assert visitor.submit("/login/factor", {"code": code_now(1)}).location == "/feed"


@pytest.mark.parametrize(
    "visitor_there", [Visitor(verified=False), Visitor(email=None), Visitor(email="")], ids=["unverified", "none", ""]
)
def test_someone_new_needs_an_address_that_the_provider_vouches_for(
    visitor: Browser, provider: OpenIdStandIn, visitor_there: Visitor, db_session: DatabaseSession
) -> None:
    provider.visitor = visitor_there
    assert through(visitor).location == "/login"
    assert "no confirmed e-mail address" in said(visitor)
    assert db_session.scalars(select(User)).all() == []


# Hostile answers ------------------------------------------------------------------------------------------------------


def claims_of(provider: OpenIdStandIn) -> dict[str, object]:
    at = int(time.time())
    return {"iss": provider.issuer, "aud": CLIENT_ID, "sub": "subject-1", "iat": at, "exp": at + 300, "nonce": "x",
            "email": "ana@example.org", "email_verified": True}  # fmt: skip


HOSTILE: list[dict[str, object]] = [
    {"nonce": "of another attempt"}, {"nonce": None}, {"aud": "somebody-else"},
    {"aud": "somebody-else", "azp": CLIENT_ID}, {"aud": [CLIENT_ID, "another"], "azp": "another"}, {"aud": None},
    {"iss": "https://evil.example"}, {"iss": None}, {"exp": 1}, {"exp": None}, {"exp": "soon"},
    {"iat": int(time.time()) + 9999}, {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 256}, {"sub": "a\0b"},
    {"at_hash": "of another token"}, {"email": "x" * 300},
]  # fmt: skip


def test_claims_that_are_not_for_us_here_and_now_open_nothing(
    visitor: Browser, provider: OpenIdStandIn, make_person: MakePerson
) -> None:
    make_person(email="ana@example.org")
    for claims in HOSTILE:
        provider.claims = claims
        assert through(visitor).location == "/login", claims
        assert "Begin again" in said(visitor), claims
        assert not is_in(visitor), claims
    provider.claims = {}
    assert through(visitor).location == "/", "what is right opens"


def test_what_the_issuer_did_not_sign_opens_nothing(
    visitor: Browser, provider: OpenIdStandIn, make_person: MakePerson
) -> None:
    make_person(email="ana@example.org")
    by_our_secret = jwt.encode({"alg": "HS256", "kid": "one"}, claims_of(provider), OctKey.import_key(CLIENT_SECRET))
    for token in (unsigned(claims_of(provider)), by_our_secret, "x.y.z", " "):
        provider.id_token = token
        assert through(visitor).location == "/login", token
    provider.id_token, provider.key = None, OTHER_KEY
    assert through(visitor).location == "/login"
    assert not is_in(visitor)


def test_a_new_key_of_the_issuer_is_learned(visitor: Browser, house: Flask, provider: OpenIdStandIn) -> None:
    through(visitor)
    fresh = RSAKey.generate_key(2048, {"kid": "two"})
    provider.keys, provider.key = [*provider.keys, fresh], fresh
    another = browser_of(house)
    assert through(another).location == "/login", "asked for a moment ago, keys are not asked for again"
    house.extensions["openid"][provider.issuer].keys_read_at -= 61
    assert through(another).location == "/signup/with"


def test_an_answer_is_good_once_and_in_the_browser_that_asked(
    visitor: Browser, house: Flask, make_person: MakePerson
) -> None:
    make_person(email="ana@example.org")
    back, thief = there(visitor), browser_of(house)
    assert thief.get(back).location == "/login"
    there(thief)
    assert thief.get(back).location == "/login", "the state is another browser's"
    assert visitor.get(back).location == "/"
    visitor.submit("/logout")
    assert visitor.get(back).location == "/login"
    assert not is_in(visitor) | is_in(thief)


def test_a_stolen_cookie_and_address_open_nothing_once_their_owner_came_back(
    visitor: Browser, house: Flask, provider: OpenIdStandIn, make_person: MakePerson
) -> None:
    make_person(email="ana@example.org")
    provider.codes_last = True
    back, thief = there(visitor), browser_of(house)
    planted = visitor.get_cookie("session", domain="127.0.0.1")
    assert planted is not None
    assert visitor.get(back).location == "/"
    thief.set_cookie("session", planted.value, domain="127.0.0.1")
    assert thief.get(back).location == "/login"
    assert not is_in(thief)


def test_a_code_that_was_used_opens_nothing(visitor: Browser, make_person: MakePerson) -> None:
    make_person(email="ana@example.org")
    used = parse_qs(urlsplit(there(visitor)).query)["code"][0]
    address = there(visitor)
    visitor.get(address)
    visitor.submit("/logout")
    state = parse_qs(urlsplit(there(visitor)).query)["state"][0]
    for code in (used, "made up"):
        assert visitor.get(f"{LOGIN}/callback", query_string={"code": code, "state": state}).location == "/login"
    assert not is_in(visitor)


def test_who_comes_back_with_something_else_begins_again(visitor: Browser) -> None:
    for query in ("", "state=x&code=y", "error=access_denied", "code=%00"):
        there(visitor)
        assert visitor.get(f"{LOGIN}/callback?{query}").location == "/login"
        assert "Begin again" in said(visitor)


def test_who_did_not_log_in_there_hears_that(visitor: Browser) -> None:
    state = parse_qs(urlsplit(there(visitor)).query)["state"][0]
    visitor.get(f"{LOGIN}/callback?error=access_denied&state={state}")
    assert "without having logged in there" in said(visitor)


def test_an_answer_of_another_issuer_is_none(visitor: Browser) -> None:
    assert visitor.get(f"{there(visitor)}&iss=https://evil.example").location == "/login"


@pytest.mark.parametrize(
    "broken",
    [{"issuer": "https://evil.example"}, {"authorization_endpoint": "javascript:alert(1)"},
     {"authorization_endpoint": "https://[in"}, {"authorization_endpoint": None}],
    ids=["calls itself another", "leads to a script", "has a broken address", "leads nowhere"],
)  # fmt: skip
def test_a_provider_that_does_not_say_what_it_should_is_away(
    visitor: Browser, provider: OpenIdStandIn, broken: dict[str, object]
) -> None:
    provider.metadata = broken
    assert visitor.submit(LOGIN).location == "/login"
    assert "House does not answer" in said(visitor)


def test_a_provider_that_fails_is_away_and_asked_again_later(visitor: Browser, provider: OpenIdStandIn) -> None:
    provider.fails_with = 500
    assert visitor.submit(LOGIN).location == "/login"
    provider.fails_with = 0
    back = there(visitor)
    provider.fails_with = 500
    assert visitor.get(back).location == "/login"
    assert "House does not answer" in said(visitor)


def test_a_provider_inside_is_reached_only_where_operators_say_so(make_house: Callable[..., Flask]) -> None:
    client = browser_of(make_house(openid_allows_local=False))
    assert client.submit(LOGIN).location == "/login"
    assert "House does not answer" in said(client)


def test_nobody_is_sent_to_a_provider_that_is_not_there(visitor: Browser) -> None:
    assert visitor.submit("/login/with/nobody").status_code == 404
    assert visitor.get("/login/with/nobody/callback").status_code == 404


def test_the_policy_names_the_issuer_and_another_log_in_page_is_led_to_by_a_page(
    visitor: Browser, provider: OpenIdStandIn
) -> None:
    policy = visitor.get("/login").headers["Content-Security-Policy"]
    assert f"form-action 'self' {provider.issuer};" in policy
    assert "Log in with House" in visitor.get("/login").text
    provider.metadata = {"authorization_endpoint": "https://login.example/in"}
    page = visitor.submit(LOGIN)
    assert page.status_code == 200
    assert 'http-equiv="refresh" content="0; url=https://login.example/in?' in page.text


# In the settings ------------------------------------------------------------------------------------------------------


@pytest.fixture
def owner(house: Flask, make_person: MakePerson, login: Login) -> Browser:
    return login(browser_of(house), make_person(email="ana@example.org", username="ana"))


def test_one_links_and_unlinks_and_logs_in_with_it_meanwhile(
    owner: Browser, house: Flask, provider: OpenIdStandIn, db_session: DatabaseSession
) -> None:
    provider.visitor = Visitor(email="elsewhere@example.org", verified=False)
    assert "Link House" in owner.get(SECURITY).text
    assert through(owner, f"{SECURITY}/identities/house").location == SECURITY
    assert through(owner, f"{SECURITY}/identities/house").location == SECURITY, "twice is once"
    page = owner.get(SECURITY).text
    assert "elsewhere@example.org" in page
    assert "Link House" not in page
    assert through(browser_of(house)).location == "/"
    (identity_id,) = db_session.scalars(select(Identity.id))
    assert owner.submit(f"{SECURITY}/identities/{identity_id}/delete").location == SECURITY
    assert through(browser_of(house)).location == "/login"
    acts = [name for name in db_session.scalars(select(AuditEntry.action)) if name.startswith("identity")]
    assert acts == ["identity.linked", "identity.unlinked"]


def test_the_last_way_in_stays_linked(visitor: Browser, db_session: DatabaseSession) -> None:
    through(visitor)
    visitor.submit("/signup/with", {"username": "ana"})
    (identity_id,) = db_session.scalars(select(Identity.id))
    visitor.submit(f"{SECURITY}/identities/{identity_id}/delete")
    assert "last way in" in visitor.get(SECURITY).text
    assert db_session.scalars(select(Identity)).all()


def test_an_account_elsewhere_opens_one_account_here(
    owner: Browser, house: Flask, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    through(owner, f"{SECURITY}/identities/house")
    other = login(browser_of(house), make_person())
    assert through(other, f"{SECURITY}/identities/house").location == SECURITY
    assert "linked with another account" in other.get(SECURITY).text
    (identity_id,) = db_session.scalars(select(Identity.id))
    other.submit(f"{SECURITY}/identities/{identity_id}/delete")
    assert db_session.scalars(select(Identity)).all()


def test_linking_is_for_whoever_began_it(
    owner: Browser, house: Flask, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    back = there(owner, f"{SECURITY}/identities/house")
    kept = owner.get_cookie("session", domain="127.0.0.1")
    assert kept is not None
    owner.submit("/logout")
    owner.set_cookie("session", kept.value, domain="127.0.0.1")
    assert owner.get(back).location == SECURITY
    assert db_session.scalars(select(Identity)).all() == []
    assert login(browser_of(house), make_person()).get(back).location == "/login"


@pytest.mark.parametrize(("ago_s", "proven"), [(10, True), (3600, False), (None, False)])
def test_a_fresh_log_in_there_is_a_fresh_proof(
    owner: Browser, provider: OpenIdStandIn, db_session: DatabaseSession, ago_s: int | None, *, proven: bool
) -> None:
    through(owner, f"{SECURITY}/identities/house")
    db_session.execute(update(Session).values(proven_at=now() - timedelta(minutes=20)))
    db_session.commit()
    assert "Go on with House" in owner.get("/login/confirm").text
    provider.visitor.authenticated_ago_s = ago_s
    answer = through(owner, "/login/confirm/with/house", next="/settings/security/passkeys/new")
    assert answer.location == ("/settings/security/passkeys/new" if proven else "/login/confirm")
    assert (owner.get("/settings/security/passkeys/new").status_code == 200) is proven


def test_anothers_log_in_there_is_no_proof(
    owner: Browser, provider: OpenIdStandIn, db_session: DatabaseSession
) -> None:
    through(owner, f"{SECURITY}/identities/house")
    db_session.execute(update(Session).values(proven_at=now() - timedelta(minutes=20)))
    db_session.commit()
    provider.visitor.subject = "subject-2"
    assert through(owner, "/login/confirm/with/house").location == "/login/confirm"
