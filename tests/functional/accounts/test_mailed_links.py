"""Links by mail: they work once, in their time, for what they were sent for; and owners are told of changes."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.models import MailedToken, User
from app.accounts.services.passwords import hash_password
from app.core.clock import now
from tests.factories.people import PASSWORD
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakePerson, RunJobs, Settle
from tests.harness.mail import MailOutbox, SmtpServer, link_path, plain_text
from tests.harness.races import second_of_two
from tests.harness.work import settle as settle_app

NEW_PASSWORD = "a kettle full of rain"
OVER = "This link is over."


def ask_for_reset(client: Browser, email: str) -> str:
    answer = client.submit("/password/forgot", {"email": email})
    assert (answer.status_code, answer.location) == (303, "/password/sent")
    return answer.text + client.get(answer.location).text


@pytest.fixture
def person(make_person: MakePerson) -> User:
    return make_person(username="moon", email="moon@example.org", email_verified_at=None)


@pytest.fixture
def reset_path(client: Browser, person: User, settle: Settle, mail_outbox: MailOutbox) -> str:
    ask_for_reset(client, person.email)
    settle()
    return link_path(mail_outbox.to(person.email)[-1])


def test_a_message_has_text_html_and_says_that_a_machine_wrote_it(
    client: Browser, person: User, settle: Settle, mail_outbox: MailOutbox
) -> None:
    ask_for_reset(client, person.email)
    settle()
    message = mail_outbox.messages[0]
    html = message.get_body(("html",))
    assert html is not None
    assert link_path(message) in html.get_content()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"] == "Soundstage <soundstage@localhost>"
    assert message["Message-ID"]
    assert "Moon" in plain_text(message)


def test_mail_goes_out_through_a_mail_server(
    make_app: MakeApp, smtp_server: SmtpServer, make_person: MakePerson
) -> None:
    person = make_person()
    app = make_app(smtp_url=smtp_server.url)
    client = browser_of(app)
    ask_for_reset(client, person.email)
    settle_app(app)
    (message,) = smtp_server.messages
    assert message["To"] == person.email
    answer = client.submit(link_path(message), {"password": NEW_PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/login")


def test_a_mail_server_that_is_away_leaves_a_failed_job_and_no_broken_page(
    make_app: MakeApp, make_person: MakePerson, run_jobs: RunJobs
) -> None:
    app = make_app(smtp_url="smtp://127.0.0.1:1")
    client = browser_of(app)
    ask_for_reset(client, make_person().email)
    settle_app(app, failures=True)
    assert run_jobs("default", failures=True) == 0


def test_whether_an_address_is_known_stays_unsaid(
    client: Browser, person: User, settle: Settle, mail_outbox: MailOutbox
) -> None:
    known, unknown = (ask_for_reset(client, email) for email in (person.email, "nobody@example.org"))
    settle()
    assert known == unknown
    assert [message["To"] for message in mail_outbox.messages] == [person.email]


def test_a_reset_sets_the_password_and_ends_every_session(
    app: Flask, client: Browser, person: User, login: Login, reset_path: str
) -> None:
    other = login(browser_of(app), person)
    assert client.submit(reset_path, {"password": NEW_PASSWORD}).location == "/login"
    assert other.get("/settings/account").status_code == 303
    login(browser_of(app), person, password=NEW_PASSWORD)
    refused = browser_of(app).submit("/login", {"login": person.username, "password": PASSWORD})
    assert refused.status_code == 422


def test_a_reset_verifies_the_address_and_tells_its_owner(
    client: Browser, person: User, reset_path: str, db_session: DatabaseSession, settle: Settle, mail_outbox: MailOutbox
) -> None:
    client.submit(reset_path, {"password": NEW_PASSWORD})
    settle()
    db_session.refresh(person)
    assert person.email_verified_at is not None
    assert mail_outbox.messages[-1]["Subject"] == "Your password was changed"


def test_a_link_works_once(client: Browser, reset_path: str) -> None:
    assert client.submit(reset_path, {"password": NEW_PASSWORD}).status_code == 303
    second = client.submit(reset_path, {"password": "and then another"})
    assert second.status_code == 404
    assert OVER in second.text


def test_a_refused_password_does_not_use_the_link_up(client: Browser, reset_path: str) -> None:
    refused = client.submit(reset_path, {"password": "password1"})
    assert refused.status_code == 422
    assert "guesser" in refused.text
    assert client.submit(reset_path, {"password": NEW_PASSWORD}).status_code == 303


def test_a_link_runs_out(client: Browser, reset_path: str, db_session: DatabaseSession) -> None:
    lasts = db_session.scalars(select(MailedToken)).one().expires_at - now()
    assert timedelta(minutes=55) < lasts <= timedelta(hours=1)
    db_session.execute(update(MailedToken).values(expires_at=now() - timedelta(seconds=1)))
    db_session.commit()
    assert client.get(reset_path).status_code == 404


def test_a_newer_link_ends_the_older(
    client: Browser, person: User, reset_path: str, settle: Settle, mail_outbox: MailOutbox
) -> None:
    ask_for_reset(client, person.email)
    settle()
    newer = link_path(mail_outbox.to(person.email)[-1])
    assert client.get(reset_path).status_code == 404
    assert client.get(newer).status_code == 200


@pytest.mark.parametrize("purpose", ["/email/verify/", "/email/change/"])
def test_a_link_is_good_for_nothing_but_its_purpose(client: Browser, reset_path: str, purpose: str) -> None:
    token = reset_path.rsplit("/", 1)[1]
    assert client.get(purpose + token).status_code == 404


def test_made_up_links_lead_nowhere(client: Browser) -> None:
    answer = client.get("/password/reset/" + "x" * 43)
    assert answer.status_code == 404
    assert OVER in answer.text


def test_a_mail_job_that_runs_twice_leaves_one_link_that_works(
    client: Browser, app: Flask, person: User, settle: Settle, mail_outbox: MailOutbox, db_session: DatabaseSession
) -> None:
    from app.accounts.jobs import mail_link  # noqa: PLC0415 - the job itself

    ask_for_reset(client, person.email)
    settle()
    with app.app_context():
        mail_link(str(db_session.scalars(select(MailedToken.id)).one()))
    first, second = (link_path(message) for message in mail_outbox.messages)
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200


def test_the_link_can_be_asked_for_again_until_the_address_is_verified(
    client: Browser, person: User, login: Login, settle: Settle, mail_outbox: MailOutbox
) -> None:
    login(client, person)
    assert client.submit("/email/resend").location == "/settings/account"
    settle()
    path = link_path(mail_outbox.to(person.email)[-1])
    client.submit(path)
    client.submit("/email/resend")
    settle()
    assert len(mail_outbox.messages) == 1


def test_a_new_address_counts_once_its_link_was_opened_and_both_are_told(
    client: Browser, person: User, login: Login, settle: Settle, mail_outbox: MailOutbox, db_session: DatabaseSession
) -> None:
    login(client, person)
    answer = client.submit("/settings/account/email", {"email": "sun@example.org", "password": PASSWORD})
    assert answer.status_code == 303
    settle()
    db_session.refresh(person)
    assert person.email == "moon@example.org"
    assert [m["Subject"] for m in mail_outbox.to("moon@example.org")] == ["Someone asked to change your address"]
    path = link_path(mail_outbox.to("sun@example.org")[0])
    client.submit(path)
    settle()
    db_session.refresh(person)
    assert (person.email, person.email_key) == ("sun@example.org", "sun@example.org")
    assert person.email_verified_at is not None
    told = mail_outbox.to("moon@example.org")[-1]
    assert told["Subject"] == "Your address was changed"
    assert "http" not in plain_text(told), "nobody showed that this address was theirs: it gets no link"


def test_an_address_that_somebody_else_has_is_not_told_of_but_its_owner_is(
    client: Browser, person: User, make_person: MakePerson, login: Login, settle: Settle, mail_outbox: MailOutbox
) -> None:
    make_person(email="taken@example.org")
    login(client, person)
    answers = [
        client.submit("/settings/account/email", {"email": email, "password": PASSWORD})
        for email in ("taken@example.org", "free@example.org")
    ]
    assert [answer.status_code for answer in answers] == [303, 303]
    page = client.get("/settings/account").text
    assert "already" not in page
    settle()
    client.submit("/settings/account/email", {"email": "taken@example.org", "password": PASSWORD})
    settle()
    assert [mail["Subject"] for mail in mail_outbox.to("taken@example.org")] == ["You already have an account"]


@pytest.fixture
def moved(
    client: Browser, make_person: MakePerson, login: Login, settle: Settle, mail_outbox: MailOutbox
) -> tuple[User, str]:
    """Someone whose address was changed, and the link that their old mailbox got."""
    person = make_person(username="sun", email="sun@example.org")
    login(client, person)
    client.submit("/settings/account/email", {"email": "evil@example.org", "password": PASSWORD})
    settle()
    client.submit(link_path(mail_outbox.to("evil@example.org")[0]))
    settle()
    return person, link_path(mail_outbox.to("sun@example.org")[-1])


def test_for_a_week_the_old_mailbox_can_take_the_account_back(
    app: Flask, client: Browser, moved: tuple[User, str], db_session: DatabaseSession, login: Login
) -> None:
    person, path = moved
    owner = browser_of(app)
    assert "Was that not you?" in owner.get(path).text
    db_session.refresh(person)
    assert person.email == "evil@example.org", "a mail program that opens the link undoes nothing"
    answer = owner.submit(path)
    assert answer.location.startswith("/password/reset/")
    db_session.refresh(person)
    assert (person.email, person.email_key) == ("sun@example.org", "sun@example.org")
    assert client.get("/settings/account").status_code == 303, "whoever changed it is logged out"
    owner.submit(answer.location, {"password": NEW_PASSWORD})
    login(owner, person, password=NEW_PASSWORD)
    assert owner.submit(path).status_code == 404


def test_the_link_that_takes_it_back_lasts_seven_days(
    client: Browser, moved: tuple[User, str], db_session: DatabaseSession
) -> None:
    row = db_session.scalars(select(MailedToken).where(MailedToken.purpose == "undo_email")).one()
    assert timedelta(days=6, hours=23) < row.expires_at - now() <= timedelta(days=7)
    row.expires_at = now()
    db_session.commit()
    assert client.get(moved[1]).status_code == 404


def test_a_second_change_does_not_end_the_first_ones_way_back(
    client: Browser, moved: tuple[User, str], settle: Settle, mail_outbox: MailOutbox, app: Flask,
    db_session: DatabaseSession,
) -> None:  # fmt: skip
    person, path = moved
    client.submit("/settings/account/email", {"email": "worse@example.org", "password": PASSWORD})
    settle()
    client.submit(link_path(mail_outbox.to("worse@example.org")[0]))
    settle()
    later = link_path(mail_outbox.to("evil@example.org")[-1])
    assert browser_of(app).submit(path).status_code == 303
    db_session.refresh(person)
    assert person.email == "sun@example.org"
    assert browser_of(app).submit(later).status_code == 404


def test_while_it_can_be_taken_back_nobody_else_gets_the_old_address(
    app: Flask, moved: tuple[User, str], settle: Settle, mail_outbox: MailOutbox
) -> None:
    del moved
    browser_of(app).submit("/signup", {"username": "cuckoo", "email": "Sun@example.org", "password": NEW_PASSWORD})
    settle()
    assert mail_outbox.messages[-1]["Subject"] == "You already have an account"


def test_who_is_logged_in_as_another_is_told_to_log_out_first(
    app: Flask, reset_path: str, make_person: MakePerson, login: Login, client: Browser
) -> None:
    other = login(browser_of(app), make_person())
    answer = other.get(reset_path)
    assert answer.status_code == 409
    assert "another account" in answer.text
    assert 'action="/logout"' in answer.text
    assert client.get(reset_path).status_code == 200, "the link still works"


@pytest.mark.parametrize(
    ("path", "next_step"),
    [("/password/reset/", "/password/forgot"), ("/signup/confirm/", "/signup"), ("/login/link/", "/login"),
     ("/email/verify/", "/settings/account"), ("/email/undo/", "/settings/account")],
)  # fmt: skip
def test_a_link_that_is_over_says_what_to_do(client: Browser, path: str, next_step: str) -> None:
    answer = client.get(path + "x" * 43)
    assert answer.status_code == 404
    assert (
        f'<a class="button button--primary" href="{next_step}"' in answer.text or f'href="{next_step}"' in answer.text
    )


def test_a_mailbox_gets_five_links_an_hour_for_one_purpose(
    client: Browser, person: User, settle: Settle, mail_outbox: MailOutbox
) -> None:
    for _ in range(7):
        ask_for_reset(client, person.email)
    settle()
    assert len(mail_outbox.to(person.email)) <= 5
    assert client.get(link_path(mail_outbox.to(person.email)[-1])).status_code == 200


def test_a_mailed_link_lets_one_in_once(
    app: Flask, client: Browser, person: User, settle: Settle, mail_outbox: MailOutbox, db_session: DatabaseSession
) -> None:
    for login_text in (person.username, "nobody"):
        assert client.submit("/login/link", {"login": login_text}).location == "/login/sent"
    settle()
    (message,) = mail_outbox.messages
    path = link_path(message)
    assert client.get(path).status_code == 200
    assert client.get("/settings/account").status_code == 303, "looking lets nobody in"
    assert client.submit(path).status_code == 303
    assert client.get("/settings/account").status_code == 200
    db_session.refresh(person)
    assert person.email_verified_at is not None
    assert browser_of(app).submit(path).status_code == 404


def test_who_asks_for_links_again_and_again_does_not_end_those_of_the_owner(
    client: Browser, person: User, settle: Settle, mail_outbox: MailOutbox
) -> None:
    for _ in range(2):
        client.submit("/login/link", {"login": person.email})
        settle()
    first = link_path(mail_outbox.messages[0])
    assert client.submit(first).status_code == 303


def test_after_a_change_of_address_the_old_mailbox_opens_nothing(
    client: Browser, person: User, login: Login, reset_path: str, settle: Settle, mail_outbox: MailOutbox
) -> None:
    login(client, person)
    client.submit("/settings/account/email", {"email": "sun@example.org", "password": PASSWORD})
    settle()
    client.submit(link_path(mail_outbox.to("sun@example.org")[0]))
    assert client.get(reset_path).status_code == 404


@pytest.mark.parametrize("way", ["reset", "change"])
def test_a_new_password_ends_the_change_of_address_that_somebody_with_the_old_one_asked_for(
    client: Browser, person: User, login: Login, settle: Settle, mail_outbox: MailOutbox, reset_path: str, way: str
) -> None:
    login(client, person)
    client.submit("/settings/account/email", {"email": "evil@example.org", "password": PASSWORD})
    settle()
    path = link_path(mail_outbox.to("evil@example.org")[0])
    if way == "reset":
        client.submit(reset_path, {"password": NEW_PASSWORD})
    else:
        client.submit("/settings/account/password", {"current_password": PASSWORD, "password": NEW_PASSWORD})
    assert client.get(path).status_code == 404


def test_who_logs_in_while_the_password_is_being_reset_is_refused(
    app: Flask, client: Browser, person: User, db_session: DatabaseSession
) -> None:
    """A session that began in that moment would outlive the reset, which ends those that it finds."""
    with app.app_context():
        person.password_digest = hash_password(NEW_PASSWORD)
    data = {"login": person.username, "password": PASSWORD}
    assert second_of_two(db_session, lambda: client.submit("/login", data)).status_code == 422


def test_after_a_change_of_password_a_reset_link_that_is_still_about_opens_nothing(
    client: Browser, person: User, login: Login, reset_path: str
) -> None:
    login(client, person)
    client.submit("/settings/account/password", {"current_password": PASSWORD, "password": NEW_PASSWORD})
    assert client.get(reset_path).status_code == 404


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"email": "sun@example.org", "password": "wrong"}, "not your present password"),
        ({"email": "sun", "password": PASSWORD}, "no e-mail address"),
    ],
)
def test_a_refused_change_of_address_sends_nothing(
    client: Browser, person: User, login: Login, settle: Settle, mail_outbox: MailOutbox,
    data: dict[str, str], sentence: str,
) -> None:  # fmt: skip
    login(client, person)
    answer = client.submit("/settings/account/email", data)
    assert answer.status_code == 422
    assert sentence in answer.text
    settle()
    assert mail_outbox.messages == []


def test_an_address_that_someone_else_took_meanwhile_is_refused_at_the_link(
    client: Browser, person: User, make_person: MakePerson, login: Login, settle: Settle, mail_outbox: MailOutbox
) -> None:
    login(client, person)
    client.submit("/settings/account/email", {"email": "sun@example.org", "password": PASSWORD})
    settle()
    make_person(email="sun@example.org")
    answer = client.submit(link_path(mail_outbox.to("sun@example.org")[0]))
    assert answer.status_code == 409


def test_of_two_who_take_an_address_at_once_one_is_told_that_it_is_taken(
    client: Browser, person: User, make_person: MakePerson, login: Login, settle: Settle, mail_outbox: MailOutbox,
    db_session: DatabaseSession,
) -> None:  # fmt: skip
    quicker = make_person()
    login(client, person)
    client.submit("/settings/account/email", {"email": "sun@example.org", "password": PASSWORD})
    settle()
    path = link_path(mail_outbox.to("sun@example.org")[0])
    quicker.email = quicker.email_key = "sun@example.org"
    assert second_of_two(db_session, lambda: client.submit(path)).status_code == 409
    db_session.refresh(person)
    assert person.email == "moon@example.org"
    assert client.get(path).status_code == 200, "the link still works, should the address become free"
