"""Web Push against a push service that opens what it is sent: sealed, signed, once a tag, and to nobody who left."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import Session as AccountSession
from app.accounts.models import User
from app.core.clock import now
from app.extensions import db
from app.messaging import notice_jobs, vapid
from app.messaging.kinds import Channels, NoticeKind
from app.messaging.models import PushDelivery, PushSubscription
from app.messaging.services import pushing, reading
from tests.functional.messaging.telling import add_comment, add_likes, add_people, happen, told, written
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeApp, MakeMedium, MakePerson
from tests.harness.push_service import Mailbox, PushService
from tests.harness.work import settle

BROWSERS = "/settings/notifications/browsers"


@pytest.fixture
def service() -> Iterator[PushService]:
    running = PushService()
    yield running
    running.stop()


@pytest.fixture
def pushing_app(make_app: MakeApp) -> Flask:
    """An application that may push to this machine."""
    return make_app(push_allows_local=True)


Subscribed = Callable[..., tuple[User, Browser, Mailbox]]


@pytest.fixture
def subscribed(pushing_app: Flask, make_person: MakePerson, login: Login, service: PushService) -> Subscribed:
    """``subscribed()``: an artist who pressed the button in a browser of theirs."""

    def make(artist: User | None = None) -> tuple[User, Browser, Mailbox]:
        artist = artist or make_person(role="artist", username="ada")
        browser, box = login(browser_of(pushing_app), artist), service.mailbox()
        assert browser.send_json(BROWSERS, box.subscription).status_code == 204
        return artist, browser, box

    return make


def due_now(session: Session) -> None:
    session.execute(update(PushDelivery).values(due_at=now()))
    session.commit()


def send(app: Flask) -> None:
    with app.app_context():
        notice_jobs.send_pushes()


def test_a_comment_reaches_the_artists_phone_sealed_and_signed(
    pushing_app: Flask, service: PushService, subscribed: Subscribed, db_session: Session, make_person: MakePerson,
    make_medium: MakeMedium,
) -> None:  # fmt: skip
    artist, browser, box = subscribed()
    medium = make_medium(artist, title="Night Bus")
    ben = make_person(display_name="بن Okoro")
    happen(pushing_app, written(add_comment(db_session, ben, medium, "a secret between us")))
    settle(pushing_app)
    settle(pushing_app)
    (push,) = service.pushed
    (line,) = told(db_session, artist)
    assert push.path == box.endpoint.removeprefix(service.url)
    assert push.payload["title"] == "بن Okoro commented on Night Bus"
    assert push.payload["url"] == f"/notifications/{line.id}"
    assert "secret" not in str(push.payload)
    assert push.headers["ttl"] == str(pushing.TTL_S)
    assert push.headers["urgency"] == "normal"
    with pushing_app.app_context():
        assert push.claims["key"] == vapid.public_key()
        assert push.claims["sub"] == vapid.subject()
    assert browser.get(push.payload["url"]).status_code == 303


def test_kinds_that_were_not_chosen_are_not_pushed(
    pushing_app: Flask, service: PushService, subscribed: Subscribed, db_session: Session, make_medium: MakeMedium
) -> None:
    artist, _browser, _box = subscribed()
    happen(pushing_app, *add_likes(db_session, add_people(db_session, 1), make_medium(artist)))
    settle(pushing_app)
    assert service.asked == 0


def test_more_of_the_same_is_silent_for_an_hour(
    pushing_app: Flask, service: PushService, subscribed: Subscribed, db_session: Session, make_medium: MakeMedium
) -> None:
    artist, _browser, _box = subscribed()
    medium = make_medium(artist, title="Night Bus")
    with pushing_app.app_context():
        reading.choose(artist, {NoticeKind.LIKE: Channels(push=True)})
        db.session.commit()
    for fan in add_people(db_session, 3):
        happen(pushing_app, *add_likes(db_session, [fan], medium))
        settle(pushing_app)
    assert [push.payload["title"] for push in service.pushed] == ["Fan 0 liked Night Bus"]
    db_session.execute(update(PushDelivery).values(done_at=now() - timedelta(hours=2)))
    db_session.commit()
    happen(pushing_app, *add_likes(db_session, add_people(db_session, 1, "late"), medium))
    settle(pushing_app)
    assert service.pushed[-1].payload["title"] == "Late 0 and 3 others liked Night Bus"
    assert len({push.payload["tag"] for push in service.pushed}) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_dropped(
    pushing_app: Flask, service: PushService, subscribed: Subscribed, db_session: Session, make_person: MakePerson,
    make_medium: MakeMedium, status: int,
) -> None:  # fmt: skip
    artist, _browser, _box = subscribed()
    service.answers = [(status, {})]
    happen(pushing_app, written(add_comment(db_session, make_person(), make_medium(artist), "hm")))
    settle(pushing_app)
    assert db_session.query(PushSubscription).count() == 0
    assert db_session.query(PushDelivery).count() == 0


@pytest.mark.parametrize(
    "answer", [(429, {"Retry-After": "600"}), (503, {}), (302, {"Location": "http://127.0.0.1:1/"})]
)
def test_what_a_push_service_does_not_take_now_it_gets_later(
    pushing_app: Flask, service: PushService, subscribed: Subscribed, db_session: Session, make_person: MakePerson,
    make_medium: MakeMedium, answer: tuple[int, dict[str, str]],
) -> None:  # fmt: skip
    artist, _browser, _box = subscribed()
    service.answers = [answer]
    happen(pushing_app, written(add_comment(db_session, make_person(), make_medium(artist), "hm")))
    settle(pushing_app)
    waiting = db_session.query(PushDelivery).one()
    assert (service.asked, service.pushed, waiting.done_at) == (1, [], None)
    assert waiting.due_at > now() + timedelta(seconds=590 if "Retry-After" in answer[1] else 20)
    send(pushing_app)
    assert service.asked == 1
    due_now(db_session)
    send(pushing_app)
    assert len(service.pushed) == 1


def test_a_browser_that_was_logged_out_is_pushed_nothing(
    pushing_app: Flask, service: PushService, subscribed: Subscribed, db_session: Session, make_person: MakePerson,
    make_medium: MakeMedium,
) -> None:  # fmt: skip
    artist, _browser, _box = subscribed()
    db_session.execute(update(AccountSession).values(revoked_at=now()))
    db_session.commit()
    happen(pushing_app, written(add_comment(db_session, make_person(), make_medium(artist), "hm")))
    settle(pushing_app)
    assert service.asked == 0
    assert db_session.query(PushSubscription).count() == 0


def test_a_browser_belongs_to_whom_it_was_last_used_by(
    pushing_app: Flask, subscribed: Subscribed, db_session: Session, make_person: MakePerson, login: Login
) -> None:
    _artist, _browser, box = subscribed()
    ben = make_person()
    assert login(browser_of(pushing_app), ben).send_json(BROWSERS, box.subscription).status_code == 204
    assert db_session.query(PushSubscription).one().user_id == ben.id


def test_what_was_read_before_the_push_is_not_pushed(
    pushing_app: Flask, service: PushService, subscribed: Subscribed, db_session: Session, make_person: MakePerson,
    make_medium: MakeMedium,
) -> None:  # fmt: skip
    artist, _browser, _box = subscribed()
    service.answers = [(503, {})]
    happen(pushing_app, written(add_comment(db_session, make_person(), make_medium(artist), "hm")))
    settle(pushing_app)
    with pushing_app.app_context():
        reading.mark_read(artist)
        db.session.commit()
    due_now(db_session)
    send(pushing_app)
    assert service.pushed == []


def test_a_push_over_which_its_process_died_goes_again(
    pushing_app: Flask, service: PushService, subscribed: Subscribed, db_session: Session, make_person: MakePerson,
    make_medium: MakeMedium,
) -> None:  # fmt: skip
    artist, _browser, _box = subscribed()
    service.answers = [(503, {})]
    happen(pushing_app, written(add_comment(db_session, make_person(), make_medium(artist), "hm")))
    settle(pushing_app)
    due_now(db_session)
    with pushing_app.app_context():
        assert len(pushing.claim_due()) == 1
        db.session.commit()  # and here it dies
        assert pushing.claim_due() == []
    due_now(db_session)
    send(pushing_app)
    assert len(service.pushed) == 1


def test_one_turns_pushes_off_here_and_elsewhere(
    subscribed: Subscribed, db_session: Session, make_person: MakePerson, pushing_app: Flask, login: Login
) -> None:
    artist, browser, here = subscribed()
    subscribed(artist)
    assert "This one" in browser.get("/settings/notifications").text
    other = db_session.query(PushSubscription).filter(PushSubscription.endpoint != here.endpoint).one()
    stranger = login(browser_of(pushing_app), make_person())
    stranger.submit(f"{BROWSERS}/{other.id}/delete")
    stranger.send_json(f"{BROWSERS}/delete", {"endpoint": here.endpoint})
    assert db_session.query(PushSubscription).count() == 2
    assert browser.submit(f"{BROWSERS}/{other.id}/delete").status_code == 303
    assert browser.send_json(f"{BROWSERS}/delete", {"endpoint": here.endpoint}).status_code == 204
    assert db_session.query(PushSubscription).count() == 0


HOSTILE = [
    "http://127.0.0.1:6379/", "https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.8/x", "https://169.254.169.254/",
    "https://localhost/x", "https://redis/x", "https://db.internal/x", "https://push.example.org:6379/x",
    "https://user:pass@push.example.org/x", "file:///etc/passwd", "ftp://push.example.org/", "", "https://",
    "https://push.example.org/" + "x" * 1000, "https://push.example.org/\0", "https://[", "https://2130706433/",
    "https://[::ffff:127.0.0.1]/", "https://100.64.0.1/",
]  # fmt: skip


@pytest.mark.parametrize("endpoint", HOSTILE)
def test_an_address_that_is_no_push_service_is_refused(
    app: Flask, make_person: MakePerson, login: Login, db_session: Session, endpoint: str
) -> None:
    browser = login(browser_of(app), make_person())
    answer = browser.send_json(BROWSERS, {**Mailbox(endpoint).subscription})
    assert answer.status_code == 422
    assert "cannot push" in answer.json["error"]  # type: ignore[index]
    assert db_session.query(PushSubscription).count() == 0


WELL = "https://push.example.org/x"
SAID: list[object] = [
    None, [], "x", {}, {"endpoint": 1}, {"endpoint": WELL, "keys": []},
    {"endpoint": WELL, "keys": {"p256dh": "x", "auth": "y"}}, {"endpoint": WELL, "keys": {"p256dh": "é", "auth": 7}},
]  # fmt: skip


@pytest.mark.parametrize("said", SAID)
def test_what_is_no_subscription_is_refused(app: Flask, make_person: MakePerson, login: Login, said: object) -> None:
    assert login(browser_of(app), make_person()).send_json(BROWSERS, said).status_code in {400, 422}


def test_a_subscription_of_the_open_internet_is_taken(
    app: Flask, make_person: MakePerson, login: Login, db_session: Session
) -> None:
    browser = login(browser_of(app), make_person())
    box = Mailbox("https://updates.push.services.mozilla.com/wpush/v2/gAAAA")
    assert browser.send_json(BROWSERS, box.subscription).status_code == 204
    assert db_session.query(PushSubscription).one().endpoint == box.endpoint


def test_the_worker_and_the_manifest_are_where_browsers_look(app: Flask) -> None:
    stranger = browser_of(app)
    worker = stranger.get("/service-worker.js")
    assert (worker.mimetype, worker.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    assert "fetch" not in worker.text.replace("prefetch", "")  # it stands before no request
    manifest = stranger.get("/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    assert manifest.get_json(force=True)["display"] == "standalone"


def test_the_key_is_made_once_and_a_given_one_goes_before(make_app: MakeApp, app: Flask) -> None:
    with app.app_context():
        kept = vapid.private_key()
        assert vapid.private_key() == kept
        public = vapid.public_key()
        assert (app.config["SETTINGS"].data_dir / vapid.FILE).stat().st_mode & 0o077 == 0
    given = "A" * 42 + "E"
    with make_app(vapid_private_key=given).app_context():
        assert vapid.private_key() == given
        assert vapid.public_key() != public
