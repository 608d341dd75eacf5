"""Filters on the desk: rules are written, tried, turned on; lists imported; hits decided. All of it is on record."""

import io
import os
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.extensions import db
from app.moderation.filter_models import FileHash, FilterHit, FilterKind, FilterRule, FilterState, HitState
from app.moderation.services import filter_evidence, filter_hits, hash_lists
from tests.factories.comments import add_comment
from tests.functional.moderation.filters import add_rule, hits, rule_now
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, MakeMedium, MakePerson, Settle

RULE = {
    "name": "Pills", "kind": "words", "category": "spam", "action": "hold", "whom": "everyone",
    "terms": "viagra\n# no\ncialis",
}  # fmt: skip


@pytest.fixture
def moderator(make_person: MakePerson) -> User:
    return make_person(username="mo", role="moderator")


@pytest.fixture
def desk(app: Flask, moderator: User, login: Login) -> Browser:
    return login(browser_of(app), moderator)


def acts(session: Session) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.action.like("filter.%") | AuditEntry.action.like("hit.%"))
    return list(session.scalars(query.order_by(AuditEntry.number)))


def test_a_rule_is_written_tried_turned_on_changed_and_deleted(
    db_session: Session, desk: Browser, make_medium: MakeMedium, make_person: MakePerson, settle: Settle
) -> None:
    author = make_person()
    medium = make_medium(make_person(role="artist"))
    for number in range(3):
        add_comment(db_session, author, medium, "cheap viagra" if number == 0 else "lovely")
    url = desk.submit("/admin/filters/new", RULE).location
    rule = db_session.scalars(select(FilterRule)).one()
    assert (rule.state, rule.entries, rule.terms) == (FilterState.DRAFT, 2, ["viagra", "cialis"])
    desk.submit(f"{url}/trials")
    settle()
    page = desk.get(url).text
    assert "it would have found 1" in page
    assert "<mark>viagra</mark>" in page
    refused = desk.submit(f"{url}/state", {"state": "live"})
    assert refused.status_code == 409
    assert "If you mean it, say so" in refused.text
    assert desk.submit(f"{url}/state", {"state": "live", "meant": "y"}).status_code == 303
    assert rule_now(db_session, rule).state is FilterState.LIVE
    assert desk.submit(url, {**RULE, "version": "1"}).status_code == 409, "somebody else changed it meanwhile"
    assert desk.submit(url, {**RULE, "terms": "levitra", "version": "2"}).status_code == 303
    assert "Read" not in desk.submit("/admin/filters/try", {"text": "viagra"}).text
    assert "levitra" in desk.submit("/admin/filters/try", {"text": "L3vitra"}).text
    assert desk.submit(f"{url}/delete").status_code == 303
    assert desk.get(url).status_code == 404
    assert acts(db_session) == ["filter.added", "filter.tried", "filter.switched", "filter.changed", "filter.deleted"]


@pytest.mark.parametrize(
    ("kind", "terms", "sentence"),
    [
        ("patterns", "(a", "cannot be read as a pattern"),
        ("patterns", "a*", "It would hold everything"),
        ("patterns", "x{900}" * 9, "is too large"),
        ("words", "a", "two letters or more"),
        ("words", "", "Write one a line"),
        ("links", "not a host", "names no host"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_a_sentence(desk: Browser, kind: str, terms: str, sentence: str) -> None:
    answer = desk.submit("/admin/filters/new", {**RULE, "kind": kind, "terms": terms})
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_list_of_files_is_imported_with_garbage_counted_and_refused_where_most_of_it_is(
    app: Flask, db_session: Session, desk: Browser
) -> None:
    rule = add_rule(app, kind="files", state="draft", entries=0)
    url = f"/admin/filters/{rule.id}"
    known = [os.urandom(32).hex() for _ in range(500)]
    lines = "\n".join(["# remark", "", *known, known[0].upper(), "\0garbage", "x" * 9000, f"{known[1]},a name"])
    answer = desk.submit(f"{url}/hashes", {"file": (io.BytesIO(lines.encode()), "list.txt")})
    assert answer.status_code == 303, answer.text
    assert "500 are new, 2 were known." in desk.get(url).text
    assert rule_now(db_session, rule).entries == 500
    garbage = desk.submit(f"{url}/hashes", {"file": (io.BytesIO(b"one\ntwo\n"), "list.txt")})
    assert "Line 1 is no hash" in garbage.text
    with app.app_context():
        found = hash_lists.find_files([known[7], os.urandom(32).hex()], {rule.id: None})
    assert found == [(rule.id, known[7])]
    desk.submit(f"{url}/hashes/delete")
    assert db_session.scalars(select(FileHash)).all() == []


def test_a_picture_is_found_within_31_bits_and_not_beyond(app: Flask) -> None:
    rule = add_rule(app, kind="pictures", state="draft", entries=0)
    known = os.urandom(32)
    others = [os.urandom(32).hex() for _ in range(200)]
    with app.app_context():
        hash_lists.import_hashes(rule.id, [known.hex(), *others], by=None)
        db.session.commit()
        for bits, expected in ((0, True), (31, True), (32, False)):
            spread = sum(1 << (8 * place + place % 8) for place in range(bits))
            looked = (int.from_bytes(known, "big") ^ spread).to_bytes(32, "big")
            found = hash_lists.find_pictures(looked, {rule.id: None})
            assert bool(found) is expected, bits
    assert rule.kind is FilterKind.PICTURES


def test_hits_are_listed_in_few_statements_found_by_reference_and_decided_by_somebody_who_may(
    app: Flask,
    db_session: Session,
    desk: Browser,
    moderator: User,
    count_statements: CountStatements,
    make_person: MakePerson,
) -> None:
    rule, author = add_rule(app, "viagra"), make_person()
    db_session.add_all(_hit(rule, author if number else moderator, number) for number in range(30))
    db_session.commit()
    with count_statements() as statements:
        assert desk.get("/admin/filters/hits?state=all").status_code == 200
    assert len(statements) <= 8
    with count_statements() as statements:
        assert "Bad words" in desk.get("/admin/filters").text
    assert len(statements) <= 8
    answer = desk.get("/admin/filters/hits?reference=f%20aaaa-aa22")
    assert "AAAA-AA22" in desk.get(answer.location).text
    assert desk.submit("/admin/filters/hits/F-AAAA-AA22/uphold").status_code == 303
    assert desk.submit("/admin/filters/hits/F-AAAA-AA22/release").status_code == 409
    assert desk.submit("/admin/filters/hits/F-AAAA-AA00/release").status_code == 403, "one's own"
    assert desk.get("/admin/filters/hits/F-ZZZZ-ZZZZ").status_code == 404
    assert rule_now(db_session, rule).mistakes == "0 of 1, 0%"
    assert acts(db_session) == ["hit.upheld"]


def _hit(rule: FilterRule, author: User, number: int) -> FilterHit:
    values: dict[str, Any] = {"finds": [{"rule_id": str(rule.id), "is_live": True, "field": "body", "term": "x",
                                         "read_as": "x", "begin": 0, "end": 1}]}  # fmt: skip
    return FilterHit(
        reference=f"F-AAAA-AA{number:02d}", kind="comment", subject_id=None, author_id=author.id, rule_id=rule.id,
        why="Pills or so", category="spam", answer="hold", digest=b"", state=HitState.WAITING, **values,
    )  # fmt: skip


def test_people_are_trusted_and_no_longer(desk: Browser, make_person: MakePerson) -> None:
    person = make_person(username="known")
    assert "There is nobody of this name." in desk.submit("/admin/filters/trusted", {"username": "@nobody"}).text
    desk.submit("/admin/filters/trusted", {"username": "@known"})
    assert "@known" in desk.get("/admin/filters/trusted").text
    desk.submit(f"/admin/filters/trusted/{person.id}/delete")
    assert "Nobody yet" in desk.get("/admin/filters/trusted").text


def test_child_safety_holds_whatever_the_rule_says_tells_the_admins_and_keeps_the_evidence(
    app: Flask, db_session: Session, login: Login, make_person: MakePerson, make_medium: MakeMedium, settle: Settle,
    mail_outbox: Any,
) -> None:  # fmt: skip
    admin, author = make_person(username="root_of_all", role="admin"), make_person(username="bad")
    medium = make_medium(make_person(role="artist"))
    add_rule(app, "forbidden", action="flag", category="children")
    add_rule(app, "viagra", name="Pills")
    browser = login(browser_of(app), author)
    browser.submit(f"/media/{medium.public_id}/comments", {"body": "forbidden"})
    browser.submit(f"/media/{medium.public_id}/comments", {"body": "viagra"})
    settle()
    first, second = hits(db_session)
    assert (first.state, first.kept_until is not None, second.kept_until) == (HitState.WAITING, True, None)
    letters = [letter for letter in mail_outbox.messages if letter["To"] == admin.email]
    assert any(first.reference in letter["Subject"] for letter in letters)
    assert "Child safety" in login(browser_of(app), admin).get("/admin/filters").text
    with app.app_context():
        filter_hits.forget_author(author.id)
        db.session.commit()
    assert [bool(one.finds) for one in hits(db_session)] == [True, False]
    hits(db_session)[0].kept_until = now() - timedelta(days=1)
    db_session.commit()
    with app.app_context():
        assert filter_evidence.forget_evidence() == 1
        db.session.commit()
    assert hits(db_session)[0].finds == []
