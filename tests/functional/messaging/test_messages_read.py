"""Reading: marks, unread counts, what a page has missed, lists and their cost, deleting for oneself."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import public_id, uuid7
from app.messaging import conversation_queries as queries
from app.messaging.models import Conversation, Message, MessageReport, Participant, Standing
from tests.functional.messaging.talk import begin, said, write
from tests.harness.browser import Browser

SideOf = Callable[[User], Participant]


@pytest.fixture
def thread(hers: Browser, his: Browser) -> str:
    """A conversation in which both have written once: “Hello”, “Hi”."""
    url = begin(hers, "ben")
    assert write(his, url, "Hi").status_code == 303
    return url


@pytest.fixture
def unread(app: Flask) -> Callable[[User], int]:
    """``unread(person)``: what the frame counts."""

    def count(person: User) -> int:
        with app.app_context():
            return queries.unread_conversations(person.id)

    return count


def crowd(session: Session, person: User, count: int, *, state: Standing = Standing.ACCEPTED) -> None:
    """``count`` conversations of ``person`` with people of their own, by INSERTs."""
    moment = now()
    others: list[dict[str, Any]] = [
        {"id": uuid7(), "username": f"other{n}", "username_key": f"other{n}", "email": f"o{n}@x.org",
         "email_key": f"o{n}@x.org", "password_digest": b"", "role": "listener", "display_name": f"Other {n}",
         "created_at": moment}
        for n in range(count)
    ]  # fmt: skip
    session.execute(insert(User), others)
    talks = [
        {"id": uuid7(), "public_id": public_id(), "low_id": min(person.id, one["id"]),
         "high_id": max(person.id, one["id"]), "last_number": 1, "created_at": moment}
        for one in others
    ]  # fmt: skip
    session.execute(insert(Conversation), talks)
    sides, messages = [], []
    for place, (talk, one) in enumerate(zip(talks, others, strict=True)):
        at = moment - timedelta(minutes=place)
        sides.append({"conversation_id": talk["id"], "user_id": person.id, "other_id": one["id"], "state": state,
                      "last_number": 1, "last_at": at, "unread": 1})  # fmt: skip
        messages.append({"id": uuid7(), "conversation_id": talk["id"], "number": 1, "sender_id": one["id"],
                         "body": f"Words {place} @ana", "client_key": "k", "created_at": at})  # fmt: skip
    session.execute(insert(Participant), sides)
    session.execute(insert(Message), messages)
    session.commit()


def test_reading_is_noted_when_the_page_says_so_and_the_other_one_sees_when(
    hers: Browser, his: Browser, ben: User, thread: str, side_of: SideOf, unread: Callable[[User], int]
) -> None:
    write(hers, thread, "Read me")
    assert unread(ben) == 1
    his.get(thread)
    assert unread(ben) == 1, "a page that was fetched has not been seen yet"
    assert 'class="talk__read" data-read="1" hidden' in hers.get(thread).text
    assert his.send_json(f"{thread}/read", {"up_to": 3}).status_code == 204
    assert unread(ben) == 0
    page = hers.get(thread).text
    assert re.search(r'<p class="talk__read" data-read="3">Read <time [^>]*>\d\d:\d\d UTC</time>', page)
    first = side_of(ben).read_at
    assert his.send_json(f"{thread}/read", {"up_to": 3}).status_code == 204
    assert his.send_json(f"{thread}/read", {"up_to": 1}).status_code == 204
    assert side_of(ben).read_at == first, "once read it stays read"
    assert side_of(ben).read_up_to == 3


def test_without_a_script_a_button_marks_as_read(
    hers: Browser, his: Browser, ben: User, thread: str, side_of: SideOf
) -> None:
    write(hers, thread, "Read me")
    assert "Mark as read" in his.get(thread).text
    assert his.submit(f"{thread}/read", {"up_to": "3"}).status_code == 303
    assert side_of(ben).unread == 0


@pytest.mark.parametrize("up_to", ["", "-1", "x", "1e9", "9" * 30, "٣", None, [1]])
def test_what_is_no_number_marks_nothing(
    hers: Browser, his: Browser, ben: User, thread: str, side_of: SideOf, up_to: object
) -> None:
    write(hers, thread, "Read me")
    assert his.send_json(f"{thread}/read", {"up_to": up_to}).status_code == 404
    assert his.send_json(f"{thread}/read", [up_to]).status_code == 404
    assert side_of(ben).unread == 1


def test_reading_ahead_does_not_read_what_is_not_written_yet(
    hers: Browser, his: Browser, ben: User, thread: str, side_of: SideOf
) -> None:
    write(hers, thread, "Three")
    his.send_json(f"{thread}/read", {"up_to": 999})
    write(hers, thread, "Four")
    write(hers, thread, "Five")
    assert side_of(ben).unread == 2
    his.send_json(f"{thread}/read", {"up_to": 4})
    assert (side_of(ben).read_up_to, side_of(ben).unread) == (4, 1)


def test_a_request_that_was_looked_at_is_not_said_to_be_read(
    hers: Browser, his: Browser, ben: User, side_of: SideOf, unread: Callable[[User], int]
) -> None:
    url = begin(hers, "ben")
    assert unread(ben) == 0, "requests do not ring"
    his.send_json(f"{url}/read", {"up_to": 1})
    assert side_of(ben).read_at is None
    his.submit(f"{url}/accept")
    assert unread(ben) == 1


def test_a_page_that_lost_its_socket_gets_what_it_missed_once(hers: Browser, his: Browser, thread: str) -> None:
    for number in range(35):
        write(hers, thread, f"m{number}")
    first = his.get(f"{thread}/news?after=2")
    assert said(first.text) == [f"m{number}" for number in range(30)]
    assert "data-more" in first.text
    assert "<html" not in first.text
    last = re.search(r'data-last="(\d+)"', first.text)
    assert last
    rest = his.get(f"{thread}/news?after={last[1]}").text
    assert said(rest) == [f"m{number}" for number in range(30, 35)]
    assert "data-more" not in rest
    assert said(his.get(f"{thread}/news?after=37").text) == []
    assert 'data-last="37"' in his.get(f"{thread}/news?after=37").text
    for odd in ("-5", "x", "9" * 40, ""):
        assert his.get(f"{thread}/news?after={odd}").status_code == 200, odd


def test_earlier_messages_come_page_by_page(hers: Browser, his: Browser, thread: str) -> None:
    for number in range(60):
        write(hers, thread, f"m{number}")
    page = his.get(thread).text
    assert said(page) == [f"m{number}" for number in range(30, 60)]
    earlier = re.search(rf'href="({thread}\?before=\d+)"', page)
    assert earlier
    part = his.get_partial(earlier[1]).text
    assert "<html" not in part
    assert said(part) == [f"m{number}" for number in range(30)]
    assert said(his.get(earlier[1]).text) == said(part), "without a script it is a page"
    assert said(his.get(f"{thread}?before=3").text) == ["Hello", "Hi"]


def test_the_lists_go_on_and_cost_the_same_whatever_they_hold(
    hers: Browser, ana: User, db_session: Session, count_statements: Callable[..., object]
) -> None:
    crowd(db_session, ana, 30)
    with count_statements() as full:  # type: ignore[attr-defined]
        page = hers.get("/messages").text
    assert len(full) <= 8, full
    assert page.count("talks__line--new") == 24
    more = re.search(r'href="(/messages\?after=[^"]+)"', page)
    assert more
    rest = hers.get_partial(more[1]).text
    assert rest.count("talks__line--new") == 6
    assert "<html" not in rest
    assert "Words 29" in rest
    assert hers.get("/messages?after=nonsense").status_code == 400
    live = hers.get_partial("/messages").text
    assert "<html" not in live
    assert live.count("talks__line--new") == 24


def test_a_conversation_costs_the_same_whatever_it_holds(
    hers: Browser, ana: User, ben: User, thread: str, db_session: Session,
    make_medium: Callable[..., object], count_statements: Callable[..., object],
) -> None:  # fmt: skip
    talk = db_session.scalars(select(Conversation)).one()
    media = [make_medium(ben, slug=f"m{n}", artwork=n == 0).id for n in range(3)]  # type: ignore[attr-defined]
    rows = [
        {"id": uuid7(), "conversation_id": talk.id, "number": n, "sender_id": (ana if n % 2 else ben).id,
         "body": f"@ana @ben {n}", "client_key": f"c{n}", "created_at": now(), "has_attachment": True,
         "medium_id": media[n % 3]}
        for n in range(3, 40)
    ]  # fmt: skip
    db_session.execute(insert(Message), rows)
    db_session.commit()
    with count_statements() as seen:  # type: ignore[attr-defined]
        page = hers.get(thread).text
    assert page.count("talk__work") == 30
    assert len(seen) <= 8, seen
    with count_statements() as seen:  # type: ignore[attr-defined]
        hers.get(f"{thread}/news?after=5")
    assert len(seen) <= 6, seen


def test_requests_are_counted_up_to_a_hundred(app: Flask, ana: User, db_session: Session, hers: Browser) -> None:
    crowd(db_session, ana, 110, state=Standing.REQUEST)
    assert "Requests (100)" in hers.get("/messages").text
    with app.app_context():
        assert queries.unread_conversations(ana.id) == 0


def test_deleted_for_me_is_deleted_for_me_alone(
    hers: Browser, his: Browser, ana: User, thread: str, db_session: Session, side_of: SideOf
) -> None:
    assert hers.submit(f"{thread}/delete").status_code == 303
    assert ">Ben<" not in hers.get("/messages").text
    assert said(hers.get(thread).text) == []
    assert said(his.get(thread).text) == ["Hello", "Hi"]
    write(his, thread, "Are you there?")
    assert said(hers.get(thread).text) == ["Are you there?"]
    assert "Are you there?" in hers.get("/messages").text
    assert side_of(ana).unread == 1
    assert his.submit(f"{thread}/delete").status_code == 303
    assert db_session.scalar(select(func.count()).select_from(Message)) == 1, "what neither sees is kept nowhere"


def test_one_message_deleted_for_me_is_there_for_the_other(
    hers: Browser, his: Browser, ben: User, thread: str, db_session: Session, side_of: SideOf
) -> None:
    write(hers, thread, "Oops")
    assert his.submit(f"{thread}/3/delete").status_code == 303
    assert said(his.get(thread).text) == ["Hello", "Hi"]
    assert side_of(ben).unread == 0, "it will not be read any more"
    assert said(hers.get(thread).text) == ["Hello", "Hi", "Oops"]
    assert "Oops" not in his.get("/messages").text
    assert "You: </span>Hi" in his.get("/messages").text, "the list shows the newest that is left"
    assert his.submit(f"{thread}/3/delete").status_code == 404
    assert hers.submit(f"{thread}/3/delete").status_code == 303
    assert db_session.scalar(select(func.count()).select_from(Message).where(Message.number == 3)) == 0
    for number in (1, 2):
        hers.submit(f"{thread}/{number}/delete")
    assert ">Ben<" not in hers.get("/messages").text
    assert hers.submit(f"{thread}/{10**12}/delete").status_code == 404


def test_a_report_keeps_what_was_said(
    hers: Browser, his: Browser, ana: User, ben: User, thread: str, db_session: Session, run_spine: Callable[[], int]
) -> None:
    write(his, thread, "Something vile")
    write(hers, thread, "Please stop")
    assert "What is wrong?" in hers.get(f"{thread}/report?message=3").text
    assert hers.submit(f"{thread}/report", {"reason": "rudeness"}).status_code == 422
    assert hers.submit(f"{thread}/report", {}).status_code == 422
    assert hers.submit(f"{thread}/report?message=3", {"reason": "threat", "note": "He\u202e knows"}).status_code == 303
    assert "The moderators have what was written" in hers.get(thread).text
    his.submit(f"{thread}/delete")
    hers.submit(f"{thread}/delete")
    row = db_session.scalars(select(MessageReport)).one()
    assert (row.reporter_id, row.reported_id, row.up_to_number, row.note) == (ana.id, ben.id, 3, "He knows")
    assert [one["body"] for one in row.snapshot] == ["Hello", "Hi", "Something vile"]
    write(his, thread, "More")
    again = hers.submit(f"{thread}/report", {"reason": "spam"})
    assert again.status_code == 303
    assert hers.submit(f"{thread}/report", {"reason": "spam"}).status_code == 409
    assert run_spine()


def test_what_is_all_one_s_own_cannot_be_reported(hers: Browser) -> None:
    url = begin(hers, "ben")
    assert hers.submit(f"{url}/report", {"reason": "spam"}).status_code == 404
    assert hers.submit(f"{url}/report?message=77", {"reason": "spam"}).status_code == 404


def test_scripts_send_json_and_get_json(hers: Browser, thread: str) -> None:
    answer = hers.send_json(thread, {"body": "Quick", "attach": "", "client_key": uuid4().hex})
    assert (answer.status_code, answer.json) == (201, {"number": 3, "url": thread})
    answer = hers.send_json(thread, {"body": "", "client_key": "x"})
    assert answer.status_code == 422
    assert answer.json == {"error": "Write something first."}
    assert hers.send_json(thread, {"body": ["x"], "client_key": {}}).status_code in {201, 422}
