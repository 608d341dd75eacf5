"""What new accounts may not do yet, works that wait as an artist's first, and files and pictures that a list knows."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import options
from app.core.clock import now
from app.core.holds import Hold
from app.core.screening import Answer, Refused, Screened, screen
from app.extensions import db
from app.media.engine.fingerprints import pdq_of
from app.media.models import Medium
from app.media.services import publishing
from app.messaging.errors import NotYet
from app.messaging.services import sending
from app.moderation.filter_models import TrustedPerson
from app.moderation.matching import patterns
from app.moderation.services import hash_lists
from tests.factories.comments import add_comment
from tests.functional.moderation.filters import add_rule, hits
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import Login, MakeMedium, MakePerson

NOBODYS = "00000000-0000-7000-8000-000000000000"
LINKS = "https://a.example https://b.example c.example.com"


def option(app: Flask, name: str, value: int) -> None:
    with app.app_context():
        options.set_option(f"filters.{name}", value, None)
        db.session.commit()


@pytest.fixture
def medium(make_person: MakePerson, make_medium: MakeMedium) -> Medium:
    return make_medium(make_person(role="artist"), duration_ms=60_000)


def test_a_new_account_has_limits_that_are_said_in_a_sentence(
    app: Flask, db_session: Session, medium: Medium, make_person: MakePerson, login: Login
) -> None:
    option(app, "new_links", 2)
    option(app, "new_comments_hour", 3)
    fan = make_person()
    browser, url = login(browser_of(app), fan), f"/media/{medium.public_id}/comments"
    refused = browser.submit(url, {"body": LINKS})
    assert refused.status_code == 422
    assert "While your account is new, 2 links are the most." in refused.text
    assert "a.example" in refused.text, "the words are still in the form"
    named = browser.submit(url, {"body": " ".join(f"@person_{number}" for number in range(11))})
    assert "name 10 people at most" in named.text
    for _ in range(3):
        add_comment(db_session, fan, medium)
    assert "3 comments an hour" in browser.submit(url, {"body": "one more"}).text
    assert len(hits(db_session)) == 0


@pytest.mark.parametrize("why", ["old", "staff", "trusted"])
def test_limits_do_not_concern_whom_one_knows(
    app: Flask, db_session: Session, make_person: MakePerson, why: str
) -> None:
    option(app, "new_links", 0)
    person = make_person(
        role="moderator" if why == "staff" else "listener", created_at=now() - timedelta(days=9 if why == "old" else 0)
    )
    if why == "trusted":
        db_session.add(TrustedPerson(user_id=person.id))
        db_session.commit()
    with app.app_context():
        assert (
            screen(Screened.COMMENT, db.session.get_one(User, person.id), texts={"body": LINKS}).answer is Answer.CLEAR
        )


def test_an_account_whose_address_nobody_verified_is_new_and_messages_and_uploads_have_limits(
    app: Flask, make_person: MakePerson
) -> None:
    option(app, "new_links", 0)
    option(app, "new_uploads_day", 0)
    person = make_person(email_verified_at=None, created_at=now() - timedelta(days=99))
    other = make_person()
    with app.app_context():
        sender, reader = db.session.get_one(User, person.id), db.session.get_one(User, other.id)
        with pytest.raises(NotYet, match="no links are the most"):
            sending.send_message(sender, reader, sending.Draft(body="see https://a.example", client_key="x" * 12))
        with pytest.raises(Refused, match="uploads a day"):
            screen(Screened.UPLOAD, sender)


def test_first_works_wait_and_later_ones_do_not(
    app: Flask, db_session: Session, make_person: MakePerson, make_medium: MakeMedium
) -> None:
    option(app, "first_works", 1)
    artist = make_person(role="artist")
    first, second = (make_medium(artist, published_at=None) for _ in range(2))
    with app.app_context():
        publishing.publish_medium(db.session.get_one(Medium, first.id))
        db.session.commit()
    db_session.refresh(first)
    (hit,) = hits(db_session)
    assert (first.hold, first.listed, hit.rule_id) == (Hold.HIDDEN, False, None)
    first.hold, first.withheld = None, False
    db_session.commit()
    with app.app_context():
        publishing.publish_medium(db.session.get_one(Medium, second.id))
        db.session.commit()
    db_session.refresh(second)
    assert (second.hold, second.listed) == (None, True)


def test_a_file_that_a_list_knows_is_held(app: Flask, make_person: MakePerson) -> None:
    rule, known = add_rule(app, kind="files", entries=1), os.urandom(32).hex()
    person = make_person()
    with app.app_context():
        hash_lists.import_hashes(rule.id, [known], by=None)
        db.session.commit()
        author = db.session.get_one(User, person.id)
        assert screen(Screened.MEDIUM, author, files=[known]).answer is Answer.HOLD
        assert screen(Screened.MEDIUM, author, files=[os.urandom(32).hex()]).answer is Answer.CLEAR


def test_a_portrait_that_a_list_knows_is_not_taken(
    app: Flask, db_session: Session, make_person: MakePerson, login: Login, tmp_path: Path
) -> None:
    picture = tmp_path / "a.png"
    Image.frombytes("RGB", (12, 12), os.urandom(432)).resize((512, 512), Image.Resampling.BICUBIC).save(picture)
    pdq = pdq_of(picture)
    assert pdq is not None
    rule = add_rule(app, kind="pictures", entries=1, category="children")
    person = make_person()
    with app.app_context():
        hash_lists.import_hashes(rule.id, [pdq.hex()], by=None)
        db.session.commit()
    browser: Browser = login(browser_of(app), person)
    with picture.open("rb") as file:
        answer = browser.submit("/settings/profile", {"display_name": "Me", "avatar": (file, "a.png")})
    (hit,) = hits(db_session)
    assert hit.reference in browser.get("/settings/profile").text + answer.text
    assert db_session.get_one(User, person.id).avatar_id is None
    assert hit.kept_objects
    assert app.extensions["storage"].size_bytes(hit.kept_objects[0])


def test_what_cannot_be_looked_through_is_held_for_new_accounts_and_flagged_for_others(
    app: Flask, make_person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_rule(app, r"buy\s+now", kind="patterns")
    monkeypatch.setattr(patterns, "DEADLINE_S", -1)
    new, old = make_person(), make_person(created_at=now() - timedelta(days=9))
    with app.app_context():
        for person, expected in ((new, Answer.HOLD), (old, Answer.FLAG)):
            author = db.session.get_one(User, person.id)
            assert screen(Screened.COMMENT, author, texts={"body": "hello"}).answer is expected


def test_a_list_is_imported_by_a_command(app: Flask, tmp_path: Path) -> None:
    rule = add_rule(app, kind="files", state="draft", entries=0)
    (tmp_path / "list.txt").write_text("\n".join(os.urandom(32).hex() for _ in range(3)))
    done = app.test_cli_runner().invoke(args=["filters", "import", str(rule.id), str(tmp_path / "list.txt")])
    assert done.output.strip() == "3 new, 0 known, 0 lines left out."
    refused = app.test_cli_runner().invoke(args=["filters", "import", NOBODYS, str(tmp_path / "list.txt")])
    assert "There is no such rule" in refused.output


def test_texts_with_nul_and_of_100_kb_are_taken(app: Flask, make_person: MakePerson) -> None:
    add_rule(app, "viagra")
    person = make_person()
    with app.app_context():
        author = db.session.get_one(User, person.id)
        verdict = screen(Screened.SET, author, texts={"description": "lovely " * 15_000 + "via\0gra viagra\0"})
        assert verdict.answer is Answer.HOLD
        verdict.settle(None)
        db.session.commit()
