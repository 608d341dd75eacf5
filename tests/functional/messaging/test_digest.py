"""Mail about notifications: at once and once a day, over a real mail server; nothing twice, nothing lost, a way out."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.embedded.ports import free_port
from app.extensions import db
from app.media.models import Medium
from app.messaging import notice_jobs, unsubscribing
from app.messaging.kinds import Channels, MailChoice, NoticeKind
from app.messaging.models import MailState, Notification, NotificationMailing
from app.messaging.services import mailing, reading
from tests.functional.messaging.telling import add_comment, add_likes, add_people, happen, told, written
from tests.harness.browser import browser_of
from tests.harness.kinds import Login, MakeApp, MakeMedium, MakePerson
from tests.harness.mail import SmtpServer, plain_text
from tests.harness.work import settle

YESTERDAY = timedelta(days=1, minutes=1)


@pytest.fixture
def mailed(make_app: MakeApp, smtp_server: SmtpServer) -> Flask:
    """An application that mails through ``smtp_server``; whatever happened yesterday is due for the digest."""
    return make_app(smtp_url=smtp_server.url, digest_hour=now().hour)


def choose(app: Flask, person: User, mail: MailChoice) -> None:
    with app.app_context():
        reading.choose(person, {kind: Channels(in_app=True, mail=mail) for kind in NoticeKind})
        db.session.commit()


def yesterday(session: Session) -> None:
    """All of it happened a day earlier."""
    session.execute(update(Notification).values(happened_at=Notification.happened_at - YESTERDAY))
    session.commit()


def send(app: Flask) -> None:
    with app.app_context():
        notice_jobs.send_mail()


Scene = Callable[..., tuple[User, Medium]]


@pytest.fixture
def scene(make_person: MakePerson, make_medium: MakeMedium) -> Scene:
    """``scene(**columns)``: an artist and a work of theirs."""

    def make(**values: object) -> tuple[User, Medium]:
        artist = make_person(role="artist", **values)
        return artist, make_medium(artist, title="Night Bus")

    return make


def test_a_days_news_are_one_mail_and_no_news_are_none(
    mailed: Flask, smtp_server: SmtpServer, db_session: Session, make_person: MakePerson, scene: Scene
) -> None:
    artist, medium = scene()
    ana = make_person(display_name="Ana Ávila")
    happen(mailed, *add_likes(db_session, [*add_people(db_session, 3), ana.id], medium))
    happen(mailed, written(add_comment(db_session, ana, medium, "this drop!")))
    settle(mailed)
    send(mailed)
    assert smtp_server.messages == []
    yesterday(db_session)
    send(mailed)
    send(mailed)
    (message,) = smtp_server.messages
    text = plain_text(message)
    assert message["To"] == artist.email
    assert "and 3 others liked Night Bus" in text
    assert "Ana Ávila commented on Night Bus" in text
    assert "“this drop!”" in text
    html = message.get_body(("html",))
    assert html is not None
    assert "Ana Ávila" in html.get_content()
    assert {one.mail_state for one in told(db_session, artist)} == {MailState.SENT}


def test_a_later_mail_tells_only_what_the_earlier_did_not(
    mailed: Flask, smtp_server: SmtpServer, db_session: Session, scene: Scene
) -> None:
    artist, medium = scene()
    people = add_people(db_session, 4)
    happen(mailed, *add_likes(db_session, people[:3], medium))
    settle(mailed)
    yesterday(db_session)
    send(mailed)
    happen(mailed, *add_likes(db_session, people[3:], medium))
    settle(mailed)
    yesterday(db_session)
    send(mailed)
    first, second = (plain_text(message) for message in smtp_server.messages)
    assert "and 2 others liked" in first
    assert "Fan 3 liked" in second
    assert [one.count for one in told(db_session, artist)] == [4]


def test_what_was_seen_before_the_digest_is_not_in_it(
    mailed: Flask, smtp_server: SmtpServer, db_session: Session, scene: Scene
) -> None:
    artist, medium = scene()
    happen(mailed, *add_likes(db_session, add_people(db_session, 1), medium))
    settle(mailed)
    yesterday(db_session)
    with mailed.app_context():
        reading.mark_seen(artist)
        db.session.commit()
    send(mailed)
    assert smtp_server.messages == []


def test_at_once_is_at_once_but_a_busy_hour_is_not_sixty_mails(
    mailed: Flask, smtp_server: SmtpServer, db_session: Session, scene: Scene
) -> None:
    artist, medium = scene()
    choose(mailed, artist, MailChoice.AT_ONCE)
    people = add_people(db_session, 3)
    for fan in people:
        happen(mailed, *add_likes(db_session, [fan], medium))
        settle(mailed)
    assert len(smtp_server.messages) == 1
    db_session.execute(update(NotificationMailing).values(mailed_at=now() - mailing.AT_ONCE_EVERY))
    db_session.commit()
    send(mailed)
    first, second = (message["Subject"] for message in smtp_server.messages)
    assert (first, second) == ("Fan 0 liked Night Bus", "Fan 2 and Fan 1 liked Night Bus")


def test_nothing_goes_to_addresses_that_nobody_confirmed_or_to_those_who_want_none(
    mailed: Flask, smtp_server: SmtpServer, db_session: Session, scene: Scene, make_person: MakePerson,
    make_medium: MakeMedium,
) -> None:  # fmt: skip
    unverified, medium = scene(email_verified_at=None)
    quiet = make_person(role="artist")
    leaving, third = scene()
    choose(mailed, unverified, MailChoice.AT_ONCE)
    choose(mailed, quiet, MailChoice.OFF)
    choose(mailed, leaving, MailChoice.AT_ONCE)
    fans = add_people(db_session, 1)
    db_session.execute(update(User).where(User.id == leaving.id).values(deletion_due_at=now()))
    db_session.commit()
    for one in (medium, make_medium(quiet), third):
        happen(mailed, *add_likes(db_session, fans, one))
    settle(mailed)
    yesterday(db_session)
    send(mailed)
    assert smtp_server.messages == []


def test_a_dead_mail_server_delays_and_loses_nothing(
    make_app: MakeApp, smtp_server: SmtpServer, db_session: Session, scene: Scene
) -> None:
    dead = make_app(smtp_url=f"smtp://127.0.0.1:{free_port()}")
    artist, medium = scene()
    choose(dead, artist, MailChoice.AT_ONCE)
    happen(dead, *add_likes(db_session, add_people(db_session, 2), medium))
    settle(dead)
    send(dead)
    (line,) = told(db_session, artist)
    assert (line.mail_state, line.mailed_count) == (MailState.AT_ONCE, 0)
    assert db_session.query(NotificationMailing).one().failures == 1
    alive = make_app(smtp_url=smtp_server.url)
    send(alive)
    assert smtp_server.messages == []  # not yet: it is not asked every second
    db_session.execute(update(NotificationMailing).values(retry_at=now()))
    db_session.commit()
    send(alive)
    assert len(smtp_server.messages) == 1
    db_session.expire_all()
    assert db_session.query(NotificationMailing).one().failures == 0


def test_a_letter_whose_process_died_half_way_is_not_sent_twice(
    mailed: Flask, smtp_server: SmtpServer, db_session: Session, scene: Scene
) -> None:
    artist, medium = scene()
    happen(mailed, *add_likes(db_session, add_people(db_session, 1), medium))
    settle(mailed)
    yesterday(db_session)
    with mailed.app_context():
        assert mailing.claim_letter() is not None
        db.session.commit()  # and here it dies
    send(mailed)
    assert smtp_server.messages == []
    db_session.execute(update(Notification).values(mail_claimed_at=now() - timedelta(hours=1)))
    db_session.commit()
    send(mailed)
    assert smtp_server.messages == []
    assert told(db_session, artist)[0].mail_state is MailState.SENT


def one_click(message: EmailMessage) -> str:
    """Where a mail program posts to by itself."""
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return urlsplit(str(message["List-Unsubscribe"]).strip("<>")).path


def test_one_click_ends_such_mails_without_a_session(
    mailed: Flask, smtp_server: SmtpServer, db_session: Session, scene: Scene
) -> None:
    artist, medium = scene()
    people = add_people(db_session, 2)
    happen(mailed, *add_likes(db_session, people[:1], medium))
    settle(mailed)
    yesterday(db_session)
    send(mailed)
    path = one_click(smtp_server.messages[0])
    stranger = browser_of(mailed)
    assert "End these mails?" in stranger.get(path).text
    with mailed.app_context():
        assert reading.choices_of(artist)[NoticeKind.LIKE].mail is MailChoice.DIGEST  # to look ends nothing
    answer = stranger.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "No more of these mails" in answer.text
    with mailed.app_context():
        choices = reading.choices_of(artist)
    assert MailChoice.DIGEST not in {one.mail for one in choices.values()}
    assert choices[NoticeKind.INVITATION].mail is MailChoice.AT_ONCE
    assert choices[NoticeKind.LIKE].in_app
    happen(mailed, *add_likes(db_session, people[1:], medium))
    settle(mailed)
    yesterday(db_session)
    send(mailed)
    assert len(smtp_server.messages) == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_that_was_changed_ends_nothing(app: Flask, make_person: MakePerson, method: str) -> None:
    person = make_person()
    with app.app_context():
        token = unsubscribing.address_of(person.id, MailChoice.DIGEST).rpartition("/")[2]
    for wrong in (token[:-2], token + "x", "x", f"x.{token}"):
        assert getattr(browser_of(app), method)(f"/unsubscribe/{wrong}").status_code == 404


def test_the_matrix_is_kept_kind_by_kind(app: Flask, make_person: MakePerson, login: Login) -> None:
    person = make_person()
    client = login(browser_of(app), person)
    data = {f"{kind}-mail": "off" for kind in NoticeKind} | {
        "like-in_app": "y", "like-mail": "at_once", "mention-push": "y", "message-in_app": "y",
    }  # fmt: skip
    assert client.submit("/settings/notifications", data).status_code == 303
    with app.app_context():
        choices = reading.choices_of(person)
    assert choices[NoticeKind.LIKE] == Channels(in_app=True, mail=MailChoice.AT_ONCE, push=False)
    assert choices[NoticeKind.MENTION] == Channels(in_app=False, mail=MailChoice.OFF, push=True)
    assert choices[NoticeKind.MESSAGE].in_app is False  # messages have a place of their own
    page = client.get("/settings/notifications").text
    assert 'aria-labelledby="of-like by-mail"' in page
    refused = client.submit("/settings/notifications", data | {"like-mail": "hourly"})
    assert refused.status_code == 422


def test_switched_off_in_the_app_it_is_not_listed(app: Flask, db_session: Session, scene: Scene, login: Login) -> None:
    artist, medium = scene()
    with app.app_context():
        reading.choose(artist, {NoticeKind.LIKE: Channels(in_app=False, mail=MailChoice.DIGEST)})
        db.session.commit()
    happen(app, *add_likes(db_session, add_people(db_session, 1), medium))
    settle(app)
    assert "Night Bus" not in login(browser_of(app), artist).get("/notifications").text
    assert [one.in_app for one in told(db_session, artist)] == [False]
