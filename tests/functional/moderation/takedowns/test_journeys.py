"""A notice about rights from the form to its end, with everyone who has a part in it."""

from sqlalchemy import select

from app.core.audit.models import AuditEntry
from app.core.holds import Hold
from app.moderation.takedown_models import TakedownParty
from tests.functional.moderation.takedowns.conftest import COUNTER, EMAIL, FORM, Stage
from tests.harness.html import Page
from tests.harness.mail import link_path, plain_text


def test_a_strangers_notice_counts_once_its_mailed_link_is_opened_and_confirmed(stage: Stage) -> None:
    sent = stage.client.submit("/takedown", {**FORM, "addresses": f"{stage.url}\nhttps://elsewhere.example/x"})
    assert (sent.status_code, sent.location) == (303, "/takedown/sent")
    assert stage.client.get("/takedown/sent").status_code == 200
    stage.settle()
    (mail,) = stage.mail.to(EMAIL)
    confirm = link_path(mail)
    assert stage.client.get(confirm).status_code == 200
    desk = stage.browser(stage.mod)
    assert "/admin/takedowns/TD" not in desk.get("/admin/takedowns").text, "looking at the page confirms nothing"
    status = stage.client.submit(confirm).location
    assert stage.client.submit(confirm).location == status, "pressed twice"
    assert stage.client.get(confirm).location == status
    page = stage.client.get(status)
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "same-origin")
    assert "elsewhere.example" in page.text
    assert "Tide" in page.text
    assert stage.subjects()[-1].startswith("We have your notice")
    assert stage.hold() is None


def test_whoever_is_complained_of_is_told_all_but_the_private_address_answers_and_gets_it_back(stage: Stage) -> None:
    reference = stage.send(organisation="Label", postal_address="Elm Street 1")
    desk = stage.browser(stage.mod)
    assert reference in desk.get("/admin/takedowns").text
    shown = desk.get(f"/admin/takedowns/{reference}").text
    assert "Elm Street 1" in shown
    verdict = next(name for form in Page(shown).forms for name in form.fields if name.startswith("verdict-"))
    decided = desk.submit(f"/admin/takedowns/{reference}/decide", {verdict: "accept", "all_reasons": "Plain."})
    assert decided.status_code == 303
    assert stage.hold() is Hold.REMOVED
    assert stage.client.get(stage.path).status_code == 404
    stage.settle()
    told = plain_text(stage.mail.to(stage.ada.email)[-1])
    assert "Jo Doe, Label" in told
    assert not [private for private in ("Elm Street", EMAIL) if private in told]

    hers, mine = stage.browser(stage.ada), f"/settings/standing/takedowns/{reference}"
    assert "news about a notice" in hers.get("/notifications").text
    assert "1 of 3 strikes" in hers.get("/settings/standing/takedowns").text
    assert not [private for private in ("Elm Street", EMAIL) if private in hers.get(mine).text]
    assert "is passed on to" in hers.get(f"{mine}/counter").text
    assert hers.submit(f"{mine}/counter", {**COUNTER, "passed_on": ""}).status_code == 422
    assert hers.submit(f"{mine}/counter", COUNTER).status_code == 303
    assert hers.submit(f"{mine}/counter", COUNTER).status_code == 409, "sent twice"
    stage.settle()
    told = plain_text(stage.mail.to(EMAIL)[-1])
    assert "Oak Road 2" in told
    status = stage.client.get(link_path(stage.mail.to(EMAIL)[-1])).text
    assert "Oak Road 2" in status

    stage.pass_time(13)
    assert stage.hold() is Hold.REMOVED, "the time to go to court is in business days"
    stage.pass_time(10)
    assert stage.hold() is None
    assert stage.client.get(stage.path).status_code == 200
    assert "No strike counts" in hers.get("/settings/standing/takedowns").text
    assert stage.subjects()[-1].startswith("Restored")
    assert stage.subjects(stage.ada.email)[-1].startswith("Restored")
    html = stage.mail.to(stage.ada.email)[-1].get_body(("html",))
    assert html is not None
    assert mine in html.get_content()
    actions = set(stage.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == reference)))
    assert actions >= {
        "takedown.filed", "takedown.confirmed", "takedown.decided", "takedown_claim.accepted", "strike.given",
        "takedown_claim.countered", "takedown_claim.restored", "strike.taken_back",
    }  # fmt: skip


def test_a_court_keeps_it_down_until_the_complainant_withdraws(stage: Stage) -> None:
    reference = stage.taken_down()
    hers = stage.browser(stage.ada)
    assert hers.submit(f"/settings/standing/takedowns/{reference}/counter", COUNTER).status_code == 303
    stage.settle()
    status = link_path(stage.mail.to(EMAIL)[-1])
    court = f"{status}/court/{stage.session.scalars(select(TakedownParty.id)).one()}"
    assert stage.client.submit(court, {"court": ""}).status_code == 422
    assert stage.client.submit(court, {"court": "LG Hamburg, 310 O 12/27"}).status_code == 303
    assert stage.client.submit(court, {"court": "once more"}).status_code == 409
    stage.pass_time(100)
    assert stage.hold() is Hold.REMOVED
    assert "LG Hamburg" in hers.get(f"/settings/standing/takedowns/{reference}").text
    assert stage.client.get(f"{status}/withdraw").status_code == 200
    assert stage.client.submit(f"{status}/withdraw").status_code == 303
    assert stage.hold() is None
    assert stage.states(reference) == ["withdrawn"]
    assert stage.strikes() == [True]
    assert stage.client.submit(f"{status}/withdraw").status_code == 409
    assert "was withdrawn" in stage.subjects(stage.ada.email)[-1]


def test_whoever_agrees_deletes_it_and_keeps_the_strike(stage: Stage) -> None:
    reference = stage.taken_down()
    hers, mine = stage.browser(stage.ada), f"/settings/standing/takedowns/{reference}"
    form = next(one for one in Page(hers.get(mine).text).forms if one.action.endswith("/agree"))
    assert hers.submit(f"{mine}/agree", {"claims": "nonsense"}).status_code == 409
    assert hers.submit("/settings/standing/takedowns/TD23456789/agree").status_code == 404, "no notice of hers"
    assert hers.submit(f"{mine}/agree", {"claims": form.fields["claims"]}).status_code == 303
    assert hers.submit(f"{mine}/agree", {"claims": form.fields["claims"]}).status_code == 409
    assert stage.states(reference) == ["conceded"]
    assert stage.strikes() == [False]
    assert hers.get(stage.path).status_code == 404
    assert "Something deleted" in hers.get(mine).text or "Tide" in hers.get(mine).text
    assert hers.get(f"{mine}/counter").status_code == 409
    assert stage.subjects()[-1].startswith("Deleted")


def test_what_is_asked_is_answered_or_the_notice_lapses(stage: Stage) -> None:
    reference, silent = stage.send(), stage.send(email="other@label.example")
    desk = stage.browser(stage.mod)
    assert desk.submit(f"/admin/takedowns/{reference}/ask", {"words": ""}).status_code == 422
    for one in (reference, silent):
        assert desk.submit(f"/admin/takedowns/{one}/ask", {"words": "Which minute?"}).status_code == 303
    stage.settle()
    mail = stage.mail.to(EMAIL)[-1]
    assert "Which minute?" in plain_text(mail)
    status = link_path(mail)
    assert "Which minute?" in stage.client.get(status).text
    assert stage.client.submit(f"{status}/answer", {"words": ""}).status_code == 422
    assert stage.client.submit(f"{status}/answer", {"words": "From 1:02 on."}).status_code == 303
    assert stage.client.submit(f"{status}/answer", {"words": "Again."}).status_code == 409
    assert "From 1:02 on." in desk.get(f"/admin/takedowns/{reference}").text
    stage.pass_time(12)
    assert stage.subjects("other@label.example")[-1].endswith("lapses soon")
    stage.pass_time(3)
    assert (stage.notice(reference).state, stage.notice(silent).state) == ("waiting", "lapsed")
    assert stage.subjects("other@label.example")[-1].endswith("has lapsed")
