"""The house's texts in their versions, who agreed to which, and how long things are kept."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session as DatabaseSession

from app.accounts.consent_models import Consent, ConsentKind, TextKind
from app.accounts.models import Session, User
from app.accounts.services import consents
from app.core import options
from app.core.clock import now
from app.core.ids import uuid7
from app.core.screening import Screened
from app.extensions import db
from app.messaging.kinds import NoticeKind
from app.messaging.models import Notification
from app.moderation.filter_models import Category, FilterAction, FilterHit, HitState
from app.plays.models import Position
from app.rights import retention
from tests.harness.browser import Browser
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson, Settle
from tests.harness.mail import MailOutbox, link_path


def publish(app: Flask, kind: TextKind, words: str) -> None:
    with app.app_context():
        consents.publish_text(kind, words, None)
        db.session.commit()


@pytest.mark.parametrize("path", ["/terms", "/privacy", "/terms/1", "/privacy/1"])
def test_everybody_reads_the_texts(client: Browser, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Version 1" in answer.text


def test_a_version_that_never_was_is_not_there(client: Browser) -> None:
    assert client.get("/terms/2").status_code == 404
    assert client.get("/terms/99999999999999999999").status_code == 404


def test_an_operators_text_takes_the_place_of_the_shipped_one_which_stays_readable(app: Flask, client: Browser) -> None:
    publish(app, TextKind.TERMS, "Be **kind**. <script>alert(1)</script>")
    answer = client.get("/terms").text
    assert "<strong>kind</strong>" in answer
    assert "<script>alert" not in answer
    assert "Version 2" in answer
    assert "Be <strong>kind" not in client.get("/terms/1").text


@pytest.mark.parametrize("words", ["", " \0 ", "x" * 100_001])
def test_a_text_without_words_or_with_too_many_is_none(app: Flask, words: str) -> None:
    with app.app_context(), pytest.raises(ValueError, match="characters"):
        consents.publish_text(TextKind.TERMS, words, None)


def test_signing_up_keeps_which_words_were_agreed_to(
    app: Flask, client: Browser, db_session: DatabaseSession, settle: Settle, mail_outbox: MailOutbox
) -> None:
    publish(app, TextKind.TERMS, "Be kind.")
    page = client.get("/signup").text
    assert 'href="/terms"' in page
    client.submit("/signup", {"username": "newcomer", "email": "new@example.org", "password": "violets in the attic"})
    settle()
    path = link_path(mail_outbox.messages[0])
    assert 'href="/terms"' in client.get(path).text
    assert client.submit(path).status_code == 303
    rows = db_session.scalars(select(Consent).order_by(Consent.kind)).all()
    assert [(row.kind, row.number) for row in rows] == [(ConsentKind.PRIVACY, 1), (ConsentKind.TERMS, 2)]
    with app.app_context():
        assert [bytes(row.digest) for row in rows] == [
            consents.current(TextKind(row.kind.value)).digest for row in rows
        ]


def test_new_terms_are_shown_on_home_until_they_are_agreed_to(
    app: Flask, client: Browser, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    person = make_person(terms_number=1)
    login(client, person)
    assert "Our terms have changed" not in client.get("/").text
    publish(app, TextKind.TERMS, "Be kind, please.")
    assert "Our terms have changed" in client.get("/").text
    assert "I agree to the terms" in client.get("/settings/data").text
    for _ in range(2):
        client.submit("/settings/data/agreement")
    assert "Our terms have changed" not in client.get("/").text
    query = select(func.count()).select_from(Consent).where(Consent.kind == ConsentKind.TERMS)
    assert db_session.scalar(query) == 1


def test_what_is_voluntary_is_kept_with_its_end(
    client: Browser, make_person: MakePerson, login: Login, db_session: DatabaseSession
) -> None:
    login(client, make_person())
    client.submit("/settings/privacy", {"share_likes": "y"})
    client.submit("/settings/privacy", {})
    row = db_session.scalars(select(Consent)).one()
    assert row.kind is ConsentKind.SHARES_LIKES
    assert row.withdrawn_at is not None
    assert "Those who follow you see what you like" in client.get("/settings/data").text


def test_the_data_page_asks_the_database_little(
    client: Browser, make_person: MakePerson, login: Login, count_statements: CountStatements,
    db_session: DatabaseSession,
) -> None:  # fmt: skip
    person = make_person()
    login(client, person)
    db_session.add_all(
        Consent(user_id=person.id, kind=ConsentKind.TERMS, number=number, digest=b"") for number in range(1, 40)
    )
    db_session.commit()
    with count_statements() as statements:
        client.get("/settings/data")
    assert len(statements) <= 8, statements


def test_privacy_says_how_long_things_are_kept_today(app: Flask, client: Browser) -> None:
    assert "90 days" in client.get("/privacy").text
    with app.app_context():
        options.set_option("keep.play_history", 77, None)
        db.session.commit()
    assert "77 days" in client.get("/privacy").text
    assert client.get("/.well-known/gpc.json").json == {"gpc": True, "lastUpdate": "2026-11-21"}


def old_session(person: User, days: int, **values: object) -> Session:
    then = now() - timedelta(days=days)
    return Session(
        user_id=person.id, token_digest=uuid7().bytes, address="203.0.113.9", user_agent="Firefox",
        expires_at=then + timedelta(hours=1), **values,
    )  # fmt: skip


def found(days: int, state: HitState, **values: object) -> FilterHit:
    """What a filter found so long ago."""
    return FilterHit(
        reference=str(uuid7()), kind=Screened.COMMENT, why="Words", category=Category.OTHER, answer=FilterAction.HOLD,
        digest=b"", finds=[], state=state, created_at=now() - timedelta(days=days), **values,
    )  # fmt: skip


def test_what_filters_found_goes_a_year_after_it_was_decided_but_no_evidence(
    app: Flask, db_session: DatabaseSession
) -> None:
    gone = [found(400, HitState.NOTED), found(900, HitState.RELEASED, decided_at=now() - timedelta(days=366))]
    kept = [
        found(900, HitState.WAITING), found(900, HitState.UPHELD, kept_until=now() + timedelta(days=1)),
        found(900, HitState.UPHELD, decided_at=now() - timedelta(days=1)), found(1, HitState.NOTED),
    ]  # fmt: skip
    db_session.add_all([*gone, *kept])
    db_session.commit()
    with app.app_context():
        assert [retention.obey()["filter_hits"] for _ in range(2)] == [2, 0]
    left = set(db_session.scalars(select(FilterHit.id)))
    assert left == {one.id for one in kept}


def test_what_is_over_goes_and_what_is_not_stays(
    app: Flask, make_person: MakePerson, make_medium: MakeMedium, db_session: DatabaseSession, settings_mail: Path
) -> None:
    person, artist = make_person(), make_person(role="artist")
    medium, kept = make_medium(artist), make_medium(artist)
    living, ended, gone = old_session(person, -1), old_session(person, 40), old_session(person, 200)
    db_session.add_all([living, ended, gone])
    for one, days in ((medium, 100), (kept, 1)):
        db_session.add(Position(user_id=person.id, medium_id=one.id, played_at=now() - timedelta(days=days)))
    for number, days in enumerate((100, 1)):
        seen = now() - timedelta(days=days)
        db_session.add(
            Notification(
                recipient_id=person.id, kind=NoticeKind.FOLLOWER, key=str(number), seen_at=seen, happened_at=seen
            )
        )
    db_session.commit()
    with app.app_context():
        options.set_option("keep.play_history", 90, None)
        db.session.commit()
        over = {name: count for name, count in retention.count_over().items() if count}
        expected = {
            "session_origins": 2, "ended_sessions": 1, "play_history": 1, "notifications": 1, "written_mail": 1,
        }  # fmt: skip
        assert over == expected
        assert {name: count for name, count in retention.obey().items() if count} == expected
        assert not any(retention.obey().values())
    db_session.expire_all()
    assert [row.id for row in db_session.scalars(select(Session).order_by(Session.id))] == [living.id, ended.id]
    assert (living.address, ended.address, ended.user_agent) == ("203.0.113.9", "", "")
    assert db_session.scalars(select(Position.medium_id)).all() == [kept.id]
    assert not settings_mail.exists()


@pytest.fixture
def settings_mail(app: Flask) -> Path:
    """A letter on the disk that is older than letters are kept."""
    import os  # noqa: PLC0415

    folder: Path = app.config["SETTINGS"].data_dir / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    letter = folder / "old.eml"
    letter.write_text("Dear marker")
    os.utime(letter, (0, 0))
    return letter


def test_what_is_kept_for_ever_stays(app: Flask, make_person: MakePerson, make_medium: MakeMedium) -> None:
    person = make_person(role="artist")
    medium = make_medium(person)
    with app.app_context():
        db.session.add(Position(user_id=person.id, medium_id=medium.id, played_at=now() - timedelta(days=4000)))
        db.session.commit()
        assert retention.obey_one("play_history") == 0


@pytest.mark.parametrize("days", [1, 5000, -1, True])
def test_a_span_has_a_floor_and_a_ceiling(app: Flask, days: object) -> None:
    with app.app_context(), pytest.raises(options.OptionRefused):
        options.set_option("keep.play_history", days, None)


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_who_asks_not_to_be_followed_is_suggested_nothing_by_what_they_did(
    client: Browser, make_person: MakePerson, make_medium: MakeMedium, login: Login, header: str
) -> None:
    artist = make_person(role="artist", username="suggestable")
    make_medium(artist)
    login(client, make_person())
    partial = {"HX-Request": "true", "HX-Request-Type": "partial"}
    assert "suggestable" in client.get("/people/suggested", headers=partial).text
    assert "suggestable" not in client.get("/people/suggested", headers={**partial, header: "1"}).text
    assert "/people/suggested" not in client.get("/", headers={header: "1"}).text


def test_who_asks_not_to_be_followed_is_counted_without_their_address(
    client: Browser, make_person: MakePerson, make_medium: MakeMedium, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr("app.plays.services.listeners.beat", lambda *_a, **said: seen.append(said["address"]))
    path = f"/media/{make_medium(make_person(role='artist')).public_id}/position"
    for headers in ({}, {"Sec-GPC": "1"}):
        assert client.post(path, json={"position_ms": 1, "player": "me"}, headers=headers).status_code == 204
    assert seen == ["127.0.0.1", ""]
