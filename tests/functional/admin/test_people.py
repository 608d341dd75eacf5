"""People on the desk: found by those who may, and looked after with a reason, below one's own rank."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.factor_models import Authenticator, Passkey, RecoveryCode
from app.accounts.models import MailedToken, Role, TokenPurpose, User
from app.accounts.models import Session as AccountSession
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.core.events import OutboxEntry
from app.extensions import db
from app.moderation.models import DecisionAction, ReportSource
from app.moderation.refs import Ref, RefKind
from app.moderation.services.decisions import decide
from app.moderation.services.reports import file_report
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakePerson
from tests.harness.mail import MailOutbox, plain_text

WHY = {"reason": "They wrote to us."}


def entries(db_session: Session, action: str) -> list[AuditEntry]:
    return list(db_session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def acts_of(db_session: Session, person: User) -> set[str]:
    """What the log says that somebody did by themselves."""
    return set(db_session.scalars(select(AuditEntry.action).where(AuditEntry.actor_id == person.id)))


def usernames(page: str) -> list[str]:
    return [part.split("<", 1)[0] for part in page.split("<small>@")[1:]]


@pytest.fixture
def moon(make_person: MakePerson) -> User:
    return make_person(username="moon", email="Moon@example.org", role="artist")


def test_the_newest_come_first_and_the_next_page_begins_after_the_last(admin: Browser, make_person: MakePerson) -> None:
    names = [make_person(username=f"guest{number:02}").username for number in range(30)]
    first = admin.get("/admin/people").text
    shown = usernames(first)
    assert shown == names[::-1][:24]
    following = re.findall(r'hx-get="(/admin/people[^"]+)"', first)[0].replace("&amp;", "&")
    rest = admin.get_partial(following).text
    assert usernames(rest) == [*names[::-1][24:], "root"]
    assert "<html" not in rest


FOUND = {
    "q=moo": ["moon"],
    "q=MOON": ["moon"],
    "q=@moon": ["moon"],
    "q=oon": [],
    "q=moon@ex": ["moon"],
    "q=m%25": [],
    "q=%00": ["sun", "moon", "root"],
    "role=artist": ["moon"],
    "trait=staff": ["root"],
    "trait=unverified": ["sun"],
    "trait=leaving": ["sun"],
    "trait=new": ["sun", "root"],
    "standing=suspended": ["sun"],
    "standing=good": ["moon", "root"],
    "standing=nonsense": [],
}
"""What is asked for, and who is found."""


def test_people_are_found_by_how_their_name_or_address_begins_and_by_filters(
    admin: Browser, moon: User, make_person: MakePerson, db_session: Session
) -> None:
    make_person(username="sun", email_verified_at=None, standing="suspended", deletion_due_at=now())
    old = now() - timedelta(days=30)
    db_session.execute(
        update(User).where(User.id == moon.id).values(created_at=old, standing="banned", standing_until=old)
    )
    db_session.commit()
    assert {asked: usernames(admin.get(f"/admin/people?{asked}").text) for asked in FOUND} == FOUND


def test_a_moderator_finds_people_and_neither_sees_nor_searches_their_addresses(moderator: Browser, moon: User) -> None:
    assert usernames(moderator.get("/admin/people?q=moon").text) == ["moon"]
    assert usernames(moderator.get("/admin/people?q=moon@example.org").text) == []
    for path in ("/admin/people", f"/admin/people/{moon.id}"):
        assert "example.org" not in moderator.get(path).text.lower()
    assert moderator.get(f"/admin/people/{moon.id}/close").status_code == 404


def test_somebody_is_found_by_id(admin: Browser, moon: User) -> None:
    assert usernames(admin.get(f"/admin/people?q={moon.id}").text) == ["moon"]
    assert admin.get(f"/admin/people/{uuid4()}").status_code == 404


def test_looking_at_somebody_is_noted_once_an_hour(admin: Browser, root: User, moon: User, db_session: Session) -> None:
    for _ in range(3):
        assert admin.get(f"/admin/people/{moon.id}").status_code == 200
    admin.get(f"/admin/people/{root.id}")
    assert [(row.actor_id, row.about_id) for row in entries(db_session, "person.viewed")] == [(root.id, moon.id)]


def test_a_role_is_given_with_a_reason_told_by_mail_and_in_the_log(
    admin: Browser, root: User, moon: User, db_session: Session, settle: object, mail_outbox: MailOutbox
) -> None:
    path = f"/admin/people/{moon.id}/role"
    assert admin.submit(path, {"role": "moderator", "reason": "  "}).status_code == 422
    assert admin.submit(path, {"role": "emperor", **WHY}).status_code == 422
    assert admin.submit(path, {"role": "artist", **WHY}).status_code == 422
    assert admin.submit(path, {"role": "moderator", **WHY}).status_code == 303
    assert db_session.get(User, moon.id, populate_existing=True).role is Role.MODERATOR  # type: ignore[union-attr]
    (entry,) = entries(db_session, "role.granted")
    assert (entry.actor_id, entry.about_id, entry.facts) == (root.id, moon.id, {"from": "artist", "to": "moderator"})
    settle()  # type: ignore[operator]
    assert "You are moderator now" in plain_text(mail_outbox.messages[-1])
    assert admin.submit(path, {"role": "listener", **WHY}).status_code == 303
    assert len(entries(db_session, "role.revoked")) == 1


def test_nobody_acts_on_themselves_or_an_equal(admin: Browser, root: User, make_person: MakePerson) -> None:
    other = make_person(role="admin")
    for person in (root, other):
        assert admin.get(f"/admin/people/{person.id}/role").status_code == 403
        assert admin.submit(f"/admin/people/{person.id}/close", WHY).status_code == 403
        assert "What you can do" not in admin.get(f"/admin/people/{person.id}").text
    assert admin.submit(f"/admin/people/{root.id}/notes", {"body": "I am great"}).status_code == 403


def test_what_is_dangerous_needs_a_fresh_proof(admin: Browser, root: User, moon: User, db_session: Session) -> None:
    old = now() - timedelta(hours=1)
    db_session.execute(update(AccountSession).where(AccountSession.user_id == root.id).values(proven_at=old))
    db_session.commit()
    for answer in (
        admin.get(f"/admin/people/{moon.id}/role"),
        admin.submit(f"/admin/people/{moon.id}/role", {"role": "admin", **WHY}),
    ):
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/login/confirm")
    assert db_session.get(User, moon.id, populate_existing=True).role is Role.ARTIST  # type: ignore[union-attr]


def test_a_corrected_address_is_verified_anew_and_the_old_one_is_told(
    admin: Browser, moon: User, make_person: MakePerson, db_session: Session, settle: object, mail_outbox: MailOutbox
) -> None:
    sun = make_person(username="sun", email="sun@example.org")
    soon = now() + timedelta(hours=1)
    db_session.add_all([
        MailedToken(
            user_id=moon.id, purpose=TokenPurpose.RESET_PASSWORD, token_digest=b"x", email=moon.email, expires_at=soon
        ),
        MailedToken(
            user_id=sun.id, purpose=TokenPurpose.UNDO_EMAIL, token_digest=b"y", email="star@example.org",
            expires_at=soon,
        ),
    ])  # fmt: skip
    db_session.commit()
    path = f"/admin/people/{moon.id}/correct-email"
    for email in ("", "nonsense", "SUN@example.org", "Star@example.org", "Moon@example.org"):
        assert admin.submit(path, {"email": email, **WHY}).status_code == 422
    assert admin.submit(path, {"email": "moon@new.example", **WHY}).status_code == 303
    person = db_session.get(User, moon.id, populate_existing=True)
    assert person is not None
    assert (person.email, person.email_key, person.email_verified_at) == ("moon@new.example", "moon@new.example", None)
    resets = select(MailedToken.used_at).where(MailedToken.purpose == TokenPurpose.RESET_PASSWORD)
    assert db_session.scalars(resets).one() is not None
    settle()  # type: ignore[operator]
    assert sorted(message["To"] for message in mail_outbox.messages) == ["Moon@example.org", "moon@new.example"]


def test_an_address_is_taken_for_verified_or_asked_again(
    admin: Browser, make_person: MakePerson, db_session: Session
) -> None:
    sun = make_person(username="sun", email_verified_at=None)
    base = f"/admin/people/{sun.id}"
    assert admin.submit(f"{base}/resend-verification").status_code == 303
    assert admin.submit(f"{base}/resend-reset").status_code == 303
    assert len(db_session.scalars(select(MailedToken).where(MailedToken.user_id == sun.id)).all()) == 2
    assert admin.submit(f"{base}/verify-email", WHY).status_code == 303
    assert admin.submit(f"{base}/verify-email", WHY).status_code == 422
    assert admin.submit(f"{base}/resend-verification").status_code == 422
    assert len(entries(db_session, "mail.resent")) == 2


def test_sessions_are_ended_one_or_all(
    app: Flask, admin: Browser, moon: User, login: Login, db_session: Session
) -> None:
    first, second = login(browser_of(app), moon), login(browser_of(app), moon)
    one = db_session.scalars(
        select(AccountSession.id).where(AccountSession.user_id == moon.id).order_by(AccountSession.id)
    ).first()
    page = f"/admin/people/{moon.id}"
    assert admin.get(page).text.count("/end") >= 2
    assert admin.submit(f"{page}/sessions/{one}/end").status_code == 422
    assert admin.submit(f"{page}/sessions/{one}/end", WHY).status_code == 303
    assert (first.get("/settings/account").status_code, second.get("/settings/account").status_code) == (303, 200)
    assert admin.submit(f"{page}/end-sessions", WHY).status_code == 303
    assert second.get("/settings/account").status_code == 303
    told = db_session.scalars(select(OutboxEntry).where(OutboxEntry.name == "SessionRevoked")).all()
    assert len(told) == 2
    assert [row.facts for row in entries(db_session, "sessions.ended_by_staff")] == [{"count": 1}, {"count": 1}]
    assert len(entries(db_session, "session.ended")) == 2
    assert acts_of(db_session, moon) == {"session.began"}, "what staff did is theirs in the log, with their address"


def test_lost_factors_are_removed_and_the_owner_is_told(
    admin: Browser, moon: User, db_session: Session, settle: object, mail_outbox: MailOutbox
) -> None:
    path = f"/admin/people/{moon.id}/reset-factors"
    assert admin.submit(path, WHY).status_code == 422
    db_session.add(Authenticator(user_id=moon.id, secret_sealed=b"s", confirmed_at=now()))
    db_session.add(Passkey(user_id=moon.id, credential_id=b"c", public_key=b"k", name="Phone"))
    db_session.add(RecoveryCode(user_id=moon.id, digest=b"d"))
    db_session.execute(update(User).where(User.id == moon.id).values(has_factor=True))
    db_session.commit()
    assert admin.submit(path, WHY).status_code == 303
    for kind in (Authenticator, Passkey, RecoveryCode):
        assert db_session.scalars(select(kind)).all() == []
    db_session.expire_all()
    assert db_session.get(User, moon.id, populate_existing=True).has_factor is False  # type: ignore[union-attr]
    assert [row.facts for row in entries(db_session, "factors.reset_by_staff")] == [{"count": 2}]
    settle()  # type: ignore[operator]
    assert "removed all second factors" in plain_text(mail_outbox.messages[-1])


def test_an_account_is_closed_as_if_asked_for_and_kept_again(
    app: Flask, admin: Browser, moon: User, login: Login, db_session: Session
) -> None:
    theirs = login(browser_of(app), moon)
    base = f"/admin/people/{moon.id}"
    assert admin.submit(f"{base}/keep", WHY).status_code == 422
    assert admin.submit(f"{base}/close", WHY).status_code == 303
    assert admin.submit(f"{base}/close", WHY).status_code == 422
    assert theirs.get("/settings/account").status_code == 303
    assert db_session.get(User, moon.id, populate_existing=True).deletion_due_at is not None  # type: ignore[union-attr]
    assert admin.submit(f"{base}/keep", WHY).status_code == 303
    assert acts_of(db_session, moon) == {"session.began"}
    db_session.expire_all()
    assert db_session.get(User, moon.id, populate_existing=True).deletion_due_at is None  # type: ignore[union-attr]


def test_staff_leave_notes_for_one_another_and_take_back_their_own(
    admin: Browser, moderator: Browser, moon: User, db_session: Session
) -> None:
    page = f"/admin/people/{moon.id}"
    assert moderator.submit(f"{page}/notes", {"body": " "}).status_code == 422
    assert moderator.submit(f"{page}/notes", {"body": "x" * 4001}).status_code == 422
    assert moderator.submit(f"{page}/notes", {"body": "Wrote <b>twice</b> \u202eevil"}).status_code == 303
    text = admin.get(page).text
    assert "Wrote &lt;b&gt;twice&lt;/b&gt; evil" in text
    assert "@mod" in text
    note = re.findall(r"/notes/([0-9a-f-]+)/delete", moderator.get(page).text)[0]
    assert admin.submit(f"{page}/notes/{note}/delete").status_code == 404
    assert moderator.submit(f"{page}/notes/{note}/delete").status_code == 303
    assert moderator.submit(f"{page}/notes/{note}/delete").status_code == 404
    assert [len(entries(db_session, f"staff_note.{act}")) for act in ("written", "deleted")] == [1, 1]


def test_what_was_decided_about_somebody_and_what_they_reported_stands_together(
    app: Flask, moderator: Browser, mod: User, moon: User, make_person: MakePerson
) -> None:
    page = f"/admin/people/{moon.id}/history"
    assert "Nothing was ever decided about them." in moderator.get(page).text
    sun = make_person(username="sun")
    with app.app_context():
        by = db.session.get(User, mod.id)
        assert by is not None
        decide(Ref(RefKind.PERSON, moon.id), DecisionAction.WARN, by=by, reasons="Be kinder.")
        file_report(
            Ref(RefKind.PERSON, sun.id), reason="spam", rule=None, note="", reporter=db.session.get(User, moon.id),
            source=ReportSource.PERSON,
        )  # fmt: skip
        db.session.commit()
    text = moderator.get(page).text
    assert "A warning" in text
    assert "Person: spam" in text
    case = re.findall(r'"/admin/queue/([^"]+)"', text)[0]
    assert moderator.get(f"/admin/queue/{case}").status_code == 200
    assert moderator.submit("/admin/cases", {"kind": "person", "id": "moon"}).status_code == 303


def test_lists_and_a_persons_page_cost_the_same_however_much_there_is(
    admin: Browser, moon: User, make_person: MakePerson, count_statements: CountStatements
) -> None:
    for number in range(26):
        make_person(username=f"guest{number}")
    for _ in range(3):
        admin.submit(f"/admin/people/{moon.id}/notes", {"body": "seen"})
    admin.get(f"/admin/people/{moon.id}")  # the first look of an hour is written down
    base = f"/admin/people/{moon.id}"
    for path in ("/admin/people", base, f"{base}/role", f"{base}/history"):
        with count_statements() as seen:
            assert admin.get(path).status_code == 200
        assert len(seen) <= 8, (path, seen)
