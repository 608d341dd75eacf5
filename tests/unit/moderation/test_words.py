"""Moments as people write them, and statements as rules word them."""

import pytest

from app.moderation.forms import read_moment
from app.moderation.rules import RuleView, statement_for
from app.moderation.services.rule_keeping import fault_of


@pytest.mark.parametrize(
    ("written", "at_ms"), [("", None), ("  ", None), ("83", 83_000), ("1:23", 83_000), ("1:00:01", 3_601_000)]
)
def test_a_moment_is_read_as_people_write_it(written: str, at_ms: int | None) -> None:
    assert read_moment(written) == at_ms


@pytest.mark.parametrize("written", ["soon", "1:2:3:4", "-5", "1;30", "9" * 40, "١:٢٣ later"])
def test_what_is_no_moment_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_moment(written)


def test_a_template_keeps_what_it_does_not_know() -> None:
    rule = RuleView("hate", "No hate", "", 3, "remove", "“{title}” is a {kind} against “{rule}” {percent}")
    said = statement_for(rule, title="{kind} of a thing", kind="post")
    assert said.startswith("“{kind} of a thing” is a post"), "a title names nothing, whatever is in it"
    assert said.endswith("“No hate” {percent}")


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("“{title}”, a {kind}: {rule}.", ""), ("none is fine, too", ""), ("{titel}", "There is no {titel}."),
        ("{title.__class__}", "There is no {title.__class__}."), ("{}", "There is no {}."),
        ("{title", "A brace has no partner."), ("title}", "A brace"), ("{{title}}", "A brace"), ("}{", "A brace"),
    ],
)  # fmt: skip
def test_a_statement_names_only_what_there_is(statement: str, fault: str) -> None:
    assert fault_of(statement).startswith(fault)
    assert bool(fault_of(statement)) == bool(fault)
