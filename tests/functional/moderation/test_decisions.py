"""Decisions: each with reasons to whom it concerns, each reversible, and a standing that the strongest decides."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Standing
from app.core.clock import now
from app.core.holds import Hold
from app.extensions import db
from app.media.models import Medium
from app.moderation import jobs
from app.moderation.errors import (
    AlreadyAppealed,
    DecisionNotFound,
    DoesNotFit,
    MayNotDecide,
    NotAppealable,
    NotNow,
    ReasonsMissing,
    SameReviewer,
    TooLate,
)
from app.moderation.models import Appeal, Case, Decision, DecisionAction
from app.moderation.refs import Ref, RefKind, find_thing
from app.moderation.services import appeals, cases, decisions, farewells, reports
from tests.functional.moderation.conftest import House, ref_of
from tests.harness.kinds import CountStatements

Make = Callable[..., Any]
SOON = timedelta(days=2)


def person_ref(person: Any) -> Ref:
    return Ref(RefKind.PERSON, person.id)


def test_the_standing_is_the_strongest_decision_that_stands(house: House) -> None:
    ref = person_ref(house.artist)
    limit = house.decide(ref, "limit")
    ban = house.decide(ref, "ban")
    suspension = house.decide(ref, "suspend", until=now() + SOON)
    assert house.person(house.artist).standing_now is Standing.BANNED
    house.reverse(ban)
    artist = house.person(house.artist)
    assert (artist.standing_now, artist.standing_until) == (Standing.SUSPENDED, suspension.until)
    house.reverse(suspension)
    house.reverse(limit)
    artist = house.person(house.artist)
    assert (artist.standing_now, artist.standing_until) == (Standing.GOOD, None)


def test_a_time_that_is_over_ends_by_itself_and_what_is_weaker_holds_again(
    house: House, db_session: Session, settle: Make, mail_outbox: Any
) -> None:
    ref = person_ref(house.artist)
    house.decide(ref, "limit")
    house.decide(ref, "ban", until=now() + SOON)
    over = now() - timedelta(seconds=1)
    db_session.execute(update(Decision).where(Decision.action == DecisionAction.BAN).values(until=over))
    db_session.commit()
    for _ in range(2):
        with house.app.app_context():
            jobs.end_decisions()
    settle()
    assert house.person(house.artist).standing_now is Standing.LIMITED
    assert [mail["Subject"] for mail in mail_outbox.messages].count("Over: Your account is banned") == 1


def test_what_a_banned_person_published_goes_and_comes_back_with_them(
    house: House, make_medium: Make, settle: Make, client: Any
) -> None:
    medium: Medium = make_medium(house.artist)
    pages = ["/@artist", f"/@artist/{medium.slug}", f"/embed/media/{medium.public_id}"]
    ban = house.decide(person_ref(house.artist), "ban")
    settle()
    assert [client.get(page).status_code for page in pages] == [404, 404, 404]
    house.reverse(ban)
    settle()
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]


def test_what_a_limited_person_published_opens_by_its_address_and_is_in_no_list(
    house: House, make_medium: Make, settle: Make, client: Any
) -> None:
    medium = make_medium(house.artist, listed=True)
    limit = house.decide(person_ref(house.artist), "limit")
    settle()
    assert client.get(f"/@artist/{medium.slug}").status_code == 200
    assert f"/@artist/{medium.slug}" not in client.get(f"/search?q={medium.title}").text
    house.reverse(limit)
    settle()
    assert f"/@artist/{medium.slug}" in client.get(f"/search?q={medium.title}").text


def test_for_adults_until_every_such_decision_is_reversed(house: House, make_medium: Make) -> None:
    ref = ref_of(make_medium(house.artist))
    both = [house.decide(ref, "restrict"), house.decide(ref, "restrict")]

    def restricted() -> bool:
        with house.app.app_context():
            thing = find_thing(ref)
            return thing is not None and thing.age_restricted

    assert restricted()
    house.reverse(both[0])
    assert restricted()
    house.reverse(both[1])
    assert not restricted()
    with pytest.raises(NotNow):
        house.reverse(both[1])


@pytest.mark.parametrize(
    ("kind", "action", "values", "problem"),
    [
        ("person", "restrict", {}, DoesNotFit),
        ("person", "suspend", {}, DoesNotFit),
        ("person", "ban", {"until": -SOON}, DoesNotFit),
        ("medium", "hide", {"until": SOON}, DoesNotFit),
        ("medium", "hide", {"reasons": " \u200b "}, ReasonsMissing),
        ("person", "warn", {"by": "artist"}, MayNotDecide),
        ("person", "warn", {"by": "fan"}, MayNotDecide),
    ],
)
def test_what_does_not_fit_is_refused(
    house: House, make_medium: Make, kind: str, action: str, values: dict[str, Any], problem: type[Exception]
) -> None:
    ref = person_ref(house.artist) if kind == "person" else ref_of(make_medium(house.artist))
    until = {"until": now() + values["until"]} if "until" in values else {}
    by = {"by": getattr(house, values["by"])} if "by" in values else {}
    with pytest.raises(problem):
        house.decide(ref, action, **{**values, **until, **by})


def test_the_statement_says_all_that_article_17_asks_once(
    house: House, make_medium: Make, settle: Make, mail_outbox: Any, client: Any, login: Make
) -> None:
    decision = house.decide(ref_of(make_medium(house.artist, title="Loud")), "remove", reasons="It is hateful.")
    settle()
    with house.app.app_context():
        jobs.tell_of_decision(str(decision.id))
    mail = next(mail for mail in mail_outbox.messages if mail["To"] == "artist@example.org")
    assert len(mail_outbox.messages) == 1
    page = login(client, house.artist).get("/settings/standing").text
    letters = [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]
    for text in (*letters, page):
        for said in ("Your work was removed", "Loud", "No hate", "It is hateful.", "A moderator looked at it", "ppeal"):
            assert said in text
    assert "decided about you or your work" in client.get("/notifications").text
    house.reverse(decision)
    settle()
    assert mail_outbox.messages[-1]["Subject"] == "Taken back: Your work was removed"
    assert "Taken back on" in client.get("/settings/standing").text


def test_what_the_house_decides_by_itself_says_so(house: House, make_medium: Make, client: Any, login: Make) -> None:
    ref = ref_of(make_medium(house.artist))
    house.act(lambda: decisions.decide(ref, DecisionAction.HIDE, by=None, reasons="A watched word."))
    assert "automated rule" in login(client, house.artist).get("/settings/standing").text


# Appeals --------------------------------------------------------------------------------------------------------------


def appeal(house: House, decision: Decision, by: Any, words: str = "That is art.") -> str:
    """File one; returns its public id."""

    def do(person: Any) -> str:
        made = appeals.file_appeal(db.session.get_one(Decision, decision.id), person, words)
        db.session.flush()
        return made.public_id

    public_id: str = house.act(do, by)
    return public_id


def answer(house: House, public_id: str, by: Any, *, grant: bool) -> None:
    """Answer one."""

    def do(person: Any) -> None:
        found = db.session.scalars(select(Appeal).where(Appeal.public_id == public_id)).one()
        appeals.answer_appeal(found, person, grant=grant, answer="We looked again.")

    house.act(do, by)


def test_an_answer_waits_for_whoever_takes_the_decision_back_before_it_holds_anything(
    house: House, make_medium: Make, count_statements: CountStatements
) -> None:
    public_id = appeal(house, house.decide(ref_of(make_medium(house.artist)), "remove"), house.artist)
    with count_statements() as seen:
        answer(house, public_id, house.other, grant=True)
    locked = [statement.split("FOR UPDATE OF ")[1].split()[0] for statement in seen if "FOR UPDATE OF " in statement]
    assert locked.index("decisions") < locked.index("appeals")


def test_an_appeal_goes_to_somebody_else_and_a_granted_one_brings_everything_back(
    house: House, make_medium: Make, settle: Make, mail_outbox: Any
) -> None:
    ref = ref_of(make_medium(house.artist))
    decision = house.decide(ref, "remove")
    public_id = appeal(house, decision, house.artist)
    with pytest.raises(SameReviewer):
        answer(house, public_id, house.moderator, grant=True)
    answer(house, public_id, house.other, grant=True)
    with pytest.raises(NotNow):
        answer(house, public_id, house.admin, grant=False)
    settle()
    with house.app.app_context():
        thing = find_thing(ref)
        assert thing is not None
        assert thing.hold is None
    assert "Your appeal was granted" in [mail["Subject"] for mail in mail_outbox.messages]


def test_a_decision_that_stands_after_an_appeal_is_not_appealed_again(house: House, make_medium: Make) -> None:
    ref = ref_of(make_medium(house.artist))
    decision = house.decide(ref, "remove")
    answer(house, appeal(house, decision, house.artist), house.other, grant=False)
    with pytest.raises(AlreadyAppealed):
        appeal(house, decision, house.artist)
    with house.app.app_context():
        thing = find_thing(ref)
        assert thing is not None
        assert thing.hold is Hold.REMOVED


def test_only_whom_it_concerns_appeals_in_time_while_there_is_something_to_appeal(
    house: House, make_medium: Make, db_session: Session
) -> None:
    ref = ref_of(make_medium(house.artist))
    decision = house.decide(ref, "hide")
    with pytest.raises(DecisionNotFound):
        appeal(house, decision, house.fan)
    with pytest.raises(ReasonsMissing):
        appeal(house, decision, house.artist, " ")
    db_session.execute(update(Decision).values(decided_at=now() - timedelta(days=184)))
    db_session.commit()
    with pytest.raises(TooLate):
        appeal(house, decision, house.artist)
    house.reverse(decision)
    with pytest.raises(NotAppealable):
        appeal(house, decision, house.artist)


def test_who_waits_for_an_appeal_has_their_answer_when_the_decision_is_taken_back(
    house: House, make_medium: Make, db_session: Session
) -> None:
    decision = house.decide(ref_of(make_medium(house.artist)), "hide")
    appeal(house, decision, house.artist)
    house.reverse(decision)
    assert db_session.scalars(select(Appeal.state)).one() == "granted"


def test_whoever_reported_appeals_against_a_dismissal_and_the_thing_is_looked_at_anew(
    house: House, make_medium: Make, db_session: Session
) -> None:
    ref = ref_of(make_medium(house.artist))
    house.report(ref, house.fan)
    house.claim(ref, house.moderator)
    old = house.case(ref).public_id
    house.act(lambda by: cases.dismiss_case(cases.get_case(old), by, "Nothing in it."), house.moderator)
    dismissal = db_session.scalars(select(Decision)).one()
    with pytest.raises(DecisionNotFound):
        appeal(house, dismissal, house.artist)
    answer(house, appeal(house, dismissal, house.fan), house.other, grant=True)
    states = dict(db_session.execute(select(Case.public_id, Case.state)).all())
    assert states.pop(old) == "reversed"
    assert list(states.values()) == ["open"]


def test_a_person_who_goes_leaves_no_words_behind(house: House, make_medium: Make, db_session: Session) -> None:
    ref = ref_of(make_medium(house.artist, title="MARKER"))
    house.report(ref, house.fan, note="MARKER")
    house.decide(ref, "remove", reasons="MARKER")
    house.decide(person_ref(house.artist), "remove", reasons="MARKER")
    house.act(lambda: farewells.say_farewell(house.artist.id))
    for table in ("reports", "cases", "decisions", "appeals", "case_notes", "holds"):
        rows = db_session.execute(db.text(f"SELECT t::text FROM {table} t")).scalars()  # noqa: S608 - ours
        assert not [row for row in rows if "MARKER" in row or "The Artist" in row]
    assert house.act(reports.forget_evidence) == 0
