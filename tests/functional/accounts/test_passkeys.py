"""Passkeys: made, used to log in, as second step and as proof; what does not fit opens nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session as DatabaseSession
from werkzeug.test import TestResponse

from app.accounts.factor_models import Ceremony, Passkey, RecoveryCode
from app.accounts.factor_queries import MOST_PASSKEYS
from app.accounts.models import Session, User
from app.core.audit.models import AuditEntry
from app.core.clock import now
from tests.factories.factors import add_authenticator, code_now
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakePerson, Settle
from tests.harness.mail import MailOutbox
from tests.harness.means import means_of_last_log_in
from tests.harness.passkeys import PRESENT, SoftKey

SETTINGS = "/settings/security/passkeys"
LOGIN, STEP, CONFIRM = "/login/passkey", "/login/factor/passkey", "/login/confirm/passkey"


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person()


@pytest.fixture
def owner(client: Browser, person: User, login: Login) -> Browser:
    return login(client, person)


@pytest.fixture
def key(owner: Browser) -> SoftKey:
    """A passkey of the owner's."""
    made = SoftKey()
    assert add(owner, made).status_code == 200, "with the first factor come recovery codes"
    return made


def question(client: Browser, path: str) -> dict[str, Any]:
    referer = client.application.config["SETTINGS"].public_url + "/login"
    answer = client.send_json(f"{path}/options", headers={"Referer": referer})
    assert answer.status_code == 200, answer.text
    asked: dict[str, Any] = json.loads(answer.text)
    return asked


def add(client: Browser, key: SoftKey, name: str = "Phone") -> TestResponse:
    return client.submit(SETTINGS, {"name": name, "answer": key.make(question(client, SETTINGS))})


def use(client: Browser, key: SoftKey, path: str = LOGIN, **data: str) -> TestResponse:
    return client.submit(path, {"answer": key.use(question(client, path)), **data})


def is_in(client: Browser) -> bool:
    return client.get("/settings/sessions").status_code == 200


def actions(db_session: DatabaseSession) -> list[str]:
    return list(db_session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def test_a_key_is_made_and_named_and_its_owner_is_told(
    owner: Browser, person: User, key: SoftKey, db_session: DatabaseSession, settle: Settle, mail_outbox: MailOutbox
) -> None:
    kept = db_session.scalars(select(Passkey)).one()
    assert (kept.credential_id, kept.name, kept.transports) == (key.credential_id, "Phone", ["internal"])
    db_session.refresh(person)
    assert person.has_factor
    assert db_session.scalar(select(func.count()).select_from(RecoveryCode)) == 10
    assert "Phone" in owner.get("/settings/security").text
    assert add(owner, SoftKey(), "راوية").location == "/settings/security"
    settle()
    assert [mail["Subject"] for mail in mail_outbox.to(person.email)] == ["A passkey was added"] * 2
    assert actions(db_session).count("passkey.added") == 2


def test_a_key_logs_in_without_a_password(app: Flask, person: User, key: SoftKey, db_session: DatabaseSession) -> None:
    client = browser_of(app)
    options = question(client, LOGIN)
    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    answer = use(client, key, next="/feed")
    assert (answer.status_code, answer.location) == (303, "/feed")
    assert is_in(client)
    assert means_of_last_log_in(db_session) == {"way": "passkey"}
    kept = db_session.scalars(select(Passkey)).one()
    assert (kept.sign_count, kept.user_id) == (key.count, person.id)
    assert kept.last_used_at is not None


def test_an_answer_opens_once(app: Flask, key: SoftKey) -> None:
    client, another = browser_of(app), browser_of(app)
    answer = key.use(question(client, LOGIN))
    question(another, LOGIN)
    assert another.submit(LOGIN, {"answer": answer}).location == "/login", "it is bound to the browser that asked"
    assert client.submit(LOGIN, {"answer": answer}).location == "/"
    client.submit("/logout")
    assert client.submit(LOGIN, {"answer": answer}).location == "/login"
    assert not is_in(client)


def test_an_answer_of_a_key_that_does_not_count_is_good_once_too(app: Flask, owner: Browser) -> None:
    key = SoftKey(count=0)
    add(owner, key)
    client, thief = browser_of(app), browser_of(app)
    key.count = -1  # counted up to 0 by its use, as a key does that is kept in a cloud
    answer = key.use(question(client, LOGIN))
    planted = client.get_cookie("session", domain="127.0.0.1")
    assert planted is not None
    assert client.submit(LOGIN, {"answer": answer}).location == "/"
    thief.set_cookie("session", planted.value, domain="127.0.0.1")
    assert thief.submit(LOGIN, {"answer": answer}).location == "/login"
    assert not is_in(thief)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"}, {"rp_id": "evil.example"}, {"flags": PRESENT}, {"flags": 0x04},
        {"credential_id": b"someone else's"}, {"handle": b"x" * 16}, {"count": -1}, {"key": SoftKey().key},
    ],
    ids=lambda wrong: next(iter(wrong)),
)  # fmt: skip
def test_what_does_not_fit_opens_nothing(app: Flask, key: SoftKey, wrong: dict[str, object]) -> None:
    for name, value in wrong.items():
        setattr(key, name, value)
    client = browser_of(app)
    assert use(client, key).location == "/login"
    assert not is_in(client)


def test_answers_that_no_browser_gives_are_refused(app: Flask, owner: Browser) -> None:
    odd = {"clientDataJSON": "!", "authenticatorData": "!", "signature": "!", "attestationObject": "oA"}
    client = browser_of(app)
    for answer in (
        "", "no JSON", "[]", "{}", '{"id": "\\u0000", "rawId": "x", "response": {}}', "[" * 5000, "x" * 20_001,
        json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": odd}),
    ):  # fmt: skip
        question(client, LOGIN)
        assert client.submit(LOGIN, {"answer": answer}).location == "/login", answer[:40]
        question(owner, SETTINGS)
        refused = owner.submit(SETTINGS, {"name": "Phone", "answer": answer})
        assert refused.status_code == 422, answer[:40]
        assert "did not work here" in refused.text


def test_a_key_that_was_made_for_another_place_is_refused(owner: Browser, db_session: DatabaseSession) -> None:
    for wrong in (SoftKey(origin="https://evil.example"), SoftKey(rp_id="evil"), SoftKey(flags=PRESENT)):
        assert add(owner, wrong).status_code == 422
    assert db_session.scalars(select(Passkey)).all() == []


def test_a_key_has_a_name_and_is_one_persons(
    app: Flask, owner: Browser, key: SoftKey, make_person: MakePerson, login: Login
) -> None:
    assert add(owner, SoftKey(), "").status_code == 422
    assert add(login(browser_of(app), make_person()), key).status_code == 409


def test_nobody_has_more_than_twenty(owner: Browser, person: User, db_session: DatabaseSession) -> None:
    for number in range(MOST_PASSKEYS):
        db_session.add(Passkey(user_id=person.id, credential_id=bytes([number]), public_key=b"x", name=str(number)))
    db_session.commit()
    assert owner.send_json(f"{SETTINGS}/options").status_code == 409
    page = owner.get("/settings/security").text
    assert "Add a passkey" not in page


def test_a_key_is_the_second_step_by_a_touch(
    app: Flask, person: User, key: SoftKey, db_session: DatabaseSession
) -> None:
    client = browser_of(app)
    assert client.submit("/login", {"login": person.username, "password": PASSWORD}).location == "/login/factor"
    assert "Now your passkey" in client.get("/login/factor").text
    assert use(client, SoftKey(handle=key.handle), STEP).location == "/login/factor"
    assert not is_in(client)
    key.flags = PRESENT
    assert use(client, key, STEP, trust="y").location == "/"
    assert is_in(client)
    assert means_of_last_log_in(db_session) == {"way": "password", "second": "passkey"}
    client.submit("/logout")
    assert client.submit("/login", {"login": person.username, "password": PASSWORD}).location == "/"


def test_anothers_key_is_no_second_step(
    app: Flask, person: User, key: SoftKey, make_person: MakePerson, login: Login
) -> None:
    assert key
    theirs = SoftKey()
    add(login(browser_of(app), make_person()), theirs)
    client = browser_of(app)
    client.submit("/login", {"login": person.username, "password": PASSWORD})
    assert use(client, theirs, STEP).location == "/login/factor"
    assert not is_in(client)


def test_without_a_first_step_there_is_no_second(app: Flask, key: SoftKey) -> None:
    client = browser_of(app)
    assert client.send_json(f"{STEP}/options").status_code == 403
    assert client.submit(STEP, {"answer": key.use(question(client, LOGIN))}).location == "/login"


def test_a_key_is_a_fresh_proof(owner: Browser, key: SoftKey, db_session: DatabaseSession) -> None:
    stale = now() - timedelta(minutes=20)
    db_session.execute(update(Session).values(proven_at=stale))
    db_session.commit()
    assert (owner.get(f"{SETTINGS}/new").location or "").startswith("/login/confirm")
    assert (use(owner, SoftKey(handle=key.handle), CONFIRM).location or "").startswith("/login/confirm")
    assert use(owner, key, CONFIRM, next=f"{SETTINGS}/new").location == f"{SETTINGS}/new"
    assert owner.get(f"{SETTINGS}/new").status_code == 200
    assert "proof.failed" in actions(db_session)


def test_a_code_of_the_app_is_a_fresh_proof(
    app: Flask, owner: Browser, person: User, db_session: DatabaseSession
) -> None:
    add_authenticator(app, db_session, person)
    assert owner.submit("/login/confirm/code", {"code": "1"}).status_code == 422
    assert owner.submit("/login/confirm/code", {"code": ""}).status_code == 422
    assert owner.submit("/login/confirm/code", {"code": code_now(), "next": "/feed"}).location == "/feed"


def test_with_a_key_one_can_do_without_a_password_and_the_last_key_stays(
    app: Flask, owner: Browser, person: User, key: SoftKey, db_session: DatabaseSession, settle: Settle
) -> None:
    assert owner.submit("/settings/security/password/delete").location == "/settings/security"
    assert not is_in_by_password(app, person)
    (key_id,) = db_session.scalars(select(Passkey.id))
    owner.submit(f"{SETTINGS}/{key_id}/delete")
    page = owner.get("/settings/security").text
    assert "last way in" in page
    assert "Your only way in" in page
    assert use(browser_of(app), key).location == "/"
    assert "no password" in owner.get("/login/confirm").text
    assert owner.submit("/login/confirm/password-link").status_code == 303
    settle()


def is_in_by_password(app: Flask, person: User) -> bool:
    client = browser_of(app)
    return client.submit("/login", {"login": person.username, "password": PASSWORD}).status_code == 303


def test_a_removed_key_opens_nothing_and_others_stay(
    app: Flask, owner: Browser, key: SoftKey, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    (key_id,) = db_session.scalars(select(Passkey.id))
    login(browser_of(app), make_person()).submit(f"{SETTINGS}/{key_id}/delete")
    assert use(browser_of(app), key).location == "/"
    owner.submit(f"{SETTINGS}/{key_id}/delete")
    assert use(browser_of(app), key).location == "/login"
    assert "passkey.removed" in actions(db_session)


def test_a_question_is_forgotten_once_it_was_answered(
    owner: Browser, key: SoftKey, db_session: DatabaseSession
) -> None:
    assert key
    assert owner
    assert db_session.scalar(select(func.count()).select_from(Ceremony)) == 0


def test_browsers_know_the_place_by_its_public_name(make_app: MakeApp) -> None:
    client = browser_of(make_app(public_url="https://sound.example"))
    assert question(client, LOGIN)["rpId"] == "sound.example"
    assert "Log in with a passkey" in client.get("/login").text


def test_where_passkeys_do_not_work_the_page_offers_none(client: Browser) -> None:
    assert "Log in with a passkey" not in client.get("/login").text, "opened by a number"
    assert "Log in with a passkey" in client.get("/login", base_url="http://localhost").text
