"""What a filter decides by itself has reasons and is appealed like every decision; so has what somebody upholds."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core.holds import Hold
from app.core.screening import Screened, screen
from app.extensions import db
from app.messaging.models import Message
from app.moderation.errors import SameReviewer
from app.moderation.filter_models import FilterHit, HitState
from app.moderation.models import Appeal, Case, Decision, DecisionAction
from app.moderation.services import appeals, cases, filter_hits
from app.social.models import Post
from tests.functional.messaging.talk import begin
from tests.functional.moderation.conftest import House
from tests.functional.moderation.filters import add_rule, hits, rule_now
from tests.harness.browser import Browser, browser_of
from tests.harness.kinds import CountStatements, Login, Settle

WORD = "zirkonverkauf"
LIST = "Verkaufsliste im Herbst"

MakePost = Callable[..., Post]


@pytest.fixture
def at(app: Flask, house: House, login: Login) -> Browser:
    """The artist at a browser."""
    return login(browser_of(app), house.artist)


@pytest.fixture
def write(app: Flask, house: House, db_session: Session) -> Callable[..., Post]:
    """A post of the artist's, or other words of one, looked at as every post is."""

    def make(words: str, post: Post | None = None) -> Post:
        with app.app_context():
            author = db.session.get_one(User, house.artist.id)
            row = db.session.get_one(Post, post.id) if post is not None else Post(author_id=author.id)
            row.body_markdown = words
            verdict = screen(Screened.POST, author, texts={"body": words}, subject_id=row.id)
            db.session.add(row)
            db.session.flush()
            verdict.settle(row.id)
            db.session.commit()
            found = row.id
        db_session.expire_all()
        return db_session.get_one(Post, found)

    return make


def statement(session: Session) -> Decision:
    """The latest decision."""
    session.expire_all()
    return session.scalars(select(Decision).order_by(Decision.id.desc())).first()  # type: ignore[return-value]


def appeal(house: House, decision: Decision, *, grant: bool | None, by: User | None = None) -> None:
    """The artist appeals, and somebody answers."""

    def do(artist: User, answerer: User) -> None:
        made = appeals.file_appeal(db.session.get_one(Decision, decision.id), artist, "It is a mineral.")
        db.session.flush()
        if grant is not None:
            appeals.answer_appeal(made, answerer, grant=grant, answer="We have read it.")

    house.act(do, house.artist, by or house.moderator)


def settle_case(house: House, by: User, verdict: cases.Verdict | None) -> None:
    """Somebody decides the only case, or dismisses it."""

    def do(moderator: User) -> None:
        case = db.session.scalars(select(Case)).one()
        cases.claim_case(case, moderator)
        if verdict is None:
            cases.dismiss_case(case, moderator, "Nothing in it.")
        else:
            cases.decide_case(case, moderator, verdict)

    house.act(do, by)


def test_what_a_rule_hides_stands_under_my_standing_and_does_not_say_what_was_watched_for(
    app: Flask, db_session: Session, write: MakePost, at: Browser, settle: Settle, mail_outbox: Any,
    count_statements: CountStatements,
) -> None:  # fmt: skip
    add_rule(app, WORD, name=LIST, action="hide", category="spam")
    write(WORD)
    settle()
    (hit,) = hits(db_session)
    made = statement(db_session)
    assert (made.automated, made.by_id, made.action, made.id) == (True, None, DecisionAction.HIDE, hit.decision_id)
    with count_statements() as statements:
        page = at.get("/settings/standing").text
    assert len(statements) <= 8
    letter = mail_outbox.messages[-1].get_body(("plain",)).get_content()
    for text in (page, letter):
        for said in ("Your post was hidden", hit.reference, "automated rule, not by a person", "No spam", "ppeal"):
            assert said in text
        assert WORD not in text
        assert LIST not in text
    assert f"/settings/standing/{made.public_id}/appeal" in page
    post = db_session.scalars(select(Post)).one()
    assert "Under My standing you read why, and can appeal." in at.get(f"/@artist/posts/{post.public_id}").text


def test_an_appeal_that_is_granted_shows_it_again_at_once_and_the_same_words_are_not_found_again(
    app: Flask, db_session: Session, house: House, write: MakePost, at: Browser, settle: Settle
) -> None:
    rule = add_rule(app, WORD, action="hide")
    post = write(WORD)
    made = statement(db_session)
    form = {"words": "It is a mineral."}
    assert at.submit(f"/settings/standing/{made.public_id}/appeal", form).status_code == 303
    filed = db_session.scalars(select(Appeal)).one()

    def answer(by: User) -> None:
        appeals.answer_appeal(db.session.get_one(Appeal, filed.id), by, grant=True, answer="So it is.")

    house.act(answer, house.moderator)
    db_session.expire_all()
    assert (post.hold, post.withheld) == (None, False)
    settle()
    (hit,) = hits(db_session)
    assert (hit.state, hit.decided_by_id) == (HitState.RELEASED, house.moderator.id)
    assert "Your appeal was granted" in at.get("/settings/standing").text
    assert db_session.scalars(select(Case.state)).one() == "dismissed", "it was about nothing else"
    assert write(WORD, post).hold is None
    assert rule_now(db_session, rule).mistakes == "1 of 1, 100%"


def test_an_appeal_that_is_turned_down_leaves_it_hidden_and_counts_for_the_rule(
    app: Flask, db_session: Session, house: House, write: MakePost, settle: Settle
) -> None:
    rule = add_rule(app, WORD, action="hide")
    post = write(WORD)
    appeal(house, statement(db_session), grant=False)
    settle()
    db_session.expire_all()
    assert (hits(db_session)[0].state, post.hold) == (HitState.UPHELD, Hold.HIDDEN)
    assert rule_now(db_session, rule).mistakes == "0 of 1, 0%"


def test_who_upheld_it_does_not_answer_the_appeal(
    app: Flask, db_session: Session, house: House, write: MakePost
) -> None:
    add_rule(app, WORD, action="hide")
    write(WORD)
    house.act(lambda by: filter_hits.uphold(db.session.scalars(select(FilterHit)).one(), by=by), house.moderator)
    made = statement(db_session)
    assert made.automated, "a person who agrees with the filter is no second decision"
    with pytest.raises(SameReviewer):
        appeal(house, made, grant=True)
    appeal(house, made, grant=True, by=house.other)


def test_letting_it_through_on_the_desk_reverses_the_statement_and_answers_whoever_appealed(
    app: Flask, db_session: Session, house: House, write: MakePost
) -> None:
    add_rule(app, WORD, action="hide")
    post = write(WORD)
    appeal(house, statement(db_session), grant=None)
    house.act(lambda by: filter_hits.release(db.session.scalars(select(FilterHit)).one(), by=by), house.moderator)
    made = statement(db_session)
    by_id = db_session.scalars(select(Decision.reversed_by_id).where(Decision.automated)).one()
    assert (by_id, made.action) == (house.moderator.id, DecisionAction.DISMISS)
    assert db_session.scalars(select(Appeal.state)).one() == "granted"
    assert post.hold is None


def test_later_versions_belong_to_one_statement_and_an_appeal_wins_back_only_the_last(
    app: Flask, db_session: Session, house: House, write: MakePost, settle: Settle
) -> None:
    add_rule(app, WORD, action="hide")
    first = f"Buy {WORD}"
    post = write(first)
    write(f"No {WORD} here", post)
    assert len({hit.decision_id for hit in hits(db_session)}) == 1
    appeal(house, statement(db_session), grant=True)
    settle()
    settle()
    assert [hit.state for hit in hits(db_session)] == [HitState.UPHELD, HitState.RELEASED]
    assert write(f"No {WORD} here", post).hold is None
    assert write(first, post).hold is Hold.HIDDEN
    assert statement(db_session).reversed_at is None


def test_after_an_appeal_what_is_found_anew_has_a_statement_of_its_own(
    app: Flask, db_session: Session, house: House, write: MakePost
) -> None:
    add_rule(app, WORD, action="hide")
    post = write(WORD)
    appeal(house, statement(db_session), grant=False)
    write(f"{WORD}!", post)
    assert len({hit.decision_id for hit in hits(db_session)}) == 2


def test_a_change_that_was_not_saved_has_its_statement_and_can_be_saved_when_it_was_let_through(
    app: Flask, db_session: Session, house: House, at: Browser, settle: Settle
) -> None:
    add_rule(app, WORD, action="hide")
    change = {"display_name": WORD}
    answer = at.submit("/settings/profile", change)
    assert answer.status_code == 422
    assert "Under My standing you read why, and can appeal." in answer.text
    made = statement(db_session)
    assert (made.action, made.person_id) == (DecisionAction.REFUSE, house.artist.id)
    assert house.person(house.artist).hold is None
    assert "A change was not saved" in at.get("/settings/standing").text
    appeal(house, made, grant=True)
    settle()
    assert at.submit("/settings/profile", change).status_code == 303


def test_a_message_that_a_rule_hid_arrives_when_the_appeal_is_granted(
    app: Flask, db_session: Session, house: House, at: Browser, settle: Settle
) -> None:
    add_rule(app, WORD, action="hide")
    begin(at, "fan", f"{WORD} for you")
    assert db_session.scalars(select(Message.held)).one()
    appeal(house, statement(db_session), grant=True)
    settle()
    db_session.expire_all()
    assert not db_session.scalars(select(Message.held)).one()


def test_what_waits_has_no_statement_until_somebody_leaves_it_held_and_comes_back_when_that_is_reversed(
    app: Flask, db_session: Session, house: House, write: MakePost, settle: Settle
) -> None:
    add_rule(app, WORD)
    post = write(WORD)
    assert statement(db_session) is None
    house.act(lambda by: filter_hits.uphold(db.session.scalars(select(FilterHit)).one(), by=by), house.moderator)
    made = statement(db_session)
    assert (made.automated, made.by_id, made.action) == (False, house.moderator.id, DecisionAction.HIDE)
    house.reverse(made, house.other)
    db_session.expire_all()
    assert post.hold is None
    settle()
    assert hits(db_session)[0].state is HitState.RELEASED


@pytest.mark.parametrize("action", ["hold", "hide"])
def test_what_moderators_decide_takes_the_place_of_what_the_filter_did_and_is_reversed_alone(
    app: Flask, db_session: Session, house: House, write: MakePost, settle: Settle, action: str
) -> None:
    add_rule(app, WORD, action=action)
    post = write(WORD)
    settle_case(house, house.moderator, cases.Verdict(on_thing=DecisionAction.REMOVE, reasons="An advertisement."))
    settle()
    made = statement(db_session)
    assert made.by_id == house.moderator.id
    ended = db_session.scalars(select(Decision.ended_at).where(Decision.automated)).all()
    assert [moment is not None for moment in ended] == ([True] if action == "hide" else [])
    house.reverse(made, house.other)
    settle()
    db_session.expire_all()
    assert (post.hold, hits(db_session)[0].state) == (None, HitState.RELEASED)


@pytest.mark.parametrize(
    ("verdict", "hold", "state"),
    [
        (cases.Verdict(on_thing=DecisionAction.RESTRICT, reasons="For adults."), None, HitState.RELEASED),
        (cases.Verdict(on_person=DecisionAction.WARN, reasons="Not again."), Hold.HIDDEN, HitState.UPHELD),
    ],
)
def test_for_adults_opens_what_a_filter_held_and_a_warning_alone_leaves_it_with_reasons(
    app: Flask, db_session: Session, house: House, write: MakePost, settle: Settle, verdict: cases.Verdict,
    hold: Hold | None, state: HitState,
) -> None:  # fmt: skip
    add_rule(app, WORD)
    post = write(WORD)
    settle_case(house, house.moderator, verdict)
    settle()
    db_session.expire_all()
    assert (post.hold, hits(db_session)[0].state) == (hold, state)
    hides = db_session.scalars(select(Decision.by_id).where(Decision.action == DecisionAction.HIDE)).all()
    assert hides == ([house.moderator.id] if hold else [])


def test_child_safety_has_no_statement_of_a_filter_and_a_reversal_has_it_looked_at_once_more(
    app: Flask, db_session: Session, house: House, write: MakePost, settle: Settle
) -> None:
    add_rule(app, WORD, action="hide", category="children")
    post = write(WORD)
    assert statement(db_session) is None
    settle_case(house, house.moderator, cases.Verdict(on_thing=DecisionAction.REMOVE, reasons="Not here."))
    settle()
    (hit,) = hits(db_session)
    kept_until = hit.kept_until
    house.reverse(statement(db_session), house.other)
    settle()
    (hit,) = hits(db_session)
    assert (hit.state, hit.kept_until, post.hold) == (HitState.WAITING, kept_until, Hold.HIDDEN)


def test_what_is_held_again_waits_for_a_look_and_is_decided_by_nobody_yet(
    app: Flask, db_session: Session, house: House, write: MakePost
) -> None:
    add_rule(app, WORD, action="hide")
    post = write(WORD)
    for do in (filter_hits.release, filter_hits.hold_again):
        house.act(lambda by, do=do: do(db.session.scalars(select(FilterHit)).one(), by=by), house.moderator)
    (hit,) = hits(db_session)
    assert (hit.state, hit.decision_id, post.hold) == (HitState.WAITING, None, Hold.HIDDEN)


def test_who_sends_a_hundred_advertisements_gets_one_mail_and_a_statement_each(
    app: Flask, db_session: Session, write: MakePost, settle: Settle, mail_outbox: Any
) -> None:
    add_rule(app, WORD, action="hide")
    for number in range(3):
        write(f"{WORD} {number}")
        settle()
    assert [len(made.told) for made in db_session.scalars(select(Decision).order_by(Decision.id))] == [2, 1, 1]
    assert [mail["Subject"] for mail in mail_outbox.messages] == ["Your post was hidden"]


def test_whoever_answers_sees_what_was_found(
    app: Flask, db_session: Session, house: House, write: MakePost, login: Login
) -> None:
    add_rule(app, WORD, action="hide")
    write(WORD)
    made = statement(db_session)
    appeal(house, made, grant=None)
    (hit,) = hits(db_session)
    desk = login(browser_of(app), house.moderator)
    filed = db_session.scalars(select(Appeal)).one()
    for url in (f"/admin/decisions/{made.public_id}", f"/admin/appeals/{filed.public_id}"):
        page = desk.get(url).text
        assert f"/admin/filters/hits/{hit.reference}" in page
        assert "automated rule" in page
