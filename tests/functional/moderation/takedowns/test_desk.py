"""The moderators' side: who may decide, clocks and more time, marks, publication; and what each page costs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.accounts.models import User
from app.core.audit import sealing
from app.core.audit.models import AuditEntry
from app.core.clock import now
from app.core.holds import Hold
from app.extensions import db
from app.moderation import takedown_jobs, takedown_links, takedown_queries
from app.moderation.errors import MayNotDecide, NotNow, OwnCase
from app.moderation.models import DecisionAction
from app.moderation.refs import Ref, RefKind
from app.moderation.services import takedown_decisions, takedown_farewell, takedown_intake
from app.moderation.services.decisions import decide
from app.moderation.services.takedown_decisions import Verdict
from app.moderation.takedown_errors import NoticeRefused, NotYoursToDecide
from app.moderation.takedown_models import ClockKind, TakedownClaim, TakedownClock, TransparencyFigure
from tests.factories.notices import send_notice
from tests.functional.moderation.takedowns.conftest import COUNTER, EMAIL, Make, Stage
from tests.harness.browser import browser_of
from tests.harness.kinds import CountStatements

MOST = 8


def act(stage: Stage, reference: str, what: str, **data: str) -> int:
    return stage.browser(stage.mod).submit(f"/admin/takedowns/{reference}/{what}", data).status_code


def clock(stage: Stage, kind: str) -> TakedownClock:
    stage.session.expire_all()
    query = select(TakedownClock).where(TakedownClock.kind == kind, TakedownClock.ended_at.is_(None))
    return stage.session.scalars(query).one()


def test_the_desk_is_for_those_who_may(stage: Stage, make_person: Make) -> None:
    listener = stage.browser(make_person())
    for page in ("/admin/takedowns", "/admin/takedowns/repeat", "/admin/takedowns/TD23456789"):
        assert stage.client.get(page).status_code in {302, 303}
        assert listener.get(page).status_code == 404
    assert stage.browser(stage.mod).get("/admin/takedowns?show=nonsense").status_code == 404


def test_nobody_decides_about_their_own_an_equals_or_a_superiors_work_or_their_own_notice(
    stage: Stage, make_person: Make, make_medium: Make
) -> None:
    boss, equal = make_person(role="admin", username="boss"), make_person(role="moderator", username="equal")
    for owner, error in ((boss, MayNotDecide), (equal, MayNotDecide), (stage.mod, OwnCase)):
        reference = stage.send([f"/@{owner.username}/{make_medium(owner).slug}"])
        for accept in (True, False):
            with pytest.raises(error):
                stage.decide(reference, accept=accept)
    own = send_notice(stage.app, [stage.url], sender=stage.mod, email=stage.mod.email)
    with pytest.raises(NotYoursToDecide):
        stage.decide(own)
    assert act(stage, own, "complainant", act="unflag") == 403
    assert act(stage, own, "ask", words="Me?") == 403


def test_each_thing_is_decided_by_itself_and_a_refusal_needs_reasons(stage: Stage, make_medium: Make) -> None:
    second, third = make_medium(stage.ada), make_medium(stage.ada)
    reference = stage.send([stage.url, stage.url_of(second), stage.url_of(third)])
    one, two, _ = stage.session.scalars(select(TakedownClaim.id).order_by(TakedownClaim.id)).all()
    assert act(stage, reference, "decide") == 422, "about nothing"
    assert act(stage, reference, "decide", **{f"verdict-{one}": "refuse"}) == 422
    assert act(stage, reference, "decide", **{f"verdict-{one}": "refuse", f"reasons-{one}": "A parody."}) == 303
    assert stage.notice(reference).state == "waiting"
    stage.session.execute(text("DELETE FROM media WHERE id = :id"), {"id": third.id})
    stage.session.commit()
    assert act(stage, reference, "decide", all="accept") == 303
    assert stage.states(reference) == ["refused", "standing", "gone"]
    assert stage.notice(reference).state == "decided"
    assert (stage.hold(), stage.hold(second)) == (None, Hold.REMOVED)
    assert act(stage, reference, "decide", all="accept") == 422
    with stage.app.app_context():
        mod = db.session.get_one(User, stage.mod.id)
        with pytest.raises(NotNow):
            takedown_decisions.decide_claims(reference, {two: Verdict(accept=True)}, by=mod)


def test_two_notices_hold_a_thing_until_the_last_of_them_ends(stage: Stage) -> None:
    first, second = stage.send(), stage.send(email="other@label.example")
    stage.decide(first)
    assert "1 of these are held" in stage.browser(stage.mod).get(f"/admin/takedowns/{second}").text
    stage.decide(second)
    for reference, expected in ((first, Hold.REMOVED), (second, None)):
        with stage.app.app_context():
            takedown_intake.withdraw_notice(reference)
            db.session.commit()
        assert stage.hold() is expected


def test_more_time_moves_the_clock_and_both_sides_are_told(stage: Stage) -> None:
    reference = stage.taken_down()
    party = clock(stage, "counter").party_id
    before = clock(stage, "counter").due_at
    wrong = [{"days": "0"}, {"days": "61"}, {"days": "x"}, {"clock": "nonsense"}, {"reasons": ""}, {"clock": "court"}]
    for bad in wrong:
        data = {"clock": f"counter:{party}", "days": "7", "reasons": "Ill.", **bad}
        assert act(stage, reference, "extend", **data) == 422
    assert act(stage, reference, "extend", clock=f"counter:{party}", days="7", reasons="Ill.") == 303
    assert clock(stage, "counter").due_at - before == timedelta(days=7)
    assert stage.subjects()[-1].startswith("More time")
    assert stage.subjects(stage.ada.email)[-1].startswith("More time")
    stage.pass_time(35)
    assert "ends soon" in stage.subjects(stage.ada.email)[-1]
    stage.pass_time(3)
    assert "is over" in stage.subjects(stage.ada.email)[-1]
    hers = stage.browser(stage.ada)
    assert hers.submit(f"/settings/standing/takedowns/{reference}/counter", COUNTER).status_code == 409
    assert stage.states(reference) == ["standing"]
    assert stage.notice(reference).due_at is None


def test_the_complainant_is_reminded_before_a_court_is_too_late(stage: Stage) -> None:
    reference = stage.taken_down()
    hers = stage.browser(stage.ada)
    assert hers.submit(f"/settings/standing/takedowns/{reference}/counter", COUNTER).status_code == 303
    stage.pass_time(17)
    assert [one for one in stage.subjects() if "court ends soon" in one], "once, however often the job runs"
    assert len([one for one in stage.subjects() if "court ends soon" in one]) == 1


def test_whoever_abuses_notices_waits_longer(stage: Stage) -> None:
    reference = stage.send()
    quick = clock(stage, "decide").due_at
    assert act(stage, reference, "complainant", act="flag", reasons="") == 422
    assert act(stage, reference, "complainant", act="flag", reasons="Claims what is not theirs.") == 303
    assert clock(stage, "decide").due_at > quick + timedelta(days=7)
    assert "Abused notices" in stage.browser(stage.mod).get("/admin/takedowns").text
    assert act(stage, reference, "complainant", act="unflag") == 303
    assert clock(stage, "decide").due_at < quick + timedelta(days=1)


def test_a_notice_is_published_after_a_while_without_what_is_private(stage: Stage) -> None:
    reference = stage.send(
        works="“Harbour” by Jo Doe, see https://jo.example, write jo@label.example; Ada stole it, so did Zoë Müller",
        explanation="Ask ADA or doe.", postal_address="Elm Street 1",
    )  # fmt: skip
    public = f"/transparency/notices/{reference}"
    assert act(stage, reference, "publication", act="publish") == 422
    stage.decide(reference, accept=False)
    assert stage.client.get(public).status_code == 404
    assert act(stage, reference, "redactions", words="Zoë Müller\n\nZoë Müller") == 303
    stage.pass_time(9)
    assert stage.client.get(public).status_code == 404
    stage.pass_time(2)
    page = stage.client.get(public).text
    main = page.split("<main")[1].split("</main")[0]
    assert "Harbour" in main
    assert "A private person" in main
    for private in ("Doe", "doe", "jo.example", EMAIL, "Ada", "ADA", "Zoë", "Tide", "Elm"):
        assert private not in main
    assert act(stage, reference, "redactions", words="Harbour") == 303
    assert "Harbour" not in stage.client.get(public).text.split("<main")[1]
    assert reference in stage.client.get("/transparency/notices").text
    assert act(stage, reference, "publication", act="keep") == 303
    assert stage.client.get(public).status_code == 404
    assert act(stage, reference, "publication", act="publish") == 303
    assert stage.client.get(public).status_code == 200


def test_the_numbers_are_those_of_the_books(stage: Stage) -> None:
    song_id = stage.song.id
    stage.send(confirmed=False, email="never@label.example")
    first, second = stage.send(), stage.send([stage.another()], email="other@label.example")
    stage.decide(first)
    stage.decide(second, accept=False)
    assert stage.browser(stage.ada).submit(f"/settings/standing/takedowns/{first}/counter", COUNTER).status_code == 303
    stage.pass_time(25)
    with stage.app.app_context():
        song = Ref(RefKind.MEDIUM, song_id)
        mod = db.session.get_one(User, stage.mod.id)
        decide(song, DecisionAction.HIDE, by=mod, rule="spam", reasons="Again and again.")
        db.session.commit()
        takedown_jobs.count_figures()
        takedown_jobs.count_figures()
    found = {row.name: row.value for row in stage.session.scalars(select(TransparencyFigure)) if row.period == "all"}
    expected = {"notices": 2, "claims": 2, "accepted": 1, "refused": 1, "countered": 1, "restored": 1, "decisions": 1}
    assert {name: found.get(name) for name in expected} == expected
    assert "No spam" in stage.client.get("/transparency").text
    json = stage.client.get("/transparency.json").json
    assert json is not None
    assert json["periods"]["all"]["notices"] == 2
    csv = stage.client.get("/transparency.csv")
    assert csv.text.splitlines()[1].startswith("all,2,2,1,1,1,1")


def test_who_leaves_for_good_leaves_no_word_in_any_notice(stage: Stage, make_person: Make) -> None:
    marker = "Xylophonmarker"
    sender = make_person(username="sender", email="marker@xylophonmarker.example")
    names: dict[str, Any] = {
        "name": marker,
        "signature": marker,
        "works": marker,
        "explanation": marker,
        "organisation": marker,
    }
    theirs = [
        send_notice(
            stage.app, [url], sender=sender, email=sender.email, proofs=[marker], postal_address=marker, **names
        )
        for url in (stage.url, stage.another())
    ]
    stage.decide(theirs[0])
    hers = stage.browser(stage.ada)
    words = {**COUNTER, "statement": marker, "name": marker, "address": marker, "signature": marker}
    assert hers.submit(f"/settings/standing/takedowns/{theirs[0]}/counter", words).status_code == 303
    waiting = stage.send(email="other@label.example", addresses=[stage.another()])
    with stage.app.app_context():
        for person in (sender, stage.ada):
            takedown_farewell.say_farewell(person.id)
            sealing.destroy_key(person.id)
        db.session.commit()
    assert stage.states(theirs[0]) == ["conceded"]
    assert stage.states(theirs[1]) == ["withdrawn"]
    assert stage.states(waiting) == ["gone"]
    for table in ("complainants", "notices", "parties", "claims", "entries", "clocks"):
        rows = stage.session.scalar(text(f"SELECT string_agg(t::text, ' ') FROM takedown_{table} t")) or ""  # noqa: S608 - names above
        assert marker.lower() not in rows.lower(), table
        assert "/@ada" not in rows, table
    stage.pass_time(60)


def test_every_act_is_in_the_log_and_what_it_says_of_a_person_is_sealed(stage: Stage) -> None:
    reference = stage.taken_down()
    entries = stage.session.scalars(select(AuditEntry).where(AuditEntry.subject_id == reference)).all()
    accepted = next(entry for entry in entries if entry.action == "takedown_claim.accepted")
    assert (accepted.actor_id, accepted.about_id) == (stage.mod.id, stage.ada.id)
    with stage.app.app_context():
        said = sealing.unseal(stage.ada.id, accepted.id, accepted.about_sealed)
    assert said is not None
    assert said["after"]["state"] == "standing"
    assert not [entry.action for entry in entries if EMAIL in str(entry.facts) or "Tide" in str(entry.facts)]


def test_a_page_of_the_desk_costs_the_same_however_many_notices(
    stage: Stage, count_statements: CountStatements
) -> None:
    for number in range(4):
        send_notice(stage.app, [stage.url], email=f"{number}@label.example", confirmed=number < 3)
    desk = stage.browser(stage.mod)
    desk.get("/admin/takedowns")
    for shown in ("open", "standing", "over", "unconfirmed", "all"):
        with count_statements() as statements:
            assert desk.get(f"/admin/takedowns?show={shown}&q=@ada").status_code == 200
        assert len(statements) <= MOST, statements


def test_every_other_page_costs_at_most_eight_statements(
    stage: Stage, count_statements: CountStatements, make_medium: Make
) -> None:
    things = [stage.url, *(stage.url_of(make_medium(stage.ada)) for _ in range(3))]
    reference = stage.taken_down(addresses=things)
    stage.taken_down(addresses=[stage.another()])
    assert act(stage, reference, "note", words="Look at the second one.") == 303
    assert act(stage, reference, "note", words="") == 422
    with stage.app.app_context():
        status = takedown_links.status_path(reference)
    desk, hers, stranger = stage.browser(stage.mod), stage.browser(stage.ada), browser_of(stage.app)
    assert desk.submit(f"/admin/takedowns/{reference}/publication", {"act": "publish"}).status_code == 303
    pages = {
        "/takedown": stranger, status: stranger, "/transparency": stranger, "/transparency/notices": stranger,
        f"/transparency/notices/{reference}": stranger, "/settings/standing/takedowns": hers,
        f"/settings/standing/takedowns/{reference}": hers, f"/settings/standing/takedowns/{reference}/counter": hers,
        "/admin/takedowns/repeat": desk,
    }  # fmt: skip
    for path, browser in pages.items():
        browser.get(path)
        with count_statements() as statements:
            assert browser.get(path).status_code == 200, path
        assert len(statements) <= MOST, (path, statements)
    with count_statements() as statements:
        assert desk.get(f"/admin/takedowns/{reference}").status_code == 200
    assert len(statements) <= MOST, "\n".join(one[:90] + " … " + one[one.find("FROM") :][:80] for one in statements)


def test_others_find_no_notice_that_is_not_about_their_things(stage: Stage, make_person: Make) -> None:
    reference = stage.send()
    hers, others = stage.browser(stage.ada), stage.browser(make_person(role="artist"))
    assert hers.get(f"/settings/standing/takedowns/{reference}").status_code == 404, "not before it is accepted"
    stage.decide(reference)
    assert hers.get(f"/settings/standing/takedowns/{reference}").status_code == 200
    mine = f"/settings/standing/takedowns/{reference}"
    for path in ("", "/counter"):
        assert others.get(mine + path).status_code == 404
    assert others.submit(f"{mine}/agree", {"claims": str(stage.ada.id)}).status_code == 404
    assert stage.states(reference) == ["standing"]


def test_pages_of_a_list_follow_each_other(stage: Stage) -> None:
    sent = [send_notice(stage.app, [stage.url], email=f"{number}@label.example") for number in range(3)]
    stage.taken_down(addresses=[stage.another()])
    desk = stage.browser(stage.mod)
    with stage.app.app_context():
        for shown in ("open", "all"):
            first = takedown_queries.desk_page(shown, words="", cursor=None, size=2)
            assert first.next_url
            after = first.next_url.rpartition("after=")[2]
            rest = takedown_queries.desk_page(shown, words="", cursor=after, size=9)
            found = [line.reference for line in [*first.items, *rest.items]]
            assert len(found) == len(set(found))
            assert set(sent) <= set(found)
    assert desk.get_partial(first.next_url or "").text.count('href="/admin/takedowns/TD') == 2
    assert desk.get("/admin/takedowns?after=nonsense").status_code == 400


def test_a_refusal_of_what_cannot_be_merged_or_published_says_why(stage: Stage) -> None:
    reference = stage.send()
    with stage.app.app_context(), pytest.raises(NoticeRefused):
        takedown_decisions.decide_claims(
            reference,
            {stage.session.scalars(select(TakedownClaim.id)).one(): Verdict(accept=False)},
            by=db.session.get_one(User, stage.mod.id),
        )


def test_a_clock_that_cannot_be_obeyed_holds_up_no_other(stage: Stage) -> None:
    decided, silent = stage.taken_down(), stage.send([stage.another()], confirmed=False, email="x@label.example")
    stage.session.add(
        TakedownClock(notice_id=stage.notice(decided).id, kind=ClockKind.CONFIRM, due_at=now() - timedelta(days=9))
    )
    stage.session.commit()
    stage.pass_time(4)
    assert stage.notice(silent).state == "lapsed"
    assert stage.states(decided) == ["standing"]
