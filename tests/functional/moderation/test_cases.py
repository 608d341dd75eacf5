"""Cases: merged reports, one moderator at a time, nobody in their own matter, and everybody told."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.extensions import db
from app.messaging.models import Conversation
from app.moderation.case_states import CaseState
from app.moderation.errors import (
    ClaimedByAnother,
    DoesNotFit,
    MayNotDecide,
    NotNow,
    OwnCase,
    ReasonsMissing,
    ReportRefused,
    ThingNotFound,
)
from app.moderation.models import Case, Decision, DecisionAction, Report, ReportSource
from app.moderation.refs import Ref, RefKind
from app.moderation.services import cases, reports
from app.moderation.services.cases import Verdict
from app.moderation.services.reports import Extras
from tests.factories.comments import add_comment
from tests.functional.moderation.conftest import House, ref_of
from tests.harness.browser import browser_of

Make = Callable[..., Any]
REMOVE = Verdict(on_thing=DecisionAction.REMOVE, rule="hate", reasons="It is hateful.")


def case_in(house: House, ref: Ref, by: User, do: Callable[[Case, User], Any]) -> Any:
    public_id = house.case(ref).public_id
    return house.act(lambda person: do(cases.get_case(public_id, lock=True), person), by)


def next_of(by: User) -> UUID | None:
    case = cases.claim_next(by)
    return case.thing_id if case is not None else None


def test_reports_of_one_thing_are_one_case_and_of_one_person_one_report(
    house: House, make_medium: Make, make_person: Make
) -> None:
    ref = ref_of(make_medium(house.artist))
    first = house.report(ref, house.fan, rule="spam", note="Spam.")
    again = house.report(ref, house.fan, rule="hate", note="And hateful.")
    house.report(ref, make_person(), rule="threats")
    stranger = house.report(ref, None, extras=Extras(email="a@example.org", at_ms=1))
    assert first.id == again.id
    assert again.note == "Spam.\n\nAnd hateful."
    assert stranger.reporter_id is None
    case = house.case(ref)
    assert (case.report_count, case.severity, case.rule_slug) == (3, 4, "threats")


def test_a_report_keeps_the_words_that_are_edited_or_deleted_afterwards(
    house: House, make_medium: Make, db_session: Session
) -> None:
    comment = add_comment(db_session, house.artist, make_medium(house.artist), "As it was.")
    ref = ref_of(comment, "comment")
    report = house.report(ref, house.fan)
    db_session.delete(comment)
    db_session.commit()
    assert report.snapshot == {"words": "As it was."}
    house.claim(ref, house.moderator)
    made = case_in(
        house, ref, house.moderator,
        lambda case, by: cases.decide_case(case, by, Verdict(on_person=DecisionAction.WARN, reasons="So.")),
    )  # fmt: skip
    assert len(made) == 1
    with pytest.raises(ThingNotFound):
        house.report(ref, house.fan)


def test_what_is_kept_of_a_settled_case_is_forgotten_in_time(
    house: House, make_medium: Make, db_session: Session
) -> None:
    ref = ref_of(make_medium(house.artist))
    house.report(ref, house.fan)
    house.claim(ref, house.moderator)
    case_in(house, ref, house.moderator, lambda case, by: cases.dismiss_case(case, by, "It is fine."))
    assert house.act(reports.forget_evidence) == 0
    db_session.execute(update(Case).values(closed_at=now() - reports.KEEP_EVIDENCE - timedelta(days=1)))
    db_session.commit()
    assert house.act(reports.forget_evidence) == 1
    assert house.act(reports.forget_evidence) == 0
    assert db_session.scalars(select(Report.snapshot)).one() == {}


def test_nobody_reports_what_is_theirs(house: House, make_medium: Make) -> None:
    with pytest.raises(ReportRefused):
        house.report(ref_of(make_medium(house.artist)), house.artist)


def test_of_two_moderators_at_once_one_gets_the_case(house: House, make_medium: Make) -> None:
    ref = ref_of(make_medium(house.artist))
    house.report(ref, house.fan)
    barrier, got = Barrier(2), []

    def claim(by: User) -> None:
        barrier.wait()
        try:
            house.claim(ref, by)
        except ClaimedByAnother:
            return
        got.append(by.id)

    threads = [Thread(target=claim, args=(by,)) for by in (house.moderator, house.other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [house.case(ref).claimed_by_id]


def test_a_lease_that_ran_out_is_taken_over_and_then_it_is_too_late(
    house: House, make_medium: Make, db_session: Session
) -> None:
    ref = ref_of(make_medium(house.artist))
    house.report(ref, house.fan)
    house.claim(ref, house.moderator)
    with pytest.raises(ClaimedByAnother):
        house.claim(ref, house.other)
    db_session.execute(update(Case).values(claimed_until=now() - timedelta(seconds=1)))
    db_session.commit()
    assert house.claim(ref, house.other).claimed_by_id == house.other.id
    with pytest.raises(NotNow):
        case_in(house, ref, house.moderator, lambda case, by: cases.decide_case(case, by, REMOVE))


def test_the_next_case_is_the_most_severe_and_oldest_that_one_may_decide(house: House, make_medium: Make) -> None:
    mild, old, new, own = (ref_of(make_medium(house.artist)) for _ in range(4))
    equals, mine = ref_of(make_medium(house.other)), ref_of(make_medium(house.moderator))
    house.report(mild, house.fan, rule="spam")
    house.report(old, house.fan)
    house.report(new, house.fan)
    house.report(own, house.moderator, rule="threats")
    house.report(equals, house.fan, rule="threats")
    house.report(mine, house.fan, rule="threats")
    taken = []
    while (thing_id := house.act(next_of, house.moderator)) is not None:
        taken.append(thing_id)
    assert taken == [old.id, new.id, mild.id]
    assert house.act(next_of, house.admin) in {own.id, equals.id, mine.id}


def test_what_is_handed_to_the_admins_is_theirs(house: House, make_medium: Make) -> None:
    ref = ref_of(make_medium(house.artist))
    house.report(ref, house.fan)
    house.claim(ref, house.moderator)
    with pytest.raises(ReasonsMissing):
        case_in(house, ref, house.moderator, lambda case, by: cases.escalate_case(case, by, " "))
    case_in(house, ref, house.moderator, lambda case, by: cases.escalate_case(case, by, "Too big for me."))
    with pytest.raises(MayNotDecide):
        house.claim(ref, house.other)
    assert house.claim(ref, house.admin).state is CaseState.TAKEN_UP
    case_in(house, ref, house.admin, cases.release_case)
    assert house.case(ref).state is CaseState.ESCALATED


def test_an_admin_who_is_none_any_more_keeps_nothing_that_was_handed_to_the_admins(
    house: House, make_medium: Make
) -> None:
    ref = ref_of(make_medium(house.artist))
    house.report(ref, house.fan)
    house.claim(ref, house.moderator)
    case_in(house, ref, house.moderator, lambda case, by: cases.escalate_case(case, by, "Too big for me."))
    house.claim(ref, house.admin)
    house.act(lambda person: setattr(person, "role", Role.MODERATOR), house.admin)
    with pytest.raises(MayNotDecide):
        case_in(house, ref, house.admin, lambda case, by: cases.dismiss_case(case, by, "Nothing in it."))


@pytest.mark.parametrize("who", ["owner", "reporter", "equal", "superior"])
def test_nobody_takes_up_a_case_of_their_own_or_about_an_equal_or_a_superior(
    house: House, make_medium: Make, who: str
) -> None:
    owner = {"owner": house.moderator, "reporter": house.artist, "equal": house.other, "superior": house.admin}[who]
    ref = ref_of(make_medium(owner))
    house.report(ref, house.moderator if who == "reporter" else house.fan)
    with pytest.raises(OwnCase if who in {"owner", "reporter"} else MayNotDecide):
        house.claim(ref, house.moderator)


def test_about_an_admin_another_admin_decides(house: House, make_medium: Make, make_person: Make) -> None:
    ref = ref_of(make_medium(house.admin))
    house.report(ref, house.fan)
    with pytest.raises(OwnCase):
        house.claim(ref, house.admin)
    assert house.claim(ref, make_person(role="admin")).state is CaseState.CLAIMED


def test_a_case_is_settled_once_by_whoever_has_it_and_leaves_an_entry_and_a_statement(
    house: House, make_medium: Make, db_session: Session
) -> None:
    ref = ref_of(make_medium(house.artist))
    house.report(ref, house.fan)
    with pytest.raises(NotNow):
        case_in(house, ref, house.moderator, lambda case, by: cases.decide_case(case, by, REMOVE))
    house.claim(ref, house.moderator)
    with pytest.raises(DoesNotFit):
        case_in(house, ref, house.moderator, lambda case, by: cases.decide_case(case, by, Verdict(reasons="So.")))
    both = Verdict(
        on_thing=DecisionAction.REMOVE, on_person=DecisionAction.SUSPEND, rule="hate", reasons="So.",
        until=now() + timedelta(days=3),
    )  # fmt: skip
    case_in(house, ref, house.moderator, lambda case, by: cases.decide_case(case, by, both))
    with pytest.raises(NotNow):
        case_in(house, ref, house.moderator, lambda case, by: cases.dismiss_case(case, by, "No."))
    made = db_session.scalars(select(Decision).order_by(Decision.id)).all()
    assert [(one.action, one.until is not None) for one in made] == [("remove", False), ("suspend", True)]
    entries = db_session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()
    assert entries.count("decision.made") == 2
    assert "case.claimed" in entries


def test_many_are_settled_alike_and_one_that_cannot_be_leaves_no_trace(
    house: House, make_medium: Make, db_session: Session
) -> None:
    fine, refused = ref_of(make_medium(house.artist)), ref_of(make_medium(house.other))
    comment = ref_of(add_comment(db_session, house.artist, make_medium(house.artist)), "comment")
    for ref in (fine, refused, comment):
        house.report(ref, house.fan)
    ids = [house.case(ref).public_id for ref in (fine, refused, comment)]
    restrict = Verdict(on_thing=DecisionAction.RESTRICT, rule="adult", reasons="For adults.")
    done, why = house.act(
        lambda by: cases.settle_many([*ids, "nosuchcase1", ids[0]], by, restrict, lambda _: restrict.reasons),
        house.moderator,
    )
    assert (done, set(why)) == (1, {ids[1], ids[2], "nosuchcase1"})
    assert house.case(comment).state is CaseState.OPEN
    assert db_session.scalars(select(AuditEntry.action)).all() == ["decision.made"]


def test_a_new_report_of_a_settled_thing_is_a_new_case(house: House, make_medium: Make) -> None:
    ref = ref_of(make_medium(house.artist))
    first = house.report(ref, house.fan)
    house.claim(ref, house.moderator)
    case_in(house, ref, house.moderator, lambda case, by: cases.dismiss_case(case, by, "It is fine."))
    assert house.report(ref, house.fan).case_id != first.case_id


def test_those_who_reported_are_told_the_outcome_and_no_more(
    house: House, make_medium: Make, settle: Make, mail_outbox: Any, client: Any, login: Make
) -> None:
    ref = ref_of(make_medium(house.artist))
    house.report(ref, house.fan)
    house.report(ref, None, extras=Extras(email="stranger@example.net"))
    house.claim(ref, house.moderator)
    case_in(house, ref, house.moderator, lambda case, by: cases.decide_case(case, by, REMOVE))
    settle()
    mails = {mail["To"]: mail.get_body(("plain",)).get_content() for mail in mail_outbox.messages}
    assert "took action" in mails["stranger@example.net"]
    assert "hateful" not in mails["stranger@example.net"]
    assert "hateful" in mails["artist@example.org"]
    fan = login(client, house.fan)
    assert "looked at what you reported" in fan.get("/notifications").text
    told = fan.get("/settings/reports").text
    assert "Action was taken" in told
    assert "hateful" not in told


def test_a_reported_conversation_becomes_a_case_with_what_was_said(
    house: House, settle: Make, client: Any, login: Make
) -> None:
    artist, fan = login(client, house.artist), login(browser_of(house.app), house.fan)
    artist.submit("/messages/@fan", {"body": "You are nothing.", "client_key": "k" * 12})
    with house.app.app_context():
        talk = f"/messages/{db.session.scalars(select(Conversation.public_id)).one()}"
    assert fan.submit(f"{talk}/report", {"reason": "harassment", "note": "Every day."}).status_code == 303
    settle()
    with house.app.app_context():
        case, report = db.session.execute(select(Case, Report).join(Report, Report.case_id == Case.id)).one()
        assert (case.kind, case.person_id, case.rule_slug) == (RefKind.MESSAGE, house.artist.id, "harassment")
        assert report.snapshot["conversation"][0]["body"] == "You are nothing."
        assert report.source is ReportSource.PERSON
