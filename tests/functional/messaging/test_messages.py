"""Direct messages: who may write, where it lands, and that nothing is lost or doubled."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User, WhoMayWrite
from app.core.events import OutboxEntry
from app.extensions import db
from app.messaging.models import Conversation, Message, Participant, Standing
from app.messaging.services import sending
from tests.functional.messaging.talk import begin, said, write
from tests.harness.browser import Browser

Follow = Callable[[User, User], None]
SideOf = Callable[[User], Participant]


def test_a_stranger_s_message_waits_as_a_request_and_an_answer_accepts_it(
    hers: Browser, his: Browser, ben: User, ana: User, side_of: SideOf
) -> None:
    thread = begin(hers, "ben", "Loved the record. See https://example.org/x and @ana")
    assert "Loved the record" not in his.get("/messages").text
    assert "Requests (1)" in his.get("/messages").text
    assert "Loved the record" in his.get("/messages/requests").text
    page = his.get(thread).text
    assert 'href="https://example.org/x"' not in page, "links stay closed until it is accepted"
    assert 'class="mention"' not in page
    again = write(hers, thread, "One more thing")
    assert again.status_code == 403
    assert "Your first message is waiting" in again.text
    assert write(his, thread, "Thank you!").status_code == 303
    assert side_of(ben).state is Standing.ACCEPTED
    assert 'href="https://example.org/x"' in his.get(thread).text
    assert write(hers, thread, "One more thing").status_code == 303
    assert said(his.get(thread).text)[-2:] == ["Thank you!", "One more thing"]
    assert side_of(ana).unread == 0


def test_whom_one_follows_or_wrote_to_reaches_the_inbox(
    hers: Browser, his: Browser, ana: User, ben: User, follow: Follow
) -> None:
    follow(ben, ana)
    begin(hers, "ben", "You follow me")
    assert "You follow me" in his.get("/messages").text


def test_following_somebody_is_no_way_into_their_inbox(
    hers: Browser, ana: User, ben: User, follow: Follow, side_of: SideOf
) -> None:
    follow(ana, ben)
    begin(hers, "ben")
    assert side_of(ben).state is Standing.REQUEST


@pytest.mark.parametrize(
    "case",
    [("everyone", False, "request"), ("followed", False, ""), ("followed", True, "accepted"), ("nobody", True, "")],
)
def test_who_may_write_is_the_reader_s_choice(
    hers: Browser, his: Browser, ana: User, ben: User, follow: Follow, side_of: SideOf, case: tuple[str, bool, str]
) -> None:
    choice, follows, lands = case
    assert his.submit("/settings/messages", {"who_may_write": choice}).status_code == 303
    assert re.search(rf'<input checked[^>]*value="{choice}"', his.get("/settings/messages").text)
    if follows:
        follow(ben, ana)
    answer = write(hers, "/messages/@ben", "Hello")
    if lands:
        assert answer.status_code == 303
        assert side_of(ben).state is Standing(lands)
    else:
        assert answer.status_code == 403
        assert "takes no messages" in answer.text
        assert "takes no messages" in hers.get("/messages/@ben").text
        assert 'name="body"' not in hers.get("/messages/@ben").text


def test_what_was_begun_goes_on_whatever_is_chosen_later(hers: Browser, his: Browser) -> None:
    thread = begin(hers, "ben")
    write(his, thread, "Hi")
    his.submit("/settings/messages", {"who_may_write": "nobody"})
    assert write(hers, thread, "Still here").status_code == 303


def test_a_choice_that_there_is_not_is_refused(his: Browser) -> None:
    assert his.submit("/settings/messages", {"who_may_write": "cats"}).status_code == 422


def test_a_declined_request_is_gone_and_its_sender_does_not_learn_of_it(
    hers: Browser, his: Browser, ben: User, side_of: SideOf
) -> None:
    thread = begin(hers, "ben")
    assert his.submit(f"{thread}/decline").status_code == 303
    assert side_of(ben).state is Standing.DECLINED
    assert ">Ana<" not in his.get("/messages/requests").text
    before = hers.get(thread).text
    assert "Your first message is waiting" in before
    assert "eclined" not in before
    assert write(hers, thread, "Please").status_code == 403
    assert write(his, thread, "On second thought").status_code == 303
    assert write(hers, thread, "Thank you").status_code == 303


def test_accepting_moves_it_to_the_inbox(hers: Browser, his: Browser, ben: User, side_of: SideOf) -> None:
    thread = begin(hers, "ben", "Open me: https://example.org/")
    assert his.submit(f"{thread}/accept").status_code == 303
    assert his.submit(f"{thread}/accept").status_code == 303, "twice changes nothing"
    assert his.submit(f"{thread}/decline").status_code == 303
    assert side_of(ben).state is Standing.ACCEPTED, "what was accepted is not declined by an old page"
    assert "Open me" in his.get("/messages").text
    assert 'href="https://example.org/"' in his.get(thread).text


def test_a_form_sent_twice_is_one_message(hers: Browser, db_session: Session) -> None:
    first = write(hers, "/messages/@ben", "Hello", client_key="k")
    assert write(hers, "/messages/@ben", "Hello", client_key="k").location == first.location
    assert db_session.scalar(select(func.count()).select_from(Message)) == 1


def test_new_words_under_an_old_key_are_a_message_of_their_own(hers: Browser, his: Browser) -> None:
    thread = begin(hers, "ben")
    write(his, thread, "a", client_key="k")
    write(his, thread, "b", client_key="k")
    assert said(hers.get(thread).text) == ["Hello", "a", "b"]


def test_a_form_without_a_key_is_a_message_each_time(hers: Browser, his: Browser) -> None:
    thread = begin(hers, "ben")
    for _ in range(2):
        write(his, thread, "Yes", client_key="")
    assert said(hers.get(thread).text) == ["Hello", "Yes", "Yes"]


def test_many_at_once_get_numbers_without_gaps_in_one_conversation(
    app: Flask, db_session: Session, ana: User, ben: User, follow: Follow, side_of: SideOf
) -> None:
    follow(ana, ben)
    follow(ben, ana)

    def write_as(turn: int) -> None:
        sender, reader = (ana, ben) if turn % 2 else (ben, ana)
        with app.app_context():
            people = {one.id: one for one in db.session.scalars(select(User))}
            draft = sending.Draft(f"{turn}", f"{turn}")
            sending.send_message(people[sender.id], people[reader.id], draft)
            db.session.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_as, range(8)))
    assert db_session.scalar(select(func.count()).select_from(Conversation)) == 1
    assert db_session.scalars(select(Message.number).order_by(Message.number)).all() == list(range(1, 9))
    last = db_session.scalars(select(Message).where(Message.number == 8)).one()
    assert side_of(ana if last.sender_id == ana.id else ben).unread == 0
    assert side_of(ben if last.sender_id == ana.id else ana).unread >= 1


@pytest.mark.parametrize(
    ("body", "sentence"),
    [("", "Write something first."), ("\u200b \u202e", "Write something first."), ("x" * 4001, "4,000 characters"),
     ("y" * 100_000, "4,000 characters")],
)  # fmt: skip
def test_what_is_no_message_is_refused_with_a_sentence(hers: Browser, body: str, sentence: str) -> None:
    answer = write(hers, "/messages/@ben", body)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_hostile_words_are_text(hers: Browser, his: Browser) -> None:
    thread = begin(hers, "ben")
    hostile = '<a hx-get="/x" href="javascript:alert(1)">x</a>\x00 \u202ecod.exe javascript:alert(2) ' + "a\u0301" * 3
    write(his, thread, hostile)
    page = hers.get(thread).text
    assert "&lt;a hx-get" in page
    assert 'href="javascript:' not in page
    assert "\x00" not in page
    assert "\u202e" not in page


def test_oneself_strangers_and_names_that_nobody_has(hers: Browser, client: Browser) -> None:
    assert "That is you" in hers.get("/messages/@ana").text
    assert write(hers, "/messages/@ana", "Me").status_code == 422
    assert hers.get("/messages/@nobody").status_code == 404
    assert hers.get("/messages/nothing").status_code == 404
    assert hers.get("/messages/%00").status_code == 404
    for path in ("/messages", "/messages/requests", "/messages/new", "/messages/@ben", "/settings/messages"):
        assert client.get(path).status_code == 303, path


def test_a_conversation_is_for_the_two_alone(
    app: Flask, hers: Browser, make_person: Callable[..., User], login: Callable[..., Browser]
) -> None:
    thread = begin(hers, "ben")
    eve = login(app.test_client(), make_person())
    for path in (thread, f"{thread}/news", f"{thread}/report"):
        assert eve.get(path).status_code == 404, path
    for path in (
        thread,
        f"{thread}/read",
        f"{thread}/accept",
        f"{thread}/decline",
        f"{thread}/delete",
        f"{thread}/1/delete",
    ):
        assert eve.submit(path, {"body": "x", "up_to": "1"}).status_code == 404, path


def test_a_block_hides_a_conversation_from_both_until_it_is_lifted(
    hers: Browser, his: Browser, ana: User, ben: User, block: Follow, db_session: Session
) -> None:
    thread = begin(hers, "ben", "Secret words")
    write(his, thread, "An answer")
    block(ben, ana)
    for browser in (hers, his):
        assert browser.get(thread).status_code == 404
        assert browser.get(f"{thread}/news").status_code == 404
        assert "words" not in browser.get("/messages").text
        assert write(browser, thread, "x").status_code == 404
    assert hers.get("/messages/@ben").status_code == 404
    assert write(hers, "/messages/@ben", "x").status_code == 404
    assert "There is nobody" in hers.submit("/messages/new", {"to": "ben"}).text
    db_session.execute(Participant.metadata.tables["apart"].delete())
    db_session.commit()
    assert "An answer" in hers.get(thread).text


def test_who_leaves_is_written_to_no_more_and_what_was_written_stays(
    hers: Browser, his: Browser, ben: User, db_session: Session
) -> None:
    thread = begin(hers, "ben", "Before")
    write(his, thread, "Goodbye")
    db_session.execute(User.__table__.update().where(User.id == ben.id).values(deletion_due_at=func.now()))  # type: ignore[attr-defined]
    db_session.commit()
    for state in ("leaving", "gone"):
        page = hers.get(thread)
        assert "Someone who has left" in page.text, state
        assert "Goodbye" in page.text
        assert 'name="body"' not in page.text
        assert "Someone who has left" in hers.get("/messages").text
        assert write(hers, thread, "Hello?").status_code == 422
        db_session.execute(User.__table__.delete().where(User.id == ben.id))  # type: ignore[attr-defined]
        db_session.commit()


def test_when_both_have_gone_nothing_is_left(
    app: Flask, hers: Browser, ana: User, ben: User, db_session: Session
) -> None:
    begin(hers, "ben")
    for person in (ben, ana):
        with app.app_context():
            for farewell in app.extensions["farewells"]:
                farewell(person.id)
            db.session.commit()
        db_session.execute(User.__table__.delete().where(User.id == person.id))  # type: ignore[attr-defined]
        db_session.commit()
    assert db_session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_name_or_those_one_wrote_with_lead_to_a_new_message(hers: Browser, his: Browser) -> None:
    thread = begin(hers, "ben")
    his.submit(f"{thread}/accept")
    page = hers.get("/messages/new?attach=/@ben/song").text
    assert "/messages/@ben?attach=/@ben/song" in page
    answer = hers.submit("/messages/new", {"to": "@Ben", "attach": "/@ben/song"})
    assert answer.location == "/messages/@ben?attach=/@ben/song"
    answer = hers.get(answer.location)
    assert answer.location == f"{thread}?attach=/@ben/song"
    assert 'value="/@ben/song"' in hers.get(answer.location).text
    assert hers.submit("/messages/new", {"to": "nobody"}).status_code == 422


def test_the_event_says_whether_it_rings(
    hers: Browser, his: Browser, db_session: Session, run_spine: Callable[[], int]
) -> None:
    thread = begin(hers, "ben")
    write(his, thread, "Hi")
    rows = db_session.scalars(select(OutboxEntry).order_by(OutboxEntry.id)).all()
    sent = [row.payload["is_request"] for row in rows if row.name.endswith("MessageSent")]
    assert sent == [True, False]
    assert run_spine() >= 2


def test_messages_are_kept_while_redis_is_gone(
    make_app: Callable[..., Flask], ana: User, login: Callable[..., Browser]
) -> None:
    away = make_app(redis_url="redis://127.0.0.1:1/0")
    hers = login(away.test_client(), ana)
    thread = begin(hers, "ben", "Kept all the same")
    assert "Kept all the same" in hers.get(thread).text
    assert hers.get(f"{thread}/news?after=0").status_code == 200


def test_who_may_write_has_its_three_answers() -> None:
    assert {one.value for one in WhoMayWrite} == {"everyone", "followed", "nobody"}
