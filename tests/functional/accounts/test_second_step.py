"""After the password: a code, a recovery code, or a browser that is trusted. Before it nobody is logged in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.errors import CodeRefused
from app.accounts.events import AccountNotice
from app.accounts.factor_models import Authenticator, Ceremony, RecoveryCode, TrustedDevice
from app.accounts.models import MailedToken, Session, TokenPurpose, User
from app.accounts.services import authenticators, ceremonies, mailed_tokens, trusted_devices
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.core.events import OutboxEntry
from app.extensions import db
from tests.factories.factors import CODES, add_authenticator, code_now
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import MakeApp, MakePerson

STEP = "/login/factor"


@pytest.fixture
def person(app: Flask, make_person: MakePerson, db_session: DatabaseSession) -> User:
    """Someone with an authenticator app and two recovery codes."""
    made = make_person()
    add_authenticator(app, db_session, made)
    return made


@pytest.fixture
def asked(client: Browser, person: User) -> Browser:
    """A browser that is asked for the second step."""
    answer = client.submit("/login", {"login": person.username, "password": PASSWORD, "next": "/feed"})
    assert (answer.status_code, answer.location) == (303, STEP)
    return client


def is_in(client: Browser) -> bool:
    return client.get("/settings/sessions").status_code == 200


def actions(db_session: DatabaseSession) -> list[str]:
    return list(db_session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def notices(db_session: DatabaseSession) -> list[str]:
    rows = db_session.scalars(
        select(OutboxEntry).where(OutboxEntry.name == AccountNotice.__name__).order_by(OutboxEntry.id)
    )
    return [row.payload["notice"] for row in rows]


def test_the_password_alone_lets_nobody_in(asked: Browser, db_session: DatabaseSession) -> None:
    assert not is_in(asked)
    assert db_session.scalar(select(func.count()).select_from(Session)) == 0
    assert "authenticator app" in asked.get(STEP).text


def test_the_code_of_now_lets_in_and_leads_on(asked: Browser, db_session: DatabaseSession) -> None:
    answer = asked.submit(STEP, {"code": f" {code_now()[:3]} {code_now()[3:]}"})
    assert (answer.status_code, answer.location) == (303, "/feed")
    assert is_in(asked)
    assert db_session.scalar(select(func.count()).select_from(Ceremony)) == 0


def test_no_code_is_taken_twice(app: Flask, asked: Browser, person: User, db_session: DatabaseSession) -> None:
    code = code_now()
    assert asked.submit(STEP, {"code": code}).status_code == 303
    another = browser_of(app)
    another.submit("/login", {"login": person.username, "password": PASSWORD})
    assert another.submit(STEP, {"code": code}).status_code == 422
    assert not is_in(another)
    assert "login.factor_failed" in actions(db_session)


def test_of_two_who_bring_one_code_at_once_one_is_let_in(app: Flask, person: User) -> None:
    clients = [browser_of(app) for _ in range(4)]
    for client in clients:
        client.submit("/login", {"login": person.username, "password": PASSWORD})
    code = code_now(1)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda client: client.submit(STEP, {"code": code}).status_code, clients))
    assert sorted(answers) == [303, 422, 422, 422]


def test_five_wrong_codes_end_the_step_and_make_further_codes_wait(
    app: Flask, asked: Browser, person: User, db_session: DatabaseSession
) -> None:
    answers = [asked.submit(STEP, {"code": "000000" if code_now() != "000000" else "1"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 4 + [303]
    assert answers[-1].location == "/login"
    assert asked.get(STEP).location == "/login"
    assert notices(db_session) == ["codes_guessed"]
    again = browser_of(app)
    again.submit("/login", {"login": person.username, "password": PASSWORD})
    waits = again.submit(STEP, {"code": code_now()})
    assert waits.status_code == 429
    assert "Wait a minute" in waits.text
    assert again.submit(f"{STEP}?by=recovery", {"code": CODES[0]}).status_code == 303, "recovery codes do not wait"


def test_after_the_wait_a_right_code_is_taken_and_the_count_begins_anew(
    asked: Browser, db_session: DatabaseSession
) -> None:
    db_session.execute(update(Authenticator).values(failures=7, waits_until=now() - timedelta(seconds=1)))
    db_session.commit()
    assert asked.submit(STEP, {"code": code_now()}).status_code == 303
    assert db_session.execute(select(Authenticator.failures, Authenticator.waits_until)).one() == (0, None)


def test_a_recovery_code_opens_once_and_the_owner_is_told(
    app: Flask, asked: Browser, person: User, db_session: DatabaseSession
) -> None:
    assert "recovery codes" in asked.get(f"{STEP}?by=recovery").text
    assert asked.submit(STEP, {"code": CODES[0].upper().replace("-", " ")}).status_code == 303
    another = browser_of(app)
    another.submit("/login", {"login": person.username, "password": PASSWORD})
    assert another.submit(STEP, {"code": CODES[0]}).status_code == 422
    assert another.submit(STEP, {"code": CODES[1]}).status_code == 303
    assert notices(db_session) == ["recovery_codes_few", "recovery_codes_gone"]
    assert actions(db_session).count("recovery_code.used") == 2


def test_codes_are_kept_as_digests_and_the_secret_sealed(person: User, db_session: DatabaseSession) -> None:
    sealed = db_session.scalars(select(Authenticator.secret_sealed).where(Authenticator.user_id == person.id)).one()
    kept = b"".join(db_session.scalars(select(RecoveryCode.digest))) + sealed
    assert b"JBSW" not in kept
    assert b"abcde" not in kept


def test_after_another_secret_key_codes_are_refused_until_the_secrets_are_put_under_it(
    make_app: MakeApp, person: User
) -> None:
    another = make_app(secret_key="another, made up for this test")
    with another.app_context():
        user = db.session.get_one(User, person.id)
        with pytest.raises(CodeRefused):
            authenticators.take_code(user, code_now())
        assert [authenticators.reseal_secrets("made up for tests") for _ in range(2)] == [1, 0]
        authenticators.take_code(user, code_now())
        db.session.rollback()


def test_an_answer_without_a_step_begins_at_the_door(client: Browser, person: User) -> None:
    assert person.has_factor
    assert client.get(STEP).location == "/login"
    assert client.submit(STEP, {"code": code_now()}).location == "/login"


def test_the_step_runs_out_after_ten_minutes(asked: Browser, app: Flask, db_session: DatabaseSession) -> None:
    db_session.execute(update(Ceremony).values(expires_at=now() - timedelta(seconds=1)))
    db_session.commit()
    assert asked.submit(STEP, {"code": code_now()}).location == "/login"
    assert not is_in(asked)
    with app.app_context():
        ceremonies.forget_run_out()
        db.session.commit()
    assert db_session.scalar(select(func.count()).select_from(Ceremony)) == 0


def test_a_cookie_from_before_the_step_was_done_does_not_do_it_again(asked: Browser, app: Flask) -> None:
    planted = asked.get_cookie("session", domain="127.0.0.1")
    assert planted is not None
    asked.submit(STEP, {"code": code_now()})
    thief = browser_of(app)
    thief.set_cookie("session", planted.value, domain="127.0.0.1")
    assert thief.submit(STEP, {"code": code_now(1)}).location == "/login"
    assert not is_in(thief)


# Trusted browsers -----------------------------------------------------------------------------------------------------


@pytest.fixture
def trusting(asked: Browser) -> Browser:
    """A browser that is not asked again."""
    answer = asked.submit(STEP, {"code": code_now(), "trust": "y"})
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("trusted="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    asked.submit("/logout")
    return asked


def enters(client: Browser, person: User, password: str = PASSWORD) -> bool:
    return client.submit("/login", {"login": person.username, "password": password}).location == "/"


def test_a_trusted_browser_is_not_asked_and_others_are(app: Flask, trusting: Browser, person: User) -> None:
    assert enters(trusting, person)
    assert not enters(browser_of(app), person)


def test_trust_is_for_one_person(
    app: Flask, trusting: Browser, person: User, make_person: MakePerson, db_session: DatabaseSession
) -> None:
    other = make_person()
    add_authenticator(app, db_session, other)
    assert not enters(trusting, other)
    trusting.submit(STEP, {"code": code_now(), "trust": "y"})
    trusting.submit("/logout")
    assert enters(trusting, person), "the second person's trust leaves the first one's"
    trusting.submit("/logout")
    assert enters(trusting, other)


def test_trust_ends_after_thirty_days(app: Flask, trusting: Browser, person: User, db_session: DatabaseSession) -> None:
    (until,) = db_session.scalars(select(TrustedDevice.expires_at))
    assert timedelta(days=29) < until - now() < timedelta(days=31)
    db_session.execute(update(TrustedDevice).values(expires_at=now() - timedelta(seconds=1)))
    db_session.commit()
    assert not enters(trusting, person)
    with app.app_context():
        trusted_devices.forget_run_out()
        db.session.commit()
    assert db_session.scalar(select(func.count()).select_from(TrustedDevice)) == 0


def test_trust_can_be_taken_back_on_the_page_of_sessions(
    trusting: Browser, person: User, db_session: DatabaseSession
) -> None:
    enters(trusting, person)
    (device_id,) = db_session.scalars(select(TrustedDevice.id))
    assert f"/settings/security/devices/{device_id}/delete" in trusting.get("/settings/sessions").text
    assert trusting.submit(f"/settings/security/devices/{device_id}/delete").status_code == 303
    trusting.submit("/logout")
    assert not enters(trusting, person)
    assert [name for name in actions(db_session) if "trusted" in name] == ["device.trusted", "device.distrusted"]


def test_nobody_takes_back_anothers_trust(
    app: Flask, trusting: Browser, person: User, make_person: MakePerson, db_session: DatabaseSession
) -> None:
    (device_id,) = db_session.scalars(select(TrustedDevice.id))
    other = browser_of(app)
    enters(other, make_person())
    other.submit(f"/settings/security/devices/{device_id}/delete")
    assert enters(trusting, person)


def test_a_reset_password_ends_trust_and_half_done_log_ins_and_skips_no_factor(
    app: Flask, trusting: Browser, person: User
) -> None:
    half = browser_of(app)
    half.submit("/login", {"login": person.username, "password": PASSWORD})
    with app.app_context():
        user = db.session.get_one(User, person.id)
        mailed_tokens.request_mail(user, TokenPurpose.RESET_PASSWORD, email=user.email)
        db.session.flush()
        row = db.session.scalars(select(MailedToken)).one()
        token = mailed_tokens.issue_token(row)
        db.session.commit()
    assert browser_of(app).submit(f"/password/reset/{token}", {"password": "quite another one"}).location == "/login"
    assert half.submit(STEP, {"code": code_now(1)}).location == "/login"
    assert not enters(trusting, person, "quite another one")
    assert trusting.get(STEP).status_code == 200


def test_a_closing_account_is_kept_by_the_whole_log_in_only(
    client: Browser, person: User, db_session: DatabaseSession
) -> None:
    db_session.execute(update(User).values(deletion_due_at=now() + timedelta(days=9)))
    db_session.commit()
    client.submit("/login", {"login": person.username, "password": PASSWORD})
    assert db_session.scalars(select(User.deletion_due_at)).one() is not None
    client.submit(STEP, {"code": code_now()})
    db_session.expire_all()
    assert db_session.scalars(select(User.deletion_due_at)).one() is None
