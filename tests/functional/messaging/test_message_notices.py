"""A message is mailed and pushed to whoever has not read it; it is listed in Messages alone."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.extensions import db
from app.messaging import notice_jobs
from app.messaging.kinds import Channels, MailChoice, NoticeKind
from app.messaging.models import PushDelivery
from app.messaging.services import reading
from tests.functional.messaging.talk import begin, write
from tests.functional.messaging.telling import told
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, Settle
from tests.harness.mail import MailOutbox
from tests.harness.push_service import PushService
from tests.harness.work import settle as settled


def test_the_phone_of_whoever_does_not_look_buzzes_for_each_message(
    make_app: MakeApp, ana: User, ben: User, follow: Callable[[User, User], None], login: Login, db_session: Session
) -> None:
    app, service = make_app(push_allows_local=True), PushService()
    try:
        follow(ben, ana)
        his, hers = login(browser_of(app), ben), login(browser_of(app), ana)
        his.send_json("/settings/notifications/browsers", service.mailbox().subscription)

        def send() -> None:
            settled(app)
            db_session.execute(update(PushDelivery).values(due_at=now()))
            db_session.commit()
            with app.app_context():
                notice_jobs.send_pushes()

        where = begin(hers, "ben", "the first words")
        settled(app)
        assert service.asked == 0  # a moment for whoever is looking anyway
        send()
        assert [push.payload["title"] for push in service.pushed] == ["Ana sent you a message"]
        assert "words" not in str(service.pushed[0].payload)
        assert service.pushed[0].headers["urgency"] == "high"
        assert his.get(service.pushed[0].payload["url"]).location == where
        write(hers, where, "the second")
        send()
        assert len(service.pushed) == 2
        write(hers, where, "the third")
        settled(app)
        assert his.submit(f"{where}/read", {"up_to": "3"}).status_code in {204, 303}  # he looks before it is pushed
        send()
        assert len(service.pushed) == 2
    finally:
        service.stop()


def test_a_message_is_mailed_unless_it_was_read_and_a_strangers_request_is_not(
    app: Flask, ana: User, ben: User, hers: Browser, follow: Callable[[User, User], None], settle: Settle,
    db_session: Session, mail_outbox: MailOutbox,
) -> None:  # fmt: skip
    with app.app_context():
        for person in (ana, ben):
            reading.choose(person, {NoticeKind.MESSAGE: Channels(in_app=False, mail=MailChoice.AT_ONCE)})
        db.session.commit()
    begin(hers, "ben", "from a stranger")
    settle()
    assert told(db_session, ben) == []
    follow(ben, ana)
    assert mail_outbox.to(ben.email) == []


def test_it_stands_in_messages_and_not_in_the_list(
    app: Flask, ana: User, ben: User, hers: Browser, follow: Callable[[User, User], None], login: Login,
    db_session: Session, mail_outbox: MailOutbox,
) -> None:  # fmt: skip
    his = login(browser_of(app), ben)
    with app.app_context():
        reading.choose(ben, {NoticeKind.MESSAGE: Channels(in_app=False, mail=MailChoice.AT_ONCE)})
        db.session.commit()
    follow(ben, ana)
    begin(hers, "ben", "hello you")
    settled(app)
    assert [one.in_app for one in told(db_session, ben)] == [False]
    assert "sent you a message" not in his.get("/notifications").text
    assert "unread" in his.get_partial("/messages/count").text
    (message,) = mail_outbox.to(ben.email)
    assert message["Subject"] == "Ana sent you a message"
