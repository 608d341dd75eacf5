"""A handful of reports, so that the moderators' queue shows what it does. None of them is deserved."""

from typing import Final, NamedTuple

from app.accounts.models import User
from app.extensions import db
from app.media.models import Medium
from app.moderation.models import ReportSource
from app.moderation.refs import Ref, RefKind
from app.moderation.services import reports
from app.moderation.services.reports import Extras


class Reported(NamedTuple):
    """Who reports which work (by its place among all of them), or whom, by which rule, and what they say."""

    by: str
    what: int | str
    rule: str | None
    note: str
    at_s: int | None = None


REPORTS: Final = (
    Reported("slow_walker", 0, "rights", "The melody here is from a record of 1974, I have it in front of me.", 12),
    Reported("front_row", 0, "rights", "Same as the others: this is not theirs."),
    Reported("basement_tapes", 1, "adult", "Not for children, this passage.", 5),
    Reported("front_row", 2, "spam", "Uploaded for the third time."),
    Reported("slow_walker", 3, None, "The description says Kammermusikaufführungsmitschnitt, but it is a lesson."),
    Reported("basement_tapes", "front_row", "harassment", "Writes under everything of mine."),
    Reported("front_row", "slow_walker", "impersonation", "There is a pianist with this name; this is not him."),
)


def seed_reports(people: dict[str, User], works: dict[str, Medium]) -> None:
    """Let the demo's listeners report things. The caller commits."""
    slugs = sorted(works)
    for said in REPORTS:
        if isinstance(said.what, int) and said.what < len(slugs):
            medium = works[slugs[said.what]]
            at_ms = min(said.at_s * 1000, medium.duration_ms) if said.at_s is not None else None
            ref, extras = Ref(RefKind.MEDIUM, medium.id), Extras(at_ms=at_ms)
        elif isinstance(said.what, str):
            ref, extras = Ref(RefKind.PERSON, people[said.what].id), Extras()
        else:
            continue
        reports.file_report(
            ref, reason="rules", rule=said.rule, note=said.note, reporter=people[said.by],
            source=ReportSource.PERSON, extras=extras,
        )  # fmt: skip
    db.session.flush()
