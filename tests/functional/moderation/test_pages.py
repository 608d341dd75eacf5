"""The pages of reports and cases: who finds them, what they cost, and that plain forms do all of it."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import now
from app.core.ids import public_id, uuid7
from app.moderation import report_views
from app.moderation.models import Case, Decision, DecisionAction, Ground, Report, ReportSource
from app.moderation.refs import RefKind
from tests.factories.comments import add_comment
from tests.factories.posts import add_post
from tests.factories.sets import add_set
from tests.functional.moderation.conftest import House, ref_of
from tests.harness.browser import Browser, browser_of

Make = Callable[..., Any]
MOST = 8
SHARED = (
    "FROM realms",
    "FROM house_rules \nWHERE house_rules.active",
    "WHERE takedown_notices.state",
    "SELECT (SELECT count(*) AS count_1 \nFROM (SELECT cases.id",
)
"""What a process asks once in three seconds for everybody (``web/shared.py``); in tests that is once a request."""


def fill(session: Session, house: House, count: int = 60) -> list[Case]:
    """Cases, each with a report and a decision about the artist."""
    made = [
        Case(
            id=uuid7(), public_id=public_id(), kind=RefKind.PERSON, thing_id=uuid7(), person_id=house.artist.id,
            title=f"Donaudampfschifffahrtsgesellschaft {number}", severity=1 + number % 4, rule_slug="hate",
            source=ReportSource.PERSON, report_count=1, opened_at=now(), reported_at=now(),
        )
        for number in range(count)
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    for case in made:
        session.add(
            Report(
                case_id=case.id,
                source=ReportSource.PERSON,
                reporter_id=house.fan.id,
                rule_slug="hate",
                reason="rules",
                snapshot={"words": "As it was."},
            )
        )
        session.add(
            Decision(
                case_id=case.id, kind=RefKind.PERSON, thing_id=case.thing_id, title=case.title,
                person_id=house.artist.id, by_id=house.moderator.id, by_name="moderator", action=DecisionAction.WARN,
                ground=Ground.RULES, rule_slug="hate", reasons="So.",
            )
        )  # fmt: skip
    session.commit()
    return made


@pytest.mark.parametrize("kind", ["medium", "set", "post", "comment", "person"])
def test_each_kind_is_reported_from_its_page(
    house: House, db_session: Session, make_medium: Make, client: Browser, login: Make, kind: str
) -> None:
    medium = make_medium(house.artist)
    things: dict[str, tuple[str, str]] = {
        "medium": (medium.public_id, f"/@artist/{medium.slug}"),
        "person": ("artist", "/@artist"),
    }
    one = add_set(db_session, house.artist, [medium])
    things["set"] = (one.public_id, f"/@artist/sets/{one.slug}")
    post = add_post(db_session, house.artist)
    things["post"] = (post.public_id, f"/@artist/posts/{post.public_id}")
    comment = add_comment(db_session, house.artist, medium)
    things["comment"] = (comment.public_id, f"/media/{medium.public_id}/comments")
    name, page = things[kind]
    url = f"/report/{kind}/{name}"
    login(client, house.fan)
    assert url in client.get(page).text
    assert client.get(url).status_code == 200
    answer = client.submit(url, {"rule": "other", "reason": "law", "note": "Look."})
    assert answer.status_code == 303, answer.text
    db_session.expire_all()
    report = db_session.scalars(select(Report)).one()
    assert (report.rule_slug, report.reason, report.reporter_id) == (None, "law", house.fan.id)


def test_in_a_dialog_what_is_wrong_stays_in_it_and_thanks_stand_in_the_corner(
    house: House, db_session: Session, make_medium: Make, client: Browser, login: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    medium = make_medium(house.artist, title="Loud")
    url = f"/report/medium/{medium.public_id}"
    login(client, house.fan)
    assert f'href="{url}" data-sheet' in client.get(f"/@artist/{medium.slug}").text
    form = client.get(url, headers=part).text
    assert "<html" not in form
    assert 'data-title="Report this work"' in form
    assert f'hx-post="{url}"' in form
    assert "hx-post" not in client.get(url).text, "the page has a plain form"
    wrong = client.submit(url, {}, headers=part)
    assert (wrong.status_code, 'id="report-sheet"' in wrong.text, "<html" in wrong.text) == (422, True, False)
    right = {"rule": "hate", "reason": "rules"}
    with monkeypatch.context() as patched:
        patched.setattr(report_views, "MOST_A_DAY", 0)
        refused = client.submit(url, right, headers=part)
    assert (refused.status_code, 'id="report-sheet"' in refused.text) == (422, True)
    assert "You reported a lot today." in refused.text
    sent = client.submit(url, right, headers=part)
    assert (sent.status_code, sent.headers["HX-Retarget"], sent.headers["HX-Trigger"]) == (200, "#toasts", "sheet-done")
    assert "Thank you." in sent.text
    assert len(db_session.scalars(select(Report)).all()) == 1
    assert "Thank you." not in client.get("/rules").text, "it is said once"


def test_what_one_may_not_see_cannot_be_reported(house: House, make_medium: Make, client: Browser, login: Make) -> None:
    private = make_medium(house.artist, visibility="private")
    unlisted = make_medium(house.artist, visibility="unlisted", link_secret="s" * 22)
    login(client, house.fan)
    assert client.get(f"/report/medium/{private.public_id}").status_code == 404
    assert client.get(f"/report/medium/{unlisted.public_id}").status_code == 404
    assert client.get(f"/report/medium/{unlisted.public_id}?s={'s' * 22}").status_code == 200
    for path in ("/report/nothing/x", "/report/message/x.1", "/report/person/nobody", "/report/person/%00"):
        assert client.get(path).status_code == 404, path


def test_strangers_report_what_everyone_sees_with_an_address_to_answer_to(
    house: House, make_medium: Make, db_session: Session, client: Browser
) -> None:
    medium = make_medium(house.artist, duration_ms=60_000)
    url = f"/report/medium/{medium.public_id}"
    assert 'value="0:42"' in client.get(f"{url}?t=42").text
    wrong = client.submit(url, {"rule": "hate", "at": "soon", "email": "no address"})
    assert wrong.status_code == 422
    assert client.submit(url, {"rule": "other", "note": " "}).status_code == 422
    right = {"rule": "hate", "reason": "rules", "at": "9:59", "email": "a@example.net", "note": "\u200b\u0000x" * 9}
    assert client.submit(url, right).status_code == 303
    report = db_session.scalars(select(Report)).one()
    assert (report.reporter_email, report.at_ms, report.note) == ("a@example.net", 60_000, "x" * 9)
    assert client.get("/report/set/aaaaaaaaaaa").status_code == 303


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/admin/queue", "moderator"),
        ("/admin/queue?state=free&severity=2&hours=1&kind=person&rule=hate", "moderator"),
        ("/admin/queue?state=settled", "moderator"), ("/admin/queue/{case}", "moderator"),
        ("/admin/appeals", "moderator"), ("/admin/decisions/{decision}", "moderator"),
        ("/settings/standing", "artist"), ("/settings/reports", "fan"), ("/report/person/artist", "fan"),
        ("/rules", "fan"),
    ],
)  # fmt: skip
def test_no_page_costs_more_than_eight_statements_whatever_its_rows(
    house: House, db_session: Session, client: Browser, login: Make, count_statements: Make, path: str, who: str
) -> None:
    found = fill(db_session, house)
    decision = db_session.scalars(select(Decision.public_id).limit(1)).one()
    address = path.format(case=found[0].public_id, decision=decision)
    login(client, getattr(house, who))
    client.get(address)
    with count_statements() as seen:
        assert client.get(address).status_code == 200
    own = [statement for statement in seen if not any(part in statement for part in SHARED)]
    assert len(own) <= MOST, "\n\n".join(own)


def test_the_queue_goes_on_page_by_page_the_most_severe_first(
    house: House, db_session: Session, client: Browser, login: Make
) -> None:
    fill(db_session, house)
    login(client, house.moderator)
    url, titles = "/admin/queue?severity=2", []
    while url:
        text = client.get(url).text
        titles += [part.split("</bdi>")[0] for part in text.split('case-row__title"')[1:]]
        url = (
            text.split('class="more"><a class="button" href="')[-1].split('"')[0].replace("&amp;", "&")
            if ('class="more"' in text)
            else ""
        )
    numbers = [int(title.split()[-1]) for title in titles]
    assert len(numbers) == len(set(numbers)) == 45
    assert [1 + number % 4 for number in numbers] == sorted((1 + number % 4 for number in numbers), reverse=True)


def test_only_staff_finds_the_desk(house: House, client: Browser, login: Make) -> None:
    pages = ["/admin/queue", "/admin/appeals", "/admin/queue/aaaaaaaaaaa", "/admin/decisions/aaaaaaaaaaa"]
    assert [client.get(page).status_code for page in pages] == [303] * 4
    login(client, house.fan)
    assert [client.get(page).status_code for page in pages] == [404] * 4
    assert client.submit("/admin/cases", {"kind": "person", "id": "artist"}).status_code == 404


def test_a_case_goes_from_the_queue_to_the_decision_by_plain_forms(
    house: House, make_medium: Make, db_session: Session, client: Browser, login: Make
) -> None:
    ref = ref_of(make_medium(house.artist, title="One"))
    house.report(ref, house.fan, rule="threats")
    house.report(ref_of(make_medium(house.artist, title="Two")), house.fan)
    login(client, house.moderator)
    page = client.submit("/admin/queue/next", {}).location.partition("?")[0]
    shown = client.get(page).text
    assert "“One” threatens somebody" in shown
    assert client.submit(f"{page}/notes", {"body": "I know them."}).status_code == 303
    words = client.submit(f"{page}/decision", {"act": "words", "rule": "spam", "ground": "rules"})
    assert "repeats itself" in words.text
    preview = client.submit(
        f"{page}/decision",
        {"act": "preview", "rule": "spam", "ground": "law", "on_thing": "hide", "reasons": "Thus.", "days": ""},
    )
    assert "What they get" in preview.text
    assert client.submit(f"{page}/decision", {"act": "decide", "reasons": "Thus."}).status_code == 422
    decided = client.submit(
        f"{page}/decision",
        {"act": "decide", "rule": "threats", "ground": "rules", "on_thing": "remove", "reasons": "Thus.", "then": "y"},
    )
    assert decided.status_code == 303
    assert decided.location not in {page, "/admin/queue"}
    following = decided.location.partition("?")[0]
    assert client.submit(f"{following}/escalate", {"reasons": "Too big."}).status_code == 303
    decision = db_session.scalars(select(Decision.public_id)).one()
    assert client.submit(f"/admin/decisions/{decision}", {"reasons": ""}).status_code == 422
    assert client.submit(f"/admin/decisions/{decision}", {"reasons": "A mistake."}).status_code == 303
    assert client.submit(f"/admin/decisions/{decision}", {"reasons": "Once more."}).status_code == 409


def test_ticked_cases_are_settled_together(house: House, make_medium: Make, client: Browser, login: Make) -> None:
    refs = [ref_of(make_medium(house.artist)) for _ in range(3)]
    for ref in refs:
        house.report(ref, house.fan)
    login(client, house.moderator)
    ids = [house.case(ref).public_id for ref in refs]
    said = {"on_thing": "", "on_person": "", "rule": "hate", "ground": "rules", "reasons": "It is fine."}
    assert client.submit("/admin/queue/bulk", said).status_code == 303
    assert "Tick the cases first" in client.get("/admin/queue").text
    client.submit("/admin/queue/bulk?state=free", {**said, "case": ids[:2], "act": "dismiss"})
    assert "2 cases are settled" in client.get("/admin/queue").text
    client.submit("/admin/queue/bulk", {**said, "case": ids[1:], "act": "decide", "on_thing": "hide"})
    assert [house.case(ref).state.value for ref in refs] == ["dismissed", "dismissed", "decided"]


def test_each_of_many_gets_the_words_of_the_rule_about_its_own_thing(
    house: House, make_medium: Make, db_session: Session, client: Browser, login: Make
) -> None:
    refs = [ref_of(make_medium(house.artist, title=title)) for title in ("One", "Two", "Three", "Four")]
    for ref in refs:
        house.report(ref, house.fan, rule="spam")
    login(client, house.moderator)
    ids = [house.case(ref).public_id for ref in refs]
    nothing_written = {"rule": "spam", "ground": "rules", "reasons": ""}
    client.submit("/admin/queue/bulk", {**nothing_written, "case": ids[:2], "act": "decide", "on_thing": "hide"})
    client.submit("/admin/queue/bulk", {**nothing_written, "case": ids[2:3], "act": "dismiss"})
    client.submit("/admin/queue/bulk", {**nothing_written, "rule": "", "case": ids[3:], "act": "dismiss"})
    said = {row.title: row.reasons for row in db_session.execute(select(Decision.title, Decision.reasons))}
    assert set(said) == {"One", "Two", "Three"}
    assert "“One” repeats itself" in said["One"]
    assert "“Two” repeats itself" in said["Two"]
    assert "“Three”. It does not break the rule" in said["Three"]


def test_a_dismissal_never_says_that_a_rule_was_broken(
    house: House, make_medium: Make, db_session: Session, client: Browser, login: Make
) -> None:
    ref = ref_of(make_medium(house.artist, title="One"))
    house.report(ref, house.fan, rule="spam")
    page = f"/admin/queue/{house.claim(ref, house.moderator).public_id}"
    login(client, house.moderator)
    field = client.get(page).text.split('name="reasons"')[1].split("</textarea>")[0].split(">", 1)[1]
    assert "repeats itself" in field
    suggested = {"rule": "spam", "ground": "rules", "on_thing": "remove", "reasons": unescape(field).strip()}
    client.submit(f"{page}/decision", {**suggested, "act": "dismiss"})
    assert db_session.scalars(select(Decision.reasons)).one().endswith("It does not break the rule “No spam”.")


def test_those_that_are_alike_are_settled_with_one_and_the_next_is_of_the_same_kind(
    house: House, make_medium: Make, db_session: Session, client: Browser, login: Make
) -> None:
    titles = ("One", "Two", "Three", "Four")
    refs = [ref_of(make_medium(house.artist, title=title)) for title in titles]
    for ref, rule in zip(refs, ("spam", "spam", "threats", "spam"), strict=True):
        house.report(ref, house.fan, rule=rule)
    login(client, house.moderator)
    page = client.submit("/admin/queue/next?rule=spam", {}).location
    assert page.endswith("?rule=spam&next=1")
    shown = client.get(page).text
    assert shown.count('name="also"') == 3
    assert 'name="then" value="next" checked' in shown
    words = unescape(shown.split('name="reasons"')[1].split("</textarea>")[0].split(">", 1)[1]).strip()
    said = {
        "rule": "spam",
        "ground": "rules",
        "on_thing": "hide",
        "on_person": "warn",
        "reasons": words,
        "then": "next",
    }
    path = page.partition("?")[0]
    following = client.submit(
        f"{path}/decision?rule=spam&next=1",
        {**said, "act": "decide", "also": [house.case(refs[1]).public_id, "nosuchcase1"]},
    )
    assert following.location == f"/admin/queue/{house.case(refs[3]).public_id}?rule=spam&next=1"
    told = client.get(following.location).text
    assert "1 case is settled likewise." in told
    assert "1 not settled likewise:" in told
    made = db_session.execute(select(Decision.title, Decision.action, Decision.reasons)).all()
    assert sorted((title, action.value) for title, action, _ in made) == [
        ("One", "hide"),
        ("One", "warn"),
        ("Two", "hide"),
    ]
    assert next(reasons for title, _, reasons in made if title == "Two").startswith("“Two” repeats itself")


def test_a_case_can_be_opened_without_a_report(house: House, client: Browser, login: Make) -> None:
    login(client, house.moderator)
    opened = client.submit("/admin/cases", {"kind": "person", "id": "artist", "note": "Look at this."})
    assert "Let go of it" in client.get(opened.location).text
    assert client.submit("/admin/cases", {"kind": "person", "id": "nobody"}).status_code == 404
    assert client.submit("/admin/cases", {"kind": "stone", "id": "nobody"}).status_code == 404
    assert client.submit("/admin/cases", {"kind": "person", "id": "other_mod"}).status_code == 403


def test_a_moderator_finds_a_case_in_other_hands_closed(
    house: House, make_medium: Make, client: Browser, login: Make
) -> None:
    ref = ref_of(make_medium(house.artist))
    house.report(ref, house.fan)
    page = f"/admin/queue/{house.claim(ref, house.other).public_id}"
    login(client, house.moderator)
    assert "With <bdi>Other_Mod</bdi>" in client.get(page).text
    assert client.submit(f"{page}/claim", {}).status_code == 409
    other = login(browser_of(house.app), house.other)
    assert other.submit(f"{page}/release", {}).status_code == 303
    assert client.submit(f"{page}/claim", {}).status_code == 303
