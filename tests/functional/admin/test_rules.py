"""The rules of the house on the desk: worded, ordered, retired; never deleted, and checked before people read them."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.core.audit.models import AuditEntry
from app.moderation.models import Case, DecisionAction, Report, Rule
from app.moderation.services.rule_keeping import MOST_RULES
from tests.harness.browser import Browser
from tests.harness.kinds import CountStatements

SAID = {
    "title": "No smoking\u202e", "slug": "smoking", "text": "Not\0 even outside.", "severity": "1",
    "default_action": "warn", "statement": "“{title}” is a {kind} that smokes: {rule}.",
}  # fmt: skip


@pytest.fixture(autouse=True)
def rules_kept(db_session: Session) -> Iterator[None]:
    """The rules are no test's to keep: afterwards they are as they were."""
    rows = [dict(row._mapping) for row in db_session.execute(select(Rule.__table__))]
    db_session.commit()
    yield
    db_session.rollback()
    for table in (Report, Case, Rule):
        db_session.execute(delete(table))
    db_session.execute(insert(Rule.__table__), rows)  # type: ignore[arg-type]  # it is a table
    db_session.commit()


def in_force(browser: Browser) -> list[str]:
    return re.findall(r'<section class="stack stack--tight" id="([^"]+)"', browser.get("/rules").text)


def recorded(db_session: Session) -> list[AuditEntry]:
    db_session.commit()
    wanted = AuditEntry.action.startswith("rule.")
    return list(db_session.scalars(select(AuditEntry).where(wanted).order_by(AuditEntry.number)))


def test_a_new_rule_holds_at_once_for_everyone_and_is_in_the_log(admin: Browser, db_session: Session) -> None:
    assert admin.submit("/admin/rules/new", SAID).status_code == 303
    page = admin.get("/rules").text
    assert "No smoking" in page
    assert "Not even outside." in page
    assert in_force(admin)[-1] == "smoking"
    (entry,) = recorded(db_session)
    assert (entry.action, entry.subject_id) == ("rule.added", "smoking")
    assert entry.facts["after"]["title"] == "No smoking"
    assert admin.submit("/admin/rules/new", SAID).status_code == 422, "another one has the short name"


def test_what_changes_is_in_the_log_as_it_was_and_as_it_is(admin: Browser, db_session: Session) -> None:
    changed = {**SAID, "title": "Nobody is hated", "severity": "4", "default_action": "ban"}
    assert admin.submit("/admin/rules/hate", changed).status_code == 303
    assert "Nobody is hated" in admin.get("/rules").text
    assert 'value="Nobody is hated"' in admin.get("/admin/rules/hate").text
    assert admin.submit("/admin/rules/hate", changed).status_code == 303
    (entry,) = recorded(db_session)
    assert entry.facts["before"]["title"] == "No hate"
    assert entry.facts["after"] | {"severity": 4, "default_action": "ban"} == entry.facts["after"]
    assert db_session.get(Rule, "smoking") is None, "a short name is for good"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"statement": "{titel} is wrong"}, "There is no {titel}."),
        ({"statement": "{title.__class__}"}, "There is no {title.__class__}."),
        ({"statement": "{title is wrong"}, "A brace has no partner"),
        ({"statement": "{{title}}"}, "A brace has no partner"),
        ({"statement": " \u200b "}, "Between 1 and 2,000 characters."),
        ({"title": "\u202e"}, "It needs a title."),
        ({"title": "x" * 81}, "Field cannot be longer than 80 characters."),
        ({"text": "x" * 100_000}, "Field cannot be longer than 2000 characters."),
        ({"severity": "9"}, "Not a valid choice"),
        ({"default_action": "dismiss"}, "Not a valid choice"),
        ({"slug": "new"}, "Small letters and digits"),
        ({"slug": "No/Way"}, "Small letters and digits"),
        ({"slug": "hate"}, "Another rule has this short name"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_beside_its_field(
    admin: Browser, db_session: Session, said: dict[str, str], why: str
) -> None:
    answer = admin.submit("/admin/rules/new", {**SAID, **said})
    assert answer.status_code == 422
    assert why in answer.text
    assert f'id="{next(iter(said))}-errors"' in answer.text
    if "slug" not in said:
        assert admin.submit("/admin/rules/hate", {**SAID, **said}).status_code == 422
    assert recorded(db_session) == []


def test_a_preview_shows_the_statement_and_saves_nothing(admin: Browser, db_session: Session) -> None:
    for path in ("/admin/rules/new", "/admin/rules/hate"):
        page = admin.submit(path, {**SAID, "act": "preview"})
        assert page.status_code == 200
        assert "“A song by the harbour” is a work that smokes: No smoking." in page.text
        assert admin.submit(path, {**SAID, "act": "preview", "statement": "{x}"}).status_code == 422
    assert recorded(db_session) == []
    assert "smoking" not in in_force(admin)


def test_a_retired_rule_can_be_chosen_by_nobody_and_stays_for_what_rests_on_it(
    admin: Browser, db_session: Session
) -> None:
    order = in_force(admin)
    for _twice in range(2):
        assert admin.submit("/admin/rules/hate/retire").status_code == 303
    assert in_force(admin) == [slug for slug in order if slug != "hate"]
    assert db_session.get(Rule, "hate") is not None
    assert "It is retired" in admin.get("/admin/rules/hate").text
    assert admin.get("/admin/rules").text.count("Put back") == 1
    assert admin.submit("/admin/rules/hate/restore").status_code == 303
    assert in_force(admin) == [*(slug for slug in order if slug != "hate"), "hate"]
    assert [entry.action for entry in recorded(db_session)] == ["rule.retired", "rule.restored"]


def test_the_order_is_the_operators(admin: Browser, db_session: Session) -> None:
    first, second, *rest = in_force(admin)
    assert admin.submit(f"/admin/rules/{second}/up").status_code == 303
    assert in_force(admin) == [second, first, *rest]
    assert admin.submit(f"/admin/rules/{second}/up").status_code == 303, "there is nothing above it"
    assert admin.submit(f"/admin/rules/{second}/down").status_code == 303
    assert in_force(admin) == [first, second, *rest]
    assert [entry.action for entry in recorded(db_session)] == ["rule.moved"] * 2
    admin.submit(f"/admin/rules/{first}/retire")
    assert admin.submit(f"/admin/rules/{first}/up").status_code == 303, "a retired one has no place"
    assert in_force(admin) == [second, *rest]


def test_only_who_runs_the_place_words_its_rules(admin: Browser, moderator: Browser) -> None:
    for path in ("/admin/rules", "/admin/rules/new", "/admin/rules/hate"):
        assert moderator.get(path).status_code == 404
        assert admin.get(path).status_code == 200
    for path in ("/admin/rules/hate/retire", "/admin/rules/hate/up"):
        assert moderator.submit(path).status_code == 404
    assert admin.get("/admin/rules/nothing").status_code == 404
    assert admin.get("/admin/rules/a%00b").status_code == 404
    assert admin.submit("/admin/rules/nothing/retire").status_code == 404


def test_the_list_costs_the_same_however_many_rules_there_are(
    admin: Browser, db_session: Session, count_statements: CountStatements
) -> None:
    admin.get("/admin/rules")
    there = len(in_force(admin))
    db_session.add_all(
        Rule(
            slug=f"r{number}", title="Donaudampfschifffahrtsgesellschaft", text="قاعدة", severity=2,
            default_action=DecisionAction.HIDE, statement="{title}", position=number,
        )
        for number in range(MOST_RULES - there)
    )  # fmt: skip
    db_session.commit()
    with count_statements() as counted:
        assert admin.get("/admin/rules").text.count("<li data-row>") == MOST_RULES
    assert len(counted) <= 8
    answer = admin.submit("/admin/rules/new", SAID)
    assert answer.status_code == 422
    assert "Nobody reads more" in answer.text
