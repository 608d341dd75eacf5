"""“Log-in and safety”: an authenticator app is set up, used and removed; recovery codes are shown once."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.factor_models import Authenticator, RecoveryCode, TrustedDevice
from app.accounts.models import Session, User
from app.accounts.roles import Permission, may
from app.core import options
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.extensions import db
from tests.factories.factors import add_authenticator, code_now
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakePerson, Settle
from tests.harness.mail import MailOutbox, plain_text
from tests.harness.races import second_of_two

PAGE = "/settings/security"
APP = f"{PAGE}/authenticator"
OWNER_LOCKED = text("SELECT id FROM users WHERE id = :id FOR NO KEY UPDATE")
"""What whoever changes somebody's second factors does first."""


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person(role="artist")


@pytest.fixture
def owner(client: Browser, person: User, login: Login) -> Browser:
    return login(client, person)


@pytest.fixture
def guarded(app: Flask, owner: Browser, person: User, db_session: DatabaseSession) -> Browser:
    """The owner's browser, after an app was set up."""
    add_authenticator(app, db_session, person)
    return owner


def begin(owner: Browser) -> str:
    """Begin; returns the secret that the page shows."""
    assert owner.submit(APP).location == APP
    answer = owner.get(APP)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<svg" in answer.text
    assert "style=" not in answer.text.split("<figure")[1].split("</figure>")[0]
    found = re.search(r'class="secret"[^>]*>([A-Z2-7 ]+)<', answer.text)
    assert found
    return found[1].replace(" ", "")


def shown_codes(page: str) -> list[str]:
    return re.findall(r"<li><code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page)


def test_an_app_counts_from_its_first_right_code_and_codes_are_shown_once(
    owner: Browser, person: User, db_session: DatabaseSession, settle: Settle, mail_outbox: MailOutbox
) -> None:
    secret = begin(owner)
    assert owner.submit(f"{APP}/confirm", {"code": "12345"}).status_code == 422
    db_session.refresh(person)
    assert not person.has_factor
    done = owner.submit(f"{APP}/confirm", {"code": code_now(secret=secret)})
    assert (done.status_code, done.headers["Cache-Control"]) == (200, "no-store")
    codes = shown_codes(done.text)
    assert len(set(codes)) == 10
    db_session.refresh(person)
    assert person.has_factor
    assert not any(code in owner.get(PAGE).text for code in codes)
    assert "10 are left" in owner.get(PAGE).text
    assert owner.get(APP).location == PAGE, "the secret is not shown again"
    settle()
    (mail,) = mail_outbox.to(person.email)
    assert "second step" in mail["Subject"]
    assert "authenticator app" in plain_text(mail)
    assert "factor.added" in db_session.scalars(select(AuditEntry.action)).all()


def test_the_code_that_confirmed_opens_no_log_in(app: Flask, owner: Browser, person: User) -> None:
    secret = begin(owner)
    code = code_now(secret=secret)
    owner.submit(f"{APP}/confirm", {"code": code})
    again = browser_of(app)
    again.submit("/login", {"login": person.username, "password": PASSWORD})
    assert again.submit("/login/factor", {"code": code}).status_code == 422


def test_beginning_again_gives_another_secret_and_a_confirmed_app_stays(
    owner: Browser, db_session: DatabaseSession
) -> None:
    first, second = begin(owner), begin(owner)
    assert first != second
    owner.submit(f"{APP}/confirm", {"code": code_now(secret=second)})
    assert owner.submit(APP).status_code == 409
    assert owner.submit(f"{APP}/confirm", {"code": code_now(1, second)}).location == PAGE
    assert db_session.scalars(select(Authenticator.confirmed_at)).one() is not None


def test_without_having_begun_there_is_nothing_to_see(owner: Browser) -> None:
    assert owner.get(APP).location == PAGE
    assert owner.submit(f"{APP}/confirm", {"code": "123456"}).location == PAGE
    assert owner.submit(f"{APP}/delete").location == PAGE


def test_the_last_factor_takes_codes_and_trust_with_it_and_the_owner_is_told(
    guarded: Browser, person: User, db_session: DatabaseSession, settle: Settle, mail_outbox: MailOutbox
) -> None:
    db_session.add(TrustedDevice(user_id=person.id, token_digest=b"x", expires_at=now() + timedelta(days=1)))
    db_session.commit()
    assert guarded.submit(f"{APP}/delete").location == PAGE
    db_session.refresh(person)
    assert not person.has_factor
    assert db_session.scalars(select(RecoveryCode)).all() == []
    assert db_session.scalars(select(TrustedDevice)).all() == []
    settle()
    (mail,) = mail_outbox.to(person.email)
    assert "no second step" in mail["Subject"]
    guarded.submit("/logout")
    assert guarded.submit("/login", {"login": person.username, "password": PASSWORD}).location == "/"


def test_new_recovery_codes_take_the_place_of_the_old(guarded: Browser, db_session: DatabaseSession) -> None:
    before = set(db_session.scalars(select(RecoveryCode.digest)))
    codes = shown_codes(guarded.submit(f"{PAGE}/recovery-codes").text)
    after = set(db_session.scalars(select(RecoveryCode.digest)))
    assert len(codes) == len(after) == 10
    assert not before & after


def test_of_two_sheets_of_recovery_codes_made_at_once_one_counts(
    guarded: Browser, person: User, db_session: DatabaseSession
) -> None:
    db_session.execute(OWNER_LOCKED, {"id": person.id})
    db_session.add(RecoveryCode(user_id=person.id, digest=b"of the other one"))
    page = second_of_two(db_session, lambda: guarded.submit(f"{PAGE}/recovery-codes").text)
    kept = db_session.scalars(select(RecoveryCode.digest)).all()
    assert len(shown_codes(page)) == len(kept) == 10
    assert b"of the other one" not in kept


def test_of_two_who_begin_with_an_app_at_once_the_later_one_shows_the_secret_that_counts(
    owner: Browser, person: User, db_session: DatabaseSession
) -> None:
    db_session.execute(OWNER_LOCKED, {"id": person.id})
    db_session.add(Authenticator(user_id=person.id, secret_sealed=b"of the other one"))
    assert second_of_two(db_session, lambda: owner.submit(APP)).location == APP
    assert db_session.scalars(select(Authenticator.secret_sealed)).one() != b"of the other one"


def test_codes_without_a_factor_to_stand_in_for_are_refused(owner: Browser) -> None:
    assert owner.submit(f"{PAGE}/recovery-codes").status_code == 409


def test_the_only_way_in_stays(owner: Browser, person: User, db_session: DatabaseSession) -> None:
    answer = owner.submit(f"{PAGE}/password/delete")
    assert answer.status_code == 409
    assert "last way in" in answer.text
    db_session.refresh(person)
    assert person.has_password


@pytest.mark.parametrize(
    "path", [APP, f"{APP}/confirm", f"{APP}/delete", f"{PAGE}/recovery-codes", f"{PAGE}/password/delete"]
)
def test_changes_ask_for_a_fresh_proof(guarded: Browser, db_session: DatabaseSession, path: str) -> None:
    db_session.execute(update(Session).values(proven_at=now() - timedelta(minutes=16)))
    db_session.commit()
    assert (guarded.submit(path).location or "").startswith("/login/confirm")
    assert (guarded.get(APP).location or "").startswith("/login/confirm")


def test_a_page_of_settings_costs_few_statements(guarded: Browser, count_statements: CountStatements) -> None:
    with count_statements() as statements:
        assert guarded.get(PAGE).status_code == 200
    assert len(statements) <= 8, statements


# Staff ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def demanding(app: Flask) -> None:
    """Operators ask a second factor of staff."""
    with app.app_context():
        options.set_option("accounts.staff_second_factor", value=True, by=None)
        db.session.commit()


@pytest.mark.usefixtures("demanding")
@pytest.mark.parametrize(
    ("role", "path"), [("moderator", "/admin/"), ("admin", "/admin/settings"), ("admin", "/admin/")]
)
def test_staff_without_a_factor_are_led_to_where_they_get_one(
    app: Flask, make_person: MakePerson, login: Login, db_session: DatabaseSession, role: str, path: str
) -> None:
    person = make_person(role=role)
    client = login(browser_of(app), person)
    assert client.get(path).location == PAGE
    assert "second step" in client.get(PAGE).text
    add_authenticator(app, db_session, person)
    assert client.get(path).location != PAGE


@pytest.mark.usefixtures("demanding")
def test_others_are_not_asked(owner: Browser) -> None:
    assert owner.get("/admin/settings").status_code == 404
    assert owner.get("/upload").status_code == 200


@pytest.mark.usefixtures("demanding")
def test_staff_without_a_factor_are_artists_meanwhile(app: Flask, make_person: MakePerson) -> None:
    person = make_person(role="admin")
    with app.app_context():
        assert [permission for permission in Permission if may(person, permission)] == [Permission.PUBLISH]
        person.has_factor = True
        assert all(may(person, permission) for permission in Permission)


def test_without_the_option_staff_work_as_before(app: Flask, make_person: MakePerson, login: Login) -> None:
    assert login(browser_of(app), make_person(role="admin")).get("/admin/settings").status_code == 200
